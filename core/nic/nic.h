/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Ports of network devices. Such a port has the device's name, a ring for each of its queues
 * in each direction, and host rings, which lead to the system's own network stack and from it.
 *
 * Frames that come in are put into a ring by whoever receives them, as from an interrupt, under the
 * ring's short lock; frames that go out are handed over in a sync. Either way they are copied, unless the home
 * has lent the device the region's buffers: then these are exchanged, or stay with the device for a while.
 */
#ifndef NM_NIC_H
#define NM_NIC_H

#include "ring/pace.h"
#include "port/port.h"
#include "ring/slot.h"

/* Slots handed to the home at a time: a frame of NETMAP_MAX_FRAGS fits. */
#define NIC_BATCH	64u

struct nm_nic {
	struct nm_port port;		/* first */
	struct os_netdev *dev;		/* const, held */
};

/* A ring's other half; const while the port is started, but for what is told. */
struct nic_ring {
	uint32_t queue;			/* of the device */
	struct nm_pace pace;		/* of wakeups. tx: pollers look for room anew; rx: mitigation */
	uint32_t want_timestamps;		/* rx: atomic; slots get the time of their frame */
	uint32_t batch_slots;			/* tx: pieces that the device is thought to have room for; in a sync */
	uint32_t in_flight;		/* tx: see os_netdev_send(); atomic, the home's too */
	uint32_t skipped;		/* tx: slots passed over while pieces were under way; in a sync */
	struct os_spin lock;		/* rx: slots [hwtail, hwcur), hwtail, counters of frames */
	uint32_t backpressure;			/* rx: does the home keep frames back, or no more; atomic */
	uint64_t full_since;		/* rx: since when the ring has been full and not read, while it does; atomic */
};

static inline struct nm_nic *nm_nic_of(const struct nm_port *p)
{
	return (struct nm_nic *)(uintptr_t)p;
}

/* The port of the device of that name; held. Engine lock held. NULL with a reason. */
struct nm_port *nm_nic_make(const char *name, struct os_ns *ns, const struct nm_port_spec *spec,
			    struct nm_reason *reason);

/* 0, or -EEXIST with a reason if there is a device of that name, open or not; -ENOMEM. Engine lock held. */
int nm_nic_check_free(const char *name, struct os_ns *ns, struct nm_reason *reason);

/* 0, or -ENETDOWN or -ENXIO with a reason. No lock. */
int nic_check_state(const struct nm_port *p, struct nm_reason *reason);

/* nic_tx.c: the tx rings of card and host. */
int nic_txsync(struct nm_kring *k, struct nm_sync *s);
/* Why a frame of that length is not given to the device, or to the stack; NM_DROP_CAUSES if it is. May sleep. */
enum nm_drop nic_check_frame(const struct nm_kring *k, uint32_t len);

/* nic_rx.c: the rx rings of card and host. The last two are for struct os_netdev_ops. */
int nic_rxsync(struct nm_kring *k, struct nm_sync *s);
bool nic_wants(void *arg, enum os_netdev_side from, uint32_t queue);
void nic_deliver(void *arg, enum os_netdev_side from, uint32_t queue,
		 const struct os_packet *const *pkt, uint32_t n);

/* The ring that takes a queue's frames. */
struct nm_kring *nic_rx_ring(const struct nm_port *p, enum os_netdev_side from, uint32_t queue);
/* Slots from hwtail on that may be filled. Lock held. */
uint32_t nic_rx_room_locked(const struct nm_kring *k);
/* What the slots of a frame say of when it came; 0: nothing. Lock held. */
uint64_t nic_timestamp_locked(const struct nm_kring *k, const struct os_packet *pkt);
/* Frames are in slots [hwtail, end), or not; publish them. Lock held. */
void nic_rx_publish_locked(struct nm_kring *k, uint32_t end, uint32_t frames, uint64_t bytes);
/* Somebody may wait for frames. Lock not held. */
void nic_rx_wake(struct nm_kring *k);

/* nic_rx_open.c: also for struct os_netdev_ops. */
bool nic_deliver_open(void *arg, enum os_netdev_side from, uint32_t queue,
		      const struct os_packet *pkt, const struct nm_frag *frag, uint32_t n);

/* nic_backpressure.c: the first two are for struct os_netdev_ops. */
bool nic_has_backpressure(void *arg, enum os_netdev_side from, uint32_t queue, uint32_t frames,
			  uint32_t bytes);
void nic_lost(void *arg, enum os_netdev_side from, uint32_t queue, uint32_t frames);
void nic_rx_released_slow(struct nm_kring *k);

/* Slots were given back: somebody may wait for them. Barrier: see backpressure_locked(). */
static inline void nic_rx_released(struct nm_kring *k)
{
	os_barrier();
	if (unlikely(os_load32(&k->nic->backpressure)))
		nic_rx_released_slow(k);
}

/* nic_forward.c: pass slots [hwcur, rhead) of an rx ring that say so across. Ring lock held. */
void nic_forward(struct nm_kring *k);

#endif
