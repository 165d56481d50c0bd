// SPDX-License-Identifier: BSD-2-Clause
/*
 * What becomes of a device: the kernel tells it by netlink, a thread of the device's listens. Since a message
 * is there before the call that caused it returns, whoever must not be wrong by the moment
 * that the thread takes reads what is there himself, under the same lock.
 */
#define OS_HOME
#include <libmnl/libmnl.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../netmapd/netns.h"
#include "netdev.h"

static void state_set_locked(struct os_netdev *nd, enum os_netdev_state state)
{
	__atomic_store_n(&nd->state, state, __ATOMIC_RELEASE);
	if (state > OS_NETDEV_DOWN && nd->ops) {
		broker_forget(netns_fd(nd->ns), nd->ifindex, &nd->taken);
		receivers_let_go_locked(nd);
	}
}

static void link_told_locked(struct os_netdev *nd, const struct nlmsghdr *msg)
{
	const struct ifinfomsg *link = mnl_nlmsg_get_payload(msg);
	const struct nlattr *a;

	mnl_attr_for_each(a, msg, sizeof(*link)) {
		if (mnl_attr_get_type(a) == IFLA_MTU)
			__atomic_store_n(&nd->mtu, mnl_attr_get_u32(a), __ATOMIC_RELAXED);
		else if (mnl_attr_get_type(a) == IFLA_IFNAME && strcmp(mnl_attr_get_str(a), nd->name))
			state_set_locked(nd, OS_NETDEV_RENAMED);
	}
	if (os_netdev_state(nd) > OS_NETDEV_DOWN)
		return;
	__atomic_store_n(&nd->has_carrier, !!(link->ifi_flags & IFF_LOWER_UP), __ATOMIC_RELAXED);
	state_set_locked(nd, link->ifi_flags & IFF_UP ? OS_NETDEV_UP : OS_NETDEV_DOWN);
}

static bool has_attr(const struct nlmsghdr *msg, uint16_t type)
{
	const struct nlattr *a;

	mnl_attr_for_each(a, msg, sizeof(struct ifinfomsg))
		if (mnl_attr_get_type(a) == type)
			return true;
	return false;
}

static void message_locked(struct os_netdev *nd, const struct nlmsghdr *msg)
{
	const struct ifinfomsg *link = mnl_nlmsg_get_payload(msg);

	if (os_netdev_state(nd) > OS_NETDEV_DOWN)
		return;
	if (msg->nlmsg_type == NLMSG_ERROR) {
		/* The answer to a question of ours. */
		state_set_locked(nd, OS_NETDEV_GONE);
	} else if (mnl_nlmsg_get_payload_len(msg) < sizeof(*link) ||
		   link->ifi_index != (int)nd->ifindex || link->ifi_family != AF_UNSPEC) {
		return;
	} else if (msg->nlmsg_type == RTM_NEWLINK) {
		link_told_locked(nd, msg);
	} else if (msg->nlmsg_type == RTM_DELLINK) {
		state_set_locked(nd, has_attr(msg, IFLA_NEW_IFINDEX) || has_attr(msg, IFLA_NEW_NETNSID) ?
				 OS_NETDEV_MOVED : OS_NETDEV_GONE);
	} else {
		return;
	}
	if (nd->ops)
		nd->ops->changed(nd->arg);
}

/* Messages were lost: ask how it is now. */
static void ask_locked(struct os_netdev *nd)
{
	char buf[64];
	struct nlmsghdr *msg = mnl_nlmsg_put_header(buf);
	struct ifinfomsg *link;

	msg->nlmsg_type = RTM_GETLINK;
	msg->nlmsg_flags = NLM_F_REQUEST;
	link = mnl_nlmsg_put_extra_header(msg, sizeof(*link));
	link->ifi_index = (int)nd->ifindex;
	if (sendto(nd->events, msg, msg->nlmsg_len, MSG_DONTWAIT, NULL, 0) < 0)
		os_log(OS_WARN, "%s: cannot ask what became of it: %s", nd->name, strerror(errno));
}

void watch_catch_up(struct os_netdev *nd)
{
	_Alignas(struct nlmsghdr) char buf[16384];
	const struct nlmsghdr *msg;
	ssize_t n;
	int left;

	pthread_mutex_lock(&nd->lock);
	for (;;) {
		n = recv(nd->events, buf, sizeof(buf), MSG_DONTWAIT);
		if (n < 0 && errno == ENOBUFS) {
			ask_locked(nd);
			continue;
		}
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		left = (int)n;
		for (msg = (const void *)buf; mnl_nlmsg_ok(msg, left); msg = mnl_nlmsg_next(msg, &left))
			message_locked(nd, msg);
	}
	pthread_mutex_unlock(&nd->lock);
}

static void *watch(void *arg)
{
	struct os_netdev *nd = arg;
	struct pollfd p[2] = {
		{ .fd = nd->watch_end, .events = POLLIN },
		{ .fd = nd->events, .events = POLLIN },
	};

	pthread_setname_np(pthread_self(), "nm-watch");
	while (poll(p, 2, -1) < 0 || !p[0].revents)
		watch_catch_up(nd);
	return NULL;
}

int watch_start(struct os_netdev *nd)
{
	int err = 0;

	nd->watch_end = eventfd(0, EFD_CLOEXEC);
	if (nd->watch_end < 0)
		return -errno;
	err = pthread_create(&nd->watcher, NULL, watch, nd);
	if (err)
		close(nd->watch_end);
	return -err;
}

void watch_stop(struct os_netdev *nd)
{
	os_assert(eventfd_write(nd->watch_end, 1) == 0);
	pthread_join(nd->watcher, NULL);
	close(nd->watch_end);
}
