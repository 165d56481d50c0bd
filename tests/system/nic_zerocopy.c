// SPDX-License-Identifier: BSD-2-Clause
/*
 * Two cards wired to each other, eth0 and eth1, whose driver supports AF_XDP without copies: listed
 * so, frames of all lengths unchanged, in the buffers of slots, frames to and from the stack and
 * none for it by mistake, all buffers freed. Skipped where there are no such cards.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <net/if.h>
#include <poll.h>
#include <stdio.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "frame.h"
#include "inspect.h"
#include "link.h"
#include "port.h"

#define LEAST	60u
#define MOST	1514u
#define BATCH	32u	/* so few that no queue on the way overflows */

static uint8_t buf[2048], got[2048];
static uint32_t changed,
	in_flight; /* slots received with another buffer; the most slots in flight */

static bool is_zero_copy(const char *name, struct nm_info_port *info)
{
	return inspect_port(name, info) && info->flags & NM_INFO_ZERO_COPY;
}

/*
 * After Linux 6.12, a virtio-net card that has its memory by an IOMMU (feature 33), as the kernel
 * needs it.
 */
static bool must_be_zero_copy(void)
{
	unsigned int major = 0, minor = 0;
	struct utsname u;
	char bits[64];
	FILE *f = fopen("/sys/class/net/eth0/device/features", "re");
	bool has;

	if (!f)
		return false;
	has = fscanf(f, "%63[01]", bits) == 1 && strlen(bits) > 33 && bits[33] == '1';
	fclose(f);
	uname(&u);
	return has && sscanf(u.release, "%u.%u", &major, &minor) == 2 &&
	       (major > 6 || (major == 6 && minor > 12)) && inspect_setting("xdp");
}

static bool has_link(const char *name)
{
	struct nm_info_port info;

	return inspect_port(name, &info) && !(info.flags & (NM_INFO_NO_LINK | NM_INFO_DOWN));
}

/* Some drivers let the link down for seconds when a program comes. */
static void wait_for_links(void)
{
	unsigned int tries;

	for (tries = 0; tries < 200 && !(has_link("eth0") && has_link("eth1")); tries++)
		sleep_ms(100);
}

/* The ring with the next frame; NULL: none yet. */
static struct netmap_ring *ring_of_next(const struct port *p)
{
	uint32_t i;

	rxsync(p);
	for (i = 0; i < p->reg.nr_rx_rings; i++)
		if (ring_space(port_rx(p, i)))
			return port_rx(p, i);
	return NULL;
}

/* Wait for a frame of ours; its length, or -errno. */
static int receive(struct port *p, uint64_t *seq)
{
	struct netmap_ring *r;
	unsigned int tries;
	bool is_changed;
	uint32_t flow;
	int n;

	for (tries = 0; tries < 200; tries++) {
		r = ring_of_next(p);
		if (!r) {
			port_poll(p, POLLIN, 100);
			continue;
		}
		is_changed = r->slot[r->head].flags & NS_BUF_CHANGED;
		n = ring_take(r, got, sizeof(got));
		if (n < 0 || frame_check(got, n, &flow, seq)) {
			changed += is_changed;
			return n;
		}
	}
	return -EAGAIN;
}

static uint32_t sending(const struct port *p)
{
	const struct netmap_ring *r = port_tx(p, 0);

	return r->num_slots - 1 - ring_space(r);
}

/* Slots are free when the card has read them. */
static void test_slots(const struct port *a, const char *what)
{
	unsigned int tries;

	for (tries = 0; tries < 500 && sending(a); tries++) {
		txsync(a);
		sleep_ms(10);
	}
	is_num(sending(a), 0, "%s: slots that were sent are free again", what);
}

/* Send a frame of each length from there on, numbered by its length; any ring may get it. */
static void test_lengths(struct port *a, struct port *b, uint32_t from, const char *what)
{
	uint32_t len = from, next = from, bad = 0, all = MOST - from + 1;
	uint64_t seq;
	int n = 0;

	wait_for_links();
	changed = 0;
	while (next <= MOST && n >= 0) {
		for (; len <= MOST && len - next < BATCH; len++) {
			frame_make(buf, len, FRAME_BROADCAST, 1, 3, len);
			ring_put(port_tx(a, 0), buf, len, 0);
		}
		n = txsync(a);
		if (sending(a) > in_flight)
			in_flight = sending(a);
		while (!n && next < len) {
			n = receive(b, &seq);
			bad += n != (int)next || seq != next;
			next++;
			n = n > 0 ? 0 : n;
		}
	}
	is_num(next, MOST + 1, "%s: frames of %u to 1514 bytes cross", what, from);
	is_num(bad, 0, "%s: each as it was sent, in order", what);
	is_num(changed, all, "%s: each in a buffer that was the card's", what);
	test_slots(a, what);
}

/* A driver that was asked to send or to receive while it was down is asked again. */
static void test_down(struct port *a, struct port *b)
{
	unsigned int i;

	frame_make(buf, 60, FRAME_BROADCAST, 1, 3, 1);
	for (i = 0; i < BATCH; i++)
		ring_put(port_tx(a, 0), buf, 60, 0);
	if (link_set_up("eth0", 0) || link_set_up("eth1", 0))
		give_up("the cards cannot be taken down");
	is_err(txsync(a), -ENETDOWN, "a card that is down");
	is_err(rxsync(b), -ENETDOWN, "and the other");
	if (link_set_up("eth0", 1) || link_set_up("eth1", 1))
		give_up("the cards cannot be brought up again");
	wait_for_links();
	for (i = 0; i < 200 && sending(a); i++) {
		txsync(a);
		sleep_ms(10);
	}
	while (port_recv(b, got, sizeof(got)) >= 0)
		;
	test_lengths(a, b, 1400, "down and up, there");
	test_lengths(b, a, 1400, "down and up, back");
}

/* After the last close the kernel's counter is of frames that its stack received. */
static void test_stack(void)
{
	uint64_t before = link_stat("eth1", "rx_packets");
	struct port a;
	unsigned int i;

	port_must(&a, "eth0");
	frame_make(buf, 60, FRAME_BROADCAST, 1, 3, 1);
	for (i = 0; i < 500 && link_stat("eth1", "rx_packets") == before; i++) {
		port_send(&a, buf, 60);
		sleep_ms(20);
	}
	ok(link_stat("eth1", "rx_packets") > before, "given back, a card receives for its stack");
	port_close(&a);
}

static void run(void)
{
	struct nm_info_port info;
	struct port a, b;

	port_must(&a, "eth0");
	if (!is_zero_copy("eth0", &info)) {
		if (must_be_zero_copy())
			ok(false, "eth0 is without copies, but netmapd says: %s", info.xdp_why);
		else
			skip(info.xdp_why, "a driver without zero copy");
		port_close(&a);
		return;
	}
	port_must(&b, "eth1");
	ok(is_zero_copy("eth0", &info) && is_zero_copy("eth1", &info),
	   "both are shown as without copies");
	ok(!(info.flags & NM_INFO_EMULATED) && !info.xdp_why[0], "and not as emulated");
	ok(info.flags & NM_INFO_LENT, "with the buffers of slots");
	test_lengths(&a, &b, LEAST, "there");
	test_lengths(&b, &a, LEAST, "back");
	port_close(&a);
	port_must(&a, "eth0");
	ok(is_zero_copy("eth0", &info), "opened again, it is without copies again");
	test_lengths(&a, &b, 1400, "again");
	test_down(&a, &b);
	/* It may be quick at times, but not always. */
	ok(in_flight > 0, "slots were the card's while it sent them");
	port_close(&a);
	port_close(&b);
	test_stack();
}

int main(int argc, char **argv)
{
	test_start(argc, argv);
	if (!dev_is_process() || !if_nametoindex("eth1"))
		skip("netmapd with a pair of cards only", "cards without copies");
	else if (link_set_up("eth0", 1) || link_set_up("eth1", 1))
		give_up("the cards cannot be brought up");
	else
		run();
	return test_done();
}
