/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Open frames: frames with offloads that the kernel has left to the device, as its sockets and TAPs
 * hand them over with a virtio-net header. They have to be segmented, or lack a checksum.
 */
#ifndef NETDEV_OPEN_FRAME_H
#define NETDEV_OPEN_FRAME_H

#include <linux/virtio_net.h>

#include "../../../core/frame.h"
#include "device.h"

struct open_frame {
	struct nm_vnet_hdr hdr;
	struct nm_frag frag[2];		/* the header, the frame */
};

static inline bool is_open_frame(const struct virtio_net_hdr *vh)
{
	return vh->gso_type != VIRTIO_NET_HDR_GSO_NONE || vh->flags & VIRTIO_NET_HDR_F_NEEDS_CSUM;
}

/* vh is in the machine's byte order. shift: bytes in front of csum_start that it does not count. */
static inline void open_frame_make(struct open_frame *f, const struct virtio_net_hdr *vh,
				   uint32_t shift, const uint8_t *data, uint32_t len)
{
	f->hdr = (struct nm_vnet_hdr){ .flags = vh->flags, .gso_type = vh->gso_type };
	nm_vnet_put(f->hdr.gso_size, vh->gso_size);
	nm_vnet_put(f->hdr.csum_start, vh->csum_start + shift);
	nm_vnet_put(f->hdr.csum_offset, vh->csum_offset);
	f->frag[0] = (struct nm_frag){ (const uint8_t *)&f->hdr, NM_VNET_HDR_LEGACY };
	f->frag[1] = (struct nm_frag){ data, len };
}

/* True if it must wait for room in its ring. Counts a header for each segment. */
static inline bool open_frame_has_backpressure(struct os_netdev *nd, enum os_netdev_side from,
					       uint32_t queue, const struct virtio_net_hdr *vh,
					       uint32_t len)
{
	uint32_t more = 0;

	if (vh->gso_type != VIRTIO_NET_HDR_GSO_NONE && vh->gso_size)
		more = (len - 1) / vh->gso_size;
	return nd->ops->has_backpressure(nd->arg, from, queue, 1 + more, len + more * vh->hdr_len);
}

/* Deliver the frame to the engine, which finishes it, or drops it if it cannot. */
static inline void open_frame_deliver(struct os_netdev *nd, enum os_netdev_side from,
				      uint32_t queue, const struct open_frame *f)
{
	const struct os_packet pkt = { .data = f->frag[1].data, .len = f->frag[1].len };

	nd->ops->deliver_open(nd->arg, from, queue, &pkt, f->frag, 2);
}

#endif
