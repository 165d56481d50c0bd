/* SPDX-License-Identifier: BSD-2-Clause */
/* On whose behalf the engine acts: the client of a request and the process that makes it. */
#ifndef NM_SCOPE_H
#define NM_SCOPE_H

#include "base/domain.h"

struct nm_scope {
	struct os_ns *ns;		/* where names are looked up */
	struct nm_domain *domain;	/* whose memory is used and whose ports are altered */
	struct os_caller *caller;	/* the running process */
};

/* Return whether the caller administers the namespace: it may alter ports of other domains. */
static inline bool nm_scope_is_admin(const struct nm_scope *s)
{
	return os_caller_is_admin(s->caller, s->ns);
}

/* Return whether the caller may know what only programs of a domain need to know. */
static inline bool nm_scope_sees(const struct nm_scope *s, const struct nm_domain *domain)
{
	return domain == s->domain || nm_scope_is_admin(s);
}

/*
 * Return whether the caller may join memory of other domains by its id: the machine's administrator
 * where each region has a map of its own. In one map of a domain the others' regions do not exist.
 */
static inline bool nm_scope_may_join(const struct nm_scope *s)
{
	return !os_space_is_shared() && os_caller_is_admin(s->caller, NULL);
}

#endif
