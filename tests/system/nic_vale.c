// SPDX-License-Identifier: BSD-2-Clause
/*
 * Network devices on a switch: frames cross between cards, programs and the stack; detaching,
 * removal of the device and the end of its namespace leave nothing.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "frame.h"
#include "inspect.h"
#include "link.h"
#include "port.h"

static uint8_t buf[2048], got[2048];

static void need(int err, const char *what)
{
	if (err)
		give_up("%s: %s", what, strerror(-err));
}

static int attach(const char *name, uint32_t mode)
{
	struct nmreq_vale_attach at = { .reg.nr_mode = mode };

	return ctrl_once(NETMAP_REQ_VALE_ATTACH, name, &at);
}

static int detach(const char *name)
{
	struct nmreq_vale_detach det = { 0 };

	return ctrl_once(NETMAP_REQ_VALE_DETACH, name, &det);
}

/* Wait for a frame of that flow; others are skipped. */
static bool comes(struct port *p, uint32_t len, uint32_t flow, uint64_t seq)
{
	int tries, n;

	for (tries = 0; tries < 400; tries++) {
		n = port_recv(p, got, sizeof(got));
		if (n == (int)len && frame_is(got, len, 2, 1, flow, seq))
			return true;
		if (n == -EAGAIN)
			port_poll(p, POLLIN, 50);
		else if (n < 0)
			return false;
	}
	return false;
}

static unsigned int strays;

/* Wait for the datagram that the stack broadcasts; count other frames. */
static bool datagram_comes(struct port *p)
{
	int tries, n;

	for (tries = 0; tries < 400; tries++) {
		n = port_recv(p, got, sizeof(got));
		if (n == 142 && !memcmp(got + 42, buf, 100))
			return true;
		if (n == -EAGAIN)
			port_poll(p, POLLIN, 50);
		else
			strays++;
	}
	return false;
}

static bool crosses(struct port *from, struct port *to, uint32_t len, uint64_t seq)
{
	frame_make(buf, len, 2, 1, 3, seq);
	return !port_send(from, buf, len) && comes(to, len, 3, seq);
}

static void test_card(void)
{
	struct port sw, far, p;

	port_must(&sw, "vale60:p");
	port_must(&far, "v1");
	is_err(attach("vale60:v0", NR_REG_ALL_NIC), 0, "a card is attached");
	is_err(attach("vale60:v0", NR_REG_ALL_NIC), -EBUSY, "once");
	is_err(attach("vale61:v0", NR_REG_ALL_NIC), -EBUSY, "and to one switch");
	is_err(port_open(&p, "v0"), -EBUSY, "its rings are the switch's");
	is_err(port_open(&p, "vale60:v0"), -EBUSY, "so is its port there");
	ok(crosses(&sw, &far, 60, 1), "from a program through the switch to the wire");
	ok(crosses(&far, &sw, 60, 2), "and back");
	ok(crosses(&sw, &far, 1514, 3) && crosses(&far, &sw, 1514, 4), "1514 bytes too");
	is_err(detach("vale60:v0"), 0, "detached");
	is_err(detach("vale60:v0"), -ENXIO, "once");
	is_err(port_open(&p, "v0"), 0, "and it can be opened");
	port_close(&p);
	is_err(attach("vale60:v0", NR_REG_ALL_NIC), 0, "attached again");
	ok(crosses(&sw, &far, 60, 5), "it works");
	is_err(detach("vale60:v0"), 0, "detached");
	port_close(&sw);
	port_close(&far);
}

static int udp(const char *addr)
{
	struct sockaddr_in sin = { .sin_family = AF_INET, .sin_port = htons(5000) };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), one = 1;

	inet_pton(AF_INET, addr, &sin.sin_addr);
	setsockopt(fd, SOL_SOCKET, SO_BROADCAST, &one, sizeof(one));
	if (bind(fd, (struct sockaddr *)&sin, sizeof(sin)))
		give_up("bind: %s", strerror(errno));
	return fd;
}

/* A broadcast of the stack reaches a program on the switch, and the wire. */
static void test_host(void)
{
	struct sockaddr_in all = { .sin_family = AF_INET, .sin_port = htons(6000) };
	struct port sw, far;
	int fd;

	port_must(&sw, "vale60:p");
	port_must(&far, "v1");
	is_err(attach("vale60:v0", NR_REG_NIC_SW), 0, "a card is attached with its stack");
	need(link_address("v0", "10.6.0.1", 24), "address of v0");
	fd = udp("10.6.0.1");
	inet_pton(AF_INET, "255.255.255.255", &all.sin_addr);
	setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, "v0", 3);
	port_drain(&sw);
	port_drain(&far);
	frame_make(buf, 100, 2, 1, 9, 1);
	sendto(fd, buf, 100, 0, (struct sockaddr *)&all, sizeof(all));
	ok(datagram_comes(&sw), "what the stack sends reaches the switch");
	ok(datagram_comes(&far), "and the wire");
	is_num(strays, 0, "and nothing else, such as the stack's own copy of it");
	ok(crosses(&sw, &far, 60, 6), "from a program to the wire");
	is_err(detach("vale60:v0"), 0, "detached");
	port_close(&sw);
	port_close(&far);
	close(fd);
}

static void test_two_cards(void)
{
	struct port a, b;

	need(link_veth("w0", "w1"), "another pair");
	is_err(attach("vale62:v0", NR_REG_ALL_NIC), 0, "a card");
	is_err(attach("vale62:w0", NR_REG_ALL_NIC), 0, "and another on one switch");
	port_must(&a, "v1");
	port_must(&b, "w1");
	ok(crosses(&a, &b, 60, 7) && crosses(&b, &a, 1000, 8), "bridged");
	port_close(&a);
	port_close(&b);
	need(link_delete("w0"), "delete one");
	need(link_veth("w0", "w1"), "a new one of that name");
	is_err(attach("vale62:w0", NR_REG_ALL_NIC), 0, "is attached in its place");
	port_must(&a, "v1");
	port_must(&b, "w1");
	ok(crosses(&a, &b, 60, 9), "and works");
	port_close(&a);
	port_close(&b);
	is_err(detach("vale62:v0"), 0, "detached");
	is_err(detach("vale62:w0"), 0, "both");
	link_delete("w0");
}

int main(int argc, char **argv)
{
	int64_t alive;

	test_start(argc, argv);
	ns_enter_new();
	alive = inspect_alive_alone();
	need(link_veth("v0", "v1"), "a veth pair");
	is_err(attach("vale60:nosuch0", NR_REG_ALL_NIC), -ENXIO, "a device that does not exist");
	is_err(attach("vale60:lo", NR_REG_ALL_NIC), -EOPNOTSUPP, "the loopback device");
	test_card();
	test_host();
	test_two_cards();
	is_num(inspect_settled(alive), alive, "nothing is left");
	/* Left for the namespace's end and unloading; netmapd would keep the namespace. */
	is_err(attach("vale63:v0", NR_REG_NIC_SW), 0, "one stays attached");
	if (dev_is_process())
		is_err(detach("vale63:v0"), 0, "but not in a process");
	return test_done();
}
