/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A network device in the hands of the engine, in a process. device.c owns it, watch.c follows what
 * becomes of it, a wire (struct wire_ops) moves frames between it and the engine, host.c
 * between its stack and the engine.
 */
#ifndef NETDEV_DEVICE_H
#define NETDEV_DEVICE_H

#include <linux/virtio_net.h>

#include "ask.h"

struct os_packet {
	const uint8_t *data;	/* the frame, whole, in one piece */
	uint32_t len;
	struct xsk *device_buf_of;	/* it lies at the start of a lent buffer, *buf; NULL: it does not */
	uint32_t *buf;		/* after the exchange: the one that was got for it */
};

/*
 * A way to send to a device's wire and receive from it. The descriptors it is opened with outlive
 * it. Its sources are descriptors to be waited for; receive delivers a batch of what waits at one of
 * them, by netdev_deliver(), and is called for one source by one thread at a time.
 */
struct wire_ops {
	const char *name;
	void *(*open)(struct os_netdev *nd, const struct broker_taken *t, int *err);
	void (*close)(void *wire);
	/* As os_netdev_send(); the device is up. */
	uint32_t (*send)(void *wire, uint32_t queue, const struct os_frag *frag, uint32_t n, uint32_t *in_flight);
	uint32_t (*sources)(const void *wire);
	int (*source)(const void *wire, uint32_t i);
	/* False: what has come is kept back for want of room, and will be when asked again. */
	bool (*receive)(void *wire, uint32_t i);
	/*
	 * Nothing is received any more: give up what only one can have of a device. send may still come, and
	 * close will. NULL: there is no such thing.
	 */
	void (*let_go)(void *wire);
};

extern const struct wire_ops wire_packet;	/* packet sockets: any device */
extern const struct wire_ops wire_xdp;		/* AF_XDP: where the broker opened it */

struct receiver {
	struct os_netdev *nd;
	uint32_t first, step;	/* its sources: this one and each step-th after it */
	pthread_t thread;
};

#define RECEIVERS_MAX	8u

struct os_netdev {
	struct os_ns *ns;		/* held */
	uint32_t ifindex;		/* const */
	char name[IFNAMSIZ];		/* const: the one it had when it was held */
	uint32_t queues[2];		/* const */
	bool may_use_device_bufs;			/* its driver could do with lent buffers; const */

	uint32_t state;			/* enum os_netdev_state, atomic; written under lock */
	uint32_t mtu, has_carrier;	/* likewise */
	uint32_t is_lro_off;		/* while taken; atomic */

	pthread_mutex_t lock;		/* events, state, ops, what leaves early; innermost but for wait queues */
	struct broker_events events;
	int watch_end;			/* written to: the watcher shall end */
	pthread_t watcher;

	/* While taken: */
	const struct os_netdev_ops *ops;/* NULL: not taken; under lock, or by threads that end before it is cleared */
	void *arg;
	struct broker_taken taken;
	struct device_bufs *device_bufs;		/* NULL: nothing is lent */
	uint32_t xdp_traits;		/* NM_INFO_XDP_RX and the like; atomic */
	struct netdev_flags *flags;	/* mapped */
	const struct wire_ops *wire_ops;
	void *wire;
	struct virtio_net_hdr stack_hdr;/* the stack's frame that is kept back; by the first receiver */
	uint32_t stack_len;		/* of it; 0: there is none */
	uint8_t *stack_buf;		/* a frame of the stack's; behind it */
	uint8_t *segment_buf;		/* a segment of one */
	uint32_t go_ons;		/* const */
	int go_on[RECEIVERS_MAX];	/* eventfds, one for a receiver: what was kept back may have room now */
	int end;			/* written to: receivers shall end; -1: there are none; under lock */
	uint32_t receivers;
	struct receiver receiver[RECEIVERS_MAX];
};

/* The longest frame that is delivered. */
#define NETDEV_FRAME_MAX	(65535u + 14u + 2 * 4u)

static inline bool netdev_is_up(const struct os_netdev *nd)
{
	return __atomic_load_n(&nd->state, __ATOMIC_ACQUIRE) == OS_NETDEV_UP;
}

static inline void netdev_deliver(struct os_netdev *nd, enum os_netdev_side from, uint32_t queue,
				  const uint8_t *data, uint32_t len)
{
	const struct os_packet pkt = { .data = data, .len = len };
	const struct os_packet *const one = &pkt;

	nd->ops->deliver(nd->arg, from, queue, &one, 1);
}

/* watch.c */
int watch_start(struct os_netdev *nd);
void watch_stop(struct os_netdev *nd);
void watch_forget(const struct os_netdev *nd);	/* close what it was told by */
/* Act on what the kernel has said by now. */
void watch_catch_up(struct os_netdev *nd);

/*
 * deferred_close.c: close all of it, in a thread, and then give back what was lent. taken NULL: nothing is to be closed;
 * lend NULL: nothing was lent; what the kernel is not known to be done with stays lent until leave_end(). Wait until
 * that is done for one device, or it takes too long; so many of its queues have other sockets now, so the kernel is
 * done with what was there; do without waiting for the kernel from now on, and wait until it is done for all.
 */
void leave_begin(struct os_ns *ns, uint32_t ifindex, const struct broker_taken *taken, struct device_bufs *device_bufs);
void leave_wait(const struct os_ns *ns, uint32_t ifindex);
void leave_is_over(const struct os_ns *ns, uint32_t ifindex, uint32_t queues);
void leave_end(void);

/* receiver.c: the threads that wait for frames. */
int receivers_start(struct os_netdev *nd);
void receivers_stop(struct os_netdev *nd);
/* The device is not what it was: what only one can have of it is left to others. nd->lock held. */
void receivers_let_go_locked(struct os_netdev *nd);

/* host.c */
int host_open(struct os_netdev *nd);
void host_close(struct os_netdev *nd);
/* What the engine wants may have changed; it wants nothing any more. */
void host_tell(struct os_netdev *nd);
void host_quiet(struct os_netdev *nd);
uint32_t host_send(struct os_netdev *nd, const struct os_frag *frag, uint32_t n);
/* A batch of what the stack has sent. */
enum host_left { HOST_NOTHING, HOST_KEPT_BACK, HOST_ENDED };
enum host_left host_receive(struct os_netdev *nd);

#endif
