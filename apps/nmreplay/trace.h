/* SPDX-License-Identifier: BSD-2-Clause */
/* A capture file in memory. */
#ifndef NMREPLAY_TRACE_H
#define NMREPLAY_TRACE_H

#include <stddef.h>
#include <stdint.h>

#include "../common/errmsg.h"

struct trace_packet {
	uint64_t at;		/* ns after the first packet; never decreasing */
	size_t offset;		/* in data */
	uint32_t len;		/* bytes in the file */
	uint32_t wire_len;	/* bytes on the wire when captured */
};

struct trace {
	size_t count;
	struct trace_packet *packets;
	uint8_t *data;
	size_t cut;		/* packets truncated by the capture */
	size_t backward;	/* packets older than the one before them */
};

/* Return 0, or -1 with nothing allocated if any part of the file cannot be read. */
int trace_load(struct trace *t, const char *path, struct errmsg *err);
void trace_free(struct trace *t);

#endif
