// SPDX-License-Identifier: BSD-2-Clause
/*
 * A device's stack. A program at the device's egress redirects frames that the stack sends to a
 * TAP, where they are read. Frames for the stack are written to the TAP, TCP segments merged, and
 * the TAP's program redirects them to the device's ingress. The engine does the segmentation and
 * the checksums that the stack leaves to the TAP, while it copies frames to slots. Flags that the
 * programs read switch all that on.
 */
#define OS_PLATFORM
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <unistd.h>

#include "../../../core/frame.h"
#include "open_frame.h"

#define BATCH		64u	/* frames read before other sources have a turn */
#define PIECES_MAX	64u	/* of a frame: the engine's limit */

int host_open(struct os_netdev *nd)
{
	nd->stack_len = 0;
	nd->stack_buf = malloc(2 * NETDEV_FRAME_MAX);
	if (!nd->stack_buf)
		return -ENOMEM;
	nd->segment_buf = nd->stack_buf + NETDEV_FRAME_MAX;
	nd->flags = mmap(NULL, sizeof(*nd->flags), PROT_READ | PROT_WRITE, MAP_SHARED,
			 nd->opened.flags, 0);
	if (nd->flags != MAP_FAILED)
		return 0;
	free(nd->stack_buf);
	return -errno;
}

void host_close(struct os_netdev *nd)
{
	munmap(nd->flags, sizeof(*nd->flags));
	free(nd->stack_buf);
}

void host_flags_set(struct os_netdev *nd)
{
	uint32_t q, n = sizeof(nd->flags->wire);
	bool stack = false;

	for (q = 0; q < n; q++) {
		stack |= nd->ops->wants(nd->arg, OS_NETDEV_STACK, q);
		__atomic_store_n(&nd->flags->wire[q], nd->ops->wants(nd->arg, OS_NETDEV_WIRE, q),
				 __ATOMIC_RELAXED);
	}
	__atomic_store_n(&nd->flags->stack, stack, __ATOMIC_SEQ_CST);
	/*
	 * The watcher sets the state, then clears the flags: one of the two sees the other's write.
	 */
	if (netdev_is_lost(nd))
		host_flags_clear(nd);
}

void host_flags_clear(struct os_netdev *nd)
{
	uint32_t q;

	__atomic_store_n(&nd->flags->stack, 0, __ATOMIC_RELAXED);
	for (q = 0; q < sizeof(nd->flags->wire); q++)
		__atomic_store_n(&nd->flags->wire[q], 0, __ATOMIC_RELAXED);
}

/* ---- to the stack ----------------------------------------------------------------- */

/*
 * Returns false if the TAP has no room now. Any other error is this frame's, which is dropped, or
 * the device's, which the watcher handles.
 */
static bool tap_write(const struct os_netdev *nd, const struct iovec *iov, uint32_t n)
{
	return writev(nd->opened.tap, iov, (int)n) >= 0 || errno != EAGAIN;
}

static struct iovec iovec_of(const void *at, size_t len)
{
	return (struct iovec){ .iov_base = (void *)(uintptr_t)at, .iov_len = len };
}

/* Write one frame to the TAP. Returns the number of its pieces, 0 without room. */
static uint32_t tap_send(const struct os_netdev *nd, const struct os_frag *frag)
{
	const struct virtio_net_hdr whole = { .gso_type = VIRTIO_NET_HDR_GSO_NONE };
	struct iovec iov[1 + PIECES_MAX];
	uint32_t n = 0;

	iov[0] = iovec_of(&whole, sizeof(whole));
	do {
		iov[1 + n] = iovec_of(frag[n].data, frag[n].len);
	} while (frag[n++].more);
	return tap_write(nd, iov, 1 + n) ? n : 0;
}

/*
 * Write merged segments to the TAP as one frame: its headers, then the payload of each. Returns as
 * tap_send().
 */
static uint32_t tap_send_merged(const struct os_netdev *nd, const struct nm_merge *m,
				const struct os_frag *frag)
{
	const struct virtio_net_hdr vh = {
		.flags = VIRTIO_NET_HDR_F_NEEDS_CSUM,
		.gso_type = m->is_v6 ? VIRTIO_NET_HDR_GSO_TCPV6 : VIRTIO_NET_HDR_GSO_TCPV4,
		.hdr_len = (uint16_t)m->head_len, .gso_size = (uint16_t)m->seg_size,
		.csum_start = (uint16_t)m->l4, .csum_offset = NM_MERGE_CSUM_OFFSET,
	};
	struct iovec iov[2 + PIECES_MAX];
	uint32_t i;

	iov[0] = iovec_of(&vh, sizeof(vh));
	iov[1] = iovec_of(m->head, m->head_len);
	for (i = 0; i < m->frames; i++)
		iov[2 + i] = iovec_of(frag[i].data + m->head_len, frag[i].len - m->head_len);
	return tap_write(nd, iov, 2 + m->frames) ? m->frames : 0;
}

/* Merges segments only if the stack would have merged them on arrival from the wire. */
uint32_t host_send(struct os_netdev *nd, const struct os_frag *frag, uint32_t n)
{
	const bool merges = nd->opened.has_gro;
	struct nm_merge m;
	uint32_t at = 0, sent;

	for (; at < n; at += sent) {
		if (merges &&
		    nm_merge_plan(&m, frag + at, n - at < PIECES_MAX ? n - at : PIECES_MAX) > 1)
			sent = tap_send_merged(nd, &m, frag + at);
		else
			sent = tap_send(nd, frag + at);
		if (!sent)
			break;
	}
	return at;
}

/* ---- from the stack --------------------------------------------------------------- */

static uint32_t fnv_hash(const uint8_t *p, uint32_t n)
{
	uint32_t h = 2166136261u;

	while (n--)
		h = (h ^ *p++) * 16777619u;
	return h ^ h >> 15;
}

/*
 * Return a hash that spreads flows over queues and keeps each flow on one: of the addresses, and of
 * the ports if the IP header has no options or extensions.
 */
static uint32_t flow_hash(const uint8_t *f, uint32_t len)
{
	uint32_t type = len < 14 ? 0 : (uint32_t)f[12] << 8 | f[13];

	if (type == 0x0800 && len >= 38 && f[14] == 0x45)
		return fnv_hash(f + 26, (f[20] & 0x3f) || f[21] ? 8 : 12);
	if (type == 0x86dd && len >= 58)
		return fnv_hash(f + 22, f[20] == 6 || f[20] == 17 ? 36 : 32);
	return 0;
}

/* Send a frame of the stack to the wire, where the stack sent it. */
static void stack_to_wire(struct os_netdev *nd, uint32_t queue, const uint8_t *data, uint32_t len)
{
	const struct os_frag whole = { .data = data, .len = len };

	os_netdev_send(nd, OS_NETDEV_WIRE, queue % nd->queues[0], &whole, 1, NULL);
}

/* The same for an open frame, which is finished first. */
static void stack_to_wire_open(struct os_netdev *nd, uint32_t queue, const struct open_frame *f)
{
	struct nm_offload o;
	uint32_t len;
	bool more;
	int n;

	n = nm_offload_plan(&o, f->frag, 2, NM_VNET_HDR_LEGACY, 0, NETDEV_FRAME_MAX);
	while (n-- > 0) {
		len = nm_offload_emit(&o, nd->segment_buf, &more);
		if (!more)
			stack_to_wire(nd, queue, nd->segment_buf, len);
	}
}

/*
 * Deliver a frame of the stack to the engine, or send it to the wire if the engine does not or no
 * longer take it. Returns false if it has to wait for room in its ring.
 */
static bool stack_deliver(struct os_netdev *nd, const struct virtio_net_hdr *vh, uint32_t len)
{
	const uint32_t queue = flow_hash(nd->stack_buf, len);
	const bool wanted = nd->ops->wants(nd->arg, OS_NETDEV_STACK, queue);
	struct open_frame f;

	if (wanted && open_frame_has_backpressure(nd, OS_NETDEV_STACK, queue, vh, len))
		return false;
	if (is_open_frame(vh)) {
		open_frame_make(&f, vh, 0, nd->stack_buf, len);
		if (wanted)
			open_frame_deliver(nd, OS_NETDEV_STACK, queue, &f);
		else
			stack_to_wire_open(nd, queue, &f);
	} else if (wanted) {
		netdev_deliver(nd, OS_NETDEV_STACK, queue, nd->stack_buf, len);
	} else {
		stack_to_wire(nd, queue, nd->stack_buf, len);
	}
	return true;
}

/* Read a frame from the TAP. Returns false if there is none; *has_ended: there will be none. */
static bool stack_read(struct os_netdev *nd, bool *has_ended)
{
	const struct iovec iov[2] = {
		{ &nd->stack_hdr, sizeof(nd->stack_hdr) }, { nd->stack_buf, NETDEV_FRAME_MAX },
	};
	ssize_t n;

	do {
		n = readv(nd->opened.tap, iov, 2);
	} while (n > 0 && (size_t)n <= sizeof(nd->stack_hdr));
	if (n > 0)
		nd->stack_len = (uint32_t)n - (uint32_t)sizeof(nd->stack_hdr);
	*has_ended = n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR);
	return n > 0;
}

enum host_status host_receive(struct os_netdev *nd)
{
	bool has_ended;
	uint32_t i;

	for (i = 0; i < BATCH; i++) {
		if (!nd->stack_len && !stack_read(nd, &has_ended))
			return has_ended ? HOST_ENDED : HOST_EMPTY;
		if (!stack_deliver(nd, &nd->stack_hdr, nd->stack_len))
			return HOST_BACKLOG;
		nd->stack_len = 0;
	}
	return HOST_EMPTY;
}
