/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Rings: the input writes words into the rings of hostile ports (on a switch, of a pipe, of
 * neither), fills slots in any way and syncs, in any order. Well-behaved clients, on the same
 * switch, at the pipe's other end and apart, must get the frames that they are sent.
 */
#include "prey.h"

enum { VALE_A, VALE_B, PIPE, PIPE_FAR, VICTIM_PIPE, NOWHERE, HOSTILE };
static const char *const names[HOSTILE] = { "valeF:a", "valeF:b", "valeF:c{1", "valeF:c}1",
	"valeF:d{1", "n" };

static struct prey prey[HOSTILE];

/* Senders and receivers of data, and the end of a pipe whose other end is hostile. */
static struct client *left, *right, *pipe_left, *pipe_right, *victim;
static uint32_t number;

/* The well-behaved clients exchange frames in between. */
static void work(void)
{
	/* A hostile port may have used the address: let the switch learn it again. */
	peer_exchange(right, left, STATION_ALL, 2, ++number);
	peer_exchange(left, right, 2, 1, ++number);
	peer_exchange(left, right, STATION_ALL, 1, ++number);
	peer_exchange(pipe_left, pipe_right, 2, 1, ++number);
	peer_exchange(pipe_right, pipe_left, 1, 2, ++number);
	client_drain(left);
	client_rxsync(left);
	client_drain(victim);
	peer_check(left);
	peer_check(victim);
}

static void begin(void)
{
	int i;

	left = peer_bound("valeF:left", NR_REG_ALL_NIC, PREY_SLOTS);
	right = peer_bound("valeF:right", NR_REG_ALL_NIC, PREY_SLOTS);
	pipe_left = peer_bound("valeF:left{g", NR_REG_ALL_NIC, PREY_SLOTS);
	pipe_right = peer_bound("valeF:left}g", NR_REG_ALL_NIC, PREY_SLOTS);
	for (i = 0; i < HOSTILE; i++) {
		const struct nmreq_register reg = {
			.nr_mode = i == NOWHERE ? NR_REG_NULL : NR_REG_ALL_NIC,
		};

		os_assert(prey_begin(&prey[i], names[i], &reg, NULL));
	}
	victim = peer_bound("valeF:d}1", NR_REG_ALL_NIC, PREY_SLOTS);
}

static void end(void)
{
	int i;

	for (i = 0; i < HOSTILE; i++)
		prey_end(&prey[i]);
	client_end(victim);
	client_end(pipe_left);
	client_end(pipe_right);
	client_end(left);
	client_end(right);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = { data, size };

	fuzz_begin(NULL);
	begin();
	number = 0;
	while (in.left) {
		uint8_t what = input_byte(&in);
		struct prey *y = &prey[what % HOSTILE];

		what = what / HOSTILE % (PREY_ACTS + 1);
		if (!y->rings[0] || !y->rings[1])
			continue;
		if (what == PREY_ACTS)
			work();
		else
			prey_act(y, what, &in);
		os_assert(os_test_locks_held() == 0);
	}
	work();
	end();
	fuzz_end();
	return 0;
}
