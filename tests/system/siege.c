/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Two users of the device's group, neither with a capability. One is hostile: processes that do
 * what clients must not, or take all there is, are started and killed at random. The other has a
 * pair of ports on a switch of its own, a pipe, and a process that opens, syncs and closes ports
 * all the time. No byte of the good is lost, altered or seen, and each of its requests succeeds;
 * how long the worst of them took is printed.
 */
#define _GNU_SOURCE
#include <grp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "child.h"
#include "good.h"
#include "hostile.h"
#include "inspect.h"

#define GOOD_USER	7001u
#define HOSTILE_USER	7002u

/* ---- users --------------------------------------------------------------------------- */

static gid_t groups[2];

/* The group of the device, and that which is named netmap. */
static int groups_find(void)
{
	struct stat st;
	FILE *f = fopen("/etc/group", "r");
	char line[256];
	unsigned int id;
	int n = 1;

	if (stat(opt.device, &st))
		give_up("stat %s", opt.device);
	groups[0] = st.st_gid;
	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "netmap:%*[^:]:%u", &id) == 1) {
			groups[1] = id;
			n = 2;
		}
	if (f)
		fclose(f);
	return n;
}

static int group_count;

/* Become that user, without capabilities; still a child that dies with its parent. */
static void become(uid_t uid)
{
	if (setgroups((size_t)group_count, groups) || setresgid(groups[0], groups[0], groups[0]) ||
	    setresuid(uid, uid, uid))
		give_up("become user %u", uid);
	prctl(PR_SET_DUMPABLE, 1);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
}

static int run_good(int (*fn)(void *), void *arg)
{
	become(GOOD_USER);
	return fn(arg);
}

/* ---- requests of the good ------------------------------------------------------------ */

enum { OPEN, REGISTER, SYNC, CLOSE, STEPS };
static const char *const steps[STEPS] = { "open", "register", "sync", "close" };

static struct probe {
	uint64_t rounds;
	uint64_t worst_ns[STEPS];
	int err;
	uint32_t stop;
} *probe;

static uint64_t lap(unsigned int step, uint64_t since)
{
	uint64_t now = now_ns();

	if (now - since > probe->worst_ns[step])
		probe->worst_ns[step] = now - since;
	return now;
}

static int probe_once(const char *name)
{
	struct nmreq_register reg = { .nr_mode = NR_REG_ALL_NIC };
	uint64_t t = now_ns();
	int fd = dev_open(), err;

	t = lap(OPEN, t);
	err = ctrl(fd, NETMAP_REQ_REGISTER, name, &reg);
	t = lap(REGISTER, t);
	if (!err)
		err = do_ioctl(fd, NIOCTXSYNC, NULL);
	if (!err)
		err = do_ioctl(fd, NIOCRXSYNC, NULL);
	t = lap(SYNC, t);
	if (err)
		fprintf(stderr, "# %s: %s: %s\n", name, strerror(-err), reason(fd));
	t = now_ns();
	close(fd);
	lap(CLOSE, t);
	return err;
}

static int probe_run(void *arg)
{
	static const char *const names[] = { "vale98:probe", "vale97:probe{1", "vale99:probe" };
	int err;

	(void)arg;
	become(GOOD_USER);
	while (!__atomic_load_n(&probe->stop, __ATOMIC_ACQUIRE)) {
		err = probe_once(names[probe->rounds % 3]);
		if (err)
			probe->err = err;
		probe->rounds++;
		usleep(2000);
	}
	return 0;
}

/* ---- the war -------------------------------------------------------------------------- */

static const struct kind {
	const char *name;
	int (*run)(void *arg);
} kinds[] = {
	{ "rings", hostile_rings }, { "region", hostile_region }, { "requests", hostile_requests },
	{ "close", hostile_close }, { "churn", hostile_churn }, { "fork", hostile_fork },
	{ "extmem", hostile_extmem }, { "csb", hostile_csb }, { "hang", hostile_hang },
	{ "hoard", hostile_hoard }, { "descriptors", hostile_descriptors }, { "big", hostile_big },
	{ "options", hostile_options }, { "map", hostile_map }, { "file", hostile_file },
	{ "spy", hostile_spy }, { "pass", hostile_pass },
};
#define KINDS	(sizeof(kinds) / sizeof(kinds[0]))

static pid_t alive[KINDS];	/* 0: none */

static int run_hostile(void *arg)
{
	unsigned int i = (unsigned int)(uintptr_t)arg;

	hole = hole_make();
	become(HOSTILE_USER);
	return kinds[i].run((void *)(uintptr_t)(i * 7 + 1));
}

/* Whether it is wanted: SIEGE_KINDS in the environment names those that are, "rings map". */
static bool is_wanted(unsigned int i)
{
	const char *only = getenv("SIEGE_KINDS");

	return !only || strstr(only, kinds[i].name);
}

static void hostile_start(unsigned int i)
{
	if (!alive[i] && is_wanted(i))
		alive[i] = child_start(run_hostile, (void *)(uintptr_t)i);
}

/* Collect one that has ended, if it has. */
static void hostile_reap(unsigned int i)
{
	if (alive[i] && waitpid(alive[i], NULL, WNOHANG) == alive[i])
		alive[i] = 0;
}

/* An end may take its time: others are started and killed meanwhile. */
static unsigned int war(uint64_t end)
{
	struct rng rnd = { opt.seed };
	unsigned int i, killed = 0;

	while (now_ns() < end) {
		for (i = 0; i < KINDS; i++) {
			hostile_reap(i);
			hostile_start(i);
		}
		usleep(rng_below(&rnd, 200000));
		i = rng_below(&rnd, KINDS);
		if (alive[i] && kill(alive[i], SIGKILL) == 0)
			killed++;
	}
	return killed;
}

/* Kill them all; returns how many are still there after a minute. */
static unsigned int war_end(void)
{
	unsigned int i, left = 1, tries;

	for (i = 0; i < KINDS; i++)
		if (alive[i])
			kill(alive[i], SIGKILL);
	for (tries = 0; left && tries < 6000; tries++) {
		usleep(10000);
		for (i = left = 0; i < KINDS; i++) {
			hostile_reap(i);
			left += alive[i] != 0;
		}
	}
	for (i = 0; i < KINDS; i++)
		if (alive[i])
			diag("'%s' cannot be killed", kinds[i].name);
	return left;
}

static void siege_make(void)
{
	static const char *const names[SIEGE_NAMES] = { "vale98:goodtx", "vale98:goodrx",
		"vale97:good{p", "vale97:good}p" };
	unsigned int i;

	siege = shared_alloc(sizeof(*siege));
	for (i = 0; i < SIEGE_NAMES; i++)
		strcpy(siege->names[i], names[i]);
	siege->station = GOOD_DST;
}

static struct good *good_make(unsigned int i)
{
	struct good *g = shared_alloc(sizeof(*g));

	g->tx = siege->names[i];
	g->rx = siege->names[i + 1];
	g->is_lossless = true;
	g->run = run_good;
	return g;
}

static int first_port(void *arg)
{
	struct port p;

	become(GOOD_USER);
	port_must(&p, "vale98:first");
	__atomic_store_n((uint32_t *)arg, 1, __ATOMIC_RELEASE);
	pause();
	return 0;
}

/* Port number 0, which slot flags cannot name. */
static pid_t first_start(void)
{
	uint32_t *ready = shared_alloc(sizeof(*ready));
	pid_t pid = child_start(first_port, ready);

	while (!__atomic_load_n(ready, __ATOMIC_ACQUIRE))
		usleep(1000);
	return pid;
}

static void print_worst(void)
{
	unsigned int i;

	for (i = 0; i < STEPS; i++)
		diag("the good user's worst %s took %.3f ms", steps[i],
		     (double)probe->worst_ns[i] / 1e6);
}

int main(int argc, char **argv)
{
	struct good *pair, *pipe;
	pid_t pair_pid[2], pipe_pid[2], probe_pid, first;
	int64_t before;

	opt.deadline = 0;
	opt.seconds = 5;
	test_start(argc, argv);
	if (!opt.deadline)
		alarm(opt.deadline = opt.seconds + 200);
	diag("seed %llu", (unsigned long long)opt.seed);
	if (geteuid()) {
		skip("becoming two users needs root", "hostile clients of another user");
		return test_done();
	}
	before = inspect_alive();
	group_count = groups_find();
	siege_make();
	probe = shared_alloc(sizeof(*probe));
	first = first_start();
	pair = good_make(0);
	pipe = good_make(2);
	good_start(pair, pair_pid);
	good_start(pipe, pipe_pid);
	probe_pid = child_start(probe_run, NULL);
	diag("%u killed", war(now_ns() + opt.seconds * 1000000000ull));
	is_num(war_end(), 0, "each hostile process ends when it is killed");
	good_end(pair, pair_pid, "switch");
	good_end(pipe, pipe_pid, "pipe");
	__atomic_store_n(&probe->stop, 1, __ATOMIC_RELEASE);
	is_num(child_wait(probe_pid), 0, "the good user opens ports to the end");
	ok(probe->rounds > 0, "the good user opened ports (%llu times)",
	   (unsigned long long)probe->rounds);
	is_err(probe->err, 0, "each request of the good user succeeded");
	print_worst();
	is_num(siege->is_wrong, 0, "the device's file is not cut, filled, read or written");
	is_num(siege->frames_seen, 0, "no frame of the good is in memory that the hostile map");
	is_num(siege->monitored, 0, "no port of the good is monitored by the hostile");
	is_num(siege->piped, 0, "the hostile have no pipe on a port of the good");
	child_kill(first);
	hostile_clean_up();
	is_num(inspect_settled(before), before, "of all that was made as much is left as before");
	return test_done();
}
