/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where packets to send come from: made by the options, or read from a capture file. One
 * source belongs to one thread.
 */
#ifndef PKTGEN_SOURCE_H
#define PKTGEN_SOURCE_H

#include "capture.h"
#include "flow.h"
#include "frame.h"
#include "options.h"
#include "stamp.h"

struct source {
	const struct options *opt;
	const struct capture *capture;	/* NULL without one */
	size_t capture_at;
	struct flow_side src, dst;
	uint64_t random;
	struct frame frame;
};

/* Packets come with vnet bytes of header in front. The source keeps pointers to all of these. */
void source_init(struct source *s, const struct options *opt, const struct capture *capture,
		 const uint8_t src_mac[MAC_LEN], unsigned int vnet);

/* Are all packets the same? Then one call of source_next() is enough. */
bool source_is_constant(const struct source *s);

/* Longest packet, header included. */
unsigned int source_longest(const struct source *s);

/* The next packet, header included, good until the next call; takes a number of stamp if asked. */
const uint8_t *source_next(struct source *s, struct stamp *stamp, unsigned int *len);

#endif
