/* SPDX-License-Identifier: BSD-2-Clause */
/* The thread that sends by the schedule. */
#ifndef NMREPLAY_SENDER_H
#define NMREPLAY_SENDER_H

#include <pthread.h>
#include <stdatomic.h>

#include "../common/port.h"
#include "schedule.h"

struct sender {
	const struct trace *trace;
	const struct schedule *schedule;
	const struct port *port;
	unsigned int batch;
	int cpu;			/* -1: any */
	int done_fd;			/* eventfd, written at the end */
	pthread_t thread;
	atomic_bool stop;		/* set by the main thread */
	_Atomic uint64_t packets, bytes;

	/* for the main thread, after joining */
	bool has_failed;
	struct errmsg err;
	uint64_t begin, end;		/* ns */
	double late_sum;		/* sum of the delays behind the schedule, ns */
	uint64_t late_max;
	unsigned int unsent;		/* slots still queued at the end */
	struct drops dropped;
};

/* Return 0 or an errno value. */
int sender_start(struct sender *s);

#endif
