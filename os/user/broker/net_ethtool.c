// SPDX-License-Identifier: BSD-2-Clause
/*
 * What the broker asks and sets of a device by ethtool: how many queues it has, and who is told when these
 * become more or fewer; whether its hardware merges frames, or the stack those that it receives.
 */
#define OS_PLATFORM
#include <libmnl/libmnl.h>
#include <linux/ethtool.h>
#include <linux/ethtool_netlink.h>
#include <linux/genetlink.h>
#include <linux/sockios.h>
#include <sys/socket.h>
#include <unistd.h>

#include "broker.h"

/* Few kinds of devices tell; those that do not have one. */
uint32_t net_queues(const char *name, bool rx)
{
	struct ethtool_channels ch = { .cmd = ETHTOOL_GCHANNELS };
	struct ifreq ifr = { .ifr_data = (void *)&ch };
	uint32_t n;

	strncpy(ifr.ifr_name, name, sizeof(ifr.ifr_name) - 1);
	if (net_ioctl(SIOCETHTOOL, &ifr))
		return 1;
	n = ch.combined_count + (rx ? ch.rx_count : ch.tx_count);
	return n ? n : 1;
}

int net_lro(const char *name, bool on)
{
	struct ethtool_value v = { .cmd = ETHTOOL_GFLAGS };
	struct ifreq ifr = { .ifr_data = (void *)&v };
	int err;

	strncpy(ifr.ifr_name, name, sizeof(ifr.ifr_name) - 1);
	err = net_ioctl(SIOCETHTOOL, &ifr);
	if (err || !!(v.data & ETH_FLAG_LRO) == on)
		return err;
	v.cmd = ETHTOOL_SFLAGS;
	v.data ^= ETH_FLAG_LRO;
	err = net_ioctl(SIOCETHTOOL, &ifr);
	return err ? err : 1;
}

bool net_gro(const char *name)
{
	struct ethtool_value v = { .cmd = ETHTOOL_GGRO };
	struct ifreq ifr = { .ifr_data = (void *)&v };

	strncpy(ifr.ifr_name, name, sizeof(ifr.ifr_name) - 1);
	return !net_ioctl(SIOCETHTOOL, &ifr) && v.data;
}

void net_queues_told(const char *name, struct broker_link *link)
{
	link->queues[0] = net_queues(name, false);
	link->queues[1] = net_queues(name, true);
	if (link->queues[1] > BROKER_QUEUES_MAX)
		link->queues[1] = BROKER_QUEUES_MAX;
}

/* ---- being told --------------------------------------------------------------------- */

static int group_of(const struct nlattr *group, void *arg)
{
	const struct nlattr *a;
	uint32_t id = 0, *found = arg;
	bool is_it = false;

	mnl_attr_for_each_nested(a, group) {
		if (mnl_attr_get_type(a) == CTRL_ATTR_MCAST_GRP_ID)
			id = mnl_attr_get_u32(a);
		else if (mnl_attr_get_type(a) == CTRL_ATTR_MCAST_GRP_NAME)
			is_it = !strcmp(mnl_attr_get_str(a), ETHTOOL_MCGRP_MONITOR_NAME);
	}
	if (is_it)
		*found = id;
	return MNL_CB_OK;
}

static int groups_of(const struct nlattr *a, void *arg)
{
	if (mnl_attr_get_type(a) != CTRL_ATTR_MCAST_GROUPS)
		return MNL_CB_OK;
	return mnl_attr_parse_nested(a, group_of, arg);
}

static int family_of(const struct nlmsghdr *msg, void *arg)
{
	return mnl_attr_parse(msg, sizeof(struct genlmsghdr), groups_of, arg);
}

/* The number of ethtool's group for those who want to hear of changes; 0: this kernel has none. */
static uint32_t group_find(int fd)
{
	_Alignas(struct nlmsghdr) char buf[16384];
	struct nlmsghdr *msg = mnl_nlmsg_put_header(buf);
	struct genlmsghdr *ge;
	uint32_t group = 0;
	ssize_t n;

	msg->nlmsg_type = GENL_ID_CTRL;
	msg->nlmsg_flags = NLM_F_REQUEST;
	ge = mnl_nlmsg_put_extra_header(msg, sizeof(*ge));
	ge->cmd = CTRL_CMD_GETFAMILY;
	ge->version = 1;
	mnl_attr_put_strz(msg, CTRL_ATTR_FAMILY_NAME, ETHTOOL_GENL_NAME);
	if (send(fd, msg, msg->nlmsg_len, 0) < 0)
		return 0;
	n = recv(fd, buf, sizeof(buf), 0);
	if (n < 0 || mnl_cb_run(buf, (size_t)n, 0, 0, family_of, &group) < 0)
		return 0;
	return group;
}

int net_queue_events(void)
{
	const struct sockaddr_nl addr = { .nl_family = AF_NETLINK };
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_GENERIC);
	uint32_t group;

	if (fd < 0)
		return -errno;
	group = bind(fd, (const void *)&addr, sizeof(addr)) ? 0 : group_find(fd);
	if (group && !setsockopt(fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &group, sizeof(group)))
		return fd;
	close(fd);
	return -EOPNOTSUPP;
}
