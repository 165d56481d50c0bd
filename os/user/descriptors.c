/* SPDX-License-Identifier: BSD-2-Clause */
/* The limit of open descriptors, and refusals that name it. */
#define OS_PLATFORM
#include <stdio.h>
#include <sys/resource.h>

#include "os_user.h"

#define WANTED	(1u << 19)	/* descriptors; each bound client takes one */

/* Read at the start, because a sandbox may refuse to tell it; 0: not read. */
static unsigned long long limit;

/* Return the most that the kernel allows any process. */
static rlim_t descriptors_most(void)
{
	unsigned long most = 0;
	FILE *f = fopen("/proc/sys/fs/nr_open", "re");

	if (f && fscanf(f, "%lu", &most) != 1)
		most = 0;
	if (f)
		fclose(f);
	return most;
}

void os_descriptors_set(uint32_t n)
{
	const rlim_t most = descriptors_most();
	struct rlimit l;

	if (getrlimit(RLIMIT_NOFILE, &l))
		return;
	if (n) {
		l.rlim_cur = n;
	} else {
		l.rlim_cur = most && most < WANTED ? most : WANTED;
		if (l.rlim_cur < l.rlim_max)
			l.rlim_cur = l.rlim_max;
	}
	if (l.rlim_cur > l.rlim_max)
		l.rlim_max = l.rlim_cur;
	if (setrlimit(RLIMIT_NOFILE, &l) && getrlimit(RLIMIT_NOFILE, &l) == 0) {
		/* Without the privilege to raise the hard limit, use all of it. */
		l.rlim_cur = l.rlim_max;
		setrlimit(RLIMIT_NOFILE, &l);
	}
	limit = l.rlim_cur;
}

int os_refuse_descriptor(struct nm_reason *reason, int err, const char *what)
{
	unsigned long long n = limit;
	struct rlimit l;

	if (err != -EMFILE && err != -ENFILE)
		return nm_refuse(reason, err, "cannot open %s: %s", what, strerror(-err));
	if (!n && getrlimit(RLIMIT_NOFILE, &l) == 0)
		n = l.rlim_cur;
	return nm_refuse(reason, err,
			 "cannot open %s: the process that serves the device has all %llu "
			 "descriptors open that it may have: raise its RLIMIT_NOFILE",
			 what, n);
}
