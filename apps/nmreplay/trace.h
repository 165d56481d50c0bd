/* SPDX-License-Identifier: BSD-2-Clause */
/* A capture file in memory. */
#ifndef NMREPLAY_TRACE_H
#define NMREPLAY_TRACE_H

#include <stddef.h>
#include <stdint.h>

#include "../common/errmsg.h"

struct trace_packet {
	uint64_t at;		/* ns after the first packet; never before the one ahead of it */
	size_t offset;		/* in data */
	uint32_t len;		/* bytes there are */
	uint32_t wire_len;	/* bytes there were when it was captured */
};

struct trace {
	size_t count;
	struct trace_packet *packets;
	uint8_t *data;
	size_t cut;		/* packets of which not all bytes were captured */
	size_t backward;	/* packets with a time before the one ahead of them */
};

/* 0, or -1 with nothing kept if any part of the file cannot be read. */
int trace_load(struct trace *t, const char *path, struct errmsg *err);
void trace_free(struct trace *t);

#endif
