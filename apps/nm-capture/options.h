/* SPDX-License-Identifier: BSD-2-Clause */
/* The command line of nm-capture. */
#ifndef NM_CAPTURE_OPTIONS_H
#define NM_CAPTURE_OPTIONS_H

#include "../common/optparse.h"
#include "../common/portspec.h"

#define SNAPLEN_MAX	262144u

struct options {
	const char *file;
	struct port_spec spec;
	uint64_t count;		/* packets, 0: no limit */
	unsigned int snaplen;
	int wait_s;
	unsigned int report_ms;	/* 0 for none */
	unsigned int verbose;
	bool json;
	char *filter;		/* "" for all packets; allocated */
};

void capture_options_free(struct options *opt);
extern const struct opt_program capture_program;

#endif
