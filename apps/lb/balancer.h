/* SPDX-License-Identifier: BSD-2-Clause */
/* All that is open: the port, the pipes of every group, and the extra buffers. */
#ifndef LB_BALANCER_H
#define LB_BALANCER_H

#include "options.h"
#include "spread.h"

struct lb_pipe {
	struct port port;
	unsigned int group;
	bool is_waiting;	/* has slots that nobody has taken yet */
};

struct balancer {
	const struct options *opt;
	struct port port;
	struct inlet *inlets;	/* one for each receive ring */
	unsigned int pipe_count;
	struct lb_pipe *pipes;		/* of all groups, one after the other */
	struct outlet *outlets;		/* of the pipe with the same index */
	struct outlet_group groups[GROUPS_MAX];
	struct spread spread;
	struct overflow overflow;
};

int balancer_open(struct balancer *b, const struct options *opt, struct errmsg *err);

/* Gives the extra buffers back and closes all. */
void balancer_close(struct balancer *b);

/* Moves backlogs to rings and pushes what was put there; -1 with err set if a pipe has failed. */
int balancer_push(struct balancer *b, struct errmsg *err);

/* Slots that still wait in backlogs and rings. */
uint64_t balancer_left(const struct balancer *b);

#endif
