/* SPDX-License-Identifier: BSD-2-Clause */
/* The command line of vale-ctl: one action, its port and its parameters. */
#ifndef VALE_CTL_H
#define VALE_CTL_H

#include <stdbool.h>
#include <stdint.h>

#include "../common/optparse.h"

enum action {
	ACTION_LIST,
	ACTION_RINGS,		/* -g */
	ACTION_ATTACH,		/* -a */
	ACTION_ATTACH_HOST,	/* -h */
	ACTION_DETACH,		/* -d */
	ACTION_NEW,		/* -n */
	ACTION_REMOVE,		/* -r */
	ACTION_POLL_ON,		/* -p */
	ACTION_POLL_OFF,	/* -P */
	ACTIONS
};

struct options {
	enum action action;
	const char *port;	/* NULL: all, for ACTION_LIST */
	const char *port_of[ACTIONS];	/* of each action, as given */
	bool is_list, json;
	unsigned int mem_id;
	unsigned int config[4];	/* -C */
	unsigned int config_count;
};

extern const struct opt_program vale_ctl_program;

/* Do the action and print its result. Return -1 with err set if the engine refuses. */
int action_run(int fd, const struct options *opt, struct errmsg *err);

#endif
