// SPDX-License-Identifier: BSD-2-Clause
/*
 * Reasons, and the log of the newest failures. The log is a ring guarded by its own mutex,
 * the last in rank: a failure may be noted with any other mutex held.
 */
#include "why.h"

#define LOG_SIZE	128	/* failures kept; a power of two */

static struct {
	struct os_mutex lock;
	uint64_t next;			/* number of the next failure, from 1 on */
	struct nm_info_failure *entry;	/* LOG_SIZE of them; number n is at n % LOG_SIZE */
} failures;

int nm_why(struct nm_why *why, int err, const char *fmt, ...)
{
	va_list ap;

	why->err = err;
	va_start(ap, fmt);
	os_vsnprintf(why->text, sizeof(why->text), fmt, ap);
	va_end(ap);
	return err;
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

int nm_why_nomem(struct nm_why *why, const char *what)
{
	return nm_why(why, -ENOMEM, "the system has no memory for %s", what);
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

void nm_failures_add(struct os_caller *who, uint16_t reqtype, const char *name,
		     const struct nm_why *why)
{
	struct nm_info_failure *f;
	struct timeval now;

	os_wallclock(&now);
	os_mutex_lock(&failures.lock);
	f = &failures.entry[failures.next++ % LOG_SIZE];
	os_memset(f, 0, sizeof(*f));
	f->time_us = (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_usec;
	f->pid = os_caller_pid(who);
	os_caller_comm(who, f->comm);
	f->err = -why->err;
	f->reqtype = reqtype;
	os_memcpy(f->name, name, os_strlen(name));
	os_memcpy(f->text, why->text, sizeof(f->text));
	os_mutex_unlock(&failures.lock);
}

bool nm_failures_next(uint64_t *cursor, struct nm_info_failure *out)
{
	bool found;

	os_mutex_lock(&failures.lock);
	if (*cursor + LOG_SIZE < failures.next)
		*cursor = failures.next - LOG_SIZE;
	if (!*cursor)
		*cursor = 1;
	found = *cursor < failures.next;
	if (found)
		*out = failures.entry[(*cursor)++ % LOG_SIZE];
	os_mutex_unlock(&failures.lock);
	return found;
}

bool nm_failures_of(uint32_t pid, struct nm_info_failure *out)
{
	uint64_t n, oldest;
	bool found = false;

	os_mutex_lock(&failures.lock);
	oldest = failures.next > LOG_SIZE ? failures.next - LOG_SIZE : 1;
	for (n = failures.next; n-- > oldest && !found; ) {
		*out = failures.entry[n % LOG_SIZE];
		found = out->pid == pid;
	}
	os_mutex_unlock(&failures.lock);
	return found;
}
