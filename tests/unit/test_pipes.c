/* SPDX-License-Identifier: BSD-2-Clause */
/* Pipes: parents, ends that open late, close and open again, and many of them. */
#include <stdio.h>
#include <stdlib.h>

#include "subject.h"

static void moves(struct client *a, struct client *b, const char *what)
{
	uint8_t frame[1500], got[2048];
	uint32_t i, wrong = 0;

	for (i = 0; i < 5000; i++) {
		size_t len = 18 + i % 1400;

		frame_make(frame, len, 1, 2, i);
		wrong += !client_send(a, frame, len);
		wrong += client_receive(b, got, sizeof(got)) != (long)len || !frame_is(got, len, 1,
										       2, i);
	}
	is_num(wrong, 0, "%s: 5000 frames pass, byte by byte", what);
}

static void both_ways(const char *near_end, const char *far_end)
{
	struct client *a = client_bound(near_end), *b = client_bound(far_end);

	if (ok(a && b, "%s: both ends are bound", near_end)) {
		moves(a, b, near_end);
		moves(b, a, far_end);
	}
	client_end(a);
	client_end(b);
}

static void parents(void)
{
	struct client *vale = client_bound("valeP:x"), *other = client_bound("valeP:y");
	uint8_t frame[60];

	both_ways("lone{1", "lone}1");
	both_ways("valeP:x{1", "valeP:x}1");
	both_ways("valeP:x{word", "valeP:x}word");
	both_ways("valeP:x{1{2", "valeP:x{1}2");
	frame_make(frame, 60, STATION_ALL, 3, 1);
	ok(client_send(vale, frame, 60) && client_drain(other) == 1,
	   "the parent itself works beside its pipes");
	client_end(vale);
	client_end(other);
	both_ways("valeQ:new{1", "valeQ:new}1");	/* the pipe makes its parent */
}

static uintptr_t stack_of(const char *name)
{
	struct client *p = client_bound(name);

	ok(p != NULL, "%s", name);
	client_end(p);
	return os_test_card_stack();
}

/* A kernel's stack is short: its use must not depend on the name. */
static void nested(void)
{
	const uintptr_t one = stack_of("card0{1");
	char name[NETMAP_REQ_IFNAMSIZ] = "card0", far[NETMAP_REQ_IFNAMSIZ];
	struct client *between;
	size_t i;

	for (i = 5; i + 1 < sizeof(name); i += 2)
		memcpy(&name[i], "{1", 2);
	ok(stack_of(name) == one, "%zu pipes on pipes use the stack of one", i / 2 - 2);
	memcpy(far, name, sizeof(far));
	far[i - 2] = '}';
	both_ways(name, far);
	between = client_bound("card0{1}1{1");
	both_ways("card0{1}1{1}x{2", "card0{1}1{1}x}2");
	client_end(between);
	is_num(client_bound("card0{1{{1") != NULL, 0, "an illegal parent's name");
	is_num(client_bound("vale_{{1{1") != NULL, 0, "and an illegal switch's");
}

static void zero_copy(void)
{
	struct client *a = client_bound("lone{z"), *b = client_bound("lone}z");
	uint32_t sent, had;
	uint8_t frame[60];

	frame_make(frame, 60, 1, 2, 3);
	sent = client_tx(a, 0)->slot[0].buf_idx;
	had = client_rx(b, 0)->slot[0].buf_idx;
	client_send(a, frame, 60);
	client_rxsync(b);
	is_num(client_rx(b, 0)->slot[0].buf_idx, sent,
	       "the receiver has the very buffer that was sent");
	is_num(client_tx(a, 0)->slot[0].buf_idx, had, "the sender has the receiver's");
	ok(client_tx(a, 0)->slot[0].flags & NS_BUF_CHANGED,
	   "the sender's slot says that it changed");
	ok(client_rx(b, 0)->slot[0].flags & NS_BUF_CHANGED, "so is the receiver");
	client_end(a);
	client_end(b);
}

static void full(void)
{
	struct client *a = client_bound("lone{f"), *b = client_bound("lone}f");
	uint8_t frame[60], got[64];
	uint32_t sent = 0, i, wrong = 0;

	for (;;) {
		frame_make(frame, 60, 1, 2, sent);
		if (!client_put(a, 0, frame, 60, 0))
			break;
		sent++;
		client_txsync(a);
		if (sent > 10000)
			break;
	}
	is_num(sent, 2 * 1023,
	       "a pipe that is not read takes two rings of frames, less a slot each");
	ok(!(client_poll(a, POLLOUT) & POLLOUT), "then the sender is not writable");
	for (i = 0; i < sent; i++) {
		long n = client_receive(b, got, 64);

		wrong += n != 60 || !frame_is(got, 60, 1, 2, i);
		if (i % 100 == 0)
			client_txsync(a);
	}
	is_num(wrong, 0, "none was lost and all are in order");
	ok(client_poll(a, POLLOUT) & POLLOUT, "then the sender is writable again");
	client_end(a);
	client_end(b);
}

static void late_peer(void)
{
	struct client *a = client_bound("lone{l"), *b;
	uint8_t frame[60], got[64];
	uint32_t i, wrong = 0;

	for (i = 0; i < 100; i++) {
		frame_make(frame, 60, 1, 2, i);
		client_send(a, frame, 60);
	}
	b = client_bound("lone}l");
	ok(b != NULL, "the peer opens late");
	for (i = 0; i < 100; i++)
		wrong += client_receive(b, got, 64) != 60 || !frame_is(got, 60, 1, 2, i);
	is_num(wrong, 0, "frames sent before wait for it");
	moves(b, a, "then frames go back");
	client_end(b);
	for (i = 0; i < 100; i++) {
		frame_make(frame, 60, 1, 2, 1000 + i);
		client_send(a, frame, 60);
	}
	b = client_bound("lone}l");
	ok(b != NULL, "the peer closes and opens again");
	wrong = 0;
	for (i = 0; i < 100; i++)
		wrong += client_receive(b, got, 64) != 60 || !frame_is(got, 60, 1, 2, 1000 + i);
	is_num(wrong, 0, "frames sent in between wait for it");
	moves(a, b, "after that, forward");
	client_end(a);
	a = client_bound("lone{l");
	moves(a, b, "after the other end did so too");
	moves(b, a, "and back");
	client_end(b);
	client_end(a);
}

/* The peer closes in the middle of reading, with received frames not yet released. */
static void leave_with_frames(void)
{
	struct client *a = client_bound("lone{w"), *b = client_bound("lone}w");
	uint8_t frame[60], got[64];
	uint32_t round, i, lost = 0, alien = 0;

	for (round = 0; round < 20; round++) {
		for (i = 0; i < 10; i++) {
			frame_make(frame, 60, 1, 2, round * 10 + i);
			client_send(a, frame, 60);
		}
		for (i = 0; i < 5; i++)
			client_receive(b, got, 64);	/* taken, but not released by a sync */
		client_end(b);
		b = client_bound("lone}w");
		while (client_receive(b, got, 64) == 60)
			alien += !memcmp(got + 6, frame, 6);
		lost += client_rx(b, 0) == NULL;
	}
	is_num(lost + alien, 0,
	       "an end that closes with unreleased frames can open again each time");
	moves(a, b, "after twenty times");
	client_end(a);
	client_end(b);
}

/* The sender's buffers pass; fragments stay marked. */
static void slots_pass(void)
{
	struct client *a = client_bound("lone{s"), *b = client_bound("lone}s");
	uint8_t frame[5000], got[6000];

	frame_make(frame, 5000, 1, 2, 3);
	ok(client_put_frags(a, 0, frame, 5000, 1000, 0) && !client_txsync(a),
	   "five fragments are sent");
	is_num(client_receive(b, got, sizeof(got)), 5000, "they arrive as one frame");
	ok(frame_is(got, 5000, 1, 2, 3), "byte by byte");
	client_end(a);
	client_end(b);
}

static void rings_of_a_pipe(void)
{
	struct client *a = client_new(), *b = client_new();
	uint8_t frame[60], got[64];
	uint32_t i, wrong = 0;

	a->reg = (struct nmreq_register){ .nr_mode = NR_REG_ALL_NIC, .nr_tx_rings = 3,
		.nr_rx_rings = 2,
		.nr_tx_slots = 64, .nr_rx_slots = 32 };
	is_err(client_register_as_is(a, "lone{r", NULL), 0,
	       "a pipe with three rings one way, two the other");
	is_err(client_register(b, "lone}r"), 0, "its other end");
	is_num(b->reg.nr_rx_rings, 3, "has three rings to receive");
	is_num(b->reg.nr_tx_rings, 2, "and two to send");
	is_num(b->reg.nr_rx_slots, 64, "of as many slots");
	for (i = 0; i < 3; i++) {
		frame_make(frame, 60, 1, 2, i);
		client_put(a, i, frame, 60, 0);
	}
	client_txsync(a);
	client_rxsync(b);
	for (i = 0; i < 3; i++)
		wrong += client_take(b, i, got, 64) != 60 || !frame_is(got, 60, 1, 2, i);
	is_num(wrong, 0, "ring i of one end is ring i of the other");
	client_end(a);
	client_end(b);
}

static void thousand(void)
{
	enum { MANY = 1000 };
	struct client **end = calloc(2 * MANY, sizeof(*end));
	struct client *parent = client_bound("valeT:p");
	uint8_t frame[60], got[64];
	uint32_t i, bound = 0, wrong = 0;
	char name[32];

	for (i = 0; i < 2 * MANY; i++) {
		snprintf(name, sizeof(name), "valeT:p%c%u", i % 2 ? '}' : '{', i / 2);
		end[i] = client_new();
		end[i]->reg = (struct nmreq_register){ .nr_mode = NR_REG_ALL_NIC, .nr_tx_slots = 64,
			.nr_rx_slots = 64 };
		if (client_register_as_is(end[i], name, NULL)) {
			diag("%s: %s", name, client_reason(end[i]));
			break;
		}
		bound++;
	}
	if (is_num(bound, 2 * MANY, "a thousand pipes on one port")) {
		for (i = 0; i < MANY; i++) {
			frame_make(frame, 60, 1, 2, i);
			wrong += !client_send(end[2 * i], frame, 60);
		}
		for (i = 0; i < MANY; i++)
			wrong += client_receive(end[2 * i + 1], got, 64) != 60 ||
				 !frame_is(got, 60, 1, 2, i);
		is_num(wrong, 0, "each carries its own frame");
	}
	for (i = 0; i < 2 * MANY; i++)
		client_end(end[i]);
	free(end);
	client_end(parent);
}

static void pipes_exclusive(void)
{
	struct client *a = client_bound_with("lone{x", NR_REG_ALL_NIC, 0,
					     NR_EXCLUSIVE), *b = client_new();

	is_err(client_register(b, "lone{x"), -EBUSY, "an end bound exclusively");
	is_err(client_register(b, "lone}x"), 0, "its other end is free");
	client_end(a);
	client_end(b);
}

SUBJECTS({ "parents", parents }, { "nested", nested }, { "zero copy", zero_copy }, { "full", full },
	 { "late peer", late_peer }, { "leave with frames", leave_with_frames },
	 { "slots pass", slots_pass }, { "rings of a pipe", rings_of_a_pipe },
	 { "thousand", thousand }, { "exclusive", pipes_exclusive })
