/* SPDX-License-Identifier: BSD-2-Clause */
/* The command line of nm-tee. */
#ifndef NM_TEE_OPTIONS_H
#define NM_TEE_OPTIONS_H

#include "../common/optparse.h"
#include "../common/portspec.h"

#define OUTPUTS_MAX	16u

struct options {
	const char *port;
	struct port_spec spec;		/* with the flags of a monitor */
	struct port_spec output[OUTPUTS_MAX];
	unsigned int outputs;
	bool sent, received;		/* both if neither is given */
	uint64_t count;			/* packets; 0: no limit */
	unsigned int slots;		/* of the monitor's rings; 0: the port's number */
	int wait_s;			/* for the port to be opened */
	bool drop;			/* frames without room at an output; false: wait */
	unsigned int report_ms;		/* 0 for none */
	unsigned int verbose;
	bool json, strict;
};

extern const struct opt_program tee_program;

#endif
