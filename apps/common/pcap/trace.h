/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A capture file in memory: the Ethernet frames of a pcap or pcapng file, as all tools that send
 * one read it. Read-only once loaded.
 *
 * A frame is what the file has of it, at most its length on the wire: min(caplen, len). If the
 * header of a pcap file says that packets end with their frame check sequence, it is cut off, for
 * the device adds one. Packets with less than an Ethernet header, or more than a slot's length can
 * say, are left out and counted.
 */
#ifndef APPS_TRACE_H
#define APPS_TRACE_H

#include <stddef.h>
#include <stdint.h>

#include "../errmsg.h"

#define TRACE_LEN_MIN	14u
#define TRACE_LEN_MAX	65535u

struct trace_packet {
	uint64_t at;		/* ns after the first packet; never decreasing */
	size_t offset;		/* in data */
	uint32_t len;		/* bytes in the file */
	uint32_t wire_len;	/* bytes on the wire when captured, without check sequence */
};

struct trace {
	size_t count;
	struct trace_packet *packets;
	uint8_t *data;
	uint32_t longest;	/* of the packets' len */
	uint32_t fcs_len;	/* bytes of frame check sequence that were cut off each packet */
	size_t too_short, too_long;	/* packets left out */
	size_t padded;		/* packets of which the file has more than was on the wire */
	size_t cut;		/* packets truncated by the capture */
	size_t backward;	/* packets older than the one before them */
};

/*
 * Return 0, or -1 with nothing allocated if any part of the file cannot be read, or if it has no
 * packet that can be sent.
 */
int trace_load(struct trace *t, const char *path, struct errmsg *err);
void trace_free(struct trace *t);

static inline size_t trace_left_out(const struct trace *t)
{
	return t->too_short + t->too_long;
}

/* Say on standard error what is not sent as it was on the wire. */
void trace_print_notes(const struct trace *t, const char *program, const char *path);

#endif
