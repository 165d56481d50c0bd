/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Packet sockets that send on netmap ports, for programs that use libpcap to read files or to list
 * interfaces, but send by themselves, as tcpreplay does. A port is opened when the program asks for
 * its interface index on a packet socket, to which it then binds the socket; packets sent by the
 * socket go to the port. The socket itself is real, and is bound so that it receives nothing.
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

#define SOCKETS		1024		/* descriptors below this can have a port */
#define INDEX_FIRST	0x40000000	/* plus the descriptor: no interface has such an index */
#define MTU		1500		/* of a port that is not a card */

/* The port to which a socket sends, and the process that opened it: a child must not close it. */
static struct {
	struct handle *handle;	/* atomic */
	pid_t owner;
} sockets[SOCKETS];

/* Other names in C, because libc's headers declare these functions with other types. */
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

static void port_detach(int fd)
{
	struct handle *h = port_of(fd);
	int err = errno;

	if (h == NULL)
		return;
	__atomic_store_n(&sockets[fd].handle, NULL, __ATOMIC_RELEASE);
	pcap_close(h->face);
	errno = err;
}

/* Open the port for a packet socket. Returns 0, or -1 with the errno for an unknown interface. */
static int port_attach(int fd, const char *name)
{
	char errbuf[PCAP_ERRBUF_SIZE] = "the descriptor of the packet socket is above 1023";
	struct handle *h = port_of(fd);

	if (h != NULL && strcmp(h->name, name) == 0)
		return 0;
	port_detach(fd);
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

/* Get the answer from the card of that name. Returns 0, or -1 if there is no such card. */
static int card_ioctl(int fd, unsigned long cmd, struct ifreq *ifr)
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

/* Answer for a port that is not a card: a locally administered address, and usual values. */
static int port_answer(unsigned long cmd, struct ifreq *ifr)
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

static int port_ioctl(int fd, unsigned long cmd, struct ifreq *ifr)
{
	if (cmd != SIOCGIFINDEX)
		return card_ioctl(fd, cmd, ifr) == 0 ? 0 : port_answer(cmd, ifr);
	if (port_attach(fd, ifr->ifr_name) != 0)
		return -1;
	ifr->ifr_ifindex = INDEX_FIRST + fd;
	return 0;
}

static bool is_get(unsigned long cmd)
{
	return cmd == SIOCGIFINDEX || cmd == SIOCGIFHWADDR || cmd == SIOCGIFFLAGS ||
	       cmd == SIOCGIFMTU;
}

int our_ioctl(int fd, unsigned long cmd, ...)
{
	struct ifreq *ifr;
	va_list ap;

	va_start(ap, cmd);
	ifr = va_arg(ap, struct ifreq *);
	va_end(ap);
	if (is_get(cmd) && memchr(ifr->ifr_name, '\0', IFNAMSIZ) != NULL &&
	    port_is_named(ifr->ifr_name) && is_packet_socket(fd))
		return port_ioctl(fd, cmd, ifr);
	return SYSTEM(ioctl)(fd, cmd, ifr);
}

static bool is_our_index(int fd, const struct sockaddr *addr, socklen_t len)
{
	struct sockaddr_ll ll = { .sll_family = AF_UNSPEC };

	if (addr != NULL && len >= offsetof(struct sockaddr_ll, sll_hatype))
		memcpy(&ll, addr, len < sizeof(ll) ? len : sizeof(ll));
	return ll.sll_family == AF_PACKET && ll.sll_ifindex == INDEX_FIRST + fd &&
	       port_of(fd) != NULL;
}

int our_bind(int fd, const struct sockaddr *addr, socklen_t len)
{
	/* A socket bound to no protocol receives nothing. */
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
	port_detach(fd);
	return SYSTEM(close)(fd);
}
