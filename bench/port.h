/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Ports that the bench itself opens: idle ones on the switch under test, and the one from which the
 * switch learns the receiver's address.
 */
#ifndef BENCH_PORT_H
#define BENCH_PORT_H

#include <stdint.h>
#include <net/netmap.h>

struct bench_port {
	int fd;
	struct nmreq_register reg;	/* as returned by the request */
};

/*
 * Bind the rings of a port, creating an ephemeral one; flags as in nmreq_register. slots 0 means
 * the default. Returns 0 or -errno.
 */
int bench_port_open(struct bench_port *p, const char *name, uint32_t slots, uint64_t flags);
void bench_port_close(struct bench_port *p);

/* Send one broadcast frame from this station through the first ring. Returns 0 or -errno. */
int bench_port_announce(struct bench_port *p, const uint8_t station[6]);

#endif
