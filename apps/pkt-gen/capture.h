/* SPDX-License-Identifier: BSD-2-Clause */
/* The Ethernet frames of a capture file, in memory. Read-only once loaded. */
#ifndef PKTGEN_CAPTURE_H
#define PKTGEN_CAPTURE_H

#include <stddef.h>
#include <stdint.h>

#include "../common/errmsg.h"

struct capture_frame {
	size_t offset;		/* in data */
	unsigned int len;
};

struct capture {
	size_t count;
	struct capture_frame *frames;
	uint8_t *data;
	unsigned int longest;
};

int capture_load(struct capture *c, const char *path, struct errmsg *err);
void capture_free(struct capture *c);

#endif
