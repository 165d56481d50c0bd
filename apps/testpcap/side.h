/* SPDX-License-Identifier: BSD-2-Clause */
/* One of the two interfaces: receives for one way and sends for the other one. */
#ifndef TESTPCAP_SIDE_H
#define TESTPCAP_SIDE_H

#include <pcap/pcap.h>
#include <stdint.h>

#include "../common/errmsg.h"

struct side {
	const char *name;
	pcap_t *pcap;
	struct side *other;
	uint64_t packets, bytes;	/* received here and sent at the other side */
	uint64_t drops;			/* received here, and not sent there */
	char why[PCAP_ERRBUF_SIZE];	/* of the first drop */
};

int side_open(struct side *s, const char *name, struct errmsg *err);
void side_close(struct side *s);

/* Sends at the other side what is there, max packets at most. How many, or -1 with err set. */
int side_move(struct side *s, unsigned int max, struct errmsg *err);

#endif
