/* SPDX-License-Identifier: BSD-2-Clause */
/* The command line of testpcap, as near to that of bridge as possible. */
#ifndef TESTPCAP_OPTIONS_H
#define TESTPCAP_OPTIONS_H

#include <net/netmap.h>
#include <stdbool.h>

#include "../common/optparse.h"

#define HOST_NAME_SIZE	(NETMAP_REQ_IFNAMSIZ + 16)

struct options {
	const char *name[2];	/* as passed to libpcap */
	char host[HOST_NAME_SIZE];	/* the second name, for the host stack of the first */
	unsigned int batch;
	int wait_s;
	unsigned int report_ms;	/* 0 for none */
	bool json;
	unsigned int verbose;
};

extern const struct opt_program testpcap_program;

/* True for names of netmap ports, which the system's libpcap may not know. */
bool testpcap_is_netmap(const char *name);

#endif
