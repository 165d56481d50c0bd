// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/*
 * Frames on their way from the engine to a driver that takes them as they are. Each is copied to
 * a page of the queue's own, behind its description; the driver drops its reference to
 * the page when the frame has gone.
 */
#include "netdev.h"
#include "../../../core/base/copy.h"

#define BATCH	64u

/* Batches for which a driver is left alone after it refused one: it may have been asked to do XDP since. */
#define REST	1024u

/* Batches in a row of which a driver took nothing: it has no room, or has no use for the first frame. */
#define STUCK	64u

/* Frames that are ready, and in how many pieces each came. */
struct frames {
	struct xdp_frame *frame[BATCH];
	u8 pieces[BATCH];
	u32 n;
};

/* One frame from frag[0] on into a page; its pieces, 0 if it is too long. */
static u32 fill(struct page *page, struct net_device *dev, const struct os_frag *frag)
{
	struct xdp_frame *frame = page_address(page);
	u8 *data = (u8 *)frame + XDP_PACKET_HEADROOM;
	u32 len = 0, i = 0;

	do {
		/* The device's MTU may have changed since the engine asked. */
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

/* As many of n pieces as make at most BATCH frames. Their pages have a reference for the driver. */
static void make_locked(struct nm_txq *q, struct net_device *dev, const struct os_frag *frag, u32 n,
			struct frames *f)
{
	struct page *page;
	u32 at = 0;

	for (f->n = 0; f->n < BATCH && at < n; f->n++) {
		page = nm_place_page_locked(&q->place[q->at]);
		if (unlikely(!page))
			return;
		q->at = (q->at + 1) % TX_PAGES;
		f->frame[f->n] = page_address(page);
		f->pieces[f->n] = fill(page, dev, frag + at);
		if (unlikely(!f->pieces[f->n]))
			return;
		at += f->pieces[f->n];
		page_ref_inc(page);
	}
}

/* Sent frames of those made, or the driver's error. It is we who free the others. */
static int xmit(struct net_device *dev, struct frames *f)
{
	int sent = dev->netdev_ops->ndo_xdp_xmit(dev, f->n, f->frame, XDP_XMIT_FLUSH), i;

	for (i = max(sent, 0); i < f->n; i++)
		put_page(virt_to_page(f->frame[i]));
	return sent;
}

/*
 * A driver that refuses is left alone for a while, and so is one that seems to be full for ever: it may
 * have no use for the first frame, but does not say so.
 */
static bool has_refused(struct os_netdev *nd, struct nm_txq *q, int sent)
{
	if (likely(sent > 0)) {
		q->stuck = 0;
		if (unlikely(READ_ONCE(nd->sent) != NM_SENT_FRAMES))
			WRITE_ONCE(nd->sent, NM_SENT_FRAMES);
		return false;
	}
	if (!sent && ++q->stuck < STUCK)
		return false;
	q->rest = REST;
	q->stuck = 0;
	WRITE_ONCE(nd->sent, NM_SENT_REFUSED);
	return true;
}

/* May this batch be tried? */
static bool begin(struct nm_txq *q, struct net_device *dev, const struct os_frag *frag, u32 n, struct frames *f)
{
	bool go;

	spin_lock(&q->lock);
	go = q->place && !q->rest;
	if (likely(go))
		make_locked(q, dev, frag, n, f);
	else if (q->rest)
		q->rest--;
	spin_unlock(&q->lock);
	return go;
}

int nm_xdp_send(struct os_netdev *nd, struct nm_txq *q, struct net_device *dev, const struct os_frag *frag,
		u32 n)
{
	struct frames f;
	u32 done = 0;
	int sent, i;

	while (done < n) {
		if (!begin(q, dev, frag + done, n - done, &f) || !f.n)
			return done ? done : -1;
		sent = xmit(dev, &f);
		if (unlikely(has_refused(nd, q, sent)))
			return done ? done : -1;
		for (i = 0; i < sent; i++)
			done += f.pieces[i];
		if (sent < f.n)
			break;
	}
	return done;
}
