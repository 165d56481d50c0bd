// SPDX-License-Identifier: BSD-2-Clause
/*
 * Faults under load: both ends of a veth pair send and receive, and a third client sleeps on the
 * host rings, while the device is removed, renamed, moved to another namespace, its driver
 * unloaded, its link flaps, its queues change, a client is killed, buffers run out. After each
 * fault both ends must go on by themselves, by opening again where they have to, and each refusal
 * must have a reason.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "child.h"
#include "frame.h"
#include "inspect.h"
#include "link.h"
#include "port.h"

#define QUEUES	2u

static uint8_t buf[2048];

struct side {
	const char *name;
	uint32_t mode;
	uint32_t stop;
	uint64_t opened, frames;	/* written by the side */
	uint64_t untold;		/* errors without a reason */
	pid_t pid;
};

static struct side *sides;		/* both ends, and the sleeper on host rings */

static void need(int err, const char *what)
{
	if (err)
		give_up("%s: %s", what, strerror(-err));
}

/* ---- the load ----------------------------------------------------------------------- */

static bool should_stop(const struct side *s)
{
	return __atomic_load_n(&s->stop, __ATOMIC_ACQUIRE);
}

static void put_some(struct port *p)
{
	uint32_t i, n, rings = p->nif->ni_tx_rings + p->nif->ni_host_tx_rings;

	for (i = 0; i < rings; i++) {
		for (n = 0; n < 32 && port_tx(p, i) && ring_put(port_tx(p, i), buf, 60, 0); n++)
			;
	}
}

static void use(struct side *s, struct port *p)
{
	uint64_t began;
	int revents;

	do {
		began = now_ns();
		if (s->mode != NR_REG_SW)
			put_some(p);
		revents = port_poll(p, s->mode == NR_REG_SW ? POLLIN : POLLIN | POLLOUT, 20);
		__atomic_fetch_add(&s->frames, port_drain(p), __ATOMIC_RELEASE);
		/* Let the process that makes the faults run, also on a slow machine. */
		usleep(1000 + 2 * (now_ns() - began) / 1000);
	} while (revents >= 0 && !(revents & POLLERR) && !should_stop(s));
	if (revents & POLLERR && !has_reason(p->fd, NULL))
		s->untold++;
}

static int load(void *arg)
{
	struct side *s = arg;
	struct port p;

	frame_make(buf, 60, FRAME_BROADCAST, 1, 1, 1);
	while (!should_stop(s)) {
		if (port_open(&p, s->name, .mode = s->mode)) {
			usleep(2000);
			continue;
		}
		__atomic_fetch_add(&s->opened, 1, __ATOMIC_RELEASE);
		use(s, &p);
		port_close(&p);
	}
	return 0;
}

static void side_start(struct side *s)
{
	s->pid = child_start(load, s);
}

/* ---- faults ------------------------------------------------------------------------- */

/* The kernel ends a namespace in the background, and with it the far end of a pair. */
static void pair(void)
{
	int err, tries;

	for (tries = 0; tries < 1000; tries++) {
		err = link_veth_queues("v0", "v1", QUEUES);
		if (err != -EEXIST)
			break;
		sleep_ms(20);
	}
	need(err, "a veth pair");
}

static void device_deleted(void)
{
	need(link_delete("v0"), "delete");
	pair();
}

static void device_renamed(void)
{
	need(link_set_up("v0", 0), "v0 down");
	need(link_rename("v0", "w0"), "rename");
	need(link_set_up("w0", 1), "w0 up");
	sleep_ms(5);
	need(link_set_up("w0", 0), "w0 down");
	need(link_rename("w0", "v0"), "rename back");
	need(link_set_up("v0", 1), "v0 up");
}

static int other_ns(void *arg)
{
	uint32_t *step = arg;
	struct port p;

	ns_enter_new();
	__atomic_store_n(step, 1, __ATOMIC_RELEASE);
	while (__atomic_load_n(step, __ATOMIC_ACQUIRE) < 2)
		usleep(1000);
	/* nic_events checks that a device ends with its namespace: kernels take long for that. */
	return link_set_up("v0", 1) || port_open(&p, "v0") || link_delete("v0");
}

static void device_moved(void)
{
	static uint32_t *step;
	pid_t child;

	if (!step)
		step = shared_alloc(sizeof(*step));
	*step = 0;
	child = child_start(other_ns, step);
	while (!__atomic_load_n(step, __ATOMIC_ACQUIRE))
		usleep(1000);
	need(link_move("v0", child), "move");
	__atomic_store_n(step, 2, __ATOMIC_RELEASE);
	need(-child_wait(child), "open where it went");
	pair();
}

static void link_flaps(void)
{
	unsigned int i;

	for (i = 0; i < 4; i++) {
		need(link_set_up("v1", 0), "v1 down");
		need(link_set_up("v1", 1), "v1 up");
	}
	need(link_set_up("v0", 0), "v0 down");
	need(link_set_up("v0", 1), "v0 up");
}

static void client_killed(void)
{
	child_kill(sides[0].pid);
	side_start(&sides[0]);
}

static void queues_change(void)
{
	if (link_queues("v0", 1) != -EOPNOTSUPP)
		need(link_queues("v0", QUEUES), "as many queues as before");
}

/*
 * One client takes all buffers left, while others have to open again. netmapd has too many for
 * that.
 */
static void buffers_exhausted(void)
{
	struct port hog, p;

	if (dev_is_process())
		return;
	port_must(&hog, "v1", .mode = NR_REG_ONE_SW, .extra = 1u << 20);
	if (!is_err(port_open(&p, "faults{1"), -ENOMEM, "no buffers are left"))
		port_close(&p);
	need(link_delete("v0"), "delete");
	pair();
	sleep_ms(5);
	port_close(&hog);
}

static bool is_module(const char *name)
{
	char path[64];

	snprintf(path, sizeof(path), "/sys/module/%s/refcnt", name);
	return !access(path, F_OK);
}

static void driver_removed(void)
{
	if (!is_module("veth"))
		return;
	is_num(system("modprobe -r veth"), 0, "the driver unloads while its devices are taken");
	is_num(system("modprobe veth"), 0, "and loads");
	pair();
}

static const struct {
	const char *name;
	void (*make)(void);
} faults[] = {
	{ "removed", device_deleted },
	{ "renamed", device_renamed },
	{ "moved", device_moved },
	{ "link flaps", link_flaps },
	{ "client killed", client_killed },
	{ "queues change", queues_change },
	{ "buffers exhausted", buffers_exhausted },
	{ "driver removed", driver_removed },
};

#define FAULTS	(sizeof(faults) / sizeof(faults[0]))

/* ---- rounds ------------------------------------------------------------------------- */

static uint64_t frames_of(const struct side *s)
{
	return __atomic_load_n(&s->frames, __ATOMIC_ACQUIRE);
}

/* Frames arrive at both ends. */
static bool goes_on(void)
{
	uint64_t from[2], until = now_ns() + opt.deadline * 1000000000ull / 4;

	from[0] = frames_of(&sides[0]);
	from[1] = frames_of(&sides[1]);
	while (frames_of(&sides[0]) < from[0] + 32 || frames_of(&sides[1]) < from[1] + 32) {
		if (now_ns() > until)
			return false;
		usleep(1000);
	}
	return true;
}

static void rounds(void)
{
	unsigned int i, bad = tap_failures();

	for (i = 0; i < opt.rounds && tap_failures() == bad; i++) {
		faults[i % FAULTS].make();
		if (!goes_on())
			ok(false, "round %u, %s: frames pass again", i, faults[i % FAULTS].name);
		if (i % 50 == 49)
			diag("%u rounds", i + 1);
	}
	is_num(i, opt.rounds, "rounds after which frames passed again");
}

static int setting(const char *name, uint32_t value)
{
	char path[100];
	int fd, err;

	snprintf(path, sizeof(path), "/sys/module/netmap/parameters/%s", name);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	err = dprintf(fd, "%u", value) < 0 ? -errno : 0;
	close(fd);
	return err;
}

/* Few buffers, so that one client can exhaust them. netmapd's settings were fixed at its start. */
static void make_small(bool small)
{
	if (dev_is_process())
		return;
	need(setting("generic_ringsize", small ? 256 : 1024), "generic_ringsize");
	need(setting("buf_num", small ? 8192 : 163840), "buf_num");
	need(setting("region_mb", small ? 16 : 4032), "region_mb");
}

static void tell(void)
{
	uint64_t untold = 0;
	unsigned int i;

	for (i = 0; i < 3; i++) {
		diag("%s: opened %llu times, %llu frames", sides[i].name,
		     (unsigned long long)sides[i].opened, (unsigned long long)sides[i].frames);
		untold += sides[i].untold;
	}
	is_num(untold, 0, "every error had a reason");
}

int main(int argc, char **argv)
{
	int64_t alive;
	unsigned int i;

	opt.rounds = 2 * FAULTS;
	opt.deadline = 240;
	test_start(argc, argv);
	ns_enter_new();
	alive = inspect_alive_alone();
	make_small(true);
	sides = shared_alloc(3 * sizeof(*sides));
	pair();
	for (i = 0; i < 3; i++) {
		sides[i].name = i == 1 ? "v1" : "v0";
		sides[i].mode = i == 2 ? NR_REG_SW : NR_REG_NIC_SW;
		side_start(&sides[i]);
	}
	ok(goes_on(), "frames pass");
	rounds();
	for (i = 0; i < 3; i++)
		__atomic_store_n(&sides[i].stop, 1, __ATOMIC_RELEASE);
	for (i = 0; i < 3; i++)
		is_num(child_wait(sides[i].pid), 0, "client %u ends well", i);
	tell();
	link_delete("v0");
	is_num(inspect_settled(alive), alive, "nothing is left");
	make_small(false);
	return test_done();
}
