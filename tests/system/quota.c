/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Quotas of a user: what a user without privileges may have of each thing, that a refusal names the
 * setting, and that another user and root are served meanwhile. Where the settings cannot be
 * changed, as in netmapd, those that are small enough are tried: tests/netmapd/limits.t starts it
 * so.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <net/netmap_doorbell.h>

#include "csb.h"
#include "inspect.h"
#include "port.h"

#define ALICE	4001u
#define BOB	4002u
#define MOST	100u	/* a larger quota is not tried */

static const struct {
	const char *name, *value;
} wanted[] = {
	{ "user_clients", "20" }, { "user_ports", "4" },  { "user_regions", "3" },
	{ "user_pins", "2" },	  { "user_kloops", "0" }, { "user_extra_bufs", "100" },
	{ "user_memory_mb", "40" },
};
#define WANTED	(sizeof(wanted) / sizeof(wanted[0]))

static char before[WANTED][16];	/* "" if it cannot be changed */

/* Exchange a parameter's text. Returns false, with "" as the old text, if there is none. */
static bool parameter_set(const char *name, const char *text, char *old, size_t size)
{
	char path[80];
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "/sys/module/netmap/parameters/%s", name);
	fd = open(path, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return false;
	if (old) {
		n = read(fd, old, size - 1);
		old[n > 0 ? n : 0] = '\0';
	}
	n = pwrite(fd, text, strlen(text), 0);
	close(fd);
	return n > 0;
}

static void be(unsigned int uid)
{
	if (seteuid(0) || (uid && seteuid(uid)))
		give_up("become user %u", uid);
}

static int open_as(unsigned int uid)
{
	int fd;

	be(uid);
	fd = open(opt.device, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		fd = -errno;
	be(0);
	return fd;
}

/* Return the quota, or UINT32_MAX, with a point, if it is too large to be tried. */
static uint32_t quota_of(const char *name)
{
	const uint32_t n = inspect_setting(name);

	if (n <= MOST)
		return n;
	skip("it is large here", "the quota %s", name);
	return UINT32_MAX;
}

static void refusal_is(int fd, int err, const char *name, const char *what)
{
	is_err(err, -EDQUOT, "%s above the quota", what);
	if (!ok(has_reason(fd, name) && has_reason(fd, "user 4001"),
		"%s: the reason names the user and %s", what, name))
		diag("%s", reason(fd));
}

static void test_clients(void)
{
	const uint32_t n = quota_of("user_clients");
	struct nmreq_reason last = { .pid = (uint32_t)getpid() };
	int fd[MOST + 1], other;
	uint32_t i;

	if (n > MOST)
		return;
	for (i = 0; i <= n; i++) {
		fd[i] = open_as(ALICE);
		if (fd[i] < 0)
			break;
	}
	is_num(i, n, "open files of a user up to the quota");
	is_err(fd[i], -EDQUOT, "one more");
	is_err(ctrl(fd[0], NETMAP_REQ_REASON_GET, "", &last), 0, "its reason is in the log");
	ok(strstr(last.text, "user_clients") != NULL, "and names the setting");
	other = open_as(BOB);
	ok(other >= 0, "another user opens the device meanwhile");
	close(other);
	other = open_as(0);
	ok(other >= 0, "so does root");
	close(other);
	while (i)
		close(fd[--i]);
	fd[0] = open_as(ALICE);
	ok(fd[0] >= 0, "the user opens again after the closes");
	close(fd[0]);
}

/* Bind files of a user until one is refused: n of them are not. */
static void test_binds(const char *setting, uint32_t n, const char *format, uint32_t mode,
		       const char *what)
{
	struct nmreq_register reg;
	int fd[MOST + 1], err = 0;
	char name[32];
	uint32_t i;

	for (i = 0; i <= n && !err; i++) {
		reg = (struct nmreq_register){ .nr_mode = mode };
		snprintf(name, sizeof(name), format, i);
		fd[i] = open_as(ALICE);
		err = ctrl(fd[i], NETMAP_REQ_REGISTER, name, &reg);
	}
	is_num(i, n + 1, "%s up to the quota are made", what);
	refusal_is(fd[i - 1], err, setting, what);
	while (i)
		close(fd[--i]);
}

static void test_ports(void)
{
	const uint32_t n = quota_of("user_ports");

	if (n <= MOST)
		test_binds("user_ports", n, "quota%u", NR_REG_NULL, "ports");
}

static void test_regions(void)
{
	const uint32_t n = quota_of("user_regions");

	if (n <= MOST)
		test_binds("user_regions", n, "vale70:q%u", NR_REG_ALL_NIC, "regions");
}

/* Two rings of 8192 slots need 32 MiB of buffers. */
static int register_32_mib(int fd, const char *name)
{
	struct nmreq_register reg = {
		.nr_mode = NR_REG_ALL_NIC, .nr_tx_slots = 8192, .nr_rx_slots = 8192
	};

	return ctrl(fd, NETMAP_REQ_REGISTER, name, &reg);
}

static void test_memory(void)
{
	int fd[3];

	if (quota_of("user_memory_mb") != 40)
		return;
	fd[0] = open_as(ALICE);
	fd[1] = open_as(ALICE);
	fd[2] = open_as(BOB);
	is_err(register_32_mib(fd[0], "vale70:a"), 0, "a port of 32 MiB");
	refusal_is(fd[1], register_32_mib(fd[1], "vale70:b"), "user_memory_mb",
		   "a second port of 32 MiB");
	is_err(register_32_mib(fd[2], "vale70:c"), 0, "another user has one");
	close(fd[0]);
	is_err(register_32_mib(fd[1], "vale70:b"), 0,
	       "the user has the second one after the first has ended");
	close(fd[1]);
	close(fd[2]);
}

static void test_extra_bufs(void)
{
	const uint32_t n = quota_of("user_extra_bufs");
	struct nmreq_register reg = { .nr_mode = NR_REG_ALL_NIC, .nr_extra_bufs = 4000000000u };
	int fd;

	if (n > MOST)
		return;
	fd = open_as(ALICE);
	is_err(ctrl(fd, NETMAP_REQ_REGISTER, "vale70:x", &reg), 0, "a port with extra buffers");
	is_num(reg.nr_extra_bufs, n, "has those that the quota allows");
	close(fd);
}

static void test_loops(void)
{
	const uint32_t pins = quota_of("user_pins"), loops = quota_of("user_kloops");
	struct nmreq_register reg = { .nr_mode = NR_REG_ALL_NIC, .nr_flags = NR_EXCLUSIVE };
	struct nmreq_sync_kloop_start start = { .sleep_us = 1 };
	struct csb c = { .rings = { 1, 1 } };
	struct nmreq_opt_csb o = csb_memory(&c);
	int fd[2];

	if (pins != 2 || loops)
		return;
	fd[0] = open_as(ALICE);
	fd[1] = open_as(ALICE);
	is_err(ctrl(fd[0], NETMAP_REQ_REGISTER, "vale70:a", &reg), 0, "a client");
	is_err(ctrl_opts(fd[0], NETMAP_REQ_CSB_ENABLE, "", NULL, &o), 0, "enters CSB mode");
	refusal_is(fd[0], ctrl(fd[0], NETMAP_REQ_SYNC_KLOOP_START, "", &start), "user_kloops",
		   "a sync loop");
	is_err(ctrl(fd[1], NETMAP_REQ_REGISTER, "vale70:b", &reg), 0, "a second client");
	refusal_is(fd[1], ctrl_opts(fd[1], NETMAP_REQ_CSB_ENABLE, "", NULL, &o), "user_pins",
		   "user memory of CSB mode");
	close(fd[0]);
	close(fd[1]);
	close(c.fd);
}

static void test_doorbells(void)
{
	const uint32_t n = quota_of("user_doorbells");
	struct nmreq_register reg = { .nr_mode = NR_REG_ALL_NIC };
	struct nmreq_doorbell bell;
	int fd[2];

	if (!dev_is_process() || n != 1)
		return;
	fd[0] = open_as(ALICE);
	fd[1] = open_as(ALICE);
	ctrl(fd[0], NETMAP_REQ_REGISTER, "vale70:a", &reg);
	ctrl(fd[1], NETMAP_REQ_REGISTER, "vale70:b", &reg);
	is_err(ctrl(fd[0], NETMAP_REQ_DOORBELL, "", &bell), 0, "a doorbell of a user");
	refusal_is(fd[1], ctrl(fd[1], NETMAP_REQ_DOORBELL, "", &bell), "user_doorbells",
		   "a second doorbell");
	close(fd[0]);
	close(fd[1]);
}

int main(int argc, char **argv)
{
	struct stat st;
	unsigned int i;

	test_start(argc, argv);
	if (stat(opt.device, &st) || setgid(st.st_gid))
		give_up("join the group of %s", opt.device);
	for (i = 0; i < WANTED; i++)
		parameter_set(wanted[i].name, wanted[i].value, before[i], sizeof(before[i]));
	test_clients();
	test_ports();
	test_regions();
	test_memory();
	test_extra_bufs();
	test_loops();
	test_doorbells();
	for (i = 0; i < WANTED; i++)
		if (*before[i])
			parameter_set(wanted[i].name, before[i], NULL, 0);
	return tap_finish();
}
