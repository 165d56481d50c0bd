// SPDX-License-Identifier: BSD-2-Clause
/*
 * A device's queues, LRO and GRO, by ethtool's ioctl; and the netlink socket by which ethtool
 * reports that the number of queues has changed.
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

uint32_t ethtool_queues(const char *name, bool rx)
{
	struct ethtool_channels ch = { .cmd = ETHTOOL_GCHANNELS };
	struct ifreq ifr = { .ifr_data = (void *)&ch };
	uint32_t n;

	strncpy(ifr.ifr_name, name, sizeof(ifr.ifr_name) - 1);
	if (link_ioctl(SIOCETHTOOL, &ifr))
		return 1;
	n = ch.combined_count + (rx ? ch.rx_count : ch.tx_count);
	return n ? n : 1;
}

int ethtool_lro_set(const char *name, bool on)
{
	struct ethtool_value v = { .cmd = ETHTOOL_GFLAGS };
	struct ifreq ifr = { .ifr_data = (void *)&v };
	int err;

	strncpy(ifr.ifr_name, name, sizeof(ifr.ifr_name) - 1);
	err = link_ioctl(SIOCETHTOOL, &ifr);
	if (err || !!(v.data & ETH_FLAG_LRO) == on)
		return err;
	v.cmd = ETHTOOL_SFLAGS;
	v.data ^= ETH_FLAG_LRO;
	err = link_ioctl(SIOCETHTOOL, &ifr);
	return err ? err : 1;
}

bool ethtool_has_gro(const char *name)
{
	struct ethtool_value v = { .cmd = ETHTOOL_GGRO };
	struct ifreq ifr = { .ifr_data = (void *)&v };

	strncpy(ifr.ifr_name, name, sizeof(ifr.ifr_name) - 1);
	return !link_ioctl(SIOCETHTOOL, &ifr) && v.data;
}

void ethtool_link_queues(const char *name, struct broker_link *link)
{
	link->queues[0] = ethtool_queues(name, false);
	link->queues[1] = ethtool_queues(name, true);
	if (link->queues[1] > BROKER_QUEUES_MAX)
		link->queues[1] = BROKER_QUEUES_MAX;
}

/* ---- events -------------------------------------------------------------------------- */

static int group_parse(const struct nlattr *group, void *arg)
{
	const struct nlattr *a;
	uint32_t id = 0, *found = arg;
	bool is_monitor = false;

	mnl_attr_for_each_nested(a, group) {
		if (mnl_attr_get_type(a) == CTRL_ATTR_MCAST_GRP_ID)
			id = mnl_attr_get_u32(a);
		else if (mnl_attr_get_type(a) == CTRL_ATTR_MCAST_GRP_NAME)
			is_monitor = !strcmp(mnl_attr_get_str(a), ETHTOOL_MCGRP_MONITOR_NAME);
	}
	if (is_monitor)
		*found = id;
	return MNL_CB_OK;
}

static int groups_parse(const struct nlattr *a, void *arg)
{
	if (mnl_attr_get_type(a) != CTRL_ATTR_MCAST_GROUPS)
		return MNL_CB_OK;
	return mnl_attr_parse_nested(a, group_parse, arg);
}

static int family_parse(const struct nlmsghdr *msg, void *arg)
{
	return mnl_attr_parse(msg, sizeof(struct genlmsghdr), groups_parse, arg);
}

/* Return the number of ethtool's multicast group for changes; 0: this kernel has none. */
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
	if (n < 0 || mnl_cb_run(buf, (size_t)n, 0, 0, family_parse, &group) < 0)
		return 0;
	return group;
}

int ethtool_queue_events(void)
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
