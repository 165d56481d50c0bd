/* SPDX-License-Identifier: BSD-2-Clause */
/* Taking packets off a port into a file. */
#ifndef NM_CAPTURE_CAPTURE_H
#define NM_CAPTURE_CAPTURE_H

#include <pcap/pcap.h>

#include "../common/port.h"
#include "options.h"
#include "pcapng.h"

/* A frame of several slots, as far as it has come. */
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
	struct partial *partials;	/* one for each receive ring */
	unsigned int header;		/* virtio-net header before each frame: not kept */
	uint64_t now;			/* ns since the epoch, never going back */
	bool has_times;			/* each packet brings its own */
	uint64_t seen, kept, bytes;	/* packets; bytes of those kept, whole */
	uint64_t bad;			/* slots without a buffer of ours */
	uint64_t drops_before;		/* of the port, when we came */
};

int capture_open(struct capture *c, const struct options *opt, struct errmsg *err);

/* Takes all that has come, or up to --count; -1 if the file cannot be written. */
int capture_take(struct capture *c, struct errmsg *err);

static inline bool capture_has_enough(const struct capture *c)
{
	return c->opt->count > 0 && c->kept >= c->opt->count;
}

/* Packets that the port has dropped for want of room since we came. */
uint64_t capture_drops(const struct capture *c);

/* Ends the file, with its statistics unless writing has failed already; closes all. */
int capture_close(struct capture *c, bool has_failed, struct errmsg *err);

#endif
