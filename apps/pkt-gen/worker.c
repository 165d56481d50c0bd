// SPDX-License-Identifier: BSD-2-Clause
/* The life of a worker thread, and its system calls on the port. */
#include "worker.h"

#include <errno.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "../common/clock.h"
#include "../common/tool.h"

static int worker_pin(struct worker *w)
{
	const struct options *opt = w->opt;
	unsigned int cpus = opt->cpus > 0 ? opt->cpus : (unsigned int)tool_cpus();
	int cpu, error;

	if (opt->first_cpu < 0 && opt->cpus == 0)
		return 0;
	cpu = (opt->first_cpu < 0 ? 0 : opt->first_cpu) + (int)(w->index % cpus);
	error = tool_pin_thread(cpu);
	if (error == 0)
		return 0;
	errno = error;
	return errmsg_set(&w->err, "cannot run on CPU %d: this machine has %d", cpu,
			  tool_cpus());
}

static int worker_run(struct worker *w)
{
	if (worker_pin(w))
		return -1;
	switch (w->opt->mode) {
	case MODE_TX:
		return tx_run(w);
	case MODE_PING:
		return ping_run(w);
	case MODE_PONG:
		return pong_run(w);
	default:
		return rx_run(w);
	}
}

static void *worker_main(void *arg)
{
	struct worker *w = arg;
	uint64_t one = 1;

	w->has_failed = worker_run(w) != 0;
	if (w->end == 0)
		w->end = clock_now();
	atomic_store(&w->has_ended, true);
	/* Never blocks: an eventfd counts further than there can be workers. */
	if (write(w->session->done_fd, &one, sizeof(one)) != sizeof(one))
		w->has_failed = true;
	return NULL;
}

int worker_start(struct worker *w)
{
	return pthread_create(&w->thread, NULL, worker_main, w);
}

int worker_fail(struct worker *w, const char *what)
{
	return errmsg_set(&w->err, "%s: %s", w->port.spec.name, what);
}

int worker_wait(struct worker *w, short events, int timeout)
{
	struct pollfd p = { .fd = w->port.fd, .events = events };
	int n = poll(&p, 1, timeout);

	if (n < 0) {
		if (errno == EINTR)
			return 0;
		return port_explain(&w->port, "poll", &w->err);
	}
	if (p.revents & (POLLERR | POLLHUP | POLLNVAL)) {
		errno = EIO;
		return port_explain(&w->port, "the port has failed", &w->err);
	}
	return n;
}

int worker_sync(struct worker *w, unsigned long request)
{
	if (ioctl(w->port.fd, request, NULL) == 0)
		return 0;
	return port_explain(&w->port, request == NIOCTXSYNC ? "cannot send" : "cannot receive",
			    &w->err);
}
