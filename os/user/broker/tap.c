// SPDX-License-Identifier: BSD-2-Clause
/*
 * The TAP beside a device, by which the server exchanges frames with the device's stack. Its name
 * has the device's number, so that a second daemon cannot attach the same device.
 */
#define OS_PLATFORM
#include <fcntl.h>
#include <libmnl/libmnl.h>
#include <linux/if_tun.h>
#include <linux/rtnetlink.h>
#include <linux/sockios.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "broker.h"

/* Frames of the stack that the server has not read yet: room for bursts of TCP. */
#define TAP_QUEUE	4096

/* Disable IPv6, by which the kernel would send frames. No such file: the kernel has no IPv6. */
static void tap_disable_ipv6(const char *name)
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

	tap_disable_ipv6(ifr->ifr_name);
	ifr->ifr_qlen = TAP_QUEUE;
	err = link_ioctl(SIOCSIFTXQLEN, ifr);
	if (!err)
		err = link_ioctl(SIOCGIFFLAGS, ifr);
	ifr->ifr_flags |= IFF_UP | IFF_NOARP;
	return err ? err : link_ioctl(SIOCSIFFLAGS, ifr);
}

static void tap_name(uint32_t ifindex, char name[IFNAMSIZ])
{
	snprintf(name, IFNAMSIZ, "nmstack%u", ifindex);
}

int tap_delete(uint32_t ifindex)
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
	/* Wait for the reply. Ignore the error in it that there is no such TAP. */
	if (mnl_socket_sendto(s, msg, msg->nlmsg_len) < 0 ||
	    mnl_socket_recvfrom(s, buf, sizeof(buf)) < 0)
		err = -errno;
	mnl_socket_close(s);
	return err;
}

int tap_open(uint32_t ifindex, uint32_t *tap)
{
	const unsigned int offloads = TUN_F_CSUM | TUN_F_TSO4 | TUN_F_TSO6 | TUN_F_TSO_ECN;
	struct ifreq ifr = { .ifr_flags = IFF_TAP | IFF_NO_PI | IFF_VNET_HDR };
	int fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC | O_NONBLOCK), err;

	if (fd < 0)
		return -errno;
	tap_name(ifindex, ifr.ifr_name);
	err = ioctl(fd, TUNSETIFF, &ifr) || ioctl(fd, TUNSETOFFLOAD, offloads) ? -errno :
										 tap_set_up(&ifr);
	if (!err)
		err = link_ioctl(SIOCGIFINDEX, &ifr);
	*tap = (uint32_t)ifr.ifr_ifindex;
	if (!err)
		return fd;
	close(fd);
	return err;
}
