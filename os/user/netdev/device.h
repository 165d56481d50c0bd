/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A network device of netmapd. device.c gets, attaches and detaches it, watch.c follows its changes
 * of state, a wire (struct wire_ops) moves frames between it and the engine, host.c between its
 * stack and the engine.
 */
#ifndef NETDEV_DEVICE_H
#define NETDEV_DEVICE_H

#include <linux/virtio_net.h>

#include "ask.h"

struct os_packet {
	const uint8_t *data;	/* the frame, whole, in one piece */
	uint32_t len;
	struct xsk *device_buf_of;	/* it lies at the start of a device buffer; else NULL */
	uint32_t *buf;		/* number of that buffer; the exchange replaces it */
};

/*
 * A way to send to a device's wire and to receive from it. The descriptors it is opened with are
 * closed after it. A wire has sources: descriptors that become readable when frames arrive.
 * receive() delivers a batch of a source's frames by netdev_deliver(); only one thread at a time
 * calls it for a source.
 */
struct wire_ops {
	const char *name;
	void *(*open)(struct os_netdev *nd, const struct broker_opened *o, int *err);
	void (*close)(void *wire);
	/* As os_netdev_send(). The device is up. */
	uint32_t (*send)(void *wire, uint32_t queue, const struct os_frag *frag, uint32_t n,
			 uint32_t *in_flight);
	uint32_t (*sources)(const void *wire);
	int (*source)(const void *wire, uint32_t i);
	/*
	 * Returns false if a frame has to wait for room in its ring. It keeps that frame for the
	 * next call.
	 */
	bool (*receive)(void *wire, uint32_t i);
	/*
	 * Release what only one process can have of a device. Receivers have stopped; send() may
	 * still be called, and close() will be. NULL: nothing to release.
	 */
	void (*release)(void *wire);
	/*
	 * The device is up, or its link: retry what it refused while it was not. Any thread, while
	 * the device is attached. NULL: it refuses nothing.
	 */
	void (*wake)(const void *wire);
};

extern const struct wire_ops wire_packet;	/* packet sockets: for any device */
extern const struct wire_ops wire_xdp;		/* AF_XDP: if the broker opened it */

struct receiver {
	struct os_netdev *nd;
	uint32_t first, step;	/* it has this source of the wire and each step-th after it */
	pthread_t thread;
};

#define RECEIVERS_MAX	8u

struct os_netdev {
	struct os_ns *ns;		/* a reference */
	uint32_t ifindex;		/* const */
	char name[IFNAMSIZ];		/* const: the name it had when it was found */
	uint32_t queues[2];		/* const: transmit, receive */
	bool may_use_device_bufs;	/* const: AF_XDP may be used, so device buffers too */

	uint32_t state;			/* enum os_netdev_state, atomic; written under lock */
	uint32_t mtu, has_carrier;	/* likewise */
	uint32_t is_lro_off;		/* while attached; atomic */

	/* events, state, ops, early release; wait queues are the only locks taken under it */
	pthread_mutex_t lock;
	struct broker_events events;
	int watch_end;			/* an eventfd that ends the watcher */
	pthread_t watcher;

	/* While attached: */
	/* NULL: detached. Read under lock, or by receivers, which end before it is cleared */
	const struct os_netdev_ops *ops;
	void *arg;
	struct broker_opened opened;
	struct device_bufs *device_bufs;/* NULL: none */
	uint32_t xdp_traits;		/* NM_INFO_XDP_RX and the like; atomic */
	struct netdev_flags *flags;	/* mapped */
	const struct wire_ops *wire_ops;
	void *wire;

	/* A frame of the stack. The first receiver's. */
	struct virtio_net_hdr stack_hdr;
	uint32_t stack_len;		/* of a frame that waits for room in its ring; 0: none */
	uint8_t *stack_buf;		/* the frame behind stack_hdr */
	uint8_t *segment_buf;		/* one segment of it */

	uint32_t resumes;		/* const */
	int resume[RECEIVERS_MAX];	/* eventfds, one a receiver: there may be room again */
	int end;			/* an eventfd that ends them; -1: none run; under lock */
	uint32_t receivers;
	struct receiver receiver[RECEIVERS_MAX];
};

/* The longest frame that is delivered. */
#define NETDEV_FRAME_MAX	(65535u + 14u + 2 * 4u)

static inline bool netdev_is_up(const struct os_netdev *nd)
{
	return __atomic_load_n(&nd->state, __ATOMIC_ACQUIRE) == OS_NETDEV_UP;
}

/* True if it was renamed, moved or removed, or its number of queues changed: a final state. */
static inline bool netdev_is_lost(const struct os_netdev *nd)
{
	return os_netdev_is_final(__atomic_load_n(&nd->state, __ATOMIC_SEQ_CST));
}

static inline void netdev_deliver(struct os_netdev *nd, enum os_netdev_side from, uint32_t queue,
				  const uint8_t *data, uint32_t len)
{
	const struct os_packet pkt = { .data = data, .len = len };
	const struct os_packet *const one = &pkt;

	nd->ops->deliver(nd->arg, from, queue, &one, 1);
}

/* ---- watch.c: a thread that follows the device's changes ------------------------------- */

int watch_start(struct os_netdev *nd);
void watch_stop(struct os_netdev *nd);
/* Close the sockets that report changes. */
void watch_close(const struct os_netdev *nd);
/* Process all changes that the kernel has reported so far. */
void watch_catch_up(struct os_netdev *nd);

/* ---- deferred_close.c: closes a device's descriptors in the background ----------------- */

/*
 * Detach a device from the broker, then free its device buffers once the kernel has released them.
 * o NULL: there is nothing to detach; bufs NULL: no device buffers. Buffers that the kernel may
 * still use stay allocated until deferred_close_end().
 */
void deferred_close_start(struct os_ns *ns, uint32_t ifindex, const struct broker_opened *o,
			  struct device_bufs *bufs);
/* Wait until that is done for a device, but at most 2 s. */
void deferred_close_wait(const struct os_ns *ns, uint32_t ifindex);
/*
 * The device has new AF_XDP sockets on this many queues, so the kernel has released the old ones.
 */
void deferred_close_released(const struct os_ns *ns, uint32_t ifindex, uint32_t queues);
/* Do not wait for the kernel any longer; wait until all devices are done. */
void deferred_close_end(void);

/* ---- receiver.c: the threads that wait for frames -------------------------------------- */

int receivers_start(struct os_netdev *nd);
void receivers_stop(struct os_netdev *nd);
/* The device is lost: release what only one process can have of it. Caller holds nd->lock. */
void receivers_release_locked(struct os_netdev *nd);

/* ---- host.c: frames from and to the stack ---------------------------------------------- */

int host_open(struct os_netdev *nd);
void host_close(struct os_netdev *nd);
/* Set the flags that the BPF programs read: to what the engine takes now, or to nothing. */
void host_flags_set(struct os_netdev *nd);
void host_flags_clear(struct os_netdev *nd);
uint32_t host_send(struct os_netdev *nd, const struct os_frag *frag, uint32_t n);
/* Deliver a batch of frames that the stack has sent. */
enum host_status { HOST_EMPTY, HOST_BACKLOG, HOST_ENDED };
enum host_status host_receive(struct os_netdev *nd);

#endif
