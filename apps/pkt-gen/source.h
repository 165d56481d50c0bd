/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The packets to send: generated as the options say, or read from a capture file. A source belongs
 * to one thread.
 */
#ifndef PKTGEN_SOURCE_H
#define PKTGEN_SOURCE_H

#include "../common/pcap/trace.h"
#include "flow.h"
#include "frame.h"
#include "options.h"
#include "stamp.h"

struct source {
	const struct options *opt;
	const struct trace *trace;	/* NULL without a capture file */
	size_t trace_at;
	struct flow_side src, dst;
	uint64_t random;
	struct frame frame;
};

/* Packets begin with vnet bytes of header. The source keeps all the pointers passed here. */
void source_init(struct source *s, const struct options *opt, const struct trace *trace,
		 const uint8_t src_mac[MAC_LEN], unsigned int vnet);

/* True if all packets are the same: one call of source_next() is enough. */
bool source_is_constant(const struct source *s);

/* Return the length of the longest packet, header included. */
unsigned int source_longest(const struct source *s);

/* Return the next packet, header included, valid until the next call. --seq advances stamp. */
const uint8_t *source_next(struct source *s, struct stamp *stamp, unsigned int *len);

#endif
