// SPDX-License-Identifier: BSD-2-Clause
/* What ethtool sets: queues and features of a device. */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "link.h"

static int tool(const char *name, void *data)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), err;
	struct ifreq ifr = { .ifr_data = data };

	if (fd < 0)
		return -errno;
	strncpy(ifr.ifr_name, name, sizeof(ifr.ifr_name) - 1);
	err = ioctl(fd, SIOCETHTOOL, &ifr) ? -errno : 0;
	close(fd);
	return err;
}

int link_queues(const char *name, uint32_t n)
{
	struct ethtool_channels c = { .cmd = ETHTOOL_GCHANNELS };
	int err = tool(name, &c);

	if (err)
		return err;
	c.cmd = ETHTOOL_SCHANNELS;
	if (c.max_combined)
		c.combined_count = n;
	else
		c.rx_count = c.tx_count = n;
	return tool(name, &c);
}

int link_lro(const char *name)
{
	struct ethtool_value v = { .cmd = ETHTOOL_GFLAGS };
	int err = tool(name, &v);

	return err ? err : !!(v.data & ETH_FLAG_LRO);
}

int link_set_lro(const char *name, bool on)
{
	struct ethtool_value v = { .cmd = ETHTOOL_GFLAGS };
	int err = tool(name, &v);

	v.cmd = ETHTOOL_SFLAGS;
	v.data = (v.data & ~(uint32_t)ETH_FLAG_LRO) | (on ? ETH_FLAG_LRO : 0);
	return err ? err : tool(name, &v);
}

int link_gro(const char *name)
{
	struct ethtool_value v = { .cmd = ETHTOOL_GGRO };
	int err = tool(name, &v);

	return err ? err : !!v.data;
}

int link_set_gro(const char *name, bool on)
{
	struct ethtool_value v = { .cmd = ETHTOOL_SGRO, .data = on };

	return tool(name, &v);
}
