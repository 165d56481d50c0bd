// SPDX-License-Identifier: BSD-2-Clause
/* The cost of an empty NIOCTXSYNC. See synccost.h. */
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "moment.h"
#include "port.h"
#include "server.h"
#include "synccost.h"

#define OPEN_MS		10000
#define WARM_NS		300000000u	/* for netmapd's threads to choose their CPUs */
#define PINNED_NS	100000000u	/* after they were moved */
#define MEASURE_NS	200000000u
#define END_MS		10000

/* Return the nanoseconds per sync, measured for ns; 0 on failure. */
static double sync_for(int fd, uint64_t ns)
{
	const uint64_t begin = moment_ns();
	unsigned int n = 0;
	uint64_t now;

	do {
		if (ioctl(fd, NIOCTXSYNC))
			return 0;
		n++;
		now = moment_ns();
	} while (now - begin < ns);
	return (double)(now - begin) / n;
}

int sync_cost_client(int cpu)
{
	struct bench_port port;
	char name[32];
	double ns;
	int err;

	run_on_cpu(0, cpu);
	snprintf(name, sizeof(name), "vale8:sync%d", cpu);
	err = bench_port_open(&port, name, 0, 0);
	if (err) {
		fprintf(stderr, "%s: %s\n", name, strerror(-err));
		return 1;
	}
	sync_for(port.fd, WARM_NS);
	fputs("warm\n", stderr);
	sync_for(port.fd, PINNED_NS);
	ns = sync_for(port.fd, MEASURE_NS);
	printf("%.0f\n", ns);
	return ns <= 0;
}

static int client_start(struct child *c, const char *self, enum way way, const char *preload,
			int cpu)
{
	char number[16];
	char *argv[] = { (char *)(uintptr_t)self, "--sync-client", number, NULL };

	snprintf(number, sizeof(number), "%d", cpu);
	return child_start(c, argv, way, preload);
}

#define ANYWHERE	(-1)

/* Return the cost with a client on CPU 0 and netmapd moved to server_cpu. */
static double one_client(const char *self, enum way way, const char *preload, int server_cpu)
{
	struct child c;
	int err;

	if (client_start(&c, self, way, preload, 0))
		return 0;
	err = child_wait_line(&c, OPEN_MS) ||
		(server_cpu != ANYWHERE && server_pin(server_cpu));
	return child_end(&c, err ? SIGKILL : 0, END_MS) ? 0 : strtod(c.out_text, NULL);
}

/* Return the larger cost with a client on each of two CPUs. */
static double two_clients(const char *self, enum way way, const char *preload)
{
	struct child a, b;
	double na = 0, nb = 0;

	if (client_start(&a, self, way, preload, 0))
		return 0;
	if (!client_start(&b, self, way, preload, 1) && !child_end(&b, 0, END_MS))
		nb = strtod(b.out_text, NULL);
	if (!child_end(&a, 0, END_MS))
		na = strtod(a.out_text, NULL);
	return na > nb ? na : nb;
}

int sync_cost_measure(const char *self, enum way way, const char *preload, struct sync_cost *out)
{
	const int cpus = (int)sysconf(_SC_NPROCESSORS_ONLN);

	*out = (struct sync_cost){ .alone = one_client(self, way, preload, ANYWHERE) };
	if (cpus > 1) {
		out->both = two_clients(self, way, preload);
		out->across = one_client(self, way, preload, 1);
	}
	out->same = one_client(self, way, preload, 0);
	return out->alone > 0 && out->same > 0 && (cpus < 2 || (out->both > 0 && out->across > 0)) ?
		       0 :
		       -1;
}
