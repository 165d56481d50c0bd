/* SPDX-License-Identifier: BSD-2-Clause */
/* The open port, the pipes of all groups, and the extra buffers. */
#ifndef LB_BALANCER_H
#define LB_BALANCER_H

#include "options.h"
#include "spread.h"

struct lb_pipe {
	struct port port;
	unsigned int group;
	bool is_waiting;	/* has slots that its reader has not taken */
};

struct balancer {
	const struct options *opt;
	struct port port;
	struct inlet *inlets;	/* one per receive ring */
	unsigned int pipe_count;
	struct lb_pipe *pipes;		/* of all groups, in their order */
	struct outlet *outlets;		/* by index of the pipe */
	struct outlet_group groups[GROUPS_MAX];
	struct spread spread;
	struct overflow overflow;
};

int balancer_open(struct balancer *b, const struct options *opt, struct errmsg *err);

/* Return the extra buffers and close everything. */
void balancer_close(struct balancer *b);

/* Move backlogs to rings and send. Return -1 with err set if a pipe has failed. */
int balancer_push(struct balancer *b, struct errmsg *err);

/* Return the number of slots that wait in backlogs and rings. */
uint64_t balancer_left(const struct balancer *b);

#endif
