/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Headers of Internet protocols and their checksum (RFC 1071), for segmentation (offload_plan.c,
 * offload_emit.c) and merging (merge.c). Where a header is read, it is a private copy.
 */
#ifndef NM_INET_H
#define NM_INET_H

#include "os.h"

#define ETH_HDR		14u
#define VLAN_TAG	4u
#define VLAN_TAGS_MAX	2u
#define ETHERTYPE_IPV4	0x0800u
#define ETHERTYPE_IPV6	0x86ddu
#define ETHERTYPE_VLAN	0x8100u		/* IEEE 802.1Q, customer tag */
#define ETHERTYPE_QINQ	0x88a8u		/* service tag */

#define IPV4_HDR	20u
#define IPV4_FRAGMENT	0x3fffu		/* more fragments, or an offset */
#define IPV6_HDR	40u
#define IPV6_EXT_MAX	8u		/* extension headers that are searched */

#define PROTO_HOPOPTS	0u
#define PROTO_TCP	6u
#define PROTO_UDP	17u
#define PROTO_ROUTING	43u
#define PROTO_DSTOPTS	60u

#define TCP_HDR		20u
#define TCP_CSUM	16u
#define TCP_FIN		0x01u
#define TCP_PSH		0x08u
#define TCP_URG		0x20u
#define TCP_CWR		0x80u
#define UDP_HDR		8u
#define UDP_CSUM	6u

/* ---- bytes ------------------------------------------------------------------------ */

/* Words at any address, of any type. */
struct word64 {
	uint64_t v;
} __attribute__((packed, may_alias));
struct word32 {
	uint32_t v;
} __attribute__((packed, may_alias));
struct word16 {
	uint16_t v;
} __attribute__((packed, may_alias));

static inline uint32_t min32(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

static inline uint32_t le16_get(const uint8_t p[2])
{
	return p[0] | (uint32_t)p[1] << 8;
}

static inline uint32_t be16_get(const uint8_t *p)
{
	return (uint32_t)p[0] << 8 | p[1];
}

static inline void be16_put(uint8_t *p, uint32_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

static inline uint32_t be32_get(const uint8_t *p)
{
	return be16_get(p) << 16 | be16_get(p + 2);
}

static inline void be32_put(uint8_t *p, uint32_t v)
{
	be16_put(p, v >> 16);
	be16_put(p + 2, v);
}

/* ---- checksums -------------------------------------------------------------------- */

/*
 * Checksums add 16-bit words in memory order on every machine: the ones' complement sum comes out
 * in the same order (RFC 1071, section 2 B). Fold a sum to 16 bits.
 */
static inline uint32_t csum_fold(uint64_t csum)
{
	csum = (csum >> 32) + (csum & 0xffffffffu);
	csum = (csum >> 32) + (csum & 0xffffffffu);
	csum = (csum >> 16) + (csum & 0xffff);
	csum = (csum >> 16) + (csum & 0xffff);
	return (uint32_t)((csum >> 16) + (csum & 0xffff));
}

/* Return a number as the word that a header would have. */
static inline uint32_t csum_number(uint32_t v)
{
	uint8_t b[2];

	be16_put(b, v);
	return ((const struct word16 *)b)->v;
}

/* Add up n private bytes, a multiple of four. */
static inline uint64_t csum_head(const uint8_t *p, uint32_t n)
{
	uint64_t csum = 0;

	for (; n >= 4; n -= 4, p += 4)
		csum += ((const struct word32 *)p)->v;
	return csum;
}

static inline uint64_t csum_carry(uint64_t csum, uint64_t word)
{
	csum += word;
	return csum + (csum < word);
}

#endif
