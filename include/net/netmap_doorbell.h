/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Doorbells: a sync of a bound file through shared memory instead of an ioctl, where netmapd
 * serves the device. One more request of NIOCCTRL creates a doorbell for the file; the module
 * refuses it, netmapd may refuse it, and the ioctls then work as usual. libnetmap-doorbell.so
 * uses doorbells for unchanged programs.
 *
 * The page is mapped from the device's file at the offset that the request returns. The other
 * side may read any word at any time: each access is one load or store of 32 bits.
 */
#ifndef NET_NETMAP_DOORBELL_H
#define NET_NETMAP_DOORBELL_H

#include <stdint.h>

enum { NETMAP_REQ_DOORBELL = 0x1003 };	/* body: struct nmreq_doorbell */

/**
 * struct nmreq_doorbell - create a doorbell for a bound file
 * @offset: out: offset of the page in mmap() of the device
 * @size: out: bytes of the page
 * @pad: 0
 */
struct nmreq_doorbell {
	uint64_t offset;
	uint32_t size;
	uint32_t pad;
};

/* The calls requested: in the low bits of request, below its number. */
#define NM_DOORBELL_TX		1u	/* as NIOCTXSYNC */
#define NM_DOORBELL_RX		2u	/* as NIOCRXSYNC */
#define NM_DOORBELL_POLL	4u	/* as poll(); if nothing is ready, events changes later */
#define NM_DOORBELL_POLLOUT	8u	/* the events polled for */
#define NM_DOORBELL_POLLIN	16u
#define NM_DOORBELL_SHIFT	5u

/**
 * struct nm_doorbell - the shared page of a doorbell
 * @request: client: number << NM_DOORBELL_SHIFT | calls requested
 * @cpu: client: CPU that it runs on
 * @is_waiting: client: it sleeps on done, or is about to
 * @is_polling: client: it sleeps on events, or is about to
 * @pad0: fills the client's cache line
 * @done: server: the request that was carried out last, as it was read
 * @result: server: of all syncs since the client last waited: 0 or -errno
 * @ready: server: result of the poll in done: POLLIN, POLLOUT, POLLERR
 * @is_awake: server: it polls request and needs no wakeup
 * @cpu_server: server: CPU that it polls on
 * @events: server: a counter of wakeups for pollers
 * @pad1: fills the server's cache line
 *
 * The client increments the number in request and sets the calls in the low bits, with those of
 * the previous request if done does not show its number yet. Then, after a full barrier, if
 * is_awake is 0, it wakes a sleeper on request (a shared futex). The server makes the calls, stores
 * result, then done; then, after a full barrier, if is_waiting is not 0, it wakes sleepers on done.
 * The same protocol holds for events, with is_polling.
 */
struct nm_doorbell {
	uint32_t request;
	uint32_t cpu;
	uint32_t is_waiting;
	uint32_t is_polling;
	uint32_t pad0[12];
	uint32_t done;
	int32_t result;
	uint32_t ready;
	uint32_t is_awake;
	uint32_t cpu_server;
	uint32_t events;
	uint32_t pad1[10];
};

#endif
