// SPDX-License-Identifier: BSD-2-Clause
/*
 * Reasons, and the log of the newest failures. The log is a ring guarded by its own mutex, the
 * lowest in rank: the caller may hold any other mutex when it records a failure.
 */
#include "base/scope.h"

#define LOG_SIZE	128	/* failures kept; a power of two */

/*
 * ns is only compared. The log has no reference to it, so a later namespace at its address may see
 * the entry, but no other user: that is compared by number. Texts name ports and sizes of memory.
 */
struct failure {
	const struct os_ns *ns;
	uint32_t user;
	bool is_shared;		/* of the domain, in which users are not told apart */
	struct nm_info_failure info;
};

static struct {
	struct os_mutex lock;
	uint64_t next;			/* number of the next failure, from 1 on */
	struct failure *entry;		/* LOG_SIZE of them; number n is at n % LOG_SIZE */
} failures;

/* Clear the text from n on: programs get the whole array, which may hold old data of the stack. */
static void reason_end(struct nm_reason *reason, int n)
{
	os_memset(reason->text + n, 0, sizeof(reason->text) - (size_t)n);
}

int nm_refuse(struct nm_reason *reason, int err, const char *fmt, ...)
{
	va_list ap;
	int n;

	reason->err = err;
	va_start(ap, fmt);
	n = os_vsnprintf(reason->text, sizeof(reason->text), fmt, ap);
	va_end(ap);
	reason_end(reason, n);
	return err;
}

int nm_reason_prefix(struct nm_reason *reason, const char *fmt, ...)
{
	char text[NM_REASON_LEN];
	va_list ap;
	int n;

	os_memcpy(text, reason->text, sizeof(text));
	va_start(ap, fmt);
	n = os_vsnprintf(reason->text, sizeof(reason->text), fmt, ap);
	va_end(ap);
	n += nm_format(reason->text + n, sizeof(reason->text) - (size_t)n, "%s", text);
	reason_end(reason, n);
	return reason->err;
}

int nm_format(char *buf, size_t size, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = os_vsnprintf(buf, size, fmt, ap);
	va_end(ap);
	return n;
}

int nm_refuse_nomem(struct nm_reason *reason, const char *what)
{
	return nm_refuse(reason, -ENOMEM, "the system has no memory for %s", what);
}

int nm_failures_init(void)
{
	failures.entry = os_alloc(LOG_SIZE * sizeof(*failures.entry));
	if (!failures.entry)
		return -ENOMEM;
	failures.next = 1;
	os_mutex_init(&failures.lock, "nm_failures");
	return 0;
}

void nm_failures_exit(void)
{
	os_mutex_destroy(&failures.lock);
	os_free(failures.entry);
	failures.entry = NULL;
}

void nm_failures_add(struct os_ns *ns, const struct os_domain *domain, struct os_caller *caller,
		     uint16_t reqtype, const char *name, const struct nm_reason *reason)
{
	struct failure entry = { .ns = ns,
				 .user = os_domain_user(domain),
				 .is_shared = os_domain_is_shared(domain) };
	struct nm_info_failure *f = &entry.info;
	struct timeval now;

	os_wallclock(&now);
	f->time_us = (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_usec;
	/* Before taking the lock: a platform may have to look the process up. */
	f->pid = os_caller_pid(caller);
	os_caller_comm(caller, f->comm);
	f->err = -reason->err;
	f->reqtype = reqtype;
	os_memcpy(f->name, name, os_strlen(name));
	os_memcpy(f->text, reason->text, sizeof(f->text));
	os_mutex_lock(&failures.lock);
	failures.entry[failures.next++ % LOG_SIZE] = entry;
	os_mutex_unlock(&failures.lock);
}

static uint64_t failures_oldest(void)
{
	return failures.next > LOG_SIZE ? failures.next - LOG_SIZE : 1;
}

static bool failure_is_for(const struct failure *f, const struct nm_scope *scope, bool is_admin)
{
	const struct os_domain *d = scope->domain->os;

	return f->ns == scope->ns && (is_admin || (f->user == os_domain_user(d) &&
						   f->is_shared == os_domain_is_shared(d)));
}

bool nm_failures_next(const struct nm_scope *scope, bool is_admin, uint64_t *cursor,
		      struct nm_info_failure *out)
{
	bool found = false;

	os_mutex_lock(&failures.lock);
	if (*cursor < failures_oldest())
		*cursor = failures_oldest();
	for (; *cursor < failures.next && !found; (*cursor)++) {
		const struct failure *f = &failures.entry[*cursor % LOG_SIZE];

		found = failure_is_for(f, scope, is_admin);
		if (found)
			*out = f->info;
	}
	os_mutex_unlock(&failures.lock);
	return found;
}

bool nm_failures_of(const struct nm_scope *scope, bool is_admin, uint32_t pid,
		    struct nm_info_failure *out)
{
	bool found = false;
	uint64_t n;

	os_mutex_lock(&failures.lock);
	for (n = failures.next; n-- > failures_oldest() && !found; ) {
		const struct failure *f = &failures.entry[n % LOG_SIZE];

		found = f->info.pid == pid && failure_is_for(f, scope, is_admin);
		if (found)
			*out = f->info;
	}
	os_mutex_unlock(&failures.lock);
	return found;
}
