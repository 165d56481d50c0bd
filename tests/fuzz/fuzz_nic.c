/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Network cards, on os/test's simulated ones: hostile clients of card0 and of monitors of it, while
 * the input also plays the device and the stack: frames come in whole, open and in device buffers,
 * a transmit ring is full or reads late, the link and the name change, and the device vanishes. A
 * well-behaved client of card1 gets and sends every frame.
 */
#include "prey.h"
#include "frame.h"

#define FRAME_MAX	9100u
#define DEVICE_BUFS	4u

enum { ALL, HOST, MONITOR, CLIENTS };
static struct prey prey[CLIENTS];
static struct client *good;
static uint32_t number;
static uint8_t frame[FRAME_MAX];

/* Buffers of card0's region that the device has. */
static struct nm_region *region;
static uint32_t posted[DEVICE_BUFS];

/* ---- the device ----------------------------------------------------------------------- */

static bool is_attached(void)
{
	return prey[ALL].p || prey[HOST].p;
}

static uint32_t frame_in(struct input *in)
{
	uint8_t v = input_byte(in);
	uint32_t len = v < 200 ? 60 + v : v < 240 ? input_half(in) % FRAME_MAX : v - 240u;

	if (len >= 60)
		prey_frame(frame, len, in);
	return len;
}

static void receive_some(struct input *in)
{
	enum os_netdev_side from = input_byte(in) & 1 ? OS_NETDEV_STACK : OS_NETDEV_WIRE;
	uint32_t queue = input_below(in, 5), n = 1 + input_below(in, 40), len = frame_in(in);

	while (n--)
		os_test_card_receive(0, from, queue, frame, len);
}

/* A frame of the stack, in pieces, that wants a checksum or segmentation. */
static void receive_open(struct input *in)
{
	struct nm_frag frag[4];
	uint32_t n = 1 + input_below(in, 4), i, at = 0, len;
	uint8_t how = input_byte(in);

	memset(frame, 0, sizeof(frame));
	prey_frame(frame + NM_VNET_HDR_LEGACY, 60, in);
	input_take(in, frame, how & 1 ? NM_VNET_HDR_LEGACY : 0);
	input_take(in, frame + NM_VNET_HDR_LEGACY + 12, how & 2 ? 48 : 0);
	for (i = 0; i < n; i++) {
		len = input_half(in) % (sizeof(frame) / 4);
		frag[i] = (struct nm_frag){ .data = frame + at, .len = len };
		at += len;
	}
	if (at > NM_VNET_HDR_LEGACY && frag[0].len >= NM_VNET_HDR_LEGACY)
		os_test_card_receive_open(0, frag, n);
}

static void receive_in_device_buf(struct input *in)
{
	uint32_t i = input_below(in, DEVICE_BUFS), len = frame_in(in);

	if (region)
		os_test_card_receive_device_buf(0, input_byte(in) & 1, frame, len % 2048,
						&posted[i]);
}

static void device_reads(struct input *in)
{
	struct os_test_sent *s = os_test_card_sent(0, OS_NETDEV_WIRE);
	uint32_t n = input_below(in, 40);

	if (s->in_flight && os_load32(s->in_flight) >= n)
		os_test_card_reads(0, n);
}

static void backpressure(struct input *in)
{
	enum os_netdev_side from = input_byte(in) & 1 ? OS_NETDEV_STACK : OS_NETDEV_WIRE;
	uint32_t queue = input_byte(in) & 1, frames = input_below(in, 40);

	if (!os_test_card_has_backpressure(0, from, queue, frames,
					   frames * (60 + input_half(in) % 9000)))
		return;
	if (input_byte(in) & 1)
		os_test_card_lost(0, from, queue, frames);
	if (input_byte(in) < 32)
		os_test_time_add(1);
}

static void change(struct input *in)
{
	static const uint32_t traits[] = { 0, NM_INFO_NO_LINK, NM_INFO_XDP_TX | NM_INFO_XDP_RX };
	uint8_t v = input_byte(in);

	os_test_card_traits(0, traits[v % 3]);
	if (v < 128)
		os_test_card_set(0, v & 1 ? OS_NETDEV_DOWN : OS_NETDEV_UP);
	else if (v > 240)
		os_test_card_set(0, OS_NETDEV_RENAMED + v % 4);
}

static void room(struct input *in)
{
	uint8_t v = input_byte(in);

	os_test_card_sent(0, v & 1)->room = v < 100 ? UINT32_MAX : v % 64;
}

static void device_act(uint8_t what, struct input *in)
{
	static void (*const act_of[])(struct input *) = { receive_some, receive_some, receive_open,
		receive_in_device_buf, device_reads, backpressure, change, room };

	if (is_attached())
		act_of[what % 8](in);
}

/* ---- clients --------------------------------------------------------------------------- */

static void device_bufs_take(void)
{
	region = nm_client_region(prey[ALL].p->c);
	if (nm_region_device_bufs_enable(region) &&
	    nm_region_device_bufs_alloc(region, posted, DEVICE_BUFS, true))
		return;
	nm_region_put(region);
	region = NULL;
}

/* The device keeps its buffers until it is detached; then it has read what was in flight. */
static void device_stop(void)
{
	os_test_card_sent(0, OS_NETDEV_WIRE)->in_flight = NULL;
	if (!region)
		return;
	nm_region_device_bufs_free(region, posted, DEVICE_BUFS);
	nm_region_put(region);
	region = NULL;
}

static void close_one(uint32_t which)
{
	const bool was = is_attached();

	prey_end(&prey[which]);
	if (was && !is_attached())
		device_stop();
}

static void open_all(struct input *in)
{
	uint8_t how = input_byte(in);
	struct nmreq_opt_offsets o = { .nro_opt.nro_reqtype = NETMAP_REQ_OPT_OFFSETS,
		.nro_max_offset = 256, .nro_initial_offset = how & 64 ? 128 : 0 };
	const struct nmreq_register reg = {
		.nr_mode = how & 1 ? NR_REG_NIC_SW : NR_REG_ALL_NIC,
		.nr_host_tx_rings = how >> 1 & 1, .nr_host_rx_rings = how >> 2 & 3,
		.nr_extra_bufs = how & 16 ? 2 : 0,
	};

	if (!is_attached())
		os_test_card_device_bufs(0, how & 32);
	if (prey_begin(&prey[ALL], "card0", &reg, how & 128 ? &o.nro_opt : NULL) && how & 32 &&
	    !region)
		device_bufs_take();
}

static void open_one(uint32_t which, struct input *in)
{
	uint8_t how = input_byte(in);
	struct nmreq_register reg = { .nr_mode = NR_REG_SW };

	if (which == ALL) {
		open_all(in);
		return;
	}
	if (which == MONITOR) {
		reg.nr_mode = NR_REG_NIC_SW;
		reg.nr_flags = (how % 3 + 1) * NR_MONITOR_TX | (how & 16 ? NR_ZCOPY_MON : 0);
	}
	prey_begin(&prey[which], "card0", &reg, NULL);
}

/* Flags of rings and slots that only cards' rings have a use for. */
static void mark(struct prey *y, struct input *in)
{
	struct netmap_ring *r;
	uint32_t i;

	if (!y->rings[1])
		return;
	r = y->ring[1][input_byte(in) % y->rings[1]];
	r->flags = input_byte(in) & 1 ? NR_FORWARD : NR_FORWARD | NR_TIMESTAMP;
	for (i = 0; i < PREY_SLOTS; i++)
		r->slot[i].flags |= NS_FORWARD;
}

/* Frames of the well-behaved client, one from the wire and one to it. */
static void work(void)
{
	struct os_test_sent *sent = os_test_card_sent(1, OS_NETDEV_WIRE);
	uint32_t len = 60 + ++number % 140, before = sent->frames;
	uint8_t got[2048];

	frame_make(frame, len, 1, 2, number);
	os_assert(os_test_card_receive(1, OS_NETDEV_WIRE, number & 1, frame, len));
	os_assert(client_rxsync(good) == 0);
	os_assert(client_take(good, number & 1, got, sizeof(got)) == (long)len);
	os_assert(frame_is(got, len, 1, 2, number));
	client_rxsync(good);
	os_assert(client_send(good, frame, len));
	os_assert(sent->frames == before + 1 && sent->last_len == len);
	os_assert(frame_is(sent->last, len, 1, 2, number));
	peer_check(good);
}

static void act(struct prey *y, uint8_t what, struct input *in)
{
	const uint32_t which = (uint32_t)(y - prey);

	if (what == PREY_ACTS + 1)
		work();
	else if (!y->p)
		open_one(which, in);
	else if (what == PREY_ACTS)
		mark(y, in);
	else if (what == PREY_ACTS + 2 && input_byte(in) < 100)
		close_one(which);
	else if (what < PREY_ACTS)
		prey_act(y, what, in);
}

static void configure(void)
{
	nm_setting_set("generic_ringsize", 64);
}

static void end(void)
{
	uint32_t i;

	for (i = CLIENTS; i--;)
		close_one(i);
	client_end(good);
	os_test_card_device_bufs(0, false);
	os_test_card_traits(0, 0);
	for (i = 0; i < 2; i++)
		os_test_card_sent(0, i)->room = UINT32_MAX;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = { data, size };

	fuzz_begin(configure);
	good = peer_bound("card1", NR_REG_ALL_NIC, PREY_SLOTS);
	number = 0;
	nm_setting_set("mitigate", size & 1);
	nm_setting_set("fwd", size >> 1 & 1);
	open_all(&in);
	while (in.left) {
		uint8_t what = input_byte(&in);

		if (what >= 160)
			device_act(what - 160, &in);
		else
			act(&prey[what % CLIENTS], what / CLIENTS % (PREY_ACTS + 3), &in);
		os_assert(os_test_locks_held() == 0);
	}
	work();
	end();
	fuzz_end();
	return 0;
}
