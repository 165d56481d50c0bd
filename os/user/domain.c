/* SPDX-License-Identifier: BSD-2-Clause */
/* Domains of trust: the engine's references to them, and what it may know of them. */
#define OS_PLATFORM
#include "os_user.h"

struct os_domain os_domain_first;

static void (*on_unused)(void);	/* const once threads run */

struct os_domain *os_domain_get(struct os_domain *d)
{
	__atomic_fetch_add(&d->refs, 1, __ATOMIC_RELAXED);
	return d;
}

void os_domain_setup(void (*unused)(void))
{
	on_unused = unused;
}

/* The program may free a domain without references at any time: it is not used after the count. */
void os_domain_put(struct os_domain *d)
{
	const uint32_t refs = __atomic_fetch_sub(&d->refs, 1, __ATOMIC_RELEASE);

	os_assert(refs != 0);
	if (refs == 1 && on_unused)
		on_unused();
}

bool os_domain_is_shared(const struct os_domain *d)
{
	return d->is_shared;
}

bool os_domain_is_limited(const struct os_domain *d)
{
	return d->is_limited;
}

uint32_t os_domain_user(const struct os_domain *d)
{
	return d->uid;
}
