/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reasons: a refusal carries an errno for the program and a sentence for the person.
 * A struct nm_reason travels down with each request or sync and is filled where the refusal
 * is made; the client keeps the last one, the engine a log of the newest.
 */
#ifndef NM_REASON_H
#define NM_REASON_H

#include "engine.h"
#include "../../include/net/netmap_inspect.h"

/*
 * For large variables of data paths, which are read only where they were written: kernels are
 * built to zero every variable that is not initialised, and that costs more than what it protects.
 */
#define NM_UNINITIALIZED	__attribute__((uninitialized))

static inline void nm_reason_init(struct nm_reason *reason)
{
	reason->err = 0;
}

/* Put words before those of a refusal; returns its err. */
int nm_reason_prefix(struct nm_reason *reason, const char *fmt, ...) __attribute__((format(__printf__, 2, 3)));

/* Words into a buffer, always ended; returns the bytes written. */
int nm_format(char *buf, size_t size, const char *fmt, ...) __attribute__((format(__printf__, 3, 4)));

/* The log of failures, read by NM_INSPECT_FAILURES and NETMAP_REQ_REASON_GET. */
int nm_failures_init(void);
void nm_failures_exit(void);
void nm_failures_add(struct os_ns *ns, struct os_caller *caller, uint16_t reqtype, const char *name,
		     const struct nm_reason *reason);
/* The first failure numbered >= *cursor of that namespace; moves *cursor on. false if none. */
bool nm_failures_next(struct os_ns *ns, uint64_t *cursor, struct nm_info_failure *out);
/* The newest failure of a process in that namespace. */
bool nm_failures_of(struct os_ns *ns, uint32_t pid, struct nm_info_failure *out);

#endif
