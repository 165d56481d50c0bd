// SPDX-License-Identifier: BSD-2-Clause
/* Domains of trust and the quotas of their users. See domain.h. */
#include "base/domain.h"
#include "base/objects.h"
#include "base/settings.h"

/* A user: the owner of one or more domains. */
struct nm_user {
	struct nm_user *next;		/* guarded by the list's lock */
	uint32_t refs;			/* of its domains; guarded by the list's lock */
	uint32_t id;			/* const */
	bool is_limited;		/* const */
	struct os_spin lock;		/* guards used[] */
	uint64_t used[NM_QUOTAS];
};

static struct {
	struct os_mutex lock;
	struct nm_domain *domains;
	struct nm_user *users;
} list;

/* What a quota counts, in the plural; the setting that limits it; what a unit of that counts. */
static const struct {
	const char *what;
	enum nm_setting_id setting;
	uint64_t unit;
} quotas[NM_QUOTAS] = {
	[NM_QUOTA_CLIENTS] = { "open files", NM_SET_USER_CLIENTS, 1 },
	[NM_QUOTA_DOMAINS] = { "network namespaces in use", NM_SET_USER_NAMESPACES, 1 },
	[NM_QUOTA_PORTS] = { "ports", NM_SET_USER_PORTS, 1 },
	[NM_QUOTA_REGIONS] = { "memory regions", NM_SET_USER_REGIONS, 1 },
	[NM_QUOTA_MEMORY] = { "bytes of regions", NM_SET_USER_MEMORY_MB, 1u << 20 },
	[NM_QUOTA_EXTRA_BUFS] = { "extra buffers", NM_SET_USER_EXTRA_BUFS, 1 },
	[NM_QUOTA_DOORBELLS] = { "doorbells", NM_SET_USER_DOORBELLS, 1 },
	[NM_QUOTA_KLOOPS] = { "sync loops", NM_SET_USER_KLOOPS, 1 },
	[NM_QUOTA_PINS] = { "ranges of user memory", NM_SET_USER_PINS, 1 },
	[NM_QUOTA_PINNED] = { "bytes of user memory", NM_SET_USER_PINNED_MB, 1u << 20 },
};

void nm_domains_init(void)
{
	os_mutex_init(&list.lock, "nm_domains");
	list.domains = NULL;
	list.users = NULL;
}

void nm_domains_exit(void)
{
	os_assert(!list.domains && !list.users);
	os_mutex_destroy(&list.lock);
}

static struct nm_user *user_get_locked(const struct os_domain *os)
{
	const bool is_limited = os_domain_is_limited(os);
	const uint32_t id = os_domain_user(os);
	struct nm_user *u;

	for (u = list.users; u && (u->id != id || u->is_limited != is_limited); u = u->next)
		;
	if (!u) {
		u = os_alloc(sizeof(*u));
		if (!u)
			return NULL;
		u->id = id;
		u->is_limited = is_limited;
		os_spin_init(&u->lock, "nm_user");
		u->next = list.users;
		list.users = u;
	}
	u->refs++;
	return u;
}

static void user_put_locked(struct nm_user *u)
{
	struct nm_user **at = &list.users;
	uint32_t i;

	if (--u->refs)
		return;
	while (*at != u)
		at = &(*at)->next;
	*at = u->next;
	for (i = 0; i < NM_QUOTAS; i++)
		os_assert(!u->used[i]);
	os_spin_destroy(&u->lock);
	os_free(u);
}

static void domain_unlist_locked(struct nm_domain *d)
{
	struct nm_domain **at = &list.domains;

	while (*at != d)
		at = &(*at)->next;
	*at = d->next;
	nm_quota_uncharge(d, NM_QUOTA_DOMAINS, 1);
	user_put_locked(d->user);
}

static struct nm_domain *domain_make_locked(struct os_domain *os, struct nm_reason *reason)
{
	struct nm_domain *d = os_alloc(sizeof(*d));

	if (d)
		d->user = user_get_locked(os);
	if (!d || !d->user) {
		os_free(d);
		nm_refuse_nomem(reason, "a domain of trust");
		return NULL;
	}
	if (nm_quota_charge(d, NM_QUOTA_DOMAINS, 1, reason)) {
		user_put_locked(d->user);
		os_free(d);
		return NULL;
	}
	d->os = os_domain_get(os);
	d->next = list.domains;
	list.domains = d;
	nm_object_made(NM_OBJ_DOMAIN);
	return d;
}

struct nm_domain *nm_domain_of(struct os_domain *os, struct nm_reason *reason)
{
	struct nm_domain *d;

	os_mutex_lock(&list.lock);
	for (d = list.domains; d && d->os != os; d = d->next)
		;
	if (!d)
		d = domain_make_locked(os, reason);
	if (d)
		d->refs++;
	os_mutex_unlock(&list.lock);
	return d;
}

struct nm_domain *nm_domain_get(struct nm_domain *d)
{
	os_mutex_lock(&list.lock);
	d->refs++;
	os_mutex_unlock(&list.lock);
	return d;
}

void nm_domain_put(struct nm_domain *d)
{
	bool last;

	os_mutex_lock(&list.lock);
	last = --d->refs == 0;
	if (last)
		domain_unlist_locked(d);
	os_mutex_unlock(&list.lock);
	/* Without the lock: the platform may free the memory of the domain's programs. */
	if (!last)
		return;
	os_domain_put(d->os);
	os_free(d);
	nm_object_ended(NM_OBJ_DOMAIN);
}

static uint64_t quota_max(enum nm_quota quota)
{
	const uint64_t max = nm_setting(quotas[quota].setting) * quotas[quota].unit;

	return quota == NM_QUOTA_MEMORY && !max ? os_pages_limit() / 2 : max;
}

/* Return what the quota leaves of n. Caller holds the user's lock. */
static uint64_t quota_room_locked(const struct nm_user *u, enum nm_quota quota, uint64_t n)
{
	const uint64_t max = quota_max(quota);
	const uint64_t room = max > u->used[quota] ? max - u->used[quota] : 0;

	return !u->is_limited || n < room ? n : room;
}

uint64_t nm_quota_charge_some(struct nm_domain *d, enum nm_quota quota, uint64_t n)
{
	struct nm_user *u = d->user;

	os_spin_lock(&u->lock);
	n = quota_room_locked(u, quota, n);
	u->used[quota] += n;
	os_spin_unlock(&u->lock);
	return n;
}

int nm_quota_charge(struct nm_domain *d, enum nm_quota quota, uint64_t n, struct nm_reason *reason)
{
	struct nm_user *u = d->user;
	uint64_t used;
	bool fits;

	os_spin_lock(&u->lock);
	used = u->used[quota];
	fits = quota_room_locked(u, quota, n) == n;
	if (fits)
		u->used[quota] += n;
	os_spin_unlock(&u->lock);
	if (fits)
		return 0;
	return nm_refuse(reason, -EDQUOT,
			 "user %u has %llu %s and wants %llu more, but may have %llu: "
			 "raise the setting %s",
			 u->id, (unsigned long long)used, quotas[quota].what, (unsigned long long)n,
			 (unsigned long long)quota_max(quota),
			 nm_settings[quotas[quota].setting].name);
}

void nm_quota_uncharge(struct nm_domain *d, enum nm_quota quota, uint64_t n)
{
	struct nm_user *u = d->user;

	os_spin_lock(&u->lock);
	os_assert(u->used[quota] >= n);
	u->used[quota] -= n;
	os_spin_unlock(&u->lock);
}
