// SPDX-License-Identifier: BSD-2-Clause
/*
 * A device's stack. Frames that it sends to the device come by a TAP beside it, to which a program at the
 * device's egress turns them; frames for it are written to the TAP, the segments of a stream merged, and the
 * TAP's own program hands them to the device's ingress. What the stack leaves to the TAP to segment and to
 * sum, the engine does as it puts it into slots. What the programs do is told in flags that they look up.
 */
#define OS_PLATFORM
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <unistd.h>

#include "../../../core/offload/merge.h"
#include "open_frame.h"

#define BATCH		64u	/* frames taken at a time */
#define PIECES_MAX	64u	/* of a frame: the engine's own bound */

int host_open(struct os_netdev *nd)
{
	nd->stack_len = 0;
	nd->stack_buf = malloc(2 * NETDEV_FRAME_MAX);
	if (!nd->stack_buf)
		return -ENOMEM;
	nd->segment_buf = nd->stack_buf + NETDEV_FRAME_MAX;
	nd->flags = mmap(NULL, sizeof(*nd->flags), PROT_READ | PROT_WRITE, MAP_SHARED, nd->taken.flags, 0);
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

void host_tell(struct os_netdev *nd)
{
	uint32_t q, n = sizeof(nd->flags->wire);
	bool stack = false;

	for (q = 0; q < n; q++) {
		stack |= nd->ops->wants(nd->arg, OS_NETDEV_STACK, q);
		__atomic_store_n(&nd->flags->wire[q], nd->ops->wants(nd->arg, OS_NETDEV_WIRE, q),
				 __ATOMIC_RELAXED);
	}
	__atomic_store_n(&nd->flags->stack, stack, __ATOMIC_SEQ_CST);
	/* Whoever sets the state is quiet after that. */
	if (__atomic_load_n(&nd->state, __ATOMIC_SEQ_CST) > OS_NETDEV_DOWN)
		host_quiet(nd);
}

void host_quiet(struct os_netdev *nd)
{
	uint32_t q;

	__atomic_store_n(&nd->flags->stack, 0, __ATOMIC_RELAXED);
	for (q = 0; q < sizeof(nd->flags->wire); q++)
		__atomic_store_n(&nd->flags->wire[q], 0, __ATOMIC_RELAXED);
}

/* ---- to the stack ----------------------------------------------------------------- */

/* False when there is no room now; anything else concerns this frame, or can only be waited for as well. */
static bool tap_write(const struct os_netdev *nd, const struct iovec *iov, uint32_t n)
{
	return writev(nd->taken.tap, iov, (int)n) >= 0 || errno != EAGAIN;
}

static struct iovec iov_of(const void *at, size_t len)
{
	return (struct iovec){ .iov_base = (void *)(uintptr_t)at, .iov_len = len };
}

/* Returns its pieces, 0 without room. */
static uint32_t send_one(const struct os_netdev *nd, const struct os_frag *frag)
{
	const struct virtio_net_hdr whole = { .gso_type = VIRTIO_NET_HDR_GSO_NONE };
	struct iovec iov[1 + PIECES_MAX];
	uint32_t n = 0;

	iov[0] = iov_of(&whole, sizeof(whole));
	do {
		iov[1 + n] = iov_of(frag[n].data, frag[n].len);
	} while (frag[n++].more);
	return tap_write(nd, iov, 1 + n) ? n : 0;
}

/* The same for segments that are one frame now: its headers, and what came behind theirs. */
static uint32_t send_merged(const struct os_netdev *nd, const struct nm_merge *m, const struct os_frag *frag)
{
	const struct virtio_net_hdr vh = {
		.flags = VIRTIO_NET_HDR_F_NEEDS_CSUM,
		.gso_type = m->is_v6 ? VIRTIO_NET_HDR_GSO_TCPV6 : VIRTIO_NET_HDR_GSO_TCPV4,
		.hdr_len = (uint16_t)m->head_len, .gso_size = (uint16_t)m->seg_size,
		.csum_start = (uint16_t)m->l4, .csum_offset = NM_MERGE_CSUM_OFFSET,
	};
	struct iovec iov[2 + PIECES_MAX];
	uint32_t i;

	iov[0] = iov_of(&vh, sizeof(vh));
	iov[1] = iov_of(m->head, m->head_len);
	for (i = 0; i < m->frames; i++)
		iov[2 + i] = iov_of(frag[i].data + m->head_len, frag[i].len - m->head_len);
	return tap_write(nd, iov, 2 + m->frames) ? m->frames : 0;
}

/* Only where the stack would merge what came from the wire. */
uint32_t host_send(struct os_netdev *nd, const struct os_frag *frag, uint32_t n)
{
	const bool merges = nd->taken.has_gro;
	struct nm_merge m;
	uint32_t at = 0, sent;

	for (; at < n; at += sent) {
		if (merges && nm_merge_plan(&m, frag + at, n - at < PIECES_MAX ? n - at : PIECES_MAX) > 1)
			sent = send_merged(nd, &m, frag + at);
		else
			sent = send_one(nd, frag + at);
		if (!sent)
			break;
	}
	return at;
}

/* ---- from the stack --------------------------------------------------------------- */

static uint32_t mix(const uint8_t *p, uint32_t n)
{
	uint32_t h = 2166136261u;

	while (n--)
		h = (h ^ *p++) * 16777619u;
	return h ^ h >> 15;
}

/* A flow keeps to a queue: by addresses, and ports where they are in their usual place. */
static uint32_t queue_of(const uint8_t *f, uint32_t len)
{
	uint32_t type = len < 14 ? 0 : (uint32_t)f[12] << 8 | f[13];

	if (type == 0x0800 && len >= 38 && f[14] == 0x45)
		return mix(f + 26, (f[20] & 0x3f) || f[21] ? 8 : 12);
	if (type == 0x86dd && len >= 58)
		return mix(f + 22, f[20] == 6 || f[20] == 17 ? 36 : 32);
	return 0;
}

static void pass(struct os_netdev *nd, uint32_t queue, const uint8_t *data, uint32_t len)
{
	const struct os_frag whole = { .data = data, .len = len };

	os_netdev_send(nd, OS_NETDEV_WIRE, queue % nd->queues[0], &whole, 1, NULL);
}

/* The same of one that is to be finished first. */
static void pass_open(struct os_netdev *nd, uint32_t queue, const struct open_frame *f)
{
	struct nm_offload o;
	uint32_t len;
	bool more;
	int n;

	n = nm_offload_plan(&o, f->frag, 2, NM_VNET_HDR_LEGACY, 0, NETDEV_FRAME_MAX);
	while (n-- > 0) {
		len = nm_offload_emit(&o, nd->segment_buf, &more);
		if (!more)
			pass(nd, queue, nd->segment_buf, len);
	}
}

/* What the engine does not want, or no more, goes where it was sent. False: it is kept back. */
static bool deliver(struct os_netdev *nd, const struct virtio_net_hdr *vh, uint32_t len)
{
	const uint32_t queue = queue_of(nd->stack_buf, len);
	const bool wanted = nd->ops->wants(nd->arg, OS_NETDEV_STACK, queue);
	struct open_frame f;

	if (wanted && open_frame_has_backpressure(nd, OS_NETDEV_STACK, queue, vh, len))
		return false;
	if (is_open(vh)) {
		open_frame_make(&f, vh, 0, nd->stack_buf, len);
		if (wanted)
			open_frame_deliver(nd, OS_NETDEV_STACK, queue, &f);
		else
			pass_open(nd, queue, &f);
	} else if (wanted) {
		netdev_deliver(nd, OS_NETDEV_STACK, queue, nd->stack_buf, len);
	} else {
		pass(nd, queue, nd->stack_buf, len);
	}
	return true;
}

/* The next frame, if none is kept back; false: there is none. */
static bool next_read(struct os_netdev *nd, bool *has_ended)
{
	const struct iovec iov[2] = {
		{ &nd->stack_hdr, sizeof(nd->stack_hdr) }, { nd->stack_buf, NETDEV_FRAME_MAX },
	};
	ssize_t n;

	do {
		n = readv(nd->taken.tap, iov, 2);
	} while (n > 0 && (size_t)n <= sizeof(nd->stack_hdr));
	if (n > 0)
		nd->stack_len = (uint32_t)n - (uint32_t)sizeof(nd->stack_hdr);
	*has_ended = n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR);
	return n > 0;
}

enum host_left host_receive(struct os_netdev *nd)
{
	bool has_ended;
	uint32_t i;

	for (i = 0; i < BATCH; i++) {
		if (!nd->stack_len && !next_read(nd, &has_ended))
			return has_ended ? HOST_ENDED : HOST_NOTHING;
		if (!deliver(nd, &nd->stack_hdr, nd->stack_len))
			return HOST_KEPT_BACK;
		nd->stack_len = 0;
	}
	return HOST_NOTHING;
}
