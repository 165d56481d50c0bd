/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Uplinks and polling threads: the input attaches cards and a persistent port to a switch and
 * detaches them, polls the port by threads, and plays the devices, while hostile clients write into
 * the rings of ports of that switch and of the polled one. The engine's threads run beside, so an
 * input may do something else the next time. A well-behaved pair on another switch gets every
 * frame.
 */
#include "prey.h"

enum { A, B, POLLED, SLEEPING, CLIENTS };
static const char *const name_of[CLIENTS] = { "valeF:a", "valeF:b", "per0", "valeF:c" };

static struct prey prey[CLIENTS];
static struct client *admin, *left, *right;
static uint32_t number;

static int ask(uint16_t type, const char *name, void *body)
{
	return client_ctrl(admin, type, name, body, NULL);
}

static void attach(struct input *in)
{
	static const char *const ports[] = { "valeF:card0", "valeF:card1", "valeF:per0",
		"valeF:lo" };
	uint8_t how = input_byte(in);
	struct nmreq_vale_attach body = { .reg = { .nr_mode = how & 4 ? NR_REG_NIC_SW :
									NR_REG_ALL_NIC,
		.nr_tx_slots = PREY_SLOTS, .nr_rx_slots = PREY_SLOTS } };
	struct nmreq_vale_detach undo = { .port_index = 0 };

	if (how < 160)
		ask(NETMAP_REQ_VALE_ATTACH, ports[how & 3], &body);
	else
		ask(NETMAP_REQ_VALE_DETACH, ports[how & 3], &undo);
}

static void persist(struct input *in)
{
	struct nmreq_vale_newif body = { .nr_tx_slots = PREY_SLOTS, .nr_rx_slots = PREY_SLOTS,
		.nr_tx_rings = 1, .nr_rx_rings = 1 };

	if (input_byte(in) < 200)
		ask(NETMAP_REQ_VALE_NEWIF, "per0", &body);
	else
		ask(NETMAP_REQ_VALE_DELIF, "per0", NULL);
}

static void poll_by_thread(struct input *in)
{
	uint8_t how = input_byte(in);
	struct nmreq_vale_polling body = {
		.nr_mode = how & 1 ? NETMAP_POLLING_MODE_MULTI_CPU : NETMAP_POLLING_MODE_SINGLE_CPU,
		.nr_first_cpu_id = how >= 240 ? input_word(in) : 0,
		.nr_num_polling_cpus = how & 1 ? how >> 1 & 3 : 1,
	};

	ask(how & 8 ? NETMAP_REQ_VALE_POLLING_DISABLE : NETMAP_REQ_VALE_POLLING_ENABLE,
	    how & 16 ? "valeF:a" : "valeF:per0", &body);
}

static void card(struct input *in)
{
	static uint8_t frame[4096];
	uint8_t how = input_byte(in);
	uint32_t n = 1 + input_below(in, 40), len = 60 + input_byte(in) * 12u, i = how & 1;

	prey_frame(frame, len, in);
	while (n--)
		os_test_card_receive(i, how & 2 ? OS_NETDEV_STACK : OS_NETDEV_WIRE, n & 1, frame,
				     len);
	if (how < 16)
		os_test_card_set(i, how & 4 ? OS_NETDEV_DOWN : OS_NETDEV_UP);
	else if (how < 24)
		os_test_card_set(i, OS_NETDEV_RENAMED + how % 4);
	else if (how < 32)
		os_test_card_traits(i, NM_INFO_NO_LINK);
}

static void list(struct input *in)
{
	struct nm_info_port rec[8];
	struct nmreq_inspect body = { .what = input_below(in, 9), .rec_size = sizeof(rec[0]),
		.count = 8, .data = (uintptr_t)rec };
	struct nmreq_vale_list bdg = { .nr_port_idx = input_byte(in) & 7 };

	ask(NETMAP_REQ_INSPECT, "", &body);
	ask(NETMAP_REQ_VALE_LIST, input_byte(in) & 1 ? "valeF:card0" : "", &bdg);
}

static void work(void)
{
	peer_exchange(left, right, STATION_ALL, 1, ++number);
	peer_exchange(right, left, 1, 2, ++number);
	client_rxsync(left);
}

static void admin_act(uint8_t what, struct input *in)
{
	static void (*const act_of[])(struct input *) = { attach, attach, persist, poll_by_thread,
		card, card, list };

	if (what % 8 == 7)
		work();
	else
		act_of[what % 8](in);
}

static void prey_or_open(uint32_t which, uint8_t what, struct input *in)
{
	const struct nmreq_register reg = { .nr_mode = NR_REG_ALL_NIC };
	struct prey *y = &prey[which];

	if (!y->p)
		prey_begin(y, name_of[which], &reg, NULL);
	else if (what == PREY_ACTS && input_byte(in) < 80)
		prey_end(y);
	else if (what < PREY_ACTS)
		prey_act(y, what, in);
}

static void end(void)
{
	uint32_t i;

	for (i = 0; i < CLIENTS; i++)
		prey_end(&prey[i]);
	client_end(left);
	client_end(right);
	client_end(admin);
	fuzz_end();
	for (i = 0; i < 2; i++)
		os_test_card_traits(i, 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = { data, size };

	fuzz_begin(NULL);
	admin = client_new();
	left = peer_bound("valeG:left", NR_REG_ALL_NIC, PREY_SLOTS);
	right = peer_bound("valeG:right", NR_REG_ALL_NIC, PREY_SLOTS);
	number = 0;
	while (in.left) {
		uint8_t what = input_byte(&in);

		if (what < 128)
			admin_act(what, &in);
		else
			prey_or_open(what % CLIENTS, what / CLIENTS % (PREY_ACTS + 1), &in);
		os_assert(os_test_locks_held() == 0);
	}
	work();
	end();
	return 0;
}
