// SPDX-License-Identifier: BSD-2-Clause
/* nmctl status: the device, the kind of its server, and how near the engine is to its limits. */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "nmctl.h"
#include "report.h"

#define FUSE_MAGIC	0x65735546	/* of statfs() for a FUSE file system */

enum server_kind {
	SERVER_NONE,		/* the path does not exist, or its server does not */
	SERVER_MODULE,		/* a character device of the kernel */
	SERVER_PROCESS,		/* a file served by a process (FUSE, CUSE) */
	SERVER_UNKNOWN,
};

/* Find the server by the class of a character device: "misc" of the module, "cuse" of a process. */
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

static enum server_kind server_of(const char *path)
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

static const char *server_words(enum server_kind kind)
{
	static const char *const words[] = {
		[SERVER_NONE] = "none",
		[SERVER_MODULE] = "kernel module",
		[SERVER_PROCESS] = "process",
		[SERVER_UNKNOWN] = "unknown",
	};

	return words[kind];
}

static void server_module_version(char *out, size_t size)
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

static const struct column columns[] = {
	{ "device", "device", false },
	{ "served_by", "served by", false },
	{ "module", "module", false },
	{ "answers", "answers", false },
	{ "api", "interface version", true },
	{ "ports", "ports", true },
	{ "switches", "switches", true },
	{ "regions", "regions", true },
	{ "objects_alive", "objects alive", true },
	{ "failures", "failures logged", true },
	{ "backed", "memory of regions", true },
	{ "if_num", "limit: interfaces", true },
	{ "ring_num", "limit: rings", true },
	{ "buf_num", "limit: buffers", true },
	{ "buf_size", "limit: buffer bytes", true },
};

struct summary {
	uint64_t ports, switches, regions, failures, alive, memory;
	uint32_t if_num, ring_num, buf_num, buf_size;
};

static int count_of(struct nmctl *n, uint32_t what, size_t rec_size, uint64_t *out)
{
	void *array;
	size_t count;
	int err = nmctl_inspect(n, what, NULL, rec_size, &array, &count);

	if (err)
		return err;
	free(array);
	*out = count;
	return 0;
}

static uint64_t pool_bytes(const struct nm_info_pool *p)
{
	return (uint64_t)p->total * p->unit;
}

static int sum_regions(struct nmctl *n, struct summary *s)
{
	struct nm_info_region *g;
	void *array;
	size_t count;
	int err = nmctl_inspect(n, NM_INSPECT_REGIONS, NULL, sizeof(*g), &array, &count);

	if (err)
		return err;
	g = array;
	s->regions = count;
	for (size_t i = 0; i < count; i++)
		s->memory +=
			pool_bytes(&g[i].ifs) + pool_bytes(&g[i].rings) + pool_bytes(&g[i].bufs);
	free(array);
	return 0;
}

static int sum_objects(struct nmctl *n, struct summary *s)
{
	struct nm_info_object *o;
	void *array;
	size_t count;
	int err = nmctl_inspect(n, NM_INSPECT_OBJECTS, NULL, sizeof(*o), &array, &count);

	if (err)
		return err;
	o = array;
	for (size_t i = 0; i < count; i++)
		s->alive += o[i].created - o[i].destroyed;
	free(array);
	return 0;
}

static uint32_t setting(const struct nm_info_tunable *t, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (!strncmp(t[i].name, name, sizeof(t[i].name)))
			return t[i].value;
	return 0;
}

static int read_limits(struct nmctl *n, struct summary *s)
{
	struct nm_info_tunable *t;
	void *array;
	size_t count;
	int err = nmctl_inspect(n, NM_INSPECT_TUNABLES, NULL, sizeof(*t), &array, &count);

	if (err)
		return err;
	t = array;
	s->if_num = setting(t, count, "if_num");
	s->ring_num = setting(t, count, "ring_num");
	s->buf_num = setting(t, count, "buf_num");
	s->buf_size = setting(t, count, "buf_size");
	free(array);
	return 0;
}

static int summarise(struct nmctl *n, struct summary *s)
{
	int err = count_of(n, NM_INSPECT_PORTS, sizeof(struct nm_info_port), &s->ports);

	if (!err)
		err = count_of(n, NM_INSPECT_SWITCHES, sizeof(struct nm_info_switch), &s->switches);
	if (!err)
		err = count_of(n, NM_INSPECT_FAILURES, sizeof(struct nm_info_failure),
			       &s->failures);
	if (!err)
		err = sum_regions(n, s);
	if (!err)
		err = sum_objects(n, s);
	return err ? err : read_limits(n, s);
}

static void print_status(const struct nmctl *n, const struct summary *s, const char *answer,
			 bool ok)
{
	enum server_kind kind = server_of(n->opt.device);
	char version[64];
	struct report r;

	server_module_version(version, sizeof(version));
	report_init(&r, "status", columns, ok ? sizeof(columns) / sizeof(columns[0]) : 4);
	report_text(&r, n->opt.device);
	report_text(&r, server_words(kind));
	report_text(&r, version[0] ? version : "loaded");
	report_text(&r, answer);
	if (ok) {
		report_num(&r, NETMAP_API);
		report_num(&r, s->ports);
		report_num(&r, s->switches);
		report_num(&r, s->regions);
		report_num(&r, s->alive);
		report_num(&r, s->failures);
		report_bytes(&r, s->memory);
		report_num(&r, s->if_num);
		report_num(&r, s->ring_num);
		report_num(&r, s->buf_num);
		report_num(&r, s->buf_size);
	}
	report_end_record(&r, n->opt.json);
}

int show_status(struct nmctl *n)
{
	struct summary s = { 0 };
	int err = nmctl_connect_quietly(n);

	if (err) {
		print_status(n, &s, strerror(-err), false);
		return EXIT_FAILED;
	}
	err = summarise(n, &s);
	if (err) {
		print_status(n, &s, "not to listings", false);
		return nmctl_failed(n, "status", err);
	}
	print_status(n, &s, "yes", true);
	return EXIT_OK;
}
