/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Domains. See domains.h. The table is fixed and the lock is held for a few instructions only,
 * without allocating memory: the pager takes it. A node's number is never used again, so that an
 * inode which the kernel keeps does not stand for another domain.
 *
 * A domain without references keeps its memory for a while, then a thread frees it, and the entry:
 * the next open by the same user makes another, and maps that are left over show the old memory.
 */
#define OS_PLATFORM
#include <stdio.h>
#include <time.h>

#include "domains.h"
#include "memory.h"
#include "netns.h"
#include "settings.h"

#define DOMAINS_MAX	256u	/* with memory each takes OS_PAGES_WINDOW of addresses */
#define DOMAINS_USERS	240u	/* that users but root may take of them */
#define KEEP_NS		3000000000ull	/* an unused domain stays this time */
#define INDEX_BITS	10u	/* of a node: below its serial number */

enum { NO_MEMORY, OPENING, READY };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static pthread_cond_t was_unused;	/* for the sweeper; guarded by sweeper_lock */
static pthread_mutex_t sweeper_lock = PTHREAD_MUTEX_INITIALIZER;
static bool has_unused, is_ending;	/* guarded by sweeper_lock */
static pthread_t sweeper;
static struct domain table[DOMAINS_MAX];
static uint64_t serial;
static uint64_t refused_at;		/* when a refusal was logged last */

static uint32_t refs_of(const struct domain *d)
{
	return __atomic_load_n(&d->os.refs, __ATOMIC_ACQUIRE);
}

static struct domain *by_node_locked(uint64_t node)
{
	const uint32_t i = node & ((1u << INDEX_BITS) - 1);

	return node >> INDEX_BITS && i < DOMAINS_MAX && table[i].node == node ? &table[i] : NULL;
}

static struct domain *by_key_locked(uint32_t uid, const struct os_ns *ns)
{
	struct domain *d;

	for (d = table; d < table + DOMAINS_MAX; d++)
		if (d->node && (d->os.is_shared || d->os.uid == uid) && d->ns == ns)
			return d;
	return NULL;
}

/* True if an entry may be taken for another domain now. */
static bool is_spare_locked(const struct domain *d)
{
	return d->node && !d->os.is_shared && !refs_of(d) && d->state == NO_MEMORY;
}

/* The one that a link led to last may be about to be opened. */
static bool is_older(const struct domain *d, const struct domain *than)
{
	return !than || d->named_at < than->named_at;
}

/*
 * Find an entry for a domain of that user: a free one, or a spare one. Returns NULL, with *err set,
 * if there are too many.
 */
static struct domain *entry_find_locked(uint32_t uid, int *err)
{
	struct domain *d, *unused = NULL, *spare = NULL, *own = NULL;
	const uint32_t max_own = nm_setting_get("user_namespaces");
	uint32_t n = 0, owns = 0;

	for (d = table; d < table + DOMAINS_MAX; d++) {
		n += d->node && d->os.uid;
		owns += d->node && d->os.uid == uid;
		if (!d->node)
			unused = d;
		else if (is_spare_locked(d) && is_older(d, spare))
			spare = d;
		if (is_spare_locked(d) && d->os.uid == uid && is_older(d, own))
			own = d;
	}
	if (uid && owns >= max_own) {
		*err = -EDQUOT;
		return own;
	}
	*err = -ENOSPC;
	return (uid && n >= DOMAINS_USERS) || !unused ? spare : unused;
}

/* Free the memory of a domain, whose state is OPENING: opens wait for the end of that. */
static void domain_empty(struct domain *d, struct os_arena *a)
{
	memory_close(a, d->memory_id);
	pthread_mutex_lock(&lock);
	d->state = NO_MEMORY;
	pthread_cond_broadcast(&changed);
	pthread_mutex_unlock(&lock);
}

/*
 * Free the memory of an unused domain before its time, of that user if any, because an entry is
 * needed. Returns false if all are in use.
 */
static bool domain_evict(uint32_t uid)
{
	struct domain *d, *found = NULL;
	struct os_arena *a = NULL;

	pthread_mutex_lock(&lock);
	for (d = table; d < table + DOMAINS_MAX; d++)
		if (d->node && d->state == READY && !refs_of(d) &&
		    (is_older(d, found) || (d->os.uid == uid && found->os.uid != uid)))
			found = d;
	if (found) {
		a = found->os.arena;
		found->os.arena = NULL;
		found->state = OPENING;
	}
	pthread_mutex_unlock(&lock);
	if (found)
		domain_empty(found, a);
	return found;
}

bool domain_reclaim(void)
{
	return domain_evict(0);
}

/* Returns the namespace of the entry, for the caller to put. */
static struct os_ns *entry_free_locked(struct domain *d)
{
	struct os_ns *ns = d->ns;

	d->node = 0;
	d->ns = NULL;
	return ns;
}

static void entry_set_locked(struct domain *d, uint32_t uid, struct os_ns *ns, bool is_shared)
{
	*d = (struct domain){
		.os = { .uid = uid, .is_shared = is_shared, .is_limited = uid },
		.node = ++serial << INDEX_BITS | (uint64_t)(d - table),
		.ns = ns,
	};
	if (is_shared)
		snprintf(d->name, sizeof(d->name), "shared");
	else
		snprintf(d->name, sizeof(d->name), "u%u-%llu", uid, (unsigned long long)serial);
}

static void refusal_log(uint32_t uid, int err)
{
	const uint64_t now = os_nanoseconds();

	if (now - __atomic_load_n(&refused_at, __ATOMIC_RELAXED) < 10000000000ull)
		return;
	__atomic_store_n(&refused_at, now, __ATOMIC_RELAXED);
	if (err == -EDQUOT)
		os_log(OS_WARN, "user %u opens the device in more network namespaces than "
		       "user_namespaces allows (%u)", uid, nm_setting_get("user_namespaces"));
	else
		os_log(OS_WARN, "user %u cannot open the device: %u domains are in use, the limit",
		       uid, DOMAINS_USERS);
}

static void unused_note(void)
{
	pthread_mutex_lock(&sweeper_lock);
	has_unused = true;
	pthread_cond_signal(&was_unused);
	pthread_mutex_unlock(&sweeper_lock);
}

/* Takes over the reference to ns. Returns 0, or -errno if there is no entry. */
static int domain_find_or_add(uint32_t uid, struct os_ns *ns, char name[DOMAIN_NAME_MAX])
{
	struct os_ns *old = NULL;
	struct domain *d;
	int err = 0;

	pthread_mutex_lock(&lock);
	d = by_key_locked(uid, ns);
	if (d) {
		old = ns;
	} else {
		d = entry_find_locked(uid, &err);
		if (d) {
			if (d->node)
				old = entry_free_locked(d);
			entry_set_locked(d, uid, ns, false);
		} else {
			old = ns;
		}
	}
	if (d) {
		d->unused_since = 0;
		d->named_at = os_nanoseconds();
		memcpy(name, d->name, DOMAIN_NAME_MAX);
		err = 0;
	}
	pthread_mutex_unlock(&lock);
	if (old)
		os_ns_put(old);
	return err;
}

int domain_name(uint32_t uid, pid_t pid, char name[DOMAIN_NAME_MAX])
{
	struct os_ns *ns;
	int err;

	do {
		ns = NULL;
		err = settings.domain == DOMAIN_USER_NET ? netns_of(pid, &ns) : 0;
		if (err)
			return err;
		err = domain_find_or_add(uid, ns, name);
	} while (err && domain_evict(uid));
	if (err)
		refusal_log(uid, err);
	else
		unused_note();
	return err;
}

uint64_t domain_node(const char *name, uint32_t *uid)
{
	struct domain *d;
	uint64_t node = 0;

	pthread_mutex_lock(&lock);
	for (d = table; d < table + DOMAINS_MAX && !node; d++)
		if (d->node && strcmp(d->name, name) == 0) {
			node = d->node;
			*uid = d->os.uid;
		}
	pthread_mutex_unlock(&lock);
	return node;
}

bool domain_user(uint64_t node, uint32_t *uid)
{
	const struct domain *d;

	pthread_mutex_lock(&lock);
	d = by_node_locked(node);
	if (d)
		*uid = d->os.uid;
	pthread_mutex_unlock(&lock);
	return d;
}

bool domain_next(uint32_t *at, uint64_t *node, uint32_t *uid, char name[DOMAIN_NAME_MAX])
{
	const struct domain *d;
	bool found = false;

	pthread_mutex_lock(&lock);
	while (!found && *at < DOMAINS_MAX) {
		d = &table[(*at)++];
		found = d->node;
		if (!found)
			continue;
		*node = d->node;
		*uid = d->os.uid;
		memcpy(name, d->name, DOMAIN_NAME_MAX);
	}
	pthread_mutex_unlock(&lock);
	return found;
}

/*
 * The kernel has checked the file's permissions. A user who opens the file of another domain, by
 * its name, must be an administrator of its network: root of a container may not be one.
 */
static int domain_check_opener(const struct domain *d, uint32_t uid, pid_t pid)
{
	struct os_caller caller = { .pid = pid };
	struct os_ns *ns = NULL;
	int err = d->ns ? netns_of(pid, &ns) : 0;
	bool is_same;

	if (err)
		return err;
	is_same = (d->os.is_shared || d->os.uid == uid) && ns == d->ns;
	if (ns)
		os_ns_put(ns);
	return is_same || os_caller_is_admin(&caller, d->ns) ? 0 : -EACCES;
}

/* Make the memory, unless it is there. Caller has a reference. Returns 0 or -ENOMEM. */
static int domain_fill(struct domain *d)
{
	struct os_arena *a = NULL;
	bool is_maker;

	pthread_mutex_lock(&lock);
	while (d->state == OPENING)
		pthread_cond_wait(&changed, &lock);
	is_maker = d->state == NO_MEMORY;
	if (is_maker)
		d->state = OPENING;
	pthread_mutex_unlock(&lock);
	if (!is_maker)
		return 0;
	a = memory_open(d->name, d->node, d->os.is_limited, &d->memory_id);
	pthread_mutex_lock(&lock);
	d->os.arena = a;
	d->state = a ? READY : NO_MEMORY;
	pthread_cond_broadcast(&changed);
	pthread_mutex_unlock(&lock);
	return a ? 0 : -ENOMEM;
}

int domain_open(uint64_t node, uint32_t uid, pid_t pid, struct domain **out)
{
	struct domain *d;
	int err;

	pthread_mutex_lock(&lock);
	d = by_node_locked(node);
	if (d) {
		os_domain_get(&d->os);
		d->unused_since = 0;
	}
	pthread_mutex_unlock(&lock);
	/* The kernel looks the path up again. */
	if (!d)
		return -ESTALE;
	err = domain_check_opener(d, uid, pid);
	if (!err)
		err = domain_fill(d);
	if (err)
		domain_close(d);
	*out = d;
	return err;
}

void domain_close(struct domain *d)
{
	os_domain_put(&d->os);
}

/* ---- the sweeper --------------------------------------------------------------------- */

/*
 * Free what has been unused for a while. Returns whether there is something that will be, if it is
 * not used.
 */
static bool domain_sweep(struct domain *d, uint64_t now)
{
	struct os_arena *a = NULL;
	struct os_ns *ns = NULL;
	bool waits = false;

	pthread_mutex_lock(&lock);
	if (!d->node || refs_of(d) || d->state == OPENING) {
		d->unused_since = 0;
	} else if (!d->unused_since) {
		d->unused_since = now;
		waits = !d->os.is_shared || d->state == READY;
	} else if (now - d->unused_since < KEEP_NS) {
		waits = !d->os.is_shared || d->state == READY;
	} else {
		a = d->os.arena;
		d->os.arena = NULL;
		/* Opens wait until the memory has been freed. */
		if (a)
			d->state = OPENING;
		else if (!d->os.is_shared)
			ns = entry_free_locked(d);
		waits = a && !d->os.is_shared;
	}
	pthread_mutex_unlock(&lock);
	if (ns)
		os_ns_put(ns);
	if (!a)
		return waits;
	domain_empty(d, a);
	return waits;
}

static void *sweeper_run(void *arg)
{
	struct timespec until;
	struct domain *d;
	bool waits = false;

	pthread_setname_np(pthread_self(), "nm-domains");
	pthread_mutex_lock(&sweeper_lock);
	while (!is_ending) {
		if (!waits && !has_unused) {
			pthread_cond_wait(&was_unused, &sweeper_lock);
			continue;
		}
		clock_gettime(CLOCK_MONOTONIC, &until);
		until.tv_sec += 1;
		while (!is_ending &&
		       pthread_cond_timedwait(&was_unused, &sweeper_lock, &until) != ETIMEDOUT)
			;
		waits = has_unused = false;
		pthread_mutex_unlock(&sweeper_lock);
		for (d = table; d < table + DOMAINS_MAX; d++)
			waits |= domain_sweep(d, os_nanoseconds());
		netns_sweep();
		pthread_mutex_lock(&sweeper_lock);
	}
	pthread_mutex_unlock(&sweeper_lock);
	return arg;
}

int domains_start(void)
{
	pthread_condattr_t attr;

	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&was_unused, &attr);
	pthread_condattr_destroy(&attr);
	if (settings.domain == DOMAIN_SHARED) {
		pthread_mutex_lock(&lock);
		entry_set_locked(&table[0], 0, NULL, true);
		pthread_mutex_unlock(&lock);
	}
	os_domain_setup(unused_note);
	return -pthread_create(&sweeper, NULL, sweeper_run, NULL);
}

void domains_end(void)
{
	struct domain *d;

	pthread_mutex_lock(&sweeper_lock);
	is_ending = true;
	pthread_cond_signal(&was_unused);
	pthread_mutex_unlock(&sweeper_lock);
	pthread_join(sweeper, NULL);
	for (d = table; d < table + DOMAINS_MAX; d++) {
		os_assert(!refs_of(d));
		if (d->os.arena)
			memory_close(d->os.arena, d->memory_id);
		if (d->ns)
			os_ns_put(d->ns);
	}
}
