// SPDX-License-Identifier: BSD-2-Clause
/*
 * Simulated network devices: "card0" and "card1" always exist, have two queues in each direction,
 * and do what the test says. Any other name is looked up by os/user. A test delivers frames from
 * its own thread, in place of an interrupt. lock guards everything but the calls of ops.
 */
#define OS_PLATFORM
#include <string.h>

#include "os_test.h"

OS_WRAP(struct os_netdev *, os_netdev_get, struct os_ns *ns, const char *name,
	struct os_netdev_info *info, struct nm_reason *reason);
OS_WRAP(void, os_netdev_put, struct os_netdev *nd);
OS_WRAP(enum os_netdev_state, os_netdev_state, const struct os_netdev *nd);
OS_WRAP(uint32_t, os_netdev_traits, const struct os_netdev *nd);
OS_WRAP(uint32_t, os_netdev_frame_max, const struct os_netdev *nd);
OS_WRAP(const char *, os_netdev_xdp_reason, const struct os_netdev *nd);
OS_WRAP(void, os_netdev_refresh, struct os_netdev *nd);
OS_WRAP(void, os_netdev_wants_changed, struct os_netdev *nd);
OS_WRAP(int, os_netdev_attach, struct os_netdev *nd, const struct os_netdev_ops *ops, void *arg,
	struct nm_region *bufs, struct nm_reason *reason);
OS_WRAP(void, os_netdev_detach, struct os_netdev *nd);
OS_WRAP(uint32_t, os_netdev_send, struct os_netdev *nd, enum os_netdev_side to, uint32_t queue,
	const struct os_frag *frag, uint32_t n, uint32_t *in_flight);
OS_WRAP(void, os_netdev_resume, struct os_netdev *nd, enum os_netdev_side from);
OS_WRAP(uint32_t, os_packet_data, const struct os_packet *pkt, const uint8_t **data);
OS_WRAP(uint64_t, os_packet_time, const struct os_packet *pkt);
OS_WRAP(void, os_packet_copy, const struct os_packet *pkt, uint32_t off, void *dst, uint32_t n);
OS_WRAP(bool, os_packet_is_device_buf, const struct os_packet *pkt);
OS_WRAP(uint32_t, os_packet_exchange, const struct os_packet *pkt, uint32_t buf);

struct os_packet {
	const uint8_t *data;
	uint32_t len;
	uint32_t *buf;		/* the device buffer that it lies in; NULL: none */
};

struct card {
	uint32_t refs;
	enum os_netdev_state state;
	uint32_t traits;
	bool device_bufs;
	const struct os_netdev_ops *ops;
	void *arg;
	struct os_test_sent sent[2];	/* by side */
	uint32_t resumed[2];
};

#define CARDS	2

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct card cards[CARDS] = {
	{ .sent = { { .room = UINT32_MAX }, { .room = UINT32_MAX } } },
	{ .sent = { { .room = UINT32_MAX }, { .room = UINT32_MAX } } },
};

static uintptr_t stack_at;	/* stack address of the last os_netdev_get() */

static struct card *card_of(const struct os_netdev *nd)
{
	return (struct card *)(uintptr_t)nd;
}

struct os_netdev *__wrap_os_netdev_get(struct os_ns *ns, const char *name,
				       struct os_netdev_info *info, struct nm_reason *reason)
{
	struct card *c;
	bool is_there;

	os_test_may_sleep("os_netdev_get");
	if (strncmp(name, "card", 4) || name[4] < '0' || name[4] >= '0' + CARDS || name[5])
		return __real_os_netdev_get(ns, name, info, reason);
	if (os_test_fails_now("os_netdev_get")) {
		nm_refuse(reason, -ENOMEM, "the test makes it fail");
		return NULL;
	}
	c = &cards[name[4] - '0'];
	pthread_mutex_lock(&lock);
	stack_at = (uintptr_t)__builtin_frame_address(0);
	/* The card may have been removed; without references, this is a new one of that name. */
	if (!c->refs)
		c->state = OS_NETDEV_UP;
	is_there = !os_netdev_is_final(c->state);
	c->refs += is_there;
	pthread_mutex_unlock(&lock);
	if (!is_there) {
		nm_refuse(reason, -ENXIO, "the card of that name is no longer there");
		return NULL;
	}
	info->queues[0] = info->queues[1] = 2;
	info->device_bufs = c->device_bufs;
	return (struct os_netdev *)c;
}

void __wrap_os_netdev_put(struct os_netdev *nd)
{
	struct card *c = card_of(nd);

	os_test_may_sleep("os_netdev_put");
	pthread_mutex_lock(&lock);
	os_assert(c->refs && !c->ops);
	c->refs--;
	pthread_mutex_unlock(&lock);
}

enum os_netdev_state __wrap_os_netdev_state(const struct os_netdev *nd)
{
	return __atomic_load_n(&card_of(nd)->state, __ATOMIC_RELAXED);
}

uint32_t __wrap_os_netdev_traits(const struct os_netdev *nd)
{
	return __atomic_load_n(&card_of(nd)->traits, __ATOMIC_RELAXED);
}

uint32_t __wrap_os_netdev_frame_max(const struct os_netdev *nd)
{
	(void)nd;
	return OS_TEST_FRAME_MAX;
}

const char *__wrap_os_netdev_xdp_reason(const struct os_netdev *nd)
{
	(void)nd;
	return "a simulated card has no XDP";
}

void __wrap_os_netdev_refresh(struct os_netdev *nd)
{
	(void)nd;
	os_test_may_sleep("os_netdev_refresh");
}

/* The engine calls this only for an attached device: platforms that cache wants() rely on it. */
void __wrap_os_netdev_wants_changed(struct os_netdev *nd)
{
	os_test_may_sleep("os_netdev_wants_changed");
	os_assert(card_of(nd)->ops);
}

int __wrap_os_netdev_attach(struct os_netdev *nd, const struct os_netdev_ops *ops, void *arg,
			    struct nm_region *bufs, struct nm_reason *reason)
{
	struct card *c = card_of(nd);

	(void)bufs;
	os_test_may_sleep("os_netdev_attach");
	if (os_test_fails_now("os_netdev_attach"))
		return nm_refuse(reason, -ENOMEM, "the test makes it fail");
	pthread_mutex_lock(&lock);
	os_assert(!c->ops);
	c->ops = ops;
	c->arg = arg;
	pthread_mutex_unlock(&lock);
	return 0;
}

void __wrap_os_netdev_detach(struct os_netdev *nd)
{
	os_test_may_sleep("os_netdev_detach");
	pthread_mutex_lock(&lock);
	card_of(nd)->ops = NULL;
	pthread_mutex_unlock(&lock);
}

uint32_t __wrap_os_netdev_send(struct os_netdev *nd, enum os_netdev_side to, uint32_t queue,
			       const struct os_frag *frag, uint32_t n, uint32_t *in_flight)
{
	struct os_test_sent *s = &card_of(nd)->sent[to];
	uint32_t i, whole = 0, len = 0;

	pthread_mutex_lock(&lock);
	for (i = 0; i < n && s->room; i++) {
		memcpy(s->last + len, frag[i].data, frag[i].len);
		len += frag[i].len;
		if (frag[i].more)
			continue;
		s->last_len = len;
		s->queue = queue;
		__atomic_store_n(&s->frames, s->frames + 1, __ATOMIC_RELEASE);
		s->room--;
		len = 0;
		whole = i + 1;
	}
	s->in_flight = card_of(nd)->device_bufs && to == OS_NETDEV_WIRE ? in_flight : NULL;
	if (s->in_flight)
		__atomic_add_fetch(s->in_flight, whole, __ATOMIC_RELAXED);
	pthread_mutex_unlock(&lock);
	return whole;
}

void __wrap_os_netdev_resume(struct os_netdev *nd, enum os_netdev_side from)
{
	os_test_may_sleep("os_netdev_resume");
	__atomic_fetch_add(&card_of(nd)->resumed[from], 1, __ATOMIC_RELAXED);
}

/* Every other frame is in several pieces, which have to be copied. */
uint32_t __wrap_os_packet_data(const struct os_packet *pkt, const uint8_t **data)
{
	static uint32_t turn;

	*data = __atomic_fetch_add(&turn, 1, __ATOMIC_RELAXED) & 1 ? NULL : pkt->data;
	return pkt->len;
}

uint64_t __wrap_os_packet_time(const struct os_packet *pkt)
{
	(void)pkt;
	return OS_TEST_PACKET_TIME;
}

void __wrap_os_packet_copy(const struct os_packet *pkt, uint32_t off, void *dst, uint32_t n)
{
	os_assert(off + n <= pkt->len);
	memcpy(dst, pkt->data + off, n);
}

bool __wrap_os_packet_is_device_buf(const struct os_packet *pkt)
{
	return pkt->buf;
}

uint32_t __wrap_os_packet_exchange(const struct os_packet *pkt, uint32_t buf)
{
	const uint32_t own = *pkt->buf;

	*pkt->buf = buf;
	return own;
}

void os_test_card_set(uint32_t card, enum os_netdev_state state)
{
	struct card *c = &cards[card];

	__atomic_store_n(&c->state, state, __ATOMIC_RELAXED);
	if (c->ops)
		c->ops->changed(c->arg);
}

void os_test_card_traits(uint32_t card, uint32_t traits)
{
	__atomic_store_n(&cards[card].traits, traits, __ATOMIC_RELAXED);
}

uintptr_t os_test_card_stack(void)
{
	return stack_at;
}

bool os_test_card_receive(uint32_t card, enum os_netdev_side from, uint32_t queue, const void *data,
			  uint32_t len)
{
	const struct os_packet pkt = { .data = data, .len = len };
	const struct os_packet *const one = &pkt;
	struct card *c = &cards[card];

	if (!c->ops || !c->ops->wants(c->arg, from, queue))
		return false;
	c->ops->deliver(c->arg, from, queue, &one, 1);
	return true;
}

bool os_test_card_receive_device_buf(uint32_t card, uint32_t queue, const void *data, uint32_t len,
				     uint32_t *buf)
{
	const struct os_packet pkt = { .data = data, .len = len, .buf = buf };
	const struct os_packet *const one = &pkt;
	struct card *c = &cards[card];

	if (!c->ops || !c->ops->wants(c->arg, OS_NETDEV_WIRE, queue))
		return false;
	c->ops->deliver(c->arg, OS_NETDEV_WIRE, queue, &one, 1);
	return true;
}

void os_test_card_device_bufs(uint32_t card, bool on)
{
	cards[card].device_bufs = on;
}

void os_test_card_reads(uint32_t card, uint32_t pieces)
{
	__atomic_sub_fetch(cards[card].sent[OS_NETDEV_WIRE].in_flight, pieces, __ATOMIC_RELEASE);
}

bool os_test_card_receive_open(uint32_t card, const struct nm_frag *frag, uint32_t n)
{
	const struct os_packet pkt = { .len = 0 };
	struct card *c = &cards[card];

	return c->ops->deliver_open(c->arg, OS_NETDEV_STACK, 0, &pkt, frag, n);
}

void os_test_card_lost(uint32_t card, enum os_netdev_side from, uint32_t queue, uint32_t frames)
{
	struct card *c = &cards[card];

	c->ops->lost(c->arg, from, queue, frames);
}

bool os_test_card_has_backpressure(uint32_t card, enum os_netdev_side from, uint32_t queue,
				   uint32_t frames, uint32_t bytes)
{
	struct card *c = &cards[card];

	return c->ops->has_backpressure(c->arg, from, queue, frames, bytes);
}

uint32_t os_test_card_resumed(uint32_t card, enum os_netdev_side from)
{
	return __atomic_load_n(&cards[card].resumed[from], __ATOMIC_RELAXED);
}

struct os_test_sent *os_test_card_sent(uint32_t card, enum os_netdev_side to)
{
	return &cards[card].sent[to];
}
