/* SPDX-License-Identifier: BSD-2-Clause */
/* Receiving packets and writing them to a file. */
#ifndef NM_CAPTURE_CAPTURE_H
#define NM_CAPTURE_CAPTURE_H

#include <pcap/pcap.h>

#include "../common/port.h"
#include "options.h"
#include "pcapng.h"

/* A frame of several slots, as far as it has arrived. */
struct partial {
	uint8_t *data;
	uint32_t len;		/* bytes kept */
	uint32_t wire_len;
	uint64_t time;		/* of its first slot */
	bool is_open;
};

struct capture {
	const struct options *opt;
	struct port port;
	struct pcapng file;
	struct bpf_program filter;
	bool has_filter;
	struct partial *partials;	/* one per receive ring */
	unsigned int header;		/* bytes of virtio-net header before each frame: not kept */
	uint64_t now;			/* ns since the epoch, never decreasing */
	bool has_times;			/* slots carry the time of their packet */
	uint64_t seen, kept, bytes;	/* packets; bytes of kept ones before --snaplen */
	uint64_t bad;			/* illegal slots */
	uint64_t drops_before;		/* drops of the port at the start */
};

int capture_open(struct capture *c, const struct options *opt, struct errmsg *err);

/* Take all packets that have arrived, up to --count. Return -1 if the file cannot be written. */
int capture_take(struct capture *c, struct errmsg *err);

static inline bool capture_has_enough(const struct capture *c)
{
	return c->opt->count > 0 && c->kept >= c->opt->count;
}

/* Return the packets dropped since the start because the receive rings were full. */
uint64_t capture_drops(const struct capture *c);

/* Finish the file, with its statistics unless writing has failed, and close everything. */
int capture_close(struct capture *c, bool has_failed, struct errmsg *err);

#endif
