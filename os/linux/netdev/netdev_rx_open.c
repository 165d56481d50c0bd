// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/*
 * Deliver frames that the stack left to the device to finish: segmentation of TCP and UDP,
 * checksums. The engine gets the frame's pieces where they lie, behind a virtio-net header that
 * says what to do, so it copies each byte once. Where such a header cannot express it, netdev_rx.c
 * uses the kernel's own functions instead.
 */
#include <linux/if_vlan.h>
#include <linux/skbuff.h>

#include "../../../core/frame.h"
#include "netdev.h"

/* Bytes of a frame before its VLAN tag. */
#define TAG_AT		(2 * ETH_ALEN)

#define FRAGS_MAX	NM_OFFLOAD_FRAGS_MAX

struct open_frame {
	struct nm_vnet_hdr hdr;
	__be16 tag[2];
	u32 n;
	struct nm_frag frag[FRAGS_MAX];
};

/* Return the header's code for the skb's kind of segmentation; -1 if it has none. */
static int skb_vnet_gso_type(const struct sk_buff *skb)
{
	const u32 type = skb_shinfo(skb)->gso_type & ~SKB_GSO_DODGY;

	switch (type & ~SKB_GSO_TCP_ECN) {
	case SKB_GSO_TCPV4:
		return NM_VNET_GSO_TCPV4 | (type & SKB_GSO_TCP_ECN ? NM_VNET_GSO_ECN : 0);
	case SKB_GSO_TCPV6:
		return NM_VNET_GSO_TCPV6 | (type & SKB_GSO_TCP_ECN ? NM_VNET_GSO_ECN : 0);
	case SKB_GSO_UDP_L4:
		return type & SKB_GSO_TCP_ECN ? -1 : NM_VNET_GSO_UDP_L4;
	}
	return -1;
}

/* Fill in the header. shift is the length of the VLAN tag that lies beside the data, or 0. */
static bool vnet_hdr_fill(const struct sk_buff *skb, u32 shift, struct nm_vnet_hdr *hdr)
{
	int type = NM_VNET_GSO_NONE;

	if (skb->ip_summed != CHECKSUM_PARTIAL || skb_csum_is_sctp((struct sk_buff *)skb))
		return false;
	if (skb_is_gso(skb))
		type = skb_vnet_gso_type(skb);
	if (type < 0)
		return false;
	hdr->flags = NM_VNET_F_NEEDS_CSUM;
	hdr->gso_type = type;
	nm_vnet_put(hdr->hdr_len, 0);
	nm_vnet_put(hdr->gso_size, skb_is_gso(skb) ? skb_shinfo(skb)->gso_size : 0);
	nm_vnet_put(hdr->csum_start, skb_checksum_start_offset(skb) + shift);
	nm_vnet_put(hdr->csum_offset, skb->csum_offset);
	return true;
}

static bool open_frame_add(struct open_frame *p, const void *data, u32 len)
{
	if (!len)
		return true;
	if (p->n == FRAGS_MAX)
		return false;
	p->frag[p->n++] = (struct nm_frag){ .data = data, .len = len };
	return true;
}

/*
 * Add the skb's page fragments. Returns false if the CPU cannot read one: device memory, high
 * memory.
 */
static bool open_frame_add_frags(struct open_frame *p, const struct sk_buff *skb)
{
	u32 i;

	if (!nm_skb_is_readable(skb))
		return false;
	for (i = 0; i < skb_shinfo(skb)->nr_frags; i++) {
		const skb_frag_t *frag = &skb_shinfo(skb)->frags[i];

		if (PageHighMem(skb_frag_page(frag)) ||
		    !open_frame_add(p, skb_frag_address(frag), skb_frag_size(frag)))
			return false;
	}
	return true;
}

static bool open_frame_gather(struct open_frame *p, const struct sk_buff *skb)
{
	const u32 shift = skb_vlan_tag_present(skb) ? VLAN_HLEN : 0;
	const u32 front = shift ? TAG_AT : 0;
	const struct sk_buff *more;

	p->n = 0;
	if (skb_headlen(skb) < ETH_HLEN || !vnet_hdr_fill(skb, shift, &p->hdr))
		return false;
	p->tag[0] = skb->vlan_proto;
	p->tag[1] = htons(skb_vlan_tag_get(skb));
	open_frame_add(p, &p->hdr, NM_VNET_HDR_LEGACY);
	open_frame_add(p, skb->data, front);
	open_frame_add(p, p->tag, shift);
	open_frame_add(p, skb->data + front, skb_headlen(skb) - front);
	if (!open_frame_add_frags(p, skb))
		return false;
	skb_walk_frags(skb, more) {
		if (skb_has_frag_list(more) || !open_frame_add(p, more->data, skb_headlen(more)) ||
		    !open_frame_add_frags(p, more))
			return false;
	}
	return true;
}

noinline bool nm_deliver_open(struct os_netdev *nd, enum os_netdev_side from, u32 queue,
			      const struct sk_buff *skb)
{
	struct open_frame p;

	return open_frame_gather(&p, skb) &&
	       nd->ops->deliver_open(nd->arg, from, queue, (const struct os_packet *)skb, p.frag,
				     p.n);
}
