/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Options of a request: the engine's own copy of them. Which requests take which is a table in
 * options.c. No lock.
 */
#ifndef NM_OPTIONS_H
#define NM_OPTIONS_H

#include "engine.h"
#include "base/reason.h"

struct nm_options;

/*
 * Read the list that begins at first. 0 with *out, which is NULL if there is none; an error if
 * the request does not take them all, with every status written back.
 */
int nm_options_read(struct os_caller *caller, uint64_t first, uint16_t reqtype, struct nm_options **out,
		    struct nm_reason *reason);

/*
 * The copy of the option of that type, NULL if it was not given: struct nmreq_opt_*, its nro_size the
 * bytes that there are. What has an answer is filled there.
 */
void *nm_option(struct nm_options *l, uint32_t type);
/* That option is why the request fails; returns err. */
int nm_option_refuse(struct nm_options *l, uint32_t type, int err);
/* Write back statuses, and answers if err is 0. Returns err, or -EFAULT. l may be NULL, here and below. */
int nm_options_finish(struct os_caller *caller, struct nm_options *l, int err, struct nm_reason *reason);
void nm_options_free(struct nm_options *l);

#endif
