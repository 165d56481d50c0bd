/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Doorbells: a sync of a bound file through shared memory instead of an ioctl, where a process
 * serves the device (netmapd). One more request of NIOCCTRL makes one for the file; the module refuses
 * it, and netmapd may, and then the ioctl serves as ever. libnetmap-doorbell.so uses
 * this for programs that know nothing of it.
 *
 * The page is mapped from the device's file at the offset that the request tells. All words of it
 * are read by the other side at any time: each access is one load or store of 32 bits.
 */
#ifndef NET_NETMAP_DOORBELL_H
#define NET_NETMAP_DOORBELL_H

#include <stdint.h>

enum { NETMAP_REQ_DOORBELL = 0x1003 };	/* body: struct nmreq_doorbell */

struct nmreq_doorbell {
	uint64_t offset;	/* out: of the page, in what mmap() of the device shows */
	uint32_t size;		/* out: of the page, bytes */
	uint32_t pad;		/* 0 */
};

/* What to do: in the low bits of request, below its number. */
#define NM_DOORBELL_TX		1u	/* as NIOCTXSYNC */
#define NM_DOORBELL_RX		2u	/* as NIOCRXSYNC */
/* As poll(); if nothing is ready, events counts up when it is time to look again. */
#define NM_DOORBELL_POLL	4u
#define NM_DOORBELL_POLLOUT	8u	/* what is polled for */
#define NM_DOORBELL_POLLIN	16u
#define NM_DOORBELL_SHIFT	5u

/*
 * The client raises the number in request, with what it wants in the low bits, including what it
 * asked for before if done does not tell that number yet. Then, after a full barrier, if
 * is_awake is 0, it wakes a sleeper on request (a shared futex). The server does what is asked, stores
 * result, then done; then, after a full barrier, if is_waiting is not 0, it wakes sleepers on done.
 * The same holds for events: whoever sleeps on it says so in is_polling.
 */
struct nm_doorbell {
	/* The client's line. */
	uint32_t request;	/* number << NM_DOORBELL_SHIFT | what */
	uint32_t cpu;		/* where the client runs */
	uint32_t is_waiting;	/* it sleeps on done, or is about to */
	uint32_t is_polling;	/* it sleeps on events, or is about to */
	uint32_t pad0[12];
	/* The server's line. */
	uint32_t done;		/* the request that was carried out last, as it was read */
	int32_t result;		/* of all syncs since the client last waited: 0 or -errno */
	uint32_t ready;		/* what the poll of done says: POLLIN, POLLOUT, POLLERR */
	uint32_t is_awake;	/* it looks at request by itself */
	uint32_t cpu_server;	/* where it does */
	uint32_t events;	/* a count */
	uint32_t pad1[10];
};

#endif
