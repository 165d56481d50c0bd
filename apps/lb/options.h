/* SPDX-License-Identifier: BSD-2-Clause */
/* The command line of lb. */
#ifndef LB_OPTIONS_H
#define LB_OPTIONS_H

#include <stdbool.h>

#include "../common/optparse.h"
#include "../common/portspec.h"

#define GROUPS_MAX	64
#define PIPES_MAX	256	/* in all groups together */

struct group_options {
	char name[NETMAP_REQ_IFNAMSIZ];
	unsigned int first, count;	/* numbers of its pipes */
};

struct options {
	struct port_spec spec;
	struct group_options groups[GROUPS_MAX];
	unsigned int group_count;
	unsigned int extra_bufs;
	unsigned int batch;
	int wait_s;
	unsigned int report_ms;		/* 0 for none */
	bool json, strict;
	unsigned int verbose;
};

extern const struct opt_program lb_program;

#endif
