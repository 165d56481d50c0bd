/* SPDX-License-Identifier: BSD-2-Clause */
/* The thread that sends by the schedule and does nothing else. */
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
	int cpu;			/* to run on, -1 for any */
	int done_fd;			/* eventfd; written at the end */
	pthread_t thread;
	atomic_bool stop;		/* set by others: end soon */
	_Atomic uint64_t packets, bytes;

	/* for others once it has been joined */
	bool has_failed;
	struct errmsg err;
	uint64_t begin, end;		/* ns */
	double late_sum;		/* ns by which packets left after their time */
	uint64_t late_max;
	unsigned int unsent;		/* slots that nobody took at the end */
};

/* 0, or an errno value. */
int sender_start(struct sender *s);

#endif
