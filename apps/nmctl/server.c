// SPDX-License-Identifier: BSD-2-Clause
/*
 * Who stands behind a device path: told by the kind of file, its file system, and sysfs.
 */
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "server.h"

#define FUSE_MAGIC	0x65735546	/* what statfs() says of a FUSE file system */

/* The class of a character device: "misc" for the module, "cuse" for a process. */
static enum server_kind server_of_chardev(dev_t dev)
{
	char link[64], target[PATH_MAX];
	const char *class;
	ssize_t len;

	snprintf(link, sizeof(link), "/sys/dev/char/%u:%u/subsystem", major(dev), minor(dev));
	len = readlink(link, target, sizeof(target) - 1);
	if (len < 0)
		return SERVER_UNKNOWN;
	target[len] = 0;
	class = strrchr(target, '/');
	if (class && !strcmp(class, "/cuse"))
		return SERVER_PROCESS;
	return class && !strcmp(class, "/misc") ? SERVER_MODULE : SERVER_UNKNOWN;
}

enum server_kind server_of(const char *path)
{
	struct statfs fs;
	struct stat st;

	if (stat(path, &st))
		return SERVER_NONE;
	if (S_ISCHR(st.st_mode))
		return server_of_chardev(st.st_rdev);
	if (S_ISREG(st.st_mode) && !statfs(path, &fs) && fs.f_type == FUSE_MAGIC)
		return SERVER_PROCESS;
	return SERVER_UNKNOWN;
}

const char *server_words(enum server_kind kind)
{
	static const char *const words[] = {
		[SERVER_NONE] = "nobody",
		[SERVER_MODULE] = "kernel module",
		[SERVER_PROCESS] = "process",
		[SERVER_UNKNOWN] = "unknown",
	};

	return words[kind];
}

void server_module_version(char *out, size_t size)
{
	FILE *f;

	snprintf(out, size, "%s", access("/sys/module/netmap", F_OK) ? "not loaded" : "");
	f = fopen("/sys/module/netmap/version", "re");
	if (!f)
		return;
	if (fgets(out, (int)size, f))
		out[strcspn(out, "\n")] = 0;
	fclose(f);
}
