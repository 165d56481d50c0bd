// SPDX-License-Identifier: BSD-2-Clause
/* What the broker opens in a network namespace: sockets on a device, and the TAP beside it. */
#define OS_PLATFORM
#include <arpa/inet.h>
#include <fcntl.h>
#include <libmnl/libmnl.h>
#include <linux/if_arp.h>
#include <linux/if_ether.h>
#include <linux/if_link.h>
#include <linux/if_packet.h>
#include <linux/if_tun.h>
#include <linux/rtnetlink.h>
#include <linux/sockios.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "broker.h"

#define SEND_BUFFER	(4 << 20)
#define RECEIVE_BUFFER	(8 << 20)
#define EVENT_BUFFER	(1 << 20)

/* Frames that the stack has sent and nobody has read yet: bursts of TCP fit. */
#define TAP_QUEUE	4096

/* ---- the device -------------------------------------------------------------------- */

/* An ioctl of the namespace's devices; 0 or -errno. */
int net_ioctl(unsigned long what, struct ifreq *ifr)
{
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0), err;

	if (fd < 0)
		return -errno;
	err = ioctl(fd, what, ifr) ? -errno : 0;
	close(fd);
	return err;
}

int net_name(uint32_t ifindex, char name[IFNAMSIZ])
{
	struct ifreq ifr = { .ifr_ifindex = (int)ifindex };
	int err = net_ioctl(SIOCGIFNAME, &ifr);

	memcpy(name, ifr.ifr_name, IFNAMSIZ);
	return err;
}

static int link_of(const struct nlmsghdr *msg, void *arg)
{
	const struct ifinfomsg *in = mnl_nlmsg_get_payload(msg);
	struct broker_link *link = arg;
	const struct nlattr *a;

	link->ifindex = (uint32_t)in->ifi_index;
	link->flags = in->ifi_flags;
	link->queues[0] = in->ifi_type;		/* until net_find() has looked at it */
	mnl_attr_for_each(a, msg, sizeof(*in)) {
		if (mnl_attr_get_type(a) == IFLA_MTU)
			link->mtu = mnl_attr_get_u32(a);
		else if (mnl_attr_get_type(a) == IFLA_IFNAME)
			strncpy(link->name, mnl_attr_get_str(a), sizeof(link->name) - 1);
	}
	return MNL_CB_OK;
}

static int link_ask(struct mnl_socket *s, const char *name, struct broker_link *link)
{
	_Alignas(struct nlmsghdr) char buf[16384];
	struct nlmsghdr *msg = mnl_nlmsg_put_header(buf);
	ssize_t n;

	msg->nlmsg_type = RTM_GETLINK;
	msg->nlmsg_flags = NLM_F_REQUEST;
	mnl_nlmsg_put_extra_header(msg, sizeof(struct ifinfomsg));
	mnl_attr_put_strz(msg, IFLA_IFNAME, name);
	if (mnl_socket_sendto(s, msg, msg->nlmsg_len) < 0)
		return -errno;
	n = mnl_socket_recvfrom(s, buf, sizeof(buf));
	if (n < 0 || mnl_cb_run(buf, (size_t)n, 0, 0, link_of, link) < 0)
		return -errno;
	return link->ifindex ? 0 : -ENODEV;
}

/* -ENXIO there is none, -ELOOP the loopback device, -EOPNOTSUPP no Ethernet. */
int net_find(const char *name, struct broker_link *link)
{
	struct mnl_socket *s = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC);
	int err;

	if (!s)
		return -errno;
	*link = (struct broker_link){ .ifindex = 0 };
	err = link_ask(s, name, link);
	mnl_socket_close(s);
	if (err)
		return err == -ENODEV || err == -EINVAL ? -ENXIO : err;
	if (link->flags & IFF_LOOPBACK)
		return -ELOOP;
	if (link->queues[0] != ARPHRD_ETHER)
		return -EOPNOTSUPP;
	net_queues_told(name, link);
	link->has_zero_copy = net_has_zero_copy(link->ifindex);
	return 0;
}

int net_events(void)
{
	const struct sockaddr_nl addr = { .nl_family = AF_NETLINK, .nl_groups = RTMGRP_LINK };
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE), room = EVENT_BUFFER, err;

	if (fd < 0)
		return -errno;
	setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof(room));
	if (!bind(fd, (const void *)&addr, sizeof(addr)))
		return fd;
	err = -errno;
	close(fd);
	return err;
}

/* ---- sockets ------------------------------------------------------------------------ */

static int packet_set(int fd, int option, int value)
{
	return setsockopt(fd, SOL_PACKET, option, &value, sizeof(value));
}

static int packet_bind(int fd, uint32_t ifindex, uint16_t protocol)
{
	const struct sockaddr_ll addr = {
		.sll_family = AF_PACKET, .sll_protocol = htons(protocol), .sll_ifindex = (int)ifindex,
	};

	return bind(fd, (const void *)&addr, sizeof(addr));
}

static int ring_set(int fd, uint32_t slots, uint32_t slot_size)
{
	const uint32_t block = slot_size < (64u << 10) ? 64u << 10 : slot_size;
	const struct tpacket_req req = {
		.tp_block_size = block, .tp_block_nr = slots * slot_size / block,
		.tp_frame_size = slot_size, .tp_frame_nr = slots,
	};

	return setsockopt(fd, SOL_PACKET, PACKET_TX_RING, &req, sizeof(req));
}

/*
 * Only to send: with no protocol, nothing comes. The device's egress program knows our frames by the mark.
 * PACKET_QDISC_BYPASS would spare them that, but some kernels divide by the number of transmit queues
 * there, which is 0 while a device is removed (seen in 6.1).
 */
int net_tx(uint32_t ifindex, uint32_t slots, uint32_t slot_size, int32_t mark)
{
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0), room = SEND_BUFFER, err;

	if (fd < 0)
		return -errno;
	setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &room, sizeof(room));
	if (!packet_set(fd, PACKET_VERSION, TPACKET_V2) && !packet_set(fd, PACKET_VNET_HDR, 1) &&
	    !packet_set(fd, PACKET_LOSS, 1) &&
	    !setsockopt(fd, SOL_SOCKET, SO_MARK, &mark, sizeof(mark)) &&
	    !ring_set(fd, slots, slot_size) && !packet_bind(fd, ifindex, 0))
		return fd;
	err = -errno;
	close(fd);
	return err;
}

int net_rx(uint32_t ifindex, int filter)
{
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0), room = RECEIVE_BUFFER, err;

	if (fd < 0)
		return -errno;
	setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof(room));
	if (!packet_set(fd, PACKET_VNET_HDR, 1) && !packet_set(fd, PACKET_AUXDATA, 1) &&
	    !packet_set(fd, PACKET_IGNORE_OUTGOING, 1) &&
	    !setsockopt(fd, SOL_SOCKET, SO_ATTACH_BPF, &filter, sizeof(filter)) &&
	    !packet_bind(fd, ifindex, ETH_P_ALL))
		return fd;
	err = -errno;
	close(fd);
	return err;
}

/* ---- the TAP ------------------------------------------------------------------------ */

/* It says nothing by itself: no addresses, no IPv6. Where that cannot be said, there is none. */
static void be_silent(const char *name)
{
	char path[96];
	int fd;

	snprintf(path, sizeof(path), "/proc/sys/net/ipv6/conf/%s/disable_ipv6", name);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return;
	if (write(fd, "1", 1) != 1)
		os_log(OS_WARN, "cannot write %s: %s", path, strerror(errno));
	close(fd);
}

static int tap_set_up(struct ifreq *ifr)
{
	int err;

	be_silent(ifr->ifr_name);
	ifr->ifr_qlen = TAP_QUEUE;
	err = net_ioctl(SIOCSIFTXQLEN, ifr);
	if (!err)
		err = net_ioctl(SIOCGIFFLAGS, ifr);
	ifr->ifr_flags |= IFF_UP | IFF_NOARP;
	return err ? err : net_ioctl(SIOCSIFFLAGS, ifr);
}

static void tap_name(uint32_t ifindex, char name[IFNAMSIZ])
{
	snprintf(name, IFNAMSIZ, "nmstack%u", ifindex);
}

int net_tap_end(uint32_t ifindex)
{
	_Alignas(struct nlmsghdr) char buf[512];
	struct mnl_socket *s = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC);
	struct nlmsghdr *msg = mnl_nlmsg_put_header(buf);
	char name[IFNAMSIZ];
	int err = 0;

	if (!s)
		return -errno;
	tap_name(ifindex, name);
	msg->nlmsg_type = RTM_DELLINK;
	msg->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
	mnl_nlmsg_put_extra_header(msg, sizeof(struct ifinfomsg));
	mnl_attr_put_strz(msg, IFLA_IFNAME, name);
	/* The answer comes when it is gone; that there is none is as good. */
	if (mnl_socket_sendto(s, msg, msg->nlmsg_len) < 0 || mnl_socket_recvfrom(s, buf, sizeof(buf)) < 0)
		err = -errno;
	mnl_socket_close(s);
	return err;
}

int net_tap(uint32_t ifindex, uint32_t *tap)
{
	const unsigned int offloads = TUN_F_CSUM | TUN_F_TSO4 | TUN_F_TSO6 | TUN_F_TSO_ECN;
	struct ifreq ifr = { .ifr_flags = IFF_TAP | IFF_NO_PI | IFF_VNET_HDR };
	int fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC | O_NONBLOCK), err;

	if (fd < 0)
		return -errno;
	tap_name(ifindex, ifr.ifr_name);
	err = ioctl(fd, TUNSETIFF, &ifr) || ioctl(fd, TUNSETOFFLOAD, offloads) ? -errno : tap_set_up(&ifr);
	if (!err)
		err = net_ioctl(SIOCGIFINDEX, &ifr);
	*tap = (uint32_t)ifr.ifr_ifindex;
	if (!err)
		return fd;
	close(fd);
	return err;
}
