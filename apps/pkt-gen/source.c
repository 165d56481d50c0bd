// SPDX-License-Identifier: BSD-2-Clause
/* Generating packets. */
#include "source.h"

#include <string.h>

static void init_frame(struct source *s, const uint8_t src_mac[MAC_LEN], unsigned int vnet)
{
	const struct options *opt = s->opt;

	frame_init(&s->frame, opt->family, vnet);
	frame_set_macs(&s->frame, src_mac, opt->dst_mac);
	frame_set_source(&s->frame, opt->src.first, opt->src.port);
	frame_set_destination(&s->frame, opt->dst.first, opt->dst.port);
	frame_set_length(&s->frame, opt->length_max);
	s->frame.omits_udp_checksum = opt->seq == SEQ_FRAME;
	frame_finish(&s->frame);
}

void source_init(struct source *s, const struct options *opt, const struct trace *trace,
		 const uint8_t src_mac[MAC_LEN], unsigned int vnet)
{
	s->opt = opt;
	s->trace = trace;
	s->trace_at = 0;
	s->random = random_seed();
	flow_init(&s->src, &opt->src, opt->random_src, random_seed());
	flow_init(&s->dst, &opt->dst, opt->random_dst, random_seed());
	init_frame(s, src_mac, vnet);
}

bool source_is_constant(const struct source *s)
{
	if (s->trace)
		return s->trace->count == 1;
	return s->opt->seq == SEQ_OFF && s->opt->length_min == s->opt->length_max &&
	       flow_is_constant(&s->src) && flow_is_constant(&s->dst);
}

unsigned int source_longest(const struct source *s)
{
	return s->frame.vnet + (s->trace ? s->trace->longest : s->opt->length_max);
}

/* A capture has no virtio-net headers: copy its frames behind one of zeroes. */
static const uint8_t *next_captured(struct source *s, unsigned int *len)
{
	const struct trace *t = s->trace;
	const struct trace_packet *p = &t->packets[s->trace_at];

	s->trace_at = s->trace_at + 1 < t->count ? s->trace_at + 1 : 0;
	*len = s->frame.vnet + p->len;
	if (s->frame.vnet == 0)
		return t->data + p->offset;
	memcpy(frame_ether(&s->frame), t->data + p->offset, p->len);
	return s->frame.data;
}

static void next_addresses(struct source *s)
{
	uint8_t addr[16];
	uint16_t port;

	if (!flow_is_constant(&s->src)) {
		flow_next(&s->src, addr, &port);
		frame_set_source(&s->frame, addr, port);
	}
	if (!flow_is_constant(&s->dst)) {
		flow_next(&s->dst, addr, &port);
		frame_set_destination(&s->frame, addr, port);
	}
}

static void next_length(struct source *s)
{
	unsigned int span = s->opt->length_max - s->opt->length_min;

	if (span > 0)
		frame_set_length(&s->frame, s->opt->length_min +
						    (unsigned int)(random_next(&s->random) >> 32) %
							    (span + 1));
}

/*
 * The UDP checksum covers a stamp over the payload, so that stamp is written first. A stamp over
 * the whole frame covers the headers, so it is written last, and there is no UDP checksum.
 */
static void next_stamp(struct source *s, struct stamp *stamp)
{
	struct frame *f = &s->frame;
	enum seq_scope scope = s->opt->seq;

	if (scope == SEQ_FRAME)
		frame_finish(f);
	stamp_write(frame_ether(f), f->len, f->payload, stamp, scope);
	if (scope == SEQ_PAYLOAD) {
		f->is_summed = false;
		frame_finish(f);
	}
	stamp->seq++;
}

const uint8_t *source_next(struct source *s, struct stamp *stamp, unsigned int *len)
{
	if (s->trace)
		return next_captured(s, len);
	next_addresses(s);
	next_length(s);
	if (s->opt->seq != SEQ_OFF)
		next_stamp(s, stamp);
	else if (!source_is_constant(s))
		frame_finish(&s->frame);
	*len = s->frame.vnet + s->frame.len;
	return s->frame.data;
}
