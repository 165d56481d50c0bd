// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/*
 * Frames that the stack leaves to the device to finish: segments of TCP and UDP, checksums. Their
 * pieces of memory are told to the engine as they are, with a virtio-net header that says what to do, so that
 * each byte is copied once. What such a header cannot say is left to the kernel's own functions.
 */
#include <linux/if_vlan.h>
#include <linux/skbuff.h>

#include "../../../core/offload/offload.h"
#include "netdev.h"

/* Bytes of a frame before its VLAN tag. */
#define TAG_AT		(2 * ETH_ALEN)

/* The header, what stands before a tag, the tag. */
#define PIECES_MAX	NM_OFFLOAD_FRAGS_MAX

struct pieces {
	struct nm_vnet_hdr hdr;
	__be16 tag[2];
	u32 n;
	struct nm_frag frag[PIECES_MAX];
};

/* What the kernel's kind of segments is called in the header; -1: it has no name there. */
static int gso_type_of(const struct sk_buff *skb)
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

/* shift: bytes of a tag that stand before what is to be summed. */
static bool header_make(const struct sk_buff *skb, u32 shift, struct nm_vnet_hdr *hdr)
{
	int type = NM_VNET_GSO_NONE;

	if (skb->ip_summed != CHECKSUM_PARTIAL || skb_csum_is_sctp((struct sk_buff *)skb))
		return false;
	if (skb_is_gso(skb))
		type = gso_type_of(skb);
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

static bool piece_add(struct pieces *p, const void *data, u32 len)
{
	if (!len)
		return true;
	if (p->n == PIECES_MAX)
		return false;
	p->frag[p->n++] = (struct nm_frag){ .data = data, .len = len };
	return true;
}

/* Where the processor does not see the memory, as of a device or beyond its addresses, it is not done here. */
static bool frags_add(struct pieces *p, const struct sk_buff *skb)
{
	u32 i;

	if (!nm_skb_is_readable(skb))
		return false;
	for (i = 0; i < skb_shinfo(skb)->nr_frags; i++) {
		const skb_frag_t *frag = &skb_shinfo(skb)->frags[i];

		if (PageHighMem(skb_frag_page(frag)) ||
		    !piece_add(p, skb_frag_address(frag), skb_frag_size(frag)))
			return false;
	}
	return true;
}

static bool pieces_gather(struct pieces *p, const struct sk_buff *skb)
{
	const u32 shift = skb_vlan_tag_present(skb) ? VLAN_HLEN : 0;
	const u32 front = shift ? TAG_AT : 0;
	const struct sk_buff *more;

	p->n = 0;
	if (skb_headlen(skb) < ETH_HLEN || !header_make(skb, shift, &p->hdr))
		return false;
	p->tag[0] = skb->vlan_proto;
	p->tag[1] = htons(skb_vlan_tag_get(skb));
	piece_add(p, &p->hdr, NM_VNET_HDR_LEGACY);
	piece_add(p, skb->data, front);
	piece_add(p, p->tag, shift);
	piece_add(p, skb->data + front, skb_headlen(skb) - front);
	if (!frags_add(p, skb))
		return false;
	skb_walk_frags(skb, more) {
		if (skb_has_frag_list(more) || !piece_add(p, more->data, skb_headlen(more)) ||
		    !frags_add(p, more))
			return false;
	}
	return true;
}

noinline bool nm_deliver_open(struct os_netdev *nd, enum os_netdev_side from, u32 queue, const struct sk_buff *skb)
{
	struct pieces p;

	return pieces_gather(&p, skb) &&
	       nd->ops->deliver_open(nd->arg, from, queue, (const struct os_packet *)skb, p.frag, p.n);
}
