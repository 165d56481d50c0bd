// SPDX-License-Identifier: BSD-2-Clause
/*
 * Host rings: frames that the stack sends arrive on the rx host ring, whole and with checksums, the
 * stack receives those in the tx host ring; a bridge of card and stack carries TCP; NS_FORWARD does
 * so without a bridge; VLAN tags are in the frame.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <net/if.h>
#include <net/ethernet.h>
#include <netpacket/packet.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include "child.h"
#include "frame.h"
#include "inspect.h"
#include "link.h"
#include "net.h"
#include "port.h"
#include "stream.h"

static uint8_t buf[9100];

static void need(int err, const char *what)
{
	if (err)
		give_up("%s: %s", what, strerror(-err));
}

static struct netmap_ring *host_rx(const struct port *p)
{
	return port_rx(p, p->nif->ni_rx_rings);
}

static struct netmap_ring *host_tx(const struct port *p)
{
	return port_tx(p, p->nif->ni_tx_rings);
}

static int take(struct port *p, struct netmap_ring *r)
{
	int tries, n;

	for (tries = 0; tries < 400; tries++) {
		rxsync(p);
		n = ring_take(r, buf, sizeof(buf));
		if (n != -EAGAIN)
			return n;
		port_poll(p, POLLIN, 50);
	}
	return -EAGAIN;
}

/* Wait for the next frame of that type; other frames of the stack are skipped. */
static int take_type(struct port *p, struct netmap_ring *r, uint16_t type)
{
	int n, tries;

	for (tries = 0; tries < 50; tries++) {
		n = take(p, r);
		if (n < 0 || (n >= 14 && buf[12] == type >> 8 && buf[13] == (type & 255)))
			return n;
	}
	return -EAGAIN;
}

/* Whether the checksum of n bytes is right: they add up to all ones. */
static bool sum_is_right(const uint8_t *p, unsigned int n, uint32_t sum)
{
	unsigned int i;

	for (i = 0; i < n; i++)
		sum += i & 1 ? p[i] : (uint32_t)p[i] << 8;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return sum == 0xffff;
}

/* IPv4 header and UDP or TCP behind it, at ip[]. */
static bool ipv4_is_right(const uint8_t *ip, int room)
{
	unsigned int hl = (ip[0] & 15) * 4, total = (unsigned int)ip[2] << 8 | ip[3],
		     l4 = total - hl;
	uint32_t pseudo = ip[9] + l4;
	unsigned int i;

	for (i = 12; i < 20; i += 2)
		pseudo += (uint32_t)ip[i] << 8 | ip[i + 1];
	return ip[0] >> 4 == 4 && (int)total <= room && sum_is_right(ip, hl, 0) &&
	       sum_is_right(ip + hl, l4, pseudo);
}

static int udp_socket(const char *addr, uint16_t port)
{
	struct sockaddr_in sin = { .sin_family = AF_INET, .sin_port = htons(port) };
	struct timeval wait = { .tv_sec = 3 };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	inet_pton(AF_INET, addr, &sin.sin_addr);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait));
	if (bind(fd, (struct sockaddr *)&sin, sizeof(sin)))
		give_up("bind to %s: %s", addr, strerror(errno));
	return fd;
}

static void udp_to(int fd, const char *addr, uint16_t port, unsigned int len)
{
	struct sockaddr_in sin = { .sin_family = AF_INET, .sin_port = htons(port) };
	static uint8_t data[2000];

	inet_pton(AF_INET, addr, &sin.sin_addr);
	memset(data, 0x5a, len);
	sendto(fd, data, len, 0, (struct sockaddr *)&sin, sizeof(sin));
}

/* Answer the stack's ARP request for 10.1.0.2, from a station that does not exist. */
static bool answer_arp(struct port *p)
{
	uint8_t answer[42];
	int n = take_type(p, host_rx(p), 0x0806);

	if (n < 42)
		return false;
	memcpy(answer, buf, sizeof(answer));
	memcpy(answer, buf + 6, 6);
	memcpy(answer + 6, "\x02\0\0\0\0\x99", 6);
	answer[21] = 2;
	memcpy(answer + 22, "\x02\0\0\0\0\x99", 6);
	memcpy(answer + 28, buf + 38, 4);
	memcpy(answer + 32, buf + 22, 6);
	memcpy(answer + 38, buf + 28, 4);
	return ring_put(host_tx(p), answer, sizeof(answer), 0) && !txsync(p);
}

static void test_udp(void)
{
	uint8_t reply[200];
	struct port p;
	uint8_t ip[200];
	int fd, n;

	need(link_address("v0", "10.1.0.1", 24), "address of v0");
	fd = udp_socket("10.1.0.1", 5000);
	port_must(&p, "v0", .mode = NR_REG_SW);
	is_num(p.nif->ni_host_rx_rings, 1, "host rings can be bound alone");
	udp_to(fd, "10.1.0.2", 6000, 100);
	ok(answer_arp(&p), "the stack's ARP question comes by the host ring, and gets an answer");
	n = take_type(&p, host_rx(&p), 0x0800);
	is_num(n, 142, "then the datagram comes");
	ok(n == 142 && ipv4_is_right(buf + 14, n - 14), "with its checksums complete");

	/* Back to the sender: exchanging addresses and ports keeps the checksums right. */
	memcpy(ip, buf, 142);
	memcpy(reply, ip + 6, 6);
	memcpy(reply + 6, ip, 6);
	memcpy(reply + 12, ip + 12, 130);
	memcpy(reply + 26, ip + 30, 4);
	memcpy(reply + 30, ip + 26, 4);
	memcpy(reply + 34, ip + 36, 2);
	memcpy(reply + 36, ip + 34, 2);
	ok(ring_put(host_tx(&p), reply, 142, 0) && !txsync(&p), "a frame to the stack");
	is_num(recv(fd, buf, sizeof(buf), 0), 100, "and the socket has it");
	port_close(&p);
	close(fd);
}

/* With only host rings bound, frames from the wire still go to the stack. */
static void test_wire_is_free(void)
{
	struct port sw, far;
	int fd;

	port_must(&sw, "v0", .mode = NR_REG_SW);
	port_must(&far, "v1");
	fd = udp_socket("10.1.0.1", 5000);
	frame_make(buf, 60, FRAME_BROADCAST, 9, 1, 1);
	port_send(&far, buf, 60);
	rxsync(&sw);
	ok(!ring_space(host_rx(&sw)), "a frame from the wire does not come by the host ring");
	port_close(&far);
	port_close(&sw);
	close(fd);
}

/* The stack broadcasts n datagrams of 100 bytes. */
static void broadcast(int fd, unsigned int n)
{
	int one = 1;

	setsockopt(fd, SOL_SOCKET, SO_BROADCAST, &one, sizeof(one));
	setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, "v0", 3);
	while (n--)
		udp_to(fd, "255.255.255.255", 6000, 100);
}

static void forward(struct netmap_ring *r, uint32_t n, uint16_t len)
{
	uint32_t i, at = r->head;

	r->flags |= NR_FORWARD;
	for (i = 0; i < n; i++, at = at + 1 == r->num_slots ? 0 : at + 1) {
		r->slot[at].len = len;
		r->slot[at].flags = NS_FORWARD | (i + 1 < n ? NS_MOREFRAG : 0);
	}
	ring_release(r, n);
}

static uint32_t wait_for_slots(struct port *p, uint32_t n)
{
	int tries;

	for (tries = 0; tries < 2000 && ring_space(host_rx(p)) < n; tries++) {
		sleep_ms(10);
		rxsync(p);
	}
	return ring_space(host_rx(p));
}

/* Frames of 64 full slots: longer than any device takes. */
static void test_forward_too_long(void)
{
	int fd = udp_socket("10.1.0.1", 5000), i, err = 0;
	struct port sw, far;

	port_must(&sw, "v0", .mode = NR_REG_SW);
	port_must(&far, "v1");
	for (i = 0; i < 20 && !err; i++) {
		broadcast(fd, NETMAP_MAX_FRAGS);
		if (wait_for_slots(&sw, NETMAP_MAX_FRAGS) < NETMAP_MAX_FRAGS)
			break;
		forward(host_rx(&sw), NETMAP_MAX_FRAGS, 2048);
		err = rxsync(&sw);
	}
	is_num(i, 20, "twenty frames of 128 KiB are made of the stack's, and forwarded");
	is_err(err, 0, "which does not fail");
	broadcast(fd, 1);
	is_num(wait_for_slots(&sw, 1), 1, "then comes a datagram");
	forward(host_rx(&sw), 1, 142);
	is_err(rxsync(&sw), 0, "and then one of 142 bytes");
	is_num(take(&far, port_rx(&far, 0)), 142, "which alone reaches the far end");
	port_close(&far);
	port_close(&sw);
	close(fd);
}

/* ---- a ring that is full -------------------------------------------------------------- */

static uint32_t lost_of(const struct port *p)
{
	struct nm_info_ring info = { 0 };

	inspect_ring("v0", 1, p->nif->ni_rx_rings, &info);
	return info.drops[NM_DROP_NOROOM];
}

/* Read up to n slots of the stack's ring, until none comes for a while. */
static uint32_t read_slots(struct port *p, uint32_t n)
{
	uint32_t got = 0, here;

	while (got < n) {
		port_poll(p, POLLIN, 300);
		here = ring_space(host_rx(p));
		if (!here)
			break;
		ring_release(host_rx(p), here);
		got += here;
	}
	return got;
}

/* The backlog of a ring that is not read is dropped after 100 ms: no more may pass before it is. */
#define SOON_NS	50000000u

/*
 * Sends more frames than a ring of 64 slots has room for, then reads them. Where sending them takes
 * longer than the platform keeps their backlog, on a busy machine, the next round sends fewer.
 */
static void test_full_read(struct port *p, int fd)
{
	uint32_t got = 0, n = 200, tries;
	uint64_t start;

	for (tries = 0; tries < 50; tries++) {
		start = now_ns();
		broadcast(fd, n);
		if (now_ns() - start > SOON_NS && n > 70) {
			read_slots(p, n);
			n -= 10;
			continue;
		}
		got = read_slots(p, n);
		if (got == n)
			break;
	}
	is_num(got, n, "a ring of 64 slots that is read takes all of a burst that is larger");
	if (n < 200)
		diag("%u frames: 200 take too long to send here", n);
}

/* Frames without room wait for a reader in the backlog, but not without one. */
static void test_full(void)
{
	int fd = udp_socket("10.1.0.1", 5000), i;
	uint32_t lost = 0;
	struct port p;

	port_must(&p, "v0", .mode = NR_REG_SW, .rx_slots = 64);
	broadcast(fd, 600);
	for (i = 0; i < 1000 && lost < 600 - 63; i++) {
		sleep_ms(10);
		lost = lost_of(&p);
	}
	is_num(lost, 600 - 63,
	       "of 600 unread frames from the stack all but a ring full are lost, and counted");
	is_num(read_slots(&p, 63), 63, "those come");
	test_full_read(&p, fd);
	broadcast(fd, 200);
	port_close(&p);
	/* A packet in the backlog must not delay its device's end. */
	port_must(&p, "v0", .mode = NR_REG_SW, .rx_slots = 64);
	broadcast(fd, 200);
	is_err(link_delete("v0"), 0, "a device whose frames wait for room can be deleted");
	is_err(rxsync(&p), -ENXIO, "and the reader hears of it");
	port_close(&p);
	close(fd);
}

/* As much is lost, and as soon, while the wire is busy. */
static void test_full_busy(void)
{
	int fd = udp_socket("10.1.0.1", 5000), i;
	uint32_t lost = 0, came = 0;
	struct port p, far;

	port_must(&p, "v0", .mode = NR_REG_NIC_SW, .rx_slots = 64);
	port_must(&far, "v1");
	frame_make(buf, 60, FRAME_BROADCAST, 9, 1, 1);
	broadcast(fd, 200);
	for (i = 0; i < 2000 && lost < 200 - 63; i++) {
		port_send(&far, buf, 60);
		usleep(500);
		rxsync(&p);
		came += ring_space(port_rx(&p, 0));
		ring_release(port_rx(&p, 0), ring_space(port_rx(&p, 0)));
		lost = lost_of(&p);
	}
	ok(came, "a program reads what keeps coming from the wire");
	ok(lost >= 200 - 63,
	   "but not the stack's ring: soon what has no room there is lost, and counted");
	port_close(&far);
	port_close(&p);
	close(fd);
}

/* ---- segments of a stream -------------------------------------------------------------- */

static int packet_socket(const char *dev)
{
	struct sockaddr_ll addr = {
		.sll_family = AF_PACKET,
		.sll_protocol = htons(ETH_P_IP),
		.sll_ifindex = if_nametoindex(dev),
	};
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, htons(ETH_P_IP));
	struct timeval wait = { .tv_sec = 2 };

	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait));
	if (bind(fd, (struct sockaddr *)&addr, sizeof(addr)))
		give_up("a packet socket on %s: %s", dev, strerror(errno));
	return fd;
}

/* Three segments of a stream, and one after a gap. */
static void send_segments(struct port *p, struct net_pkt *k)
{
	uint32_t i;

	for (i = 0; i < 4; i++) {
		if (i == 3)
			k->seq += 1000;
		ring_put(host_tx(p), buf, net_make(buf, k), 0);
		k->seq += 1000;
		k->first_byte += 1000;
		k->ip_id++;
	}
	is_err(txsync(p), 0, "three segments of a stream, and one after a gap");
	k->seq -= 1000;
	k->first_byte -= 1000;
	k->ip_id--;
}

/* Where the device merges received frames, those of one batch are merged too. */
static void test_merged(bool gro)
{
	struct net_pkt k = { .tcp_flags = NET_ACK, .ip_id = 5, .seq = 100, .payload = 1000 };
	const uint32_t head = net_header_len(&k), frames = gro ? 1 : 3, each = 3000 / frames;
	uint32_t i, j, bad = 0;
	struct port p;
	int fd;

	need(link_set_gro("v0", gro), "GRO of v0");
	fd = packet_socket("v0");
	port_must(&p, "v0", .mode = NR_REG_SW);
	send_segments(&p, &k);
	for (j = 0; j < frames; j++) {
		is_num(recv(fd, buf, sizeof(buf), 0), head + each,
		       "the stack gets %u of the three in one frame%s", 3 / frames,
		       gro ? "" : ", for GRO is off");
		for (i = 0; i < each; i++)
			bad += buf[head + i] != net_payload_byte(j * each + i);
	}
	is_num(bad, 0, "of the same bytes");
	is_num(recv(fd, buf, sizeof(buf), 0), head + 1000, "and the other is itself");
	ok(net_is(buf, head + 1000, &k), "as it was");
	port_close(&p);
	close(fd);
	need(link_set_gro("v0", false), "GRO of v0");
}

/* ---- TCP through a bridge of card and stack --------------------------------------- */

struct transfer {
	struct stream stream;
	uint32_t ready, done;
	uint32_t forward;	/* by NS_FORWARD instead of a bridge */
};

static struct transfer *t;

static void mark(struct netmap_ring *rx)
{
	rx->flags |= NR_FORWARD;
	while (ring_space(rx)) {
		rx->slot[rx->head].flags |= NS_FORWARD;
		ring_release(rx, 1);
	}
}

static int bridge(void *arg)
{
	struct port p;

	(void)arg;
	port_must(&p, "v0", .mode = NR_REG_NIC_SW);
	__atomic_store_n(&t->ready, 1, __ATOMIC_RELEASE);
	while (!__atomic_load_n(&t->done, __ATOMIC_ACQUIRE)) {
		port_poll(&p, POLLIN, 20);
		if (t->forward) {
			mark(port_rx(&p, 0));
			mark(host_rx(&p));
		} else {
			ring_move(port_rx(&p, 0), host_tx(&p));
			ring_move(host_rx(&p), port_tx(&p, 0));
			txsync(&p);
		}
	}
	port_close(&p);
	return 0;
}

static void test_tcp(bool forward)
{
	const char *what = forward ? "NS_FORWARD" : "a bridge of card and stack";
	pid_t far, mid;

	memset(t, 0, sizeof(*t));
	t->stream =
		(struct stream){ .dev = "v1", .address = "10.1.0.2", .bytes = opt.packets * 1024 };
	t->forward = forward;
	need(link_veth("v0", "v1"), "a veth pair");
	need(link_address("v0", "10.1.0.1", 24), "address of v0");
	far = stream_serve(&t->stream);
	if (far < 0)
		need(far, "the stream's server");
	mid = child_start(bridge, NULL);
	while (!__atomic_load_n(&t->ready, __ATOMIC_ACQUIRE))
		usleep(1000);
	is_err(stream_run(&t->stream), 0, "TCP through %s: sent", what);
	is_num(child_wait(far), 0, "and received");
	is_num((int64_t)t->stream.got, (int64_t)t->stream.bytes, "all bytes");
	is_num((int64_t)t->stream.bad, 0, "each the right one");
	__atomic_store_n(&t->done, 1, __ATOMIC_RELEASE);
	is_num(child_wait(mid), 0, "the bridge ends");
	link_delete("v0");
}

static void test_vlan(void)
{
	struct port p, far;
	struct nm_info_ring info;
	int err, fd, n;

	need(link_veth("v0", "v1"), "a veth pair");
	err = link_vlan("v0.5", "v0", 5);
	if (err == -EOPNOTSUPP) {
		skip("the kernel has none", "a VLAN on v0");
		link_delete("v0");
		return;
	}
	need(err, "a VLAN on v0");
	need(link_address("v0.5", "10.5.0.1", 24), "its address");
	port_must(&far, "v1");
	fd = udp_socket("10.5.0.1", 5000);
	udp_to(fd, "10.5.0.2", 6000, 10);
	n = take_type(&far, port_rx(&far, 0), 0x8100);
	is_num(n, 46, "a tagged frame has its tag when it is received");
	ok(n == 46 && buf[14] == 0 && buf[15] == 5 && buf[16] == 8 && buf[17] == 6,
	   "number 5, then ARP");
	port_must(&p, "v0", .mode = NR_REG_SW);
	udp_to(fd, "10.5.0.3", 6000, 10);
	n = take_type(&p, host_rx(&p), 0x8100);
	is_num(n, 46, "so has one from the stack");
	ok(n == 46 && buf[15] == 5 && buf[17] == 6, "number 5, then ARP");
	ok(!inspect_ring("nosuch", 0, 0, &info), "no ring of a port that is not there");
	port_close(&p);
	port_must(&p, "v0");
	ok(ring_put(port_tx(&p, 0), buf, 46, 0) && !txsync(&p) &&
	   take_type(&far, port_rx(&far, 0), 0x8100) == 46, "and one that is sent keeps it");
	port_close(&far);
	port_close(&p);
	close(fd);
	link_delete("v0");
}

int main(int argc, char **argv)
{
	opt.packets = 3000;
	test_start(argc, argv);
	signal(SIGPIPE, SIG_IGN);
	ns_enter_new();
	t = shared_alloc(sizeof(*t));
	need(link_veth("v0", "v1"), "a veth pair");
	test_udp();
	test_wire_is_free();
	test_forward_too_long();
	test_merged(true);
	test_merged(false);
	test_full_busy();
	test_full();
	test_vlan();
	test_tcp(false);
	test_tcp(true);
	return test_done();
}
