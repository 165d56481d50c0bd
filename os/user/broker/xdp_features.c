// SPDX-License-Identifier: BSD-2-Clause
/*
 * Whether a driver has AF_XDP without copies. Linux 6.3 and later report it, by netlink's family
 * "netdev".
 */
#define OS_PLATFORM
#include <libmnl/libmnl.h>
#include <linux/genetlink.h>

#include "broker.h"

#define FAMILY			"netdev"
#define DEV_GET			1u	/* NETDEV_CMD_DEV_GET */
#define DEV_IFINDEX		1u	/* NETDEV_A_DEV_IFINDEX */
#define DEV_XDP_FEATURES	3u	/* NETDEV_A_DEV_XDP_FEATURES */
#define XSK_ZEROCOPY		8u	/* NETDEV_XDP_ACT_XSK_ZEROCOPY */

static int family_parse(const struct nlattr *a, void *arg)
{
	if (mnl_attr_get_type(a) == CTRL_ATTR_FAMILY_ID)
		*(uint16_t *)arg = mnl_attr_get_u16(a);
	return MNL_CB_OK;
}

static int features_parse(const struct nlattr *a, void *arg)
{
	if (mnl_attr_get_type(a) == DEV_XDP_FEATURES)
		*(uint64_t *)arg = mnl_attr_get_u64(a);
	return MNL_CB_OK;
}

/* The argument of message_parse(): the function to call for each attribute. */
struct parse {
	mnl_attr_cb_t each;
	void *arg;
};

static int message_parse(const struct nlmsghdr *msg, void *arg)
{
	const struct parse *p = arg;

	return mnl_attr_parse(msg, sizeof(struct genlmsghdr), p->each, p->arg);
}

static struct nlmsghdr *message_begin(char *buf, uint16_t family, uint8_t cmd)
{
	struct nlmsghdr *msg = mnl_nlmsg_put_header(buf);
	struct genlmsghdr *ge;

	msg->nlmsg_type = family;
	msg->nlmsg_flags = NLM_F_REQUEST;
	ge = mnl_nlmsg_put_extra_header(msg, sizeof(*ge));
	ge->cmd = cmd;
	ge->version = 1;
	return msg;
}

/* Send a request and call each() for every attribute of the reply; false: no valid reply. */
static bool request_send(const struct mnl_socket *s, struct nlmsghdr *msg, mnl_attr_cb_t each,
			 void *arg)
{
	_Alignas(struct nlmsghdr) char buf[16384];
	struct parse p = { each, arg };
	ssize_t n;

	if (mnl_socket_sendto(s, msg, msg->nlmsg_len) < 0)
		return false;
	n = mnl_socket_recvfrom(s, buf, sizeof(buf));
	return n > 0 && mnl_cb_run(buf, (size_t)n, 0, 0, message_parse, &p) >= 0;
}

bool xdp_has_zero_copy(uint32_t ifindex)
{
	struct mnl_socket *s = mnl_socket_open2(NETLINK_GENERIC, SOCK_CLOEXEC);
	_Alignas(struct nlmsghdr) char buf[256];
	uint64_t features = 0;
	struct nlmsghdr *msg;
	uint16_t family = 0;

	if (!s)
		return false;
	msg = message_begin(buf, GENL_ID_CTRL, CTRL_CMD_GETFAMILY);
	mnl_attr_put_strz(msg, CTRL_ATTR_FAMILY_NAME, FAMILY);
	if (request_send(s, msg, family_parse, &family) && family) {
		msg = message_begin(buf, family, DEV_GET);
		mnl_attr_put_u32(msg, DEV_IFINDEX, ifindex);
		request_send(s, msg, features_parse, &features);
	}
	mnl_socket_close(s);
	return features & XSK_ZEROCOPY;
}
