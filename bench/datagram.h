/* SPDX-License-Identifier: BSD-2-Clause */
/* The same packets as datagrams through sockets, many in a call: the alternative to netmap. */
#ifndef BENCH_DATAGRAM_H
#define BENCH_DATAGRAM_H

struct datagram {
	int is_udp;			/* over loopback; else AF_UNIX */
	unsigned int burst;		/* datagrams in a call */
	int tx_cpu, rx_cpu;
	unsigned int ms;
};

/* Measure datagrams per second. Returns 0, or -1 after printing the reason. */
int datagram_run(const struct datagram *d, double *sent, double *received);

#endif
