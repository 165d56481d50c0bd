/* SPDX-License-Identifier: BSD-2-Clause */
/* The command line of nmreplay. */
#ifndef NMREPLAY_OPTIONS_H
#define NMREPLAY_OPTIONS_H

#include "../common/optparse.h"
#include "../common/portspec.h"
#include "schedule.h"

struct options {
	const char *file;
	struct port_spec spec;
	struct models models;
	unsigned int batch;
	int wait_s;
	int cpu;		/* -1: any */
	bool only_schedule, json, strict;
	unsigned int report_ms;	/* 0 for none */
	unsigned int verbose;
};

extern const struct opt_program replay_program;

#endif
