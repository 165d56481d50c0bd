/* SPDX-License-Identifier: BSD-2-Clause */
/* The command line of bridge. */
#ifndef BRIDGE_OPTIONS_H
#define BRIDGE_OPTIONS_H

#include <stdbool.h>

#include "../common/optparse.h"
#include "../common/portspec.h"

struct options {
	const char *name[2];	/* as given; the second is NULL for a card and its own host stack */
	struct port_spec spec[2];
	unsigned int batch;
	int wait_s;
	bool copy, busy, json, strict;
	unsigned int report_ms;	/* 0 for none */
	unsigned int verbose;
};

extern const struct opt_program bridge_program;

#endif
