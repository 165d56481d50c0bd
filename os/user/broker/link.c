// SPDX-License-Identifier: BSD-2-Clause
/*
 * A device of the network namespace: its name, what it is, and the socket that reports its changes.
 */
#define OS_PLATFORM
#include <libmnl/libmnl.h>
#include <linux/if_arp.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <linux/sockios.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "broker.h"

#define EVENT_BUFFER	(1 << 20)

int link_ioctl(unsigned long what, struct ifreq *ifr)
{
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0), err;

	if (fd < 0)
		return -errno;
	err = ioctl(fd, what, ifr) ? -errno : 0;
	close(fd);
	return err;
}

int link_name(uint32_t ifindex, char name[IFNAMSIZ])
{
	struct ifreq ifr = { .ifr_ifindex = (int)ifindex };
	int err = link_ioctl(SIOCGIFNAME, &ifr);

	memcpy(name, ifr.ifr_name, IFNAMSIZ);
	return err;
}

static int link_parse(const struct nlmsghdr *msg, void *arg)
{
	const struct ifinfomsg *in = mnl_nlmsg_get_payload(msg);
	struct broker_link *link = arg;
	const struct nlattr *a;

	link->ifindex = (uint32_t)in->ifi_index;
	link->flags = in->ifi_flags;
	link->queues[0] = in->ifi_type;		/* the type, until link_find() has checked it */
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
	if (n < 0 || mnl_cb_run(buf, (size_t)n, 0, 0, link_parse, link) < 0)
		return -errno;
	return link->ifindex ? 0 : -ENODEV;
}

int link_find(const char *name, struct broker_link *link)
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
	ethtool_link_queues(name, link);
	link->has_zero_copy = xdp_has_zero_copy(link->ifindex);
	return 0;
}

int link_events(void)
{
	const struct sockaddr_nl addr = { .nl_family = AF_NETLINK, .nl_groups = RTMGRP_LINK };
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE), room = EVENT_BUFFER,
	    err;

	if (fd < 0)
		return -errno;
	setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof(room));
	if (!bind(fd, (const void *)&addr, sizeof(addr)))
		return fd;
	err = -errno;
	close(fd);
	return err;
}
