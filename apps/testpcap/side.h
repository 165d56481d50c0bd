/* SPDX-License-Identifier: BSD-2-Clause */
/* One of the two interfaces: receives for one direction and sends for the other one. */
#ifndef TESTPCAP_SIDE_H
#define TESTPCAP_SIDE_H

#include <pcap/pcap.h>
#include <stdint.h>

#include "../common/errmsg.h"
#include "../common/rate.h"

struct side {
	const char *name;
	pcap_t *pcap;
	struct side *other;
	struct counts counts;	/* received here and sent at the other side */
	char reason[PCAP_ERRBUF_SIZE];	/* of the first drop */
};

int side_open(struct side *s, const char *name, struct errmsg *err);
void side_close(struct side *s);

/* Move at most max packets to the other side. Return how many, or -1 with err set. */
int side_move(struct side *s, unsigned int max, struct errmsg *err);

#endif
