// SPDX-License-Identifier: BSD-2-Clause
/*
 * Threads of the engine and of netmapd sleep while there is nothing to do: on a switch with a card
 * that is idle, has no link, is down with frames that wait for it, or is gone; and for a port that
 * is polled but has no client. They wake when there is something to do.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "frame.h"
#include "inspect.h"
#include "link.h"
#include "port.h"

#define IDLE_MS		500u
#define SETTLE_MS	200u
/* Polling every 50 us would be 10000. A few events of the system are not ours. */
#define IDLE_MAX	25
#define THREADS_MAX	64u

/* A thread: its process, or itself in the kernel, and its number. */
struct thread {
	int pid, tid;
};

static bool thread_is_named(const struct thread *t, const char *name)
{
	char path[64], comm[32] = "";
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/comm", t->pid, t->tid);
	f = fopen(path, "re");
	if (!f)
		return false;
	if (!fgets(comm, sizeof(comm), f))
		comm[0] = '\0';
	fclose(f);
	comm[strcspn(comm, "\n")] = '\0';
	return !strcmp(comm, name);
}

/* Find the threads of a process that have a name; NULL: all. Returns their number, at most max. */
static uint32_t threads_of(int pid, const char *name, struct thread *out, uint32_t max)
{
	const struct dirent *e;
	char path[32];
	uint32_t n = 0;
	DIR *d;

	snprintf(path, sizeof(path), "/proc/%d/task", pid);
	d = opendir(path);
	while (d && (e = readdir(d)) && n < max) {
		out[n] = (struct thread){ pid, atoi(e->d_name) };
		n += out[n].tid && (!name || thread_is_named(&out[n], name));
	}
	if (d)
		closedir(d);
	return n;
}

static uint32_t threads_named(const char *name, struct thread *out)
{
	DIR *d = opendir("/proc");
	const struct dirent *e;
	uint32_t n = 0;

	while (d && (e = readdir(d)))
		if (atoi(e->d_name))
			n += threads_of(atoi(e->d_name), name, out + n, THREADS_MAX - n);
	if (d)
		closedir(d);
	return n;
}

/* Return how often a thread has gone to sleep. */
static int64_t thread_sleeps(const struct thread *t)
{
	char path[64], line[128];
	long long n = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/status", t->pid, t->tid);
	f = fopen(path, "re");
	while (f && fgets(line, sizeof(line), f) &&
	       sscanf(line, "voluntary_ctxt_switches: %lld", &n) != 1)
		;
	if (f)
		fclose(f);
	return n;
}

/* The threads before something was started; another test may have some, in another daemon. */
static struct thread before[THREADS_MAX];
static uint32_t count_before;

static void threads_note(const char *name)
{
	count_before = threads_named(name, before);
}

static bool thread_is_new(const struct thread *t)
{
	uint32_t i;

	for (i = 0; i < count_before; i++)
		if (before[i].tid == t->tid)
			return false;
	return true;
}

/* Find the thread of that name that was started since threads_note(). */
static bool thread_find_new(const char *name, struct thread *out)
{
	struct thread now[THREADS_MAX];
	uint32_t n = threads_named(name, now), i;

	for (i = 0; i < n; i++)
		if (thread_is_new(&now[i])) {
			*out = now[i];
			return true;
		}
	return false;
}

/* Check that a thread sleeps; with netmapd, that all threads of its process do. */
static void check_sleeps(const struct thread *one, const char *when)
{
	struct thread t[THREADS_MAX];
	int64_t slept[THREADS_MAX], most = 0;
	uint32_t n = 1, i;

	t[0] = *one;
	if (dev_is_process())
		n = threads_of(one->pid, NULL, t, THREADS_MAX);
	sleep_ms(SETTLE_MS);
	for (i = 0; i < n; i++)
		slept[i] = thread_sleeps(&t[i]);
	sleep_ms(IDLE_MS);
	for (i = 0; i < n; i++) {
		slept[i] = thread_sleeps(&t[i]) - slept[i];
		if (slept[i] > most)
			most = slept[i];
	}
	ok(most <= IDLE_MAX, "%s: no thread wakes again and again", when);
	if (most > IDLE_MAX)
		diag("one woke %lld times in %u ms", (long long)most, IDLE_MS);
}

static uint8_t buf[2048], got[2048];

static bool crosses(struct port *from, struct port *to, uint64_t seq)
{
	int tries, n;

	frame_make(buf, 100, FRAME_BROADCAST, 1, 5, seq);
	if (port_send(from, buf, 100))
		return false;
	for (tries = 0; tries < 400; tries++) {
		n = port_recv(to, got, sizeof(got));
		if (n == 100 && frame_is(got, 100, FRAME_BROADCAST, 1, 5, seq))
			return true;
		if (n == -EAGAIN)
			port_poll(to, POLLIN, 50);
	}
	return false;
}

static void test_uplink(void)
{
	struct nmreq_vale_attach at = { .reg.nr_mode = NR_REG_NIC_SW };
	struct port sw, far;
	struct thread t;
	uint32_t i;

	threads_note("netmap-uplink");
	link_pair("v0", "v1");
	if (ctrl_once(NETMAP_REQ_VALE_ATTACH, "valeI:v0", &at))
		give_up("cannot attach v0");
	if (!thread_find_new("netmap-uplink", &t))
		give_up("an uplink has no thread");
	port_must(&sw, "valeI:p");
	port_must(&far, "v1");
	ok(crosses(&sw, &far, 1) && crosses(&far, &sw, 2), "frames cross a card on a switch");
	port_close(&far);
	check_sleeps(&t, "an idle card");
	port_must(&far, "v1");
	ok(crosses(&sw, &far, 3) && crosses(&far, &sw, 4), "and it wakes for frames both ways");
	port_close(&far);
	link_set_up("v1", 0);
	check_sleeps(&t, "a card without a link");
	link_set_up("v0", 0);
	for (i = 0; i < 10; i++)
		port_send(&sw, buf, 100);
	check_sleeps(&t, "a card that is down, with frames for it");
	link_set_up("v0", 1);
	link_set_up("v1", 1);
	port_must(&far, "v1");
	if (!link_wait("v0") || !link_wait("v1"))
		give_up("no link");
	ok(crosses(&sw, &far, 5) && crosses(&far, &sw, 6), "and when it is up again frames cross");
	port_close(&far);
	link_delete("v0");
	for (i = 0; i < 10; i++)
		port_send(&sw, buf, 100);
	check_sleeps(&t, "a card that is gone");
	ctrl_once(NETMAP_REQ_VALE_DETACH, "valeI:v0", &(struct nmreq_vale_detach){ 0 });
	port_close(&sw);
}

static void test_polled(void)
{
	struct nmreq_vale_polling on = { .nr_mode = NETMAP_POLLING_MODE_SINGLE_CPU,
					 .nr_num_polling_cpus = 1 };
	struct nmreq_vale_attach at = { .reg.nr_mode = NR_REG_ALL_NIC };
	struct port p, q;
	struct thread t;

	threads_note("netmap-poll");
	if (ctrl_once(NETMAP_REQ_VALE_NEWIF, "idle0", &(struct nmreq_vale_newif){ 0 }) ||
	    ctrl_once(NETMAP_REQ_VALE_ATTACH, "valeI:idle0", &at))
		give_up("no persistent port");
	is_err(ctrl_once(NETMAP_REQ_VALE_POLLING_ENABLE, "valeI:idle0", &on), 0, "a polled port");
	if (!thread_find_new("netmap-poll", &t))
		give_up("it has no thread");
	check_sleeps(&t, "a polled port without a client");
	port_must(&p, "idle0");
	port_must(&q, "valeI:q");
	frame_make(buf, 100, FRAME_BROADCAST, 1, 5, 7);
	ring_put(port_tx(&p, 0), buf, 100, 0);
	ok(port_poll(&q, POLLIN, 5000) > 0 && port_recv(&q, got, sizeof(got)) == 100,
	   "with one the thread syncs its rings");
	port_close(&q);
	port_close(&p);
	check_sleeps(&t, "and without it again");
	is_err(ctrl_once(NETMAP_REQ_VALE_POLLING_DISABLE, "valeI:idle0", &on), 0,
	       "polled no longer");
	ctrl_once(NETMAP_REQ_VALE_DETACH, "valeI:idle0", &(struct nmreq_vale_detach){ 0 });
	ctrl_once(NETMAP_REQ_VALE_DELIF, "idle0", NULL);
}

int main(int argc, char **argv)
{
	int64_t alive;

	test_start(argc, argv);
	ns_enter_new();
	alive = inspect_alive_alone();
	test_uplink();
	test_polled();
	is_num(inspect_settled(alive), alive, "nothing is left");
	return test_done();
}
