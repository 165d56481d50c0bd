/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Ports of network devices. Such a port has the device's name, one ring in each direction for each
 * of its queues, and host rings, which lead to and from the system's own network stack.
 *
 * Receivers, such as an interrupt handler, put incoming frames into an rx ring under the ring's
 * spinlock. A sync hands outgoing frames to the platform. Frames are copied, unless the platform
 * has posted the region's buffers to the device: then a received frame's buffer is
 * exchanged for the slot's, and a sent frame's buffer stays in flight until the device has read it.
 */
#ifndef NM_NIC_H
#define NM_NIC_H

#include "ring/pace.h"
#include "port/port.h"
#include "ring/slot.h"

/* Slots handed to the platform in one call; a frame of NETMAP_MAX_FRAGS slots fits. */
#define NIC_BATCH	64u

struct nm_nic {
	struct nm_port port;
	struct os_netdev *dev;		/* const; with a reference */
};

/* State of a card's or host's ring. const while the port is started, unless noted. */
struct nic_ring {
	uint32_t queue;			/* of the device */
	struct nm_pace pace;		/* tx: of retries of a full device; rx: mitigation */
	uint32_t want_timestamps;	/* rx: slots get their frame's timestamp; atomic */
	/* tx: slots to offer the device in one call; adapts to what it accepts; in a sync */
	uint32_t batch_slots;
	/* tx, in a sync: the last retry, its delay in ns, and hwcur and hwtail at that time */
	uint32_t retry_delay, retry_hwcur, retry_hwtail;
	uint32_t in_flight;		/* tx: see os_netdev_send(); atomic, the platform's too */
	uint32_t skipped;	/* tx: slots skipped while pieces are in flight; in a sync */
	struct os_spin lock;		/* rx: slots [hwtail, hwcur), hwtail, counters of frames */
	uint32_t backpressure;		/* rx: BACKPRESSURE_*, see nic_backpressure.c; atomic */
	uint64_t full_since;		/* rx: when the ring became full and unread, ns; atomic */
};

#define nm_nic_of(p)	nm_port_container(p, struct nm_nic)

/*
 * Make the port of the device of that name, with a reference. NULL with a reason. Caller holds the
 * engine lock.
 */
struct nm_port *nm_nic_make(const char *name, const struct nm_scope *scope,
			    const struct nm_port_spec *spec, struct nm_reason *reason);

/*
 * Check that no device has that name, open or not. Returns 0, -EEXIST or -ENOMEM with a reason.
 * Caller holds the engine lock.
 */
int nm_nic_check_free(const char *name, struct os_ns *ns, struct nm_reason *reason);

/* Check that the device is up. Returns 0, or -ENETDOWN or -ENXIO with a reason. No lock. */
int nic_check_state(const struct nm_port *p, struct nm_reason *reason);

/* nic_tx.c: tx rings of the card and the host. */
int nic_txsync(struct nm_kring *k, struct nm_sync *s);
/*
 * Return the cause if a frame of that length cannot be sent to the device or the stack,
 * NM_DROP_NONE if it can. May sleep.
 */
enum nm_drop nic_check_frame(const struct nm_kring *k, uint32_t len);

/*
 * nic_rx.c: rx rings of the card and the host. nic_wants() and nic_deliver() are for struct
 * os_netdev_ops.
 */
int nic_rxsync(struct nm_kring *k, struct nm_sync *s);
bool nic_wants(void *arg, enum os_netdev_side from, uint32_t queue);
void nic_deliver(void *arg, enum os_netdev_side from, uint32_t queue,
		 const struct os_packet *const *pkt, uint32_t n);

/* Return the rx ring that receives a queue's frames. */
struct nm_kring *nic_rx_ring(const struct nm_port *p, enum os_netdev_side from, uint32_t queue);
/* Return the slots from hwtail on that may be filled. Caller holds the ring's spinlock. */
uint32_t nic_rx_room_locked(const struct nm_kring *k);
/* Return the timestamp for the slots of a frame, 0 for none. Caller holds the ring's spinlock. */
uint64_t nic_timestamp_locked(const struct nm_kring *k, const struct os_packet *pkt);
/*
 * Publish slots [hwtail, end), which hold that many whole frames. Caller holds the ring's spinlock.
 */
void nic_rx_publish_locked(struct nm_kring *k, uint32_t end, uint32_t frames, uint64_t bytes);
/*
 * Wake the pollers of an rx ring, now or after the mitigation delay. Caller does not hold the
 * ring's spinlock.
 */
void nic_rx_wake(struct nm_kring *k);

/* nic_rx_open.c: also for struct os_netdev_ops. */
bool nic_deliver_open(void *arg, enum os_netdev_side from, uint32_t queue,
		      const struct os_packet *pkt, const struct nm_frag *frag, uint32_t n);

/* nic_backpressure.c: the first two are for struct os_netdev_ops. */
bool nic_has_backpressure(void *arg, enum os_netdev_side from, uint32_t queue, uint32_t frames,
			  uint32_t bytes);
void nic_lost(void *arg, enum os_netdev_side from, uint32_t queue, uint32_t frames);
void nic_rx_released_slow(struct nm_kring *k);

/*
 * The reader has released slots: let the platform resume. Full barrier: pairs with
 * nic_backpressure_locked().
 */
static inline void nic_rx_released(struct nm_kring *k)
{
	os_barrier();
	if (unlikely(os_load32(&k->nic->backpressure)))
		nic_rx_released_slow(k);
}

/*
 * nic_forward.c: pass slots [hwcur, rhead) of an rx ring that are marked NS_FORWARD to the other
 * side. Caller holds the ring's lock.
 */
void nic_forward(struct nm_kring *k);

#endif
