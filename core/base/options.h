/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Options of a request: the engine's own copy of them. A table in options.c says which requests
 * accept which options. No lock.
 */
#ifndef NM_OPTIONS_H
#define NM_OPTIONS_H

#include "engine.h"
#include "base/reason.h"

struct nm_options;

/*
 * Read the list that begins at first. Returns 0 and sets *out, to NULL if the list is empty.
 * Returns an error if the request does not accept every option; each option's status has been
 * written back then. May sleep.
 */
int nm_options_read(struct os_caller *caller, uint64_t first, uint16_t reqtype,
		    struct nm_options **out, struct nm_reason *reason);

/*
 * Return the copy of the option of a type, NULL if it was not given: a struct nmreq_opt_* whose
 * nro_size is the length of the copy. An option's answer is written into the copy.
 */
void *nm_option(struct nm_options *l, uint32_t type);
/* Record that the option of a type makes the request fail. Returns err. */
int nm_option_refuse(struct nm_options *l, uint32_t type, int err);
/*
 * Write statuses back, and answers if err is 0. l may be NULL. Returns err, or -EFAULT. May sleep.
 */
int nm_options_finish(struct os_caller *caller, struct nm_options *l, int err,
		      struct nm_reason *reason);
void nm_options_free(struct nm_options *l);	/* l may be NULL */

#endif
