/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Every byte of many packets, end to end between processes: through the switch, through a
 * pipe, and through a pipe, a forwarder and the switch in a row. Nothing may be lost,
 * altered, doubled or reordered within its flow when the sender waits for room.
 */
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include "child.h"
#include "flow.h"
#include "frame.h"
#include "inspect.h"

enum path { VALE, PIPE, CHAIN };
static const char *const path_names[] = { "switch", "pipe", "pipe, forwarder and switch" };

struct shape {
	const char *name;
	uint32_t min, max, chunk;
	unsigned int percent;	/* of --packets, in each path; half of it in the chain */
};

static const struct shape shapes[] = {
	{ "60 bytes", 60, 60, 2048, 26 },
	{ "60 to 1514 bytes", 60, 1514, 2048, 8 },
	{ "64 to 2048 bytes", 64, 2048, 2048, 3 },
	{ "several slots, to 9000 bytes", 60, 9000, 2048, 2 },
	{ "slots of 100 bytes, to 5000", 200, 5000, 100, 1 },
};

struct run {
	enum path path;
	const struct shape *shape;
	uint64_t count;
	struct flow_credit credit;
	struct flow_result result;
	uint32_t ready;
};

#define WINDOW	960u

static struct run *run;	/* shared with the children */

static void wait_ready(uint32_t n)
{
	while (__atomic_load_n(&run->ready, __ATOMIC_ACQUIRE) < n)
		usleep(1000);
}

static void tell_ready(void)
{
	__atomic_fetch_add(&run->ready, 1, __ATOMIC_RELEASE);
}

static int receiver(void *arg)
{
	struct port p;
	struct flow f = { .port = &p, .count = run->count, .flow0 = 100 };

	(void)arg;
	port_must(&p, run->path == PIPE ? "tester}t" : "vale74:rx");
	if (run->path != PIPE)
		f.credit = &run->credit;
	tell_ready();
	return flow_receive(&f, &run->result) ? 1 : 0;
}

static int forwarder(void *arg)
{
	struct port in, out;
	int err;

	(void)arg;
	port_must(&out, "vale74:fwd");
	port_must(&in, "vale74:fwd}t");
	if (in.reg.nr_mem_id != out.reg.nr_mem_id)
		return 2;
	tell_ready();
	err = flow_forward(&in, &out, run->count, &run->credit, WINDOW);
	/* Stay until all has been received; a close would not take back sent frames, though. */
	return err ? 1 : 0;
}

static int sender(void)
{
	struct port p;
	struct flow f = { .port = &p, .count = run->count, .flow0 = 100, .dst = FRAME_BROADCAST,
		.src = 1, .min = run->shape->min, .max = run->shape->max,
		.chunk = run->shape->chunk, .window = WINDOW, .seed = opt.seed };
	int err;

	port_must(&p, run->path == VALE ? "vale74:tx" : run->path == PIPE ? "tester{t" :
		  "vale74:fwd{t");
	if (run->path == VALE)
		f.credit = &run->credit;
	err = flow_send(&f);
	/* A pipe's peer can read after our close: close the port immediately. */
	port_close(&p);
	return err;
}

static void one_run(enum path path, const struct shape *shape)
{
	uint64_t count = opt.packets * shape->percent / 100, start;
	const char *name = path_names[path];
	pid_t rx, fwd = 0;
	double s;

	if (path == CHAIN)
		count /= 2;
	memset(run, 0, sizeof(*run));
	run->path = path;
	run->shape = shape;
	run->count = count ? count : 1;
	rx = child_start(receiver, NULL);
	if (path == CHAIN)
		fwd = child_start(forwarder, NULL);
	wait_ready(path == CHAIN ? 2 : 1);
	start = now_ns();
	is_err(sender(), 0, "%s, %s: %llu packets sent", name, shape->name,
	       (unsigned long long)run->count);
	if (tap_failures())
		run->credit.stop = 1;
	if (fwd)
		is_num(child_wait(fwd), 0, "%s, %s: forwarded", name, shape->name);
	is_num(child_wait(rx), 0, "%s, %s: the receiver is content", name, shape->name);
	s = (now_ns() - start) / 1e9;
	is_num(run->result.frames, run->count, "%s, %s: all arrived", name, shape->name);
	is_num(run->result.bad, 0, "%s, %s: every byte right", name, shape->name);
	is_num(run->result.lost, 0, "%s, %s: none lost", name, shape->name);
	is_num(run->result.back, 0, "%s, %s: none late or twice", name, shape->name);
	if (run->result.err)
		diag("receiver: %s", strerror(-run->result.err));
	diag("%s, %s: %.3f Mpps, %.3f Gbit/s", name, shape->name, run->result.frames / s / 1e6,
	     run->result.bytes * 8 / s / 1e9);
}

int main(int argc, char **argv)
{
	enum path path;
	unsigned int i;

	opt.packets = 3000000;
	opt.deadline = 0;
	test_start(argc, argv);
	if (!opt.deadline)
		alarm(opt.deadline = 290 + opt.packets / 25000);
	run = shared_alloc(sizeof(*run));
	for (path = VALE; path <= CHAIN; path++)
		for (i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++)
			one_run(path, &shapes[i]);
	return test_done();
}
