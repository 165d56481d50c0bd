/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reasons of failures: an errno for the program and a sentence for the person. Each request or sync
 * passes a struct nm_reason down, and the function that refuses fills it. The client keeps the last
 * one, the engine a log of the newest ones.
 */
#ifndef NM_REASON_H
#define NM_REASON_H

#include "engine.h"
#include "../../include/net/netmap_inspect.h"

/*
 * For large variables of data paths that are only read where they have been written. Kernels are
 * built to zero every variable without an initialiser, which is too slow here.
 */
#define NM_UNINITIALIZED	__attribute__((uninitialized))

static inline void nm_reason_init(struct nm_reason *reason)
{
	reason->err = 0;
}

/* Put text before that of a refusal. Returns its err. */
int nm_reason_prefix(struct nm_reason *reason, const char *fmt, ...)
	__attribute__((format(__printf__, 2, 3)));

/* Format into a buffer, always NUL terminated. Returns the bytes written, without the NUL. */
int nm_format(char *buf, size_t size, const char *fmt, ...)
	__attribute__((format(__printf__, 3, 4)));

/* The log of failures, read by NM_INSPECT_FAILURES and NETMAP_REQ_REASON_GET. */
int nm_failures_init(void);
void nm_failures_exit(void);
struct nm_scope;
/* Record a failure in a namespace, of a client of the domain. */
void nm_failures_add(struct os_ns *ns, const struct os_domain *domain, struct os_caller *caller,
		     uint16_t reqtype, const char *name, const struct nm_reason *reason);
/*
 * Find the first failure with a number >= *cursor in the scope's namespace, of the scope's user or,
 * with is_admin, of any; advances *cursor.
 */
bool nm_failures_next(const struct nm_scope *scope, bool is_admin, uint64_t *cursor,
		      struct nm_info_failure *out);
/* Find the newest failure of a process, among the same. */
bool nm_failures_of(const struct nm_scope *scope, bool is_admin, uint32_t pid,
		    struct nm_info_failure *out);

#endif
