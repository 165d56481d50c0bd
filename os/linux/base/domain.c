// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/*
 * Domains of trust: by the user that opens, as the kernel itself knows it, and the network
 * namespace. Two user namespaces that map one user agree, and a number that means two users in two
 * of them does not confuse these. domains_lock guards the table. A domain is removed with its last
 * reference.
 */
#include <linux/capability.h>
#include <linux/cred.h>
#include <linux/fs.h>
#include <linux/hash.h>
#include <linux/hashtable.h>
#include <linux/moduleparam.h>
#include <linux/mutex.h>
#include <linux/refcount.h>
#include <linux/slab.h>
#include <linux/uidgid.h>

#include "platform.h"

enum domain_mode { DOMAIN_SHARED, DOMAIN_UID, DOMAIN_UID_NET };

struct os_domain {
	struct hlist_node node;
	refcount_t refs;
	enum domain_mode mode;	/* const, like all below */
	kuid_t user;		/* the machine's root if the domain is shared */
	struct os_ns *ns;	/* with a reference; NULL unless the mode is DOMAIN_UID_NET */
};

static DEFINE_HASHTABLE(domains, 6);
static DEFINE_MUTEX(domains_lock);

/* ---- the parameter ------------------------------------------------------------------ */

static const char *const mode_names[] = {
	[DOMAIN_SHARED] = "shared",
	[DOMAIN_UID] = "uid",
	[DOMAIN_UID_NET] = "uid+net",
};

static int mode = DOMAIN_UID_NET;	/* of the next open */

static int mode_set(const char *text, const struct kernel_param *kp)
{
	int i = sysfs_match_string(mode_names, text);

	if (i < 0)
		return i;
	WRITE_ONCE(mode, i);
	return 0;
}

static int mode_get(char *text, const struct kernel_param *kp)
{
	return scnprintf(text, PAGE_SIZE, "%s\n", mode_names[READ_ONCE(mode)]);
}

static const struct kernel_param_ops mode_ops = {
	.set = mode_set,
	.get = mode_get,
};

module_param_cb(domain, &mode_ops, NULL, 0644);
MODULE_PARM_DESC(domain, "who may share memory: uid+net, uid, or shared (all users)");

/* ---- domains ------------------------------------------------------------------------ */

static bool domain_is_same(const struct os_domain *a, const struct os_domain *b)
{
	return a->mode == b->mode && uid_eq(a->user, b->user) && a->ns == b->ns;
}

static u32 domain_hash(const struct os_domain *d)
{
	return hash_ptr(d->ns, 32) ^ __kuid_val(d->user);
}

/* Return the domain with that key, made if there is none yet, with a reference; or NULL. */
static struct os_domain *domain_find_locked(const struct os_domain *key)
{
	struct os_domain *d;

	lockdep_assert_held(&domains_lock);
	hash_for_each_possible(domains, d, node, domain_hash(key)) {
		if (domain_is_same(d, key))
			return os_domain_get(d);
	}
	d = kmemdup(key, sizeof(*key), GFP_KERNEL_ACCOUNT);
	if (!d)
		return NULL;
	refcount_set(&d->refs, 1);
	if (d->ns)
		os_ns_get(d->ns);
	hash_add(domains, &d->node, domain_hash(key));
	return d;
}

struct os_domain *nm_domain_of_file(const struct file *file, struct os_ns *ns)
{
	struct os_domain key = { .mode = READ_ONCE(mode), .user = GLOBAL_ROOT_UID };
	struct os_domain *d;

	if (key.mode != DOMAIN_SHARED)
		key.user = file->f_cred->fsuid;
	if (key.mode == DOMAIN_UID_NET)
		key.ns = ns;
	mutex_lock(&domains_lock);
	d = domain_find_locked(&key);
	mutex_unlock(&domains_lock);
	return d;
}

struct os_domain *os_domain_get(struct os_domain *d)
{
	refcount_inc(&d->refs);
	return d;
}

void os_domain_put(struct os_domain *d)
{
	if (!refcount_dec_and_mutex_lock(&d->refs, &domains_lock))
		return;
	hash_del(&d->node);
	mutex_unlock(&domains_lock);
	if (d->ns)
		os_ns_put(d->ns);
	kfree(d);
}

bool os_domain_is_shared(const struct os_domain *d)
{
	return d->mode == DOMAIN_SHARED;
}

bool os_domain_is_limited(const struct os_domain *d)
{
	return !uid_eq(d->user, GLOBAL_ROOT_UID);
}

uint32_t os_domain_user(const struct os_domain *d)
{
	return from_kuid(&init_user_ns, d->user);
}

bool os_caller_is_of(struct os_caller *caller, const struct os_domain *d)
{
	return d->mode == DOMAIN_SHARED || uid_eq(current_fsuid(), d->user);
}

/* ---- rights ------------------------------------------------------------------------- */

/* Without audit: listings ask it of every user. */
bool os_caller_is_admin(struct os_caller *caller, struct os_ns *ns)
{
	return ns_capable_noaudit(ns ? nm_user_ns_of(ns) : &init_user_ns, CAP_NET_ADMIN);
}
