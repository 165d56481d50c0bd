/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Domains of trust, as the engine keeps them: for each domain of the platform that is in use, a
 * record that clients and regions refer to, and for each user of such domains the counts of what
 * all of its domains use. Settings limit these counts (quotas), except where os_domain_is_limited()
 * says that the machine alone does.
 *
 * Quotas count by user and not by domain, because any user can make network namespaces, and each
 * makes a domain.
 */
#ifndef NM_DOMAIN_H
#define NM_DOMAIN_H

#include "engine.h"
#include "base/reason.h"

struct nm_user;

struct nm_domain {
	struct nm_domain *next;		/* guarded by the list's lock */
	uint32_t refs;			/* guarded by the list's lock */
	struct os_domain *os;		/* with a reference; const */
	struct nm_user *user;		/* counts what its domains use; const */
};

void nm_domains_init(void);
void nm_domains_exit(void);

/*
 * Return the record of a domain, made if there is none yet, with a reference for the caller; NULL
 * with a reason. May sleep.
 */
struct nm_domain *nm_domain_of(struct os_domain *os, struct nm_reason *reason);
/* Take a reference. Returns d. May sleep. */
struct nm_domain *nm_domain_get(struct nm_domain *d);
/* Put a reference; the last one frees the record. May sleep. */
void nm_domain_put(struct nm_domain *d);

/*
 * Count n more of what a quota limits for the domain's user. Returns 0, or -EDQUOT with a reason
 * that names the limit and its setting, counting nothing.
 */
int nm_quota_charge(struct nm_domain *d, enum nm_quota quota, uint64_t n,
		    struct nm_reason *reason);
/* Count n less: they have been charged to a domain of the same user. */
void nm_quota_uncharge(struct nm_domain *d, enum nm_quota quota, uint64_t n);
/* Return how many of at most n more the quota allows, and count these. */
uint64_t nm_quota_charge_some(struct nm_domain *d, enum nm_quota quota, uint64_t n);

#endif
