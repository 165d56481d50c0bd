/* SPDX-License-Identifier: BSD-2-Clause */
/* Frames of several slots, and NS_INDIRECT frames, through the switch. */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "subject.h"

static uint8_t frame[200000], in[200000];
static struct client *a, *b;

static void pair_open(void)
{
	a = client_bound("valeF:a");
	b = client_bound("valeF:b");
}

static void pair_close(void)
{
	client_end(a);
	client_end(b);
}

static bool arrives(size_t len, uint32_t number)
{
	return client_receive(b, in, sizeof(in)) == (long)len && frame_is(in, len, STATION_ALL, 1,
									  number);
}

static void fragments(void)
{
	static const size_t sizes[] = { 14, 20, 60, 64, 100, 1000, 1024, 2047, 2048 };
	uint32_t n, i, wrong = 0, number = 0;

	pair_open();
	for (n = 1; n <= NETMAP_MAX_FRAGS; n++) {
		for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
			size_t len = sizes[i] * n < 60000 ? sizes[i] * n : 60000;

			frame_make(frame, len, STATION_ALL, 1, ++number);
			if (len < 18 || !client_put_frags(a, 0, frame, len, sizes[i], 0))
				continue;
			client_txsync(a);
			if (!arrives(len, number) && wrong++ < 5)
				diag("%u fragments of %zu bytes", n, sizes[i]);
		}
	}
	is_num(wrong, 0, "frames of 1 to 64 fragments of 14 to 2048 bytes arrive");
	is_num(client_drain(b), 0, "and nothing else");
	pair_close();
}

/* The receiver must not see what lies behind a frame in the sender's buffer. */
static void nothing_behind(void)
{
	uint32_t len, i, spilt = 0, wrong = 0;
	struct netmap_ring *tx, *rx;

	pair_open();
	tx = client_tx(a, 0);
	rx = client_rx(b, 0);
	for (i = 0; i < tx->num_slots; i++)
		memset(client_buf(a, tx, tx->slot[i].buf_idx), 0x55, tx->nr_buf_size);
	for (i = 0; i < rx->num_slots; i++)
		memset(client_buf(b, rx, rx->slot[i].buf_idx), 0xaa, rx->nr_buf_size);
	for (len = 18; len <= 1000; len++) {
		struct netmap_slot *slot = &rx->slot[rx->head];
		const uint8_t *got = client_buf(b, rx, slot->buf_idx);

		frame_make(frame, len, STATION_ALL, 1, len);
		client_send(a, frame, len);
		client_rxsync(b);
		wrong += slot->len != len || !frame_is(got, len, STATION_ALL, 1, len);
		for (i = len; i < len + 128; i++)
			spilt += got[i] != 0xaa;
		ring_release(rx, 1);
	}
	is_num(wrong, 0, "frames of 18 to 1000 bytes arrive whole");
	is_num(spilt, 0, "no byte behind a frame's end reaches the receiver");
	pair_close();
}

static void too_many(void)
{
	uint32_t n, wrong = 0;

	pair_open();
	for (n = NETMAP_MAX_FRAGS + 1; n < 200; n += 7) {
		frame_make(frame, n * 60, STATION_ALL, 1, n);
		client_put_frags(a, 0, frame, n * 60, 60, 0);
		frame_make(frame, 60, STATION_ALL, 1, 1000 + n);
		client_put(a, 0, frame, 60, 0);
		client_txsync(a);
		if (!arrives(60, 1000 + n) && wrong++ < 5)
			diag("%u fragments", n);
		wrong += client_drain(b);
	}
	is_num(wrong, 0,
	       "a frame of more than 64 fragments is dropped whole, the next one arrives");
	pair_close();
}

/* The end of a frame may come with a later sync. */
static void open_end(void)
{
	struct netmap_ring *r;
	uint32_t head;

	pair_open();
	r = client_tx(a, 0);
	frame_make(frame, 300, STATION_ALL, 1, 5);
	client_put_frags(a, 0, frame, 300, 100, 0);
	head = r->head;
	r->head = r->cur = 2;
	is_err(client_txsync(a), 0, "two of three fragments");
	is_num(client_drain(b), 0, "nothing arrives yet");
	r->head = r->cur = head;
	is_err(client_txsync(a), 0, "the third");
	ok(arrives(300, 5), "the frame arrives");
	frame_make(frame, 60, STATION_ALL, 1, 6);
	ok(client_send(a, frame, 60) && arrives(60, 6), "and the next one");

	client_put_frags(a, 0, frame, 300, 100, NS_MOREFRAG);
	client_txsync(a);
	client_end(a);
	a = client_bound("valeF:a");
	is_num(client_drain(b), 0, "a frame without an end goes with its sender");
	ok(client_send(a, frame, 60) && arrives(60, 6), "the ring's next client can send");
	pair_close();
}

/* A ring full of fragments of a frame without an end must not block. */
static void endless(void)
{
	struct netmap_ring *r;
	uint32_t i, round;

	pair_open();
	r = client_tx(a, 0);
	for (round = 0; round < 5; round++) {
		for (i = 0; i < r->num_slots; i++) {
			r->slot[i].flags = NS_MOREFRAG;
			r->slot[i].len = 60;
		}
		ring_release(r, ring_space(r));
		is_err(client_txsync(a), 0, "a ring full of NS_MOREFRAG");
		ok(ring_space(r) > 0, "has room after the sync");
	}
	frame_make(frame, 60, STATION_ALL, 1, 6);
	client_put(a, 0, frame, 60, 0);
	client_txsync(a);
	client_drain(b);
	ok(client_send(a, frame, 60) && arrives(60, 6), "the frame after the end arrives");
	pair_close();
}

static void small_ring(void)
{
	uint32_t n, got = 0, number = 0;

	a = client_new();
	a->reg = (struct nmreq_register){ .nr_mode = NR_REG_ALL_NIC, .nr_tx_slots = 64,
		.nr_rx_slots = 64 };
	is_err(client_register_as_is(a, "valeF:a", NULL), 0, "a port of 64 slots");
	b = client_new();
	b->reg = (struct nmreq_register){ .nr_mode = NR_REG_ALL_NIC, .nr_tx_slots = 16,
		.nr_rx_slots = 16 };
	is_err(client_register_as_is(b, "valeF:b", NULL), 0, "a port of 16 slots");
	for (n = 1; n < 64; n++) {
		frame_make(frame, n * 60, STATION_ALL, 1, ++number);
		client_put_frags(a, 0, frame, n * 60, 60, 0);
		client_txsync(a);
		got += arrives(n * 60, number);
		client_drain(b);
	}
	is_num(got, 15, "frames that fit its ring arrive, longer ones do not, none is cut");
	frame_make(frame, 60, STATION_ALL, 1, 6);
	ok(client_send(a, frame, 60) && arrives(60, 6), "and the ring works on");
	for (n = 0; n < 10; n++) {
		frame_make(frame, 120, STATION_ALL, 1, n);
		client_put_frags(a, 0, frame, 120, 60, 0);
	}
	is_err(client_txsync(a), 0, "ten frames of two slots, for 15 slots");
	for (n = 0; arrives(120, n); n++)
		;
	is_num(n, 7, "seven arrive");
	frame_make(frame, 15 * 60, STATION_ALL, 1, 8);
	for (n = 0; n < 15; n++)
		client_put(b, 0, frame + 60 * n, 60, NS_MOREFRAG);
	is_err(client_txsync(b), 0, "a frame without an end, in all slots of a ring");
	ok(ring_space(client_tx(b, 0)) > 0, "has room after the sync");
	pair_close();
}

static void put_indirect(const void *at, uint16_t len, uint16_t flags)
{
	struct netmap_ring *r = client_tx(a, 0);
	struct netmap_slot *s = &r->slot[r->head];

	s->ptr = (uintptr_t)at;
	s->len = len;
	s->flags = (uint16_t)(NS_INDIRECT | flags);
	ring_release(r, 1);
}

static void indirect(void)
{
	uint8_t *page = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
			     0);
	uint32_t len, wrong = 0, i;

	pair_open();
	for (len = 18; len <= 2048; len += 29) {
		frame_make(page + 4096 - len / 2, len, STATION_ALL, 1, len);
		put_indirect(page + 4096 - len / 2, (uint16_t)len, 0);
		client_txsync(a);
		wrong += !arrives(len, len);
	}
	is_num(wrong, 0, "NS_INDIRECT frames of 18 to 2048 bytes, across a page");

	frame_make(page, 60, STATION_ALL, 1, 1);
	for (i = 0; i < 500; i++)
		put_indirect(page, 60, 0);
	client_txsync(a);
	is_num(client_drain(b), 500, "500 of them in one batch");

	frame_make(page, 1200, STATION_ALL, 1, 3);
	put_indirect(page, 400, NS_MOREFRAG);
	put_indirect(page + 400, 400, NS_MOREFRAG);
	put_indirect(page + 800, 400, 0);
	client_txsync(a);
	ok(arrives(1200, 3), "a frame of three indirect fragments");

	frame_make(client_buf(b, client_tx(b, 0), client_tx(b, 0)->slot[3].buf_idx), 60,
		   STATION_ALL, 1, 4);
	put_indirect(client_buf(b, client_tx(b, 0), client_tx(b, 0)->slot[3].buf_idx), 60, 0);
	client_txsync(a);
	ok(arrives(60, 4), "ptr into another port's mapping");
	munmap(page, 8192);
	pair_close();
}

static void indirect_faults(void)
{
	static uint8_t memory[3][4096];
	uint32_t i, wrong = 0;

	pair_open();
	for (i = 0; i < 3; i++)
		frame_make(memory[i], 100, STATION_ALL, 1, i);
	os_test_bad_add(memory[0], 4096, OS_TEST_ABSENT);
	put_indirect(memory[0], 100, 0);
	is_err(client_txsync(a), 0, "data that is absent");
	ok(arrives(100, 0), "is brought in");

	os_test_bad_add(memory[1], 4096, OS_TEST_BAD);
	put_indirect(memory[1], 100, 0);
	put_indirect(memory[2], 100, 0);
	is_err(client_txsync(a), 0, "data that cannot be read");
	ok(arrives(100, 2), "costs its own frame, not the next");
	is_num(client_drain(b), 0, "and nothing else arrives");

	put_indirect((void *)8, 100, 0);
	put_indirect((void *)(uintptr_t)0xffffffffffffff00u, 1000, 0);
	put_indirect(memory[2], 100, 0);
	is_err(client_txsync(a), 0, "null and kernel addresses");
	ok(arrives(100, 2), "cost their own frames");

	os_test_bad_clear();
	os_test_bad_add(memory[1], 4096, OS_TEST_ABSENT_ALWAYS);
	for (i = 0; i < 20; i++) {
		put_indirect(memory[1], 100, 0);
		put_indirect(memory[2], 100, 0);
	}
	is_err(client_txsync(a), 0, "data that is absent again after each try");
	for (i = 0; i < 20; i++)
		wrong += !arrives(100, 2);
	is_num(wrong, 0, "does not block the sync, and costs its own frames");

	os_test_bad_clear();
	frame_make(memory[0], 300, STATION_ALL, 1, 9);
	os_test_bad_add(memory[1], 4096, OS_TEST_ABSENT);
	put_indirect(memory[0], 100, NS_MOREFRAG);
	put_indirect(memory[1], 100, NS_MOREFRAG);
	memcpy(memory[1], memory[0] + 100, 100);
	put_indirect(memory[0] + 200, 100, 0);
	is_err(client_txsync(a), 0, "the middle fragment is absent");
	ok(arrives(300, 9), "the frame arrives whole, once");
	is_num(client_drain(b), 0, "and nothing else");
	pair_close();
}

/* Start a process that waits for its end: of the same program, in a memory space of its own. */
static pid_t process_start(void)
{
	const pid_t pid = fork();

	if (pid)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (;;)
		pause();
}

static void process_end(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

/* The ring was reset because of a slot whose memory this sync must not read. */
static void is_refused(int err, const char *word, const char *what)
{
	const pid_t pid = a->who.pid;

	is_err(err, -EIO, "%s: the slot is illegal", what);
	a->who.pid = getpid();
	if (!ok(strstr(client_reason(a), word) != NULL, "%s: the reason says '%s'", what, word))
		diag("%s", client_reason(a));
	a->who.pid = pid;
	is_num(client_tx(a, 0)->head, client_tx(a, 0)->cur, "%s: the ring was reset", what);
	is_num(client_drain(b), 0, "%s: nothing arrives", what);
}

/* Only the process that registered may sync slots that point to memory. */
static void indirect_foreign(void)
{
	static uint8_t memory[4096];
	const pid_t self = getpid(), other = process_start();
	struct client *m;

	pair_open();
	frame_make(memory, 100, STATION_ALL, 1, 1);
	a->who.pid = other;
	put_indirect(memory, 100, 0);
	is_refused(client_txsync(a), "memory of another process", "another process syncs");
	put_indirect(memory, 100, 0);
	is_num(client_poll(a, POLLOUT), POLLERR, "another process polls");
	is_refused(-EIO, "memory of another process", "another process polls");
	frame_make(frame, 60, STATION_ALL, 1, 2);
	client_put(a, 0, frame, 60, 0);
	put_indirect(memory, 100, 0);
	is_err(client_txsync(a), -EIO, "after a frame that is in the ring");
	ok(arrives(60, 2), "that frame is sent");

	m = client_new();
	m->reg = (struct nmreq_register){ .nr_mode = NR_REG_ALL_NIC, .nr_flags = NR_MONITOR_TX };
	is_err(client_register_as_is(m, "valeF:a", NULL), 0, "with a monitor");
	put_indirect(memory, 100, 0);
	is_refused(client_txsync(a), "memory of another process", "with a monitor");
	is_num(client_drain(m), 0, "the monitor sees nothing either");
	client_end(m);

	a->who.pid = self;
	put_indirect(memory, 100, 0);
	is_err(client_txsync(a), 0, "the process itself");
	ok(arrives(100, 1), "sends it");
	process_end(other);
	pair_close();
}

/* A process that has got its file from another user sends none of its memory. */
static void indirect_of_others(void)
{
	static uint8_t memory[4096];
	struct client *other;

	frame_make(memory, 100, STATION_ALL, 1, 1);
	os_test_other_user(true);
	pair_open();
	os_test_other_user(false);
	put_indirect(memory, 100, 0);
	is_refused(client_txsync(a), "memory that other users can join", "a file of another user");
	pair_close();
	pair_open();
	put_indirect(memory, 100, 0);
	is_err(client_txsync(a), 0, "a file of one's own");
	ok(arrives(100, 1), "sends it");
	other = client_new();
	other->reg = (struct nmreq_register){ .nr_mode = NR_REG_ALL_NIC,
					      .nr_mem_id = a->reg.nr_mem_id };
	os_test_other_user(true);
	is_err(client_register_as_is(other, "valeF:c", NULL), 0, "another user joins its region");
	os_test_other_user(false);
	put_indirect(memory, 100, 0);
	is_refused(client_txsync(a), "memory that other users can join", "from then on");
	client_end(other);
	pair_close();
}

/* A sync that the platform makes by itself leaves the slot for one that the process requests. */
static void indirect_unasked(void)
{
	static uint8_t memory[4096];

	pair_open();
	frame_make(frame, 60, STATION_ALL, 1, 2);
	frame_make(memory, 100, STATION_ALL, 1, 3);
	client_put(a, 0, frame, 60, 0);
	put_indirect(memory, 100, 0);
	a->who.is_server = true;
	is_err(client_txsync(a), 0, "a sync that the process did not request");
	ok(arrives(60, 2), "sends what is in the ring");
	is_num(client_drain(b), 0, "but reads no memory");
	a->who.is_server = false;
	is_err(client_txsync(a), 0, "the next one");
	ok(arrives(100, 3), "does");
	pair_close();
}

/* Nothing is read of a process that has ended, even if another one has its id now. */
static void indirect_gone(void)
{
	static uint8_t memory[4096];
	struct nmreq_register *reg = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
					  MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pid_t gone;

	frame_make(memory, 100, STATION_ALL, 1, 1);
	a = client_new();
	b = client_bound("valeF:b");
	gone = process_start();
	a->who.pid = gone;
	reg->nr_mode = NR_REG_ALL_NIC;
	is_err(client_ctrl(a, NETMAP_REQ_REGISTER, "valeF:a", reg, NULL), 0,
	       "another process registers");
	client_map(a, reg->nr_offset);
	put_indirect(memory, 100, 0);
	is_err(client_txsync(a), 0, "and syncs");
	ok(arrives(100, 1), "its memory is sent");
	process_end(gone);
	ok(a->who.may_read != NULL, "its id is not asked for again in this request");
	put_indirect(memory, 100, 0);
	is_refused(client_txsync(a), "memory of another process", "after it has ended");
	a->who.may_read = NULL;
	put_indirect(memory, 100, 0);
	is_refused(client_txsync(a), "memory of another process", "with an id of no process");
	munmap(reg, 4096);
	pair_close();
}

/* Tries are counted per frame: this sync needs more than one frame may have. */
static void many_faults(void)
{
	static uint8_t memory[3][NETMAP_MAX_FRAGS * 64];
	uint32_t i, j, wrong = 0;

	pair_open();
	for (i = 0; i < 3; i++) {
		frame_make(memory[i], sizeof(memory[i]), STATION_ALL, 1, i);
		for (j = 0; j < NETMAP_MAX_FRAGS; j++) {
			os_test_bad_add(memory[i] + j * 64, 64, OS_TEST_ABSENT);
			put_indirect(memory[i] + j * 64, 64,
				     j < NETMAP_MAX_FRAGS - 1 ? NS_MOREFRAG : 0);
		}
	}
	is_err(client_txsync(a), 0, "three frames of 64 slots, each of them absent at first");
	for (i = 0; i < 3; i++)
		wrong += !arrives(sizeof(memory[i]), i);
	is_num(wrong, 0, "all three arrive");
	is_num(client_drain(b), 0, "once");
	pair_close();
}

/* Receivers with smaller buffers get a frame in more slots, those with larger ones in as many. */
static void buffer_sizes(void)
{
	uint32_t len, i, wrong = 0;

	is_err(nm_setting_set("priv_buf_size", 512), 0, "private buffers of 512 bytes");
	b = client_bound("valeF:b");
	is_err(nm_setting_set("priv_buf_size", 2048), 0, "and of 2048");
	a = client_bound("valeF:a");
	is_num(client_rx(b, 0)->nr_buf_size, 512, "the receiver's are small");
	for (len = 18; len <= 2048; len += 23) {
		frame_make(frame, len, STATION_ALL, 1, len);
		client_send(a, frame, len);
		client_rxsync(b);
		for (i = client_rx(b, 0)->head; i != client_rx(b, 0)->tail;
		     i = ring_next(client_rx(b, 0), i))
			wrong += client_rx(b, 0)->slot[i].len > 512;
		wrong += !arrives(len, len);
	}
	is_num(wrong, 0, "frames up to 2048 bytes into buffers of 512");
	wrong = 0;
	for (len = 18; len <= 5000; len += 61) {
		frame_make(frame, len, STATION_ALL, 1, len);
		client_put_frags(b, 0, frame, len, 512, 0);
		client_txsync(b);
		wrong += client_receive(a, in, sizeof(in)) != (long)len ||
			 !frame_is(in, len, STATION_ALL, 1, len);
	}
	is_num(wrong, 0, "fragments of 512 bytes into buffers of 2048");
	pair_close();
}

SUBJECTS({ "fragments", fragments }, { "nothing behind", nothing_behind },
	 { "too many", too_many }, { "open end", open_end },
	 { "endless", endless }, { "small ring", small_ring }, { "indirect", indirect },
	 { "indirect faults", indirect_faults },
	 { "indirect foreign", indirect_foreign },
	 { "indirect of others", indirect_of_others },
	 { "indirect unasked", indirect_unasked }, { "indirect gone", indirect_gone },
	 { "many faults", many_faults }, { "buffer sizes", buffer_sizes })
