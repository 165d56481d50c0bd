/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Packet sockets that send on netmap ports, for programs that use libpcap to read files or to list
 * interfaces and send by themselves, as tcpreplay does. A port is opened when a packet socket asks
 * for its index, by which the socket is then bound; what is sent by the socket goes to the port. The
 * socket itself is real, and is made to receive nothing.
 */
#include "shim.h"

#include <errno.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#define SOCKETS		1024		/* descriptors below this can be sockets of ours */
#define INDEX_FIRST	0x40000000	/* no interface has such an index; plus the descriptor */
#define MTU		1500	/* of a port that is no card */

/* The port that a socket sends to, and who opened it: a child's close() does not end it. */
static struct {
	struct handle *handle;	/* atomic */
	pid_t owner;
} sockets[SOCKETS];

/* Under names of our own here, for libc's headers have types of theirs. */
int our_ioctl(int fd, unsigned long cmd, ...) __asm__("ioctl");
int our_bind(int fd, const struct sockaddr *addr, socklen_t len) __asm__("bind");
ssize_t our_send(int fd, const void *data, size_t size, int flags) __asm__("send");
ssize_t our_sendto(int fd, const void *data, size_t size, int flags, const struct sockaddr *to,
		   socklen_t len) __asm__("sendto");
int our_close(int fd) __asm__("close");

static struct handle *port_of(int fd)
{
	struct handle *h = NULL;

	if (fd >= 0 && fd < SOCKETS)
		h = __atomic_load_n(&sockets[fd].handle, __ATOMIC_ACQUIRE);
	return h != NULL && sockets[fd].owner == getpid() ? h : NULL;
}

static void detach(int fd)
{
	struct handle *h = port_of(fd);
	int err = errno;

	if (h == NULL)
		return;
	__atomic_store_n(&sockets[fd].handle, NULL, __ATOMIC_RELEASE);
	pcap_close(h->face);
	errno = err;
}

/* Opens the port that a packet socket asks for. 0, or -1 with the errno of no such interface. */
static int attach(int fd, const char *name)
{
	char errbuf[PCAP_ERRBUF_SIZE] = "no more sockets";
	struct handle *h = port_of(fd);

	if (h != NULL && strcmp(h->name, name) == 0)
		return 0;
	detach(fd);
	h = fd >= 0 && fd < SOCKETS ? handle_new(name, SNAPLEN_MAX, errbuf) : NULL;
	if (h != NULL)
		h->only_sends = true;
	if (h != NULL && port_open(h) == 0) {
		sockets[fd].owner = getpid();
		__atomic_store_n(&sockets[fd].handle, h, __ATOMIC_RELEASE);
		return 0;
	}
	fprintf(stderr, "nm-pcap: %s\n", h != NULL ? pcap_geterr(h->face) : errbuf);
	handle_free(h);
	errno = ENODEV;
	return -1;
}

static bool is_packet_socket(int fd)
{
	socklen_t len = sizeof(int);
	int domain;

	return getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &len) == 0 && domain == AF_PACKET;
}

/* The system's answer for the card behind the name, if there is one: 0. */
static int ask_card(int fd, unsigned long cmd, struct ifreq *ifr)
{
	struct ifreq card = *ifr;
	size_t n;

	memmove(card.ifr_name, strchr(ifr->ifr_name, ':') + 1, strlen(strchr(ifr->ifr_name, ':')));
	n = strcspn(card.ifr_name, "{}^*+-@/");
	card.ifr_name[n] = '\0';
	if (SYSTEM(ioctl)(fd, cmd, &card) != 0)
		return -1;
	memcpy(card.ifr_name, ifr->ifr_name, sizeof(card.ifr_name));
	*ifr = card;
	return 0;
}

/* What a port that is no card has: a local address that says nothing, and the usual. */
static int answer(unsigned long cmd, struct ifreq *ifr)
{
	static const unsigned char local[] = { 2, 'n', 'm', 0, 0, 1 };

	if (cmd == SIOCGIFMTU) {
		ifr->ifr_mtu = MTU;
	} else if (cmd == SIOCGIFFLAGS) {
		ifr->ifr_flags = IFF_UP | IFF_RUNNING | IFF_BROADCAST;
	} else {
		memset(&ifr->ifr_hwaddr, 0, sizeof(ifr->ifr_hwaddr));
		ifr->ifr_hwaddr.sa_family = ARPHRD_ETHER;
		memcpy(ifr->ifr_hwaddr.sa_data, local, sizeof(local));
	}
	return 0;
}

static int ask(int fd, unsigned long cmd, struct ifreq *ifr)
{
	if (cmd != SIOCGIFINDEX)
		return ask_card(fd, cmd, ifr) == 0 ? 0 : answer(cmd, ifr);
	if (attach(fd, ifr->ifr_name) != 0)
		return -1;
	ifr->ifr_ifindex = INDEX_FIRST + fd;
	return 0;
}

static bool is_question(unsigned long cmd)
{
	return cmd == SIOCGIFINDEX || cmd == SIOCGIFHWADDR || cmd == SIOCGIFFLAGS || cmd == SIOCGIFMTU;
}

int our_ioctl(int fd, unsigned long cmd, ...)
{
	struct ifreq *ifr;
	va_list ap;

	va_start(ap, cmd);
	ifr = va_arg(ap, struct ifreq *);
	va_end(ap);
	if (is_question(cmd) && memchr(ifr->ifr_name, '\0', IFNAMSIZ) != NULL &&
	    port_is_named(ifr->ifr_name) && is_packet_socket(fd))
		return ask(fd, cmd, ifr);
	return SYSTEM(ioctl)(fd, cmd, ifr);
}

static bool is_our_index(int fd, const struct sockaddr *addr, socklen_t len)
{
	struct sockaddr_ll ll = { .sll_family = AF_UNSPEC };

	if (addr != NULL && len >= offsetof(struct sockaddr_ll, sll_hatype))
		memcpy(&ll, addr, len < sizeof(ll) ? len : sizeof(ll));
	return ll.sll_family == AF_PACKET && ll.sll_ifindex == INDEX_FIRST + fd && port_of(fd) != NULL;
}

int our_bind(int fd, const struct sockaddr *addr, socklen_t len)
{
	/* Bound to no protocol, the socket itself receives nothing. */
	struct sockaddr_ll none = { .sll_family = AF_PACKET };
	union {
		const struct sockaddr *plain;
		const struct sockaddr_ll *packet;
	} to = { .plain = addr };

	if (is_our_index(fd, addr, len)) {
		to.packet = &none;
		len = sizeof(none);
	}
	return SYSTEM(bind)(fd, to.plain, len);
}

ssize_t our_send(int fd, const void *data, size_t size, int flags)
{
	struct handle *h = port_of(fd);
	int ret;

	if (h == NULL)
		return SYSTEM(send)(fd, data, size, flags);
	errno = 0;
	ret = send_packet(h, data, size);
	if (ret >= 0)
		return ret;
	if (errno == 0)
		errno = EIO;
	return -1;
}

ssize_t our_sendto(int fd, const void *data, size_t size, int flags, const struct sockaddr *to,
		   socklen_t len)
{
	if (is_our_index(fd, to, len) || (to == NULL && port_of(fd) != NULL))
		return our_send(fd, data, size, flags);
	return SYSTEM(sendto)(fd, data, size, flags, to, len);
}

int our_close(int fd)
{
	detach(fd);
	return SYSTEM(close)(fd);
}
