/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The same packets as datagrams through sockets, many a call: what one would use without netmap.
 */
#ifndef BENCH_DATAGRAM_H
#define BENCH_DATAGRAM_H

struct datagram {
	int is_udp;			/* over loopback; else AF_UNIX */
	unsigned int burst;		/* datagrams a call */
	int tx_cpu, rx_cpu;
	unsigned int ms;
};

/* Datagrams a second, sent and received. 0, or -1 after saying why. */
int datagram_run(const struct datagram *d, double *sent, double *received);

#endif
