// SPDX-License-Identifier: BSD-2-Clause
/*
 * Follows the changes of a device: the kernel reports them by netlink to a thread of the device. A
 * message is queued before the call that caused it returns, so a caller that cannot wait for the
 * thread reads the queue itself, under the same lock. Numbers of queues are reported by ethtool's
 * netlink family; without it they are counted from time to time.
 */
#define OS_PLATFORM
#include <libmnl/libmnl.h>
#include <linux/ethtool_netlink.h>
#include <linux/genetlink.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../netmapd/netns.h"
#include "device.h"

/* Interval, in ms, at which the queues are counted if the kernel does not report changes. */
#define QUEUES_POLL_MS	1000

static void state_set_locked(struct os_netdev *nd, enum os_netdev_state state)
{
	__atomic_store_n(&nd->state, state, __ATOMIC_SEQ_CST);
	if (os_netdev_is_final(state) && nd->ops) {
		host_flags_clear(nd);
		broker_detach_moved(netns_fd(nd->ns), nd->ifindex, &nd->opened);
		receivers_release_locked(nd);
	}
}

static void link_update_locked(struct os_netdev *nd, const struct nlmsghdr *msg)
{
	const struct ifinfomsg *link = mnl_nlmsg_get_payload(msg);
	const struct nlattr *a;

	mnl_attr_for_each(a, msg, sizeof(*link)) {
		if (mnl_attr_get_type(a) == IFLA_MTU)
			__atomic_store_n(&nd->mtu, mnl_attr_get_u32(a), __ATOMIC_RELAXED);
		else if (mnl_attr_get_type(a) == IFLA_IFNAME &&
			 strcmp(mnl_attr_get_str(a), nd->name))
			state_set_locked(nd, OS_NETDEV_RENAMED);
	}
	if (netdev_is_lost(nd))
		return;
	__atomic_store_n(&nd->has_carrier, !!(link->ifi_flags & IFF_LOWER_UP), __ATOMIC_RELAXED);
	state_set_locked(nd, link->ifi_flags & IFF_UP ? OS_NETDEV_UP : OS_NETDEV_DOWN);
	if (link->ifi_flags & IFF_UP && nd->ops && nd->wire_ops->wake)
		nd->wire_ops->wake(nd->wire);
}

static bool has_attr(const struct nlmsghdr *msg, uint16_t type)
{
	const struct nlattr *a;

	mnl_attr_for_each(a, msg, sizeof(struct ifinfomsg))
		if (mnl_attr_get_type(a) == type)
			return true;
	return false;
}

static void link_message_locked(struct os_netdev *nd, const struct nlmsghdr *msg)
{
	const struct ifinfomsg *link = mnl_nlmsg_get_payload(msg);

	if (netdev_is_lost(nd))
		return;
	if (msg->nlmsg_type == NLMSG_ERROR) {
		/* The reply to link_ask_locked(). */
		state_set_locked(nd, OS_NETDEV_GONE);
	} else if (mnl_nlmsg_get_payload_len(msg) < sizeof(*link) ||
		   link->ifi_index != (int)nd->ifindex || link->ifi_family != AF_UNSPEC) {
		return;
	} else if (msg->nlmsg_type == RTM_NEWLINK) {
		link_update_locked(nd, msg);
	} else if (msg->nlmsg_type == RTM_DELLINK) {
		state_set_locked(nd, has_attr(msg, IFLA_NEW_IFINDEX) ||
						     has_attr(msg, IFLA_NEW_NETNSID) ?
					     OS_NETDEV_MOVED :
					     OS_NETDEV_GONE);
	} else {
		return;
	}
	if (nd->ops)
		nd->ops->changed(nd->arg);
}

/* Ask for the present state, after messages were lost. */
static void link_ask_locked(struct os_netdev *nd)
{
	char buf[64];
	struct nlmsghdr *msg = mnl_nlmsg_put_header(buf);
	struct ifinfomsg *link;

	msg->nlmsg_type = RTM_GETLINK;
	msg->nlmsg_flags = NLM_F_REQUEST;
	link = mnl_nlmsg_put_extra_header(msg, sizeof(*link));
	link->ifi_index = (int)nd->ifindex;
	if (sendto(nd->events.links, msg, msg->nlmsg_len, MSG_DONTWAIT, NULL, 0) < 0)
		os_log(OS_WARN, "%s: cannot ask the kernel for its state: %s", nd->name,
		       strerror(errno));
}

static void links_catch_up_locked(struct os_netdev *nd)
{
	_Alignas(struct nlmsghdr) char buf[16384];
	const struct nlmsghdr *msg;
	ssize_t n;
	int left;

	for (;;) {
		n = recv(nd->events.links, buf, sizeof(buf), MSG_DONTWAIT);
		if (n < 0 && errno == ENOBUFS) {
			link_ask_locked(nd);
			continue;
		}
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return;
		left = (int)n;
		for (msg = (const void *)buf; mnl_nlmsg_ok(msg, left);
		     msg = mnl_nlmsg_next(msg, &left))
			link_message_locked(nd, msg);
	}
}

/* ---- queues ---------------------------------------------------------------------------- */

/* If that fails the device is being removed, which the link's messages report. */
static void queues_count_locked(struct os_netdev *nd)
{
	uint32_t queues[2];

	if (netdev_is_lost(nd) || broker_queues(netns_fd(nd->ns), nd->ifindex, queues))
		return;
	if (queues[0] == nd->queues[0] && queues[1] == nd->queues[1])
		return;
	state_set_locked(nd, OS_NETDEV_REQUEUED);
	if (nd->ops)
		nd->ops->changed(nd->arg);
}

static bool is_header_of(const struct nlattr *header, uint32_t ifindex)
{
	const struct nlattr *a;

	mnl_attr_for_each_nested(a, header)
		if (mnl_attr_get_type(a) == ETHTOOL_A_HEADER_DEV_INDEX)
			return mnl_attr_get_u32(a) == ifindex;
	return false;
}

/* True if the message reports a changed number of queues of that device. */
static bool is_queues_message(const struct nlmsghdr *msg, uint32_t ifindex)
{
	const struct genlmsghdr *ge = mnl_nlmsg_get_payload(msg);
	const struct nlattr *a;

	if (mnl_nlmsg_get_payload_len(msg) < sizeof(*ge) || ge->cmd != ETHTOOL_MSG_CHANNELS_NTF)
		return false;
	mnl_attr_for_each(a, msg, sizeof(*ge))
		if (mnl_attr_get_type(a) == ETHTOOL_A_CHANNELS_HEADER)
			return is_header_of(a, ifindex);
	return false;
}

static void queues_catch_up_locked(struct os_netdev *nd)
{
	_Alignas(struct nlmsghdr) char buf[16384];
	bool may_have_changed = nd->events.queues < 0;
	const struct nlmsghdr *msg;
	ssize_t n = 0;
	int left;

	while (nd->events.queues >= 0) {
		n = recv(nd->events.queues, buf, sizeof(buf), MSG_DONTWAIT);
		/* The lost messages may have been about this device. */
		may_have_changed |= n < 0 && errno == ENOBUFS;
		if (n < 0 && (errno == ENOBUFS || errno == EINTR))
			continue;
		if (n <= 0)
			break;
		left = (int)n;
		for (msg = (const void *)buf; mnl_nlmsg_ok(msg, left);
		     msg = mnl_nlmsg_next(msg, &left))
			may_have_changed |= is_queues_message(msg, nd->ifindex);
	}
	if (may_have_changed)
		queues_count_locked(nd);
}

/* ---- the thread ------------------------------------------------------------------------ */

void watch_catch_up(struct os_netdev *nd)
{
	pthread_mutex_lock(&nd->lock);
	links_catch_up_locked(nd);
	queues_catch_up_locked(nd);
	pthread_mutex_unlock(&nd->lock);
}

void watch_close(const struct os_netdev *nd)
{
	close(nd->events.links);
	if (nd->events.queues >= 0)
		close(nd->events.queues);
}

static void *watcher_run(void *arg)
{
	struct os_netdev *nd = arg;
	struct pollfd p[3] = {
		{ .fd = nd->watch_end, .events = POLLIN },
		{ .fd = nd->events.links, .events = POLLIN },
		{ .fd = nd->events.queues, .events = POLLIN },
	};

	pthread_setname_np(pthread_self(), "nm-watch");
	while (poll(p, 3, nd->events.queues < 0 ? QUEUES_POLL_MS : -1) < 0 || !p[0].revents)
		watch_catch_up(nd);
	return NULL;
}

int watch_start(struct os_netdev *nd)
{
	int err = 0;

	nd->watch_end = eventfd(0, EFD_CLOEXEC);
	if (nd->watch_end < 0)
		return -errno;
	err = pthread_create(&nd->watcher, NULL, watcher_run, nd);
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
