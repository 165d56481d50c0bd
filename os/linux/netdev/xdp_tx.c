// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/*
 * Hand frames to a driver as they are, by its ndo_xdp_xmit(). Each frame is copied to a page of the
 * queue, behind its struct xdp_frame. The driver drops its reference to the page after
 * transmission.
 */
#include "netdev.h"

#define BATCH	64u

/* Batches sent as skbs after the driver refused one; then XDP is tried again. */
#define PAUSE_BATCHES	1024u

/* After this many batches in a row of which it took no frame, the driver has refused. */
#define STALLS_MAX	64u

/* Frames copied to pages, with the number of pieces of each. */
struct xdp_frames {
	struct xdp_frame *frame[BATCH];
	u8 pieces[BATCH];
	u32 n;
};

/* Copy the frame at frag[0] to the page. Returns its number of pieces, or 0 if it is too long. */
static u32 xdp_frame_fill(struct page *page, struct net_device *dev, const struct os_frag *frag)
{
	struct xdp_frame *frame = page_address(page);
	u8 *data = (u8 *)frame + XDP_PACKET_HEADROOM;
	u32 len = 0, i = 0;

	do {
		/* The MTU may have changed since the engine asked for it. */
		if (unlikely(frag[i].len > XDP_FRAME_MAX - len))
			return 0;
		nm_copy_frame(data + len, frag[i].data, frag[i].len);
		len += frag[i].len;
	} while (frag[i++].more);
	frame->data = data;
	frame->len = len;
	frame->headroom = XDP_PACKET_HEADROOM - sizeof(*frame);
	frame->metasize = 0;
	nm_frame_set_mem(frame);
	frame->dev_rx = dev;
	frame->frame_sz = PAGE_SIZE;
	frame->flags = 0;
	return i;
}

/*
 * Copy up to BATCH frames of the n pieces to pages, and take a reference to each page for the
 * driver. Caller holds the queue's lock.
 */
static void xdp_frames_fill_locked(struct nm_txq *q, struct net_device *dev,
				   const struct os_frag *frag, u32 n, struct xdp_frames *f)
{
	struct page *page;
	u32 at = 0;

	for (f->n = 0; f->n < BATCH && at < n; f->n++) {
		page = nm_tx_buf_page_locked(&q->bufs[q->next]);
		if (unlikely(!page))
			return;
		q->next = (q->next + 1) % NM_TX_BUFS;
		f->frame[f->n] = page_address(page);
		f->pieces[f->n] = xdp_frame_fill(page, dev, frag + at);
		if (unlikely(!f->pieces[f->n]))
			return;
		at += f->pieces[f->n];
		page_ref_inc(page);
	}
}

/*
 * Hand the frames to the driver. Returns the number it took, or its error. Frees the other frames.
 */
static int xdp_frames_xmit(struct net_device *dev, struct xdp_frames *f)
{
	int sent = dev->netdev_ops->ndo_xdp_xmit(dev, f->n, f->frame, XDP_XMIT_FLUSH), i;

	for (i = max(sent, 0); i < f->n; i++)
		put_page(virt_to_page(f->frame[i]));
	return sent;
}

/*
 * True if the driver refused: it returned an error, or took no frame of STALLS_MAX batches in a
 * row. Its ring may be full, but it may also have silently rejected the first frame.
 */
static bool xdp_has_refused(struct os_netdev *nd, struct nm_txq *q, int sent)
{
	if (likely(sent > 0)) {
		q->xdp_stalls = 0;
		if (unlikely(READ_ONCE(nd->xdp_xmit) != NM_XDP_XMIT_WORKS))
			WRITE_ONCE(nd->xdp_xmit, NM_XDP_XMIT_WORKS);
		return false;
	}
	if (!sent && ++q->xdp_stalls < STALLS_MAX)
		return false;
	q->xdp_pause = PAUSE_BATCHES;
	q->xdp_stalls = 0;
	WRITE_ONCE(nd->xdp_xmit, NM_XDP_XMIT_REFUSED);
	return true;
}

/* Fill f with the next frames. Returns false if this batch has to go as skbs. */
static bool xdp_frames_begin(struct nm_txq *q, struct net_device *dev, const struct os_frag *frag,
			     u32 n, struct xdp_frames *f)
{
	bool by_xdp;

	spin_lock(&q->lock);
	by_xdp = q->bufs && !q->xdp_pause;
	if (likely(by_xdp))
		xdp_frames_fill_locked(q, dev, frag, n, f);
	else if (q->xdp_pause)
		q->xdp_pause--;
	spin_unlock(&q->lock);
	return by_xdp;
}

int nm_xdp_send(struct os_netdev *nd, struct nm_txq *q, struct net_device *dev,
		const struct os_frag *frag, u32 n)
{
	struct xdp_frames f;
	u32 done = 0;
	int sent, i;

	while (done < n) {
		if (!xdp_frames_begin(q, dev, frag + done, n - done, &f) || !f.n)
			return done ? done : -1;
		sent = xdp_frames_xmit(dev, &f);
		if (unlikely(xdp_has_refused(nd, q, sent)))
			return done ? done : -1;
		for (i = 0; i < sent; i++)
			done += f.pieces[i];
		if (sent < f.n)
			break;
	}
	return done;
}
