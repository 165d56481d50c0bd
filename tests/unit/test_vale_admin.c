/* SPDX-License-Identifier: BSD-2-Clause */
/* Persistent ports, attach and detach, listings, header lengths, polling threads. */
#include <pthread.h>
#include <stdio.h>
#include <time.h>

#include "subject.h"

static uint8_t frame[4096], in[4096];

static int newif(struct client *q, const char *name)
{
	struct nmreq_vale_newif body = { 0 };

	return client_ctrl(q, NETMAP_REQ_VALE_NEWIF, name, &body, NULL);
}

static int delif(struct client *q, const char *name)
{
	return client_ctrl(q, NETMAP_REQ_VALE_DELIF, name, NULL, NULL);
}

static int attach(struct client *q, const char *name)
{
	struct nmreq_vale_attach body = { .reg.nr_mode = NR_REG_ALL_NIC };

	return client_ctrl(q, NETMAP_REQ_VALE_ATTACH, name, &body, NULL);
}

static int detach(struct client *q, const char *name)
{
	struct nmreq_vale_detach body = { 0 };

	return client_ctrl(q, NETMAP_REQ_VALE_DETACH, name, &body, NULL);
}

static void persistent(void)
{
	struct nmreq_vale_newif body = { .nr_tx_slots = 64, .nr_rx_slots = 128, .nr_tx_rings = 2,
		.nr_rx_rings = 3 };
	struct client *q = client_new(), *p;

	is_err(client_ctrl(q, NETMAP_REQ_VALE_NEWIF, "per0", &body, NULL), 0, "a persistent port");
	ok(body.nr_mem_id > 1, "it has a private region");
	is_err(newif(q, "per0"), -EEXIST, "a second port of that name is refused");
	is_err(newif(q, "card0"), -EEXIST, "and so is one that would hide a network card");
	is_err(newif(q, "valeS:x"), -EINVAL, "a name with a switch is no persistent port's");
	is_err(newif(q, "x{1"), -EINVAL, "nor is a pipe's name");
	p = client_bound("per0");
	if (ok(p != NULL, "it can be opened by its own name")) {
		is_num(p->reg.nr_tx_slots, 64, "tx slots are those it was made with");
		is_num(p->reg.nr_rx_rings, 3, "rx rings too");
		is_num(p->reg.nr_mem_id, body.nr_mem_id, "and the region");
		frame_make(frame, 60, STATION_ALL, 1, 1);
		ok(client_send(p, frame, 60), "on no switch it may send, without a receiver");
		is_err(delif(q, "per0"), -EBUSY, "it cannot be deleted while open");
	}
	client_end(p);
	is_err(delif(q, "per0"), 0, "after the close it can");
	is_err(delif(q, "per0"), -ENXIO, "once");
	is_err(client_register(q, "per0"), -ENXIO, "it is gone");
	client_end(q);

	q = client_bound("valeS:e");
	p = client_new();
	is_err(delif(p, "valeS:e"), -EINVAL, "an ephemeral port cannot be deleted");
	is_err(newif(p, "left"), 0, "a persistent port that is not deleted");
	is_err(newif(p, "left2"), 0, "and another");
	is_err(attach(p, "valeS:left2"), 0, "on a switch");
	client_end(p);
	client_end(q);	/* nm_engine_exit() deletes them */
}

static void attaching(void)
{
	struct nmreq_vale_attach body = { .reg.nr_mode = NR_REG_ALL_NIC };
	struct client *q = client_new(), *e = client_bound("valeS:e"), *p, *late;

	newif(q, "per0");
	is_err(client_register(q, "valeS:per0"), -ENXIO,
	       "not attached yet: it cannot be opened by the switch's name");
	is_err(client_ctrl(q, NETMAP_REQ_VALE_ATTACH, "valeS:per0", &body, NULL), 0, "attach");
	ok(body.port_index < 254, "its number is returned");
	is_err(attach(q, "valeS:per0"), -EBUSY, "attached twice");
	is_err(attach(q, "valeT:per0"), -EBUSY, "attached to a second switch");
	is_err(delif(q, "per0"), -EBUSY, "deleted while attached");
	is_err(attach(q, "valeS:nosuch"), -ENXIO, "a port that does not exist");
	is_err(attach(q, "per0"), -EINVAL, "no switch in the name");
	is_err(attach(q, "valeS:e"), -EBUSY, "an ephemeral port is there already");
	body.reg.nr_mode = NR_REG_NIC_SW;
	is_err(client_ctrl(q, NETMAP_REQ_VALE_ATTACH, "valeS:per0", &body, NULL), -EINVAL,
	       "attached with host rings");
	p = client_bound("valeS:per0");
	if (ok(p != NULL, "open it by the switch's name")) {
		frame_make(frame, 60, STATION_ALL, 1, 1);
		ok(client_send(e, frame, 60) && client_drain(p) == 1, "it receives");
		ok(client_send(p, frame, 60) && client_drain(e) == 1, "and sends");
		is_err(detach(q, "valeS:per0"), 0, "detached while open");
		ok(client_send(e, frame, 60) && client_drain(p) == 0, "then it receives nothing");
		ok(client_send(p, frame, 60) && client_drain(e) == 0,
		   "and sends without a receiver");
		is_err(attach(q, "valeT:per0"), 0, "on another switch, while open");
		late = client_bound("valeT:late");
		ok(client_send(p, frame, 60) && client_drain(late) == 1 && client_drain(e) == 0,
		   "it is on that switch alone");
		client_end(late);
	}
	client_end(p);
	is_err(detach(q, "valeS:per0"), -ENXIO, "detached from another switch");
	is_err(detach(q, "valeT:per0"), 0, "detached");
	is_err(detach(q, "valeT:per0"), -ENXIO, "detached twice");
	is_err(detach(q, "valeS:e"), -EBUSY, "an ephemeral port cannot be detached");
	is_err(delif(q, "per0"), 0, "deleted");
	client_end(e);
	client_end(q);
}

/* A persistent port without clients is on its switch, but gets nothing. */
static void not_open(void)
{
	struct client *q = client_new(), *p = client_bound("valeS:p");

	newif(q, "per0");
	is_err(attach(q, "valeS:per0"), 0, "a port that no client has open");
	frame_make(frame, 60, STATION_ALL, 1, 1);
	ok(client_send(p, frame, 60), "a broadcast past it");
	client_end(p);
	client_end(q);
}

static void namespace_gone(void)
{
	static struct os_ns other;
	struct client c;

	is_err(client_open(&c, &other), 0, "a client in another namespace");
	newif(&c, "per0");
	is_err(attach(&c, "valeS:per0"), 0, "makes a persistent port on a switch");
	client_close(&c);
	ok(other.refs > 0, "the port keeps the namespace");
	nm_engine_ns_gone(&other);
	is_num(other.refs, 0, "until that ends");
}

static struct client *sender;
static uint32_t is_over;	/* atomic */

static void *send_all_the_time(void *arg)
{
	uint8_t f[60];

	(void)arg;
	frame_make(f, 60, STATION_ALL, 1, 1);
	while (!__atomic_load_n(&is_over, __ATOMIC_ACQUIRE)) {
		client_put(sender, 0, f, 60, 0);
		client_txsync(sender);
	}
	return NULL;
}

/* Ports come and go, attached and detached, while another one sends to them. */
static void under_traffic(void)
{
	struct client *q = client_new(), *p;
	pthread_t t;
	uint32_t i;

	sender = client_bound("valeS:sender");
	newif(q, "per0");
	is_over = 0;
	pthread_create(&t, NULL, send_all_the_time, NULL);
	for (i = 0; i < 200; i++) {
		p = client_bound("valeS:p");
		client_drain(p);
		client_end(p);
		p = client_bound("per0");
		attach(q, "valeS:per0");
		client_drain(p);
		if (i % 2)
			detach(q, "valeS:per0");
		client_end(p);
		if (!(i % 2))
			detach(q, "valeS:per0");
	}
	__atomic_store_n(&is_over, 1, __ATOMIC_RELEASE);
	pthread_join(t, NULL);
	is_err(delif(q, "per0"), 0, "ports come and go under traffic");
	client_end(sender);
	client_end(q);
}

static void listing(void)
{
	static const char *const names[] = { "valeA:a", "valeA:b", "valeB:c", "valeA:per0" };
	struct client *q = client_new(), *p[3];
	struct nmreq_vale_list body;
	uint32_t i, seen = 0, rounds = 0;

	is_err(client_ctrl(q, NETMAP_REQ_VALE_LIST, "", memset(&body, 0, sizeof(body)), NULL),
	       -ENOENT,
	       "nothing to list");
	for (i = 0; i < 3; i++)
		p[i] = client_bound(names[i]);
	newif(q, "per0");
	attach(q, "valeA:per0");
	memset(&body, 0, sizeof(body));
	while (rounds++ < 100 && client_ctrl(q, NETMAP_REQ_VALE_LIST, "", &body, NULL) == 0) {
		for (i = 0; i < 4; i++)
			if (strncmp(q->hdr.nr_name, names[i], sizeof(q->hdr.nr_name)) == 0)
				seen += 1u << 8 * i;
		body.nr_port_idx++;
	}
	is_num(seen, 0x01010101, "a walk shows each port once, by its full name");
	memset(&body, 0, sizeof(body));
	is_err(client_ctrl(q, NETMAP_REQ_VALE_LIST, "valeB:c", &body, NULL), 0, "a port by name");
	is_err(client_ctrl(q, NETMAP_REQ_VALE_LIST, "valeB:x", &body, NULL), -ENOENT,
	       "a name that does not exist");
	detach(q, "valeA:per0");
	delif(q, "per0");
	for (i = 0; i < 3; i++)
		client_end(p[i]);
	client_end(q);
}

static int hdr_set(struct client *q, const char *name, uint32_t len)
{
	struct nmreq_port_hdr body = { .nr_hdr_len = len };

	return client_ctrl(q, NETMAP_REQ_PORT_HDR_SET, name, &body, NULL);
}

static long hdr_get(struct client *q, const char *name)
{
	struct nmreq_port_hdr body = { .nr_hdr_len = 99 };
	int err = client_ctrl(q, NETMAP_REQ_PORT_HDR_GET, name, &body, NULL);

	return err ? err : (long)body.nr_hdr_len;
}

static void headers(void)
{
	static const uint32_t lens[] = { 0, 10, 12 };
	struct client *q = client_new(), *a, *b;
	uint32_t i, j, wrong = 0, len;

	a = client_bound_with("valeH:a", NR_REG_ALL_NIC, 0, NR_ACCEPT_VNET_HDR);
	b = client_bound_with("valeH:b", NR_REG_ALL_NIC, 0, NR_ACCEPT_VNET_HDR);
	is_num(hdr_get(q, "valeH:a"), 0, "no header at first");
	for (i = 1; i < 20; i++)
		if (i != 10 && i != 12)
			wrong += hdr_set(q, "valeH:a", i) != -EINVAL;
	is_num(wrong, 0, "lengths other than 0, 10 and 12 are refused");
	is_err(hdr_set(q, "valeH:nosuch", 10), -ENXIO, "the header of a port that does not exist");
	for (i = 0; i < 3; i++) {
		for (j = 0; j < 3; j++) {
			uint32_t in_len, bad = 0;

			is_err(hdr_set(a, "valeH:a", lens[i]), 0, "set on a bound descriptor");
			is_err(hdr_set(q, "valeH:b", lens[j]), 0, "set on another");
			for (len = 60; len < 1500; len += 97) {
				in_len = len + lens[j];
				memset(frame, 0, lens[i]);
				frame_make(frame + lens[i], len, STATION_ALL, 1, len);
				client_send(a, frame, len + lens[i]);
				bad += client_receive(b, in, sizeof(in)) != (long)in_len;
				bad += !frame_is(in + lens[j], len, STATION_ALL, 1, len);
			}
			is_num(bad, 0, "frames with a header of %u arrive with one of %u", lens[i],
			       lens[j]);
		}
	}
	is_num(hdr_get(q, "valeH:a"), 12, "the length is returned");
	is_err(client_register(q, "valeH:a"), -EIO,
	       "a plain register of a port with headers is refused");
	is_err(hdr_set(a, "valeH:a", 0), 0, "set back to none");
	is_err(client_register(q, "valeH:a"), 0, "then it is bound");
	client_end(a);
	client_end(b);
	client_end(q);
}

/* The virtio-net header alone in the first slot, data in the others. */
static void header_alone(void)
{
	struct client *a, *b;
	struct netmap_ring *r;

	a = client_bound_with("valeH:a", NR_REG_ALL_NIC, 0, NR_ACCEPT_VNET_HDR);
	b = client_bound("valeH:b");
	hdr_set(a, "valeH:a", 12);
	r = client_tx(a, 0);
	memset(client_buf(a, r, r->slot[0].buf_idx), 0, 12);
	r->slot[0].len = 12;
	r->slot[0].flags = NS_MOREFRAG;
	frame_make(frame, 300, STATION_ALL, 1, 1);
	memcpy(client_buf(a, r, r->slot[1].buf_idx), frame, 300);
	r->slot[1].len = 300;
	ring_release(r, 2);
	is_err(client_txsync(a), 0, "a frame whose first slot is the header");
	is_num(client_receive(b, in, sizeof(in)), 300,
	       "arrives without it at a port without headers");
	ok(frame_is(in, 300, STATION_ALL, 1, 1), "the frame is whole");
	r->slot[r->head].len = 5;
	ring_release(r, 1);
	is_err(client_txsync(a), 0, "a frame shorter than its header");
	is_num(client_drain(b), 0, "is dropped");
	client_end(a);
	client_end(b);
}

static int polling(struct client *q, const char *name, uint16_t what, uint32_t mode, uint32_t first,
		   uint32_t cpus)
{
	struct nmreq_vale_polling body = { .nr_mode = mode, .nr_first_cpu_id = first,
		.nr_num_polling_cpus = cpus };

	return client_ctrl(q, what, name, &body, NULL);
}

static void polled(void)
{
	const uint16_t on = NETMAP_REQ_VALE_POLLING_ENABLE, off = NETMAP_REQ_VALE_POLLING_DISABLE;
	const struct timespec pause = { 0, 1000000 };
	struct client *q = client_new(), *a, *b;
	uint32_t i, got = 0;
	uint64_t resets;

	newif(q, "per0");
	attach(q, "valeP:per0");
	is_err(polling(q, "valeP:per0", on, 7, 0, 1), -EINVAL, "polling mode 7");
	is_err(polling(q, "valeP:per0", on, NETMAP_POLLING_MODE_SINGLE_CPU, os_cpus(), 1), -EINVAL,
	       "a CPU that does not exist");
	is_err(polling(q, "valeP:per0", on, NETMAP_POLLING_MODE_MULTI_CPU, 0, os_cpus() + 1),
	       -EINVAL, "too many CPUs");
	is_err(polling(q, "valeP:per0", on, NETMAP_POLLING_MODE_MULTI_CPU, 0xffffffff, 2), -EINVAL,
	       "CPU 2^32-1");
	is_err(polling(q, "valeP:none", on, NETMAP_POLLING_MODE_SINGLE_CPU, 0, 1), -ENXIO,
	       "no such port");
	is_err(polling(q, "valeP:per0", off, NETMAP_POLLING_MODE_SINGLE_CPU, 0, 1), -EINVAL,
	       "off while it is off");
	is_err(polling(q, "valeP:per0", on, NETMAP_POLLING_MODE_SINGLE_CPU, 0, 1), 0, "on");
	is_err(polling(q, "valeP:per0", on, NETMAP_POLLING_MODE_SINGLE_CPU, 0, 1), -EBUSY,
	       "on twice");
	a = client_bound("valeP:per0");
	b = client_bound("valeP:b");
	frame_make(frame, 60, STATION_ALL, 1, 1);
	client_put(a, 0, frame, 60, 0);		/* and no sync */
	for (i = 0; i < 5000 && !got; i++) {
		nanosleep(&pause, NULL);
		got = client_drain(b);
	}
	is_num(got, 1, "a frame that was only queued is sent by the polling thread");
	resets = ring_info("per0", 0, 0).resets;
	client_tx(a, 0)->slot[client_tx(a, 0)->head].ptr = (uintptr_t)frame;
	client_put(a, 0, frame, 60, NS_INDIRECT);
	for (i = 0; i < 5000 && ring_info("per0", 0, 0).resets == resets; i++)
		nanosleep(&pause, NULL);
	is_num((long long)(ring_info("per0", 0, 0).resets - resets), 1,
	       "which reads no memory of its process: the ring is reset");
	is_num(client_drain(b), 0, "and nothing arrives");
	client_end(a);
	a = client_bound("valeP:per0");
	ok(a != NULL, "its client closes and opens it while it is polled");
	client_end(a);
	is_err(polling(q, "valeP:per0", off, NETMAP_POLLING_MODE_SINGLE_CPU, 0, 1), 0, "off");
	is_err(polling(q, "valeP:per0", on, NETMAP_POLLING_MODE_MULTI_CPU, 0, os_cpus()), 0,
	       "on all CPUs");
	a = client_bound("valeP:per0");
	client_end(a);
	client_end(b);
	is_err(detach(q, "valeP:per0"), 0, "detached while it is polled");
	is_err(delif(q, "per0"), 0, "and deleted");
	client_end(q);
}

SUBJECTS({ "persistent", persistent }, { "attaching", attaching }, { "listing", listing },
	 { "not open", not_open }, { "namespace gone", namespace_gone },
	 { "under traffic", under_traffic },
	 { "headers", headers }, { "header alone", header_alone }, { "polled", polled })
