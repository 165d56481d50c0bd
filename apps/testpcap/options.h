/* SPDX-License-Identifier: BSD-2-Clause */
/* The command line of testpcap: that of bridge, where it makes sense. */
#ifndef TESTPCAP_OPTIONS_H
#define TESTPCAP_OPTIONS_H

#include <net/netmap.h>
#include <stdbool.h>

#include "../common/optparse.h"

#define HOST_NAME_SIZE	(NETMAP_REQ_IFNAMSIZ + 16)

struct options {
	const char *name[2];	/* as libpcap is given them */
	char host[HOST_NAME_SIZE];	/* the second one, if it is the host stack of the first */
	unsigned int batch;
	int wait_s;
	unsigned int report_ms;	/* 0 for none */
	bool json;
	unsigned int verbose;
};

extern const struct opt_program testpcap_program;

/* Is it a name of a netmap port, which the system's libpcap may not know? */
bool testpcap_is_netmap(const char *name);

#endif
