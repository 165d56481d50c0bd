// SPDX-License-Identifier: BSD-2-Clause
/* Network devices by rtnetlink: one request, one acknowledgement. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <linux/ethtool.h>
#include <linux/if.h>
#include <linux/if_link.h>
#include <linux/if_tun.h>
#include <linux/rtnetlink.h>
#include <linux/sockios.h>
#include <linux/veth.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <unistd.h>

#include "inspect.h"
#include "link.h"
#include "program.h"

struct msg {
	struct nlmsghdr h;
	union {
		struct ifinfomsg link;
		struct ifaddrmsg addr;
	};
	char rest[512];
};

static void msg_init(struct msg *m, uint16_t type, uint16_t flags, size_t body)
{
	memset(m, 0, sizeof(*m));
	m->h.nlmsg_len = NLMSG_LENGTH(body);
	m->h.nlmsg_type = type;
	m->h.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | flags;
}

static struct rtattr *put(struct msg *m, uint16_t type, const void *data, size_t n)
{
	struct rtattr *a = (struct rtattr *)((char *)m + NLMSG_ALIGN(m->h.nlmsg_len));

	a->rta_type = type;
	a->rta_len = RTA_LENGTH(n);
	if (n)
		memcpy(RTA_DATA(a), data, n);
	m->h.nlmsg_len = NLMSG_ALIGN(m->h.nlmsg_len) + RTA_ALIGN(a->rta_len);
	return a;
}

static void put_string(struct msg *m, uint16_t type, const char *s)
{
	put(m, type, s, strlen(s) + 1);
}

static void end(struct msg *m, struct rtattr *nest)
{
	nest->rta_len = (char *)m + m->h.nlmsg_len - (char *)nest;
}

static int ask(struct msg *m)
{
	struct { struct nlmsghdr h; struct nlmsgerr e; char rest[1024]; } reply;
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	ssize_t n;

	if (fd < 0)
		return -errno;
	n = send(fd, m, m->h.nlmsg_len, 0);
	if (n >= 0)
		n = recv(fd, &reply, sizeof(reply), 0);
	close(fd);
	if (n < 0)
		return -errno;
	return reply.h.nlmsg_type == NLMSG_ERROR ? reply.e.error : -EPROTO;
}

static int change(struct msg *m, const char *name)
{
	msg_init(m, RTM_NEWLINK, 0, sizeof(m->link));
	m->link.ifi_index = if_nametoindex(name);
	return m->link.ifi_index ? 0 : -ENODEV;
}

static void write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		return;
	if (write(fd, text, strlen(text)) < 0)
		diag("%s: %s", path, strerror(errno));
	close(fd);
}

void ns_be_quiet(void)
{
	write_file("/proc/sys/net/ipv6/conf/all/disable_ipv6", "1");
	write_file("/proc/sys/net/ipv6/conf/default/disable_ipv6", "1");
}

void ns_enter_new(void)
{
	if (unshare(CLONE_NEWNET | CLONE_NEWNS))
		give_up("no new network namespace: %s", strerror(errno));
	/* /sys shows the devices of the namespace that it was mounted in. */
	mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL);
	if (mount("sysfs", "/sys", "sysfs", 0, NULL))
		diag("/sys stays that of the other namespace: %s", strerror(errno));
	ns_be_quiet();
	link_set_up("lo", 1);
}

int link_set_up(const char *name, int up)
{
	struct msg m;
	int err = change(&m, name);

	m.link.ifi_change = IFF_UP;
	m.link.ifi_flags = up ? IFF_UP : 0;
	return err ? err : ask(&m);
}

/* Begin the creation of a device of that kind; the caller ends *info. */
static struct rtattr *create(struct msg *m, const char *name, const char *kind)
{
	struct rtattr *info;

	msg_init(m, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, sizeof(m->link));
	put_string(m, IFLA_IFNAME, name);
	info = put(m, IFLA_LINKINFO, NULL, 0);
	put_string(m, IFLA_INFO_KIND, kind);
	return info;
}

static int ethtool_set(int fd, const char *name, uint32_t cmd, uint32_t value)
{
	struct ethtool_value v = { .cmd = cmd, .data = value };
	struct ifreq ifr = { .ifr_data = (void *)&v };

	strncpy(ifr.ifr_name, name, sizeof(ifr.ifr_name) - 1);
	return ioctl(fd, SIOCETHTOOL, &ifr) ? -errno : 0;
}

int link_complete(const char *name)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), err;

	if (fd < 0)
		return -errno;
	err = ethtool_set(fd, name, ETHTOOL_STXCSUM, 0);
	if (!err)
		err = ethtool_set(fd, name, ETHTOOL_SFLAGS, 0);
	close(fd);
	return err;
}

int link_veth(const char *name, const char *peer)
{
	return link_veth_queues(name, peer, 0);
}

static void put_queues(struct msg *m, uint32_t queues)
{
	if (!queues)
		return;
	put(m, IFLA_NUM_TX_QUEUES, &queues, sizeof(queues));
	put(m, IFLA_NUM_RX_QUEUES, &queues, sizeof(queues));
}

int link_veth_queues(const char *name, const char *peer, uint32_t queues)
{
	struct rtattr *info, *data, *other;
	struct ifinfomsg none = { 0 };
	struct msg m;
	int err;

	info = create(&m, name, "veth");
	data = put(&m, IFLA_INFO_DATA, NULL, 0);
	other = put(&m, VETH_INFO_PEER, &none, sizeof(none));
	put_string(&m, IFLA_IFNAME, peer);
	put_queues(&m, queues);
	end(&m, other);
	end(&m, data);
	end(&m, info);
	put_queues(&m, queues);
	err = ask(&m);
	if (!err)
		err = link_set_up(name, 1);
	if (!err)
		err = link_set_up(peer, 1);
	/* By XDP, a frame's offload state in the kernel is lost. */
	if (err || inspect_setting("xdp") != 2)
		return err;
	err = link_complete(name);
	return err ? err : link_complete(peer);
}

int link_kind(const char *name, const char *kind)
{
	struct msg m;
	int err;

	end(&m, create(&m, name, kind));
	err = ask(&m);
	return err ? err : link_set_up(name, 1);
}

int link_dummy(const char *name)
{
	return link_kind(name, "dummy");
}

int link_macvlan(const char *name, const char *lower)
{
	uint32_t index = if_nametoindex(lower);
	struct msg m;
	int err;

	end(&m, create(&m, name, "macvlan"));
	put(&m, IFLA_LINK, &index, sizeof(index));
	err = ask(&m);
	return err ? err : link_set_up(name, 1);
}

int link_join(const char *name, const char *master)
{
	uint32_t index = if_nametoindex(master);
	struct msg m;
	int err = change(&m, name);

	put(&m, IFLA_MASTER, &index, sizeof(index));
	return err ? err : ask(&m);
}

int link_vlan(const char *name, const char *lower, uint16_t id)
{
	uint32_t index = if_nametoindex(lower);
	struct rtattr *info, *data;
	struct msg m;
	int err;

	info = create(&m, name, "vlan");
	data = put(&m, IFLA_INFO_DATA, NULL, 0);
	put(&m, IFLA_VLAN_ID, &id, sizeof(id));
	end(&m, data);
	end(&m, info);
	put(&m, IFLA_LINK, &index, sizeof(index));
	err = ask(&m);
	return err ? err : link_set_up(name, 1);
}

int link_tap(const char *name)
{
	struct ifreq ifr = { .ifr_flags = IFF_TAP | IFF_NO_PI };
	int fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC | O_NONBLOCK), err;

	/* As a module, it may make its node in /dev only when loaded. */
	if (fd < 0 && !system("modprobe tun"))
		fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return -errno;
	strncpy(ifr.ifr_name, name, sizeof(ifr.ifr_name) - 1);
	err = ioctl(fd, TUNSETIFF, &ifr) ? -errno : link_set_up(name, 1);
	if (!err)
		return fd;
	close(fd);
	return err;
}

int link_delete(const char *name)
{
	struct msg m;
	int err = change(&m, name);

	m.h.nlmsg_type = RTM_DELLINK;
	return err ? err : ask(&m);
}

int link_rename(const char *name, const char *to)
{
	struct msg m;
	int err = change(&m, name);

	put_string(&m, IFLA_IFNAME, to);
	return err ? err : ask(&m);
}

int link_move(const char *name, pid_t pid)
{
	uint32_t target = pid;
	struct msg m;
	int err = change(&m, name);

	put(&m, IFLA_NET_NS_PID, &target, sizeof(target));
	return err ? err : ask(&m);
}

int link_mtu(const char *name, uint32_t mtu)
{
	struct msg m;
	int err = change(&m, name);

	put(&m, IFLA_MTU, &mtu, sizeof(mtu));
	return err ? err : ask(&m);
}

int link_address(const char *name, const char *ipv4, unsigned int prefix)
{
	struct in_addr a;
	struct msg m;

	msg_init(&m, RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL, sizeof(m.addr));
	m.addr.ifa_family = AF_INET;
	m.addr.ifa_prefixlen = prefix;
	m.addr.ifa_index = if_nametoindex(name);
	if (!m.addr.ifa_index || inet_pton(AF_INET, ipv4, &a) != 1)
		return -EINVAL;
	put(&m, IFA_LOCAL, &a, sizeof(a));
	put(&m, IFA_ADDRESS, &a, sizeof(a));
	return ask(&m);
}

/* The carrier in the kernel's other interfaces may be a second old. */
static bool has_carrier(const char *name)
{
	struct { struct nlmsghdr h; struct ifinfomsg link; char rest[8192]; } reply = { 0 };
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	struct msg m;

	msg_init(&m, RTM_GETLINK, 0, sizeof(m.link));
	m.h.nlmsg_flags = NLM_F_REQUEST;
	m.link.ifi_index = if_nametoindex(name);
	if (send(fd, &m, m.h.nlmsg_len, 0) < 0 || recv(fd, &reply, sizeof(reply), 0) < 0)
		diag("%s: %s", name, strerror(errno));
	close(fd);
	return reply.h.nlmsg_type == RTM_NEWLINK && reply.link.ifi_flags & IFF_LOWER_UP;
}

bool link_wait(const char *name)
{
	unsigned int tries;

	for (tries = 0; tries < 1000; tries++) {
		if (has_carrier(name))
			return true;
		sleep_ms(10);
	}
	return false;
}

uint64_t link_stat(const char *name, const char *counter)
{
	unsigned long long v = 0;
	char path[128];
	FILE *f;

	snprintf(path, sizeof(path), "/sys/class/net/%s/statistics/%s", name, counter);
	f = fopen(path, "re");
	if (!f)
		return 0;
	if (fscanf(f, "%llu", &v) != 1)
		v = 0;
	fclose(f);
	return v;
}

void link_pair(const char *a, const char *b)
{
	int err = -EEXIST, tries;

	for (tries = 0; tries < 500 && err == -EEXIST; tries++) {
		err = link_veth(a, b);
		if (err == -EEXIST)
			sleep_ms(20);
	}
	if (err)
		give_up("a veth pair: %s", strerror(-err));
}
