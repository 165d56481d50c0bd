/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Writing a pcapng file of one interface; libpcap reads this format but does not write it. Blocks
 * are buffered and written together. If a write fails, the file is truncated to whole blocks.
 */
#ifndef NM_CAPTURE_PCAPNG_H
#define NM_CAPTURE_PCAPNG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../common/errmsg.h"

struct pcapng {
	int fd;
	const char *path;	/* for messages */
	bool is_stdout;
	uint8_t *buffer;
	size_t used;		/* whole blocks only */
	uint64_t good;		/* bytes of whole blocks in the file */
};

/* Open path, "-" for standard output, and write the headers with the interface's name. */
int pcapng_open(struct pcapng *f, const char *path, const char *interface, unsigned int snaplen,
		struct errmsg *err);

/* Add a packet of wire_len bytes, of which len are kept; ns since the epoch. */
int pcapng_packet(struct pcapng *f, uint64_t ns, const uint8_t *data, uint32_t len,
		  uint32_t wire_len, struct errmsg *err);

/* Add the totals of the interface, at the end. */
int pcapng_statistics(struct pcapng *f, uint64_t ns, uint64_t received, uint64_t drops,
		      struct errmsg *err);

/* Write the buffered blocks. */
int pcapng_flush(struct pcapng *f, struct errmsg *err);

/* Flush and close. A full disk may show only here. */
int pcapng_close(struct pcapng *f, struct errmsg *err);

#endif
