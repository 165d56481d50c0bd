/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Doorbells of netmapd: the input writes any word into the pages that hostile clients share with
 * their threads, while it moves and corrupts the rings of those clients, and opens and closes the
 * doorbells. The threads run beside, so an input may do something else the next time. Requests of a
 * well-behaved client are served while the others write, and its frames come whole.
 */
#include "prey.h"

#include "../../os/user/netmapd/doorbell.c"

enum { A, B, PIPE, FAR, HOSTILE };
static const char *const name_of[HOSTILE] = { "valeF:a", "valeF:b", "x{1", "x}1" };

struct settings settings = { .has_doorbells = true };

static struct domain domain;
static struct prey prey[HOSTILE];
static struct doorbell *bell[HOSTILE + 1];	/* the last one is of left */
static struct client *left, *right;
static uint32_t number;
static bool is_warm;

static void bell_open(uint32_t which, struct client *p)
{
	struct nm_reason reason = { .err = 0 };

	os_assert(!bell[which]);
	bell[which] = doorbell_open(&domain, p->c, getpid(), &reason);
	os_assert(bell[which]);
}

static void ended(void *arg)
{
	__atomic_store_n((bool *)arg, true, __ATOMIC_RELEASE);
}

static void bell_close(uint32_t which)
{
	bool is_over = false;

	if (!doorbell_close(bell[which], ended, &is_over))
		while (!__atomic_load_n(&is_over, __ATOMIC_ACQUIRE))
			usleep(100);
	bell[which] = NULL;
}

static void write_page(uint32_t which, struct input *in)
{
	uint32_t at = input_byte(in) % (sizeof(struct nm_doorbell) / 4), v = input_byte(in);

	if (!bell[which])
		return;
	if (v >= 240)
		v = input_word(in);
	__atomic_store_n((uint32_t *)(void *)bell[which]->page + at, v, __ATOMIC_SEQ_CST);
	if (v & 1)
		futex_wake(&bell[which]->page->request);
}

/* As libnetmap does: ask for what, wait for the answer. Returns the result. */
static int ring_bell(struct doorbell *d, uint32_t what)
{
	const uint32_t request = (d->page->request & ~0xffu) + 0x100 + what;

	__atomic_store_n(&d->page->result, 0, __ATOMIC_RELAXED);
	__atomic_store_n(&d->page->request, request, __ATOMIC_SEQ_CST);
	while (__atomic_load_n(&d->page->done, __ATOMIC_ACQUIRE) != request) {
		if (!__atomic_load_n(&d->page->is_awake, __ATOMIC_SEQ_CST))
			futex_wake(&d->page->request);
		sched_yield();
	}
	return d->page->result;
}

static void work(void)
{
	uint8_t frame[200], got[2048];
	size_t len = 60 + ++number % 140;

	client_drain(right);
	client_rxsync(right);
	frame_make(frame, len, STATION_ALL, 1, number);
	os_assert(client_put(left, 0, frame, len, 0));
	os_assert(ring_bell(bell[HOSTILE], NM_DOORBELL_TX) == 0);
	os_assert(client_receive(right, got, sizeof(got)) == (long)len);
	os_assert(frame_is(got, len, STATION_ALL, 1, number));
	os_assert(ring_bell(bell[HOSTILE], NM_DOORBELL_POLL | NM_DOORBELL_POLLOUT) == 0);
	os_assert(bell[HOSTILE]->page->ready == POLLOUT);
}

static void act(uint32_t which, uint8_t what, struct input *in)
{
	if (what < PREY_ACTS)
		prey_act(&prey[which], what, in);
	else if (what == PREY_ACTS)
		work();
	else if (what == PREY_ACTS + 1 && !bell[which])
		bell_open(which, prey[which].p);
	else if (what == PREY_ACTS + 1 && input_byte(in) < 60)
		bell_close(which);
	else
		write_page(which, in);
}

static void begin(void)
{
	const struct nmreq_register reg = { .nr_mode = NR_REG_ALL_NIC };
	uint32_t i;

	left = peer_bound("valeG:left", NR_REG_ALL_NIC, PREY_SLOTS);
	right = peer_bound("valeG:right", NR_REG_ALL_NIC, PREY_SLOTS);
	bell_open(HOSTILE, left);
	for (i = 0; i < HOSTILE; i++) {
		os_assert(prey_begin(&prey[i], name_of[i], &reg, NULL));
		bell_open(i, prey[i].p);
	}
	number = 0;
}

static void end(void)
{
	uint32_t i;

	for (i = 0; i <= HOSTILE; i++)
		if (bell[i])
			bell_close(i);
	for (i = 0; i < HOSTILE; i++)
		prey_end(&prey[i]);
	client_end(left);
	client_end(right);
}

/* Have the pages, which netmapd keeps. */
static void warm_up(void)
{
	domain.os.arena = os_domain_first.arena;
	begin();
	end();
	fuzz_adopt();
	fuzz_begin(NULL);
	is_warm = true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = { data, size };

	fuzz_begin(NULL);
	if (!is_warm)
		warm_up();
	begin();
	while (in.left) {
		uint8_t which = input_byte(&in), what = input_byte(&in);

		act(which % HOSTILE, what % (PREY_ACTS + 9), &in);
		os_assert(os_test_locks_held() == 0);
	}
	work();
	end();
	fuzz_end();
	return 0;
}
