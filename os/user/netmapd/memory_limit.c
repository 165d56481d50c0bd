/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How much memory there is. A control group that exceeds its limit loses a process, maybe the
 * server: so the regions take at most half of what the process may use.
 */
#define OS_PLATFORM
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "../os_user.h"
#include "memory_limit.h"
#include "settings.h"

static uint64_t smaller(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* Return the number in a file; UINT64_MAX if there is none, such as 'max'. */
static uint64_t limit_read(const char *path)
{
	uint64_t n = UINT64_MAX;
	FILE *f = fopen(path, "re");

	if (!f)
		return UINT64_MAX;
	if (fscanf(f, "%" SCNu64, &n) != 1)
		n = UINT64_MAX;
	fclose(f);
	return n;
}

/* Return the smallest limit of a group and of those above it. */
static uint64_t group_limit(const char *root, char *group, const char *file)
{
	char path[512], *end;
	uint64_t least = UINT64_MAX;

	do {
		snprintf(path, sizeof(path), "%s%s/%s", root, group, file);
		least = smaller(least, limit_read(path));
		end = strrchr(group, '/');
		if (end)
			*end = '\0';
	} while (end);
	return least;
}

/* A line is 'number:controllers:path', without controllers in the unified hierarchy. */
static uint64_t groups_limit(void)
{
	char line[512], *controllers, *group;
	uint64_t least = UINT64_MAX;
	FILE *f = fopen("/proc/self/cgroup", "re");

	while (f && fgets(line, sizeof(line), f)) {
		line[strcspn(line, "\n")] = '\0';
		controllers = strchr(line, ':');
		group = controllers ? strchr(++controllers, ':') : NULL;
		if (!group)
			continue;
		*group++ = '\0';
		if (!*controllers)
			least = smaller(least, group_limit("/sys/fs/cgroup", group, "memory.max"));
		else if (strcmp(controllers, "memory") == 0)
			least = smaller(least, group_limit("/sys/fs/cgroup/memory", group,
							   "memory.limit_in_bytes"));
	}
	if (f)
		fclose(f);
	return least;
}

uint32_t memory_limit_mib(void)
{
	uint64_t bytes = (uint64_t)sysconf(_SC_PHYS_PAGES) * (uint64_t)sysconf(_SC_PAGESIZE);

	if (settings.memory)
		return settings.memory;
	bytes = smaller(bytes, groups_limit()) / 2;
	return bytes < UINT64_C(1) << 20 ? 1 : (uint32_t)(bytes >> 20);
}
