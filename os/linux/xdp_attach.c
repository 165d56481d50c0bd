// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/*
 * Programs on devices, by a message of rtnetlink, as administrators do it: so they see ours (ip link), it never takes the
 * place of another, and whoever put his own there by force keeps it.
 */
#include <linux/fdtable.h>
#include <linux/file.h>
#include <linux/if_link.h>
#include <linux/net.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/netlink.h>
#include <net/net_namespace.h>

#include "xdp.h"

struct number {
	struct nlattr a;
	u32 v;
};

struct ask {
	struct nlmsghdr h;
	struct ifinfomsg link;
	struct nlattr xdp;
	struct number fd, flags, expected;
};

struct answer {
	struct nlmsghdr h;
	struct nlmsgerr e;
	u8 rest[256];
};

static struct number number(u16 type, u32 v)
{
	return (struct number){ .a = { .nla_len = sizeof(struct number), .nla_type = type }, .v = v };
}

/* The words that came with a refusal. */
static void words_copy(const struct answer *a, int bytes, char *why, size_t size)
{
	const struct nlattr *text;

	if (!size || bytes < (int)sizeof(a->h) || a->h.nlmsg_len > bytes ||
	    !(a->h.nlmsg_flags & NLM_F_ACK_TLVS))
		return;
	text = nla_find((const struct nlattr *)a->rest, (int)a->h.nlmsg_len - offsetof(struct answer, rest),
			NLMSGERR_ATTR_MSG);
	if (text)
		nla_strscpy(why, text, size);
}

static int talk(struct socket *sock, struct ask *ask, char *why, size_t size)
{
	/* To the kernel by name: then it is this task that must be allowed to, and that is the kernel itself. */
	struct sockaddr_nl kernel = { .nl_family = AF_NETLINK };
	struct msghdr to = { .msg_name = &kernel, .msg_namelen = sizeof(kernel) }, from = { 0 };
	struct kvec out = { .iov_base = ask, .iov_len = sizeof(*ask) };
	struct answer answer = { 0 };
	struct kvec in = { .iov_base = &answer, .iov_len = sizeof(answer) };
	int one = 1, n;

	sock->ops->setsockopt(sock, SOL_NETLINK, NETLINK_EXT_ACK, KERNEL_SOCKPTR(&one), sizeof(one));
	sock->ops->setsockopt(sock, SOL_NETLINK, NETLINK_CAP_ACK, KERNEL_SOCKPTR(&one), sizeof(one));
	n = kernel_sendmsg(sock, &to, &out, 1, sizeof(*ask));
	if (n < 0)
		return n;
	n = kernel_recvmsg(sock, &from, &in, 1, sizeof(answer), MSG_DONTWAIT);
	if (n < 0)
		return n;
	if (n < (int)offsetof(struct answer, rest) || answer.h.nlmsg_type != NLMSG_ERROR)
		return -EPROTO;
	if (answer.e.error)
		words_copy(&answer, n, why, size);
	return answer.e.error;
}

static int change(struct net *net, int ifindex, int fd, u32 flags, int expected, char *why, size_t size)
{
	struct ask ask = {
		.h = { .nlmsg_len = sizeof(ask), .nlmsg_type = RTM_SETLINK,
		       .nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK },
		.link = { .ifi_family = AF_UNSPEC, .ifi_index = ifindex },
		.xdp = { .nla_len = sizeof(ask) - offsetof(struct ask, xdp),
			 .nla_type = IFLA_XDP | NLA_F_NESTED },
		.fd = number(IFLA_XDP_FD, fd),
		.flags = number(IFLA_XDP_FLAGS, flags),
		.expected = number(IFLA_XDP_EXPECTED_FD, expected),
	};
	struct socket *sock;
	int err = sock_create_kern(net, AF_NETLINK, SOCK_RAW, NETLINK_ROUTE, &sock);

	if (err)
		return err;
	err = talk(sock, &ask, why, size);
	sock_release(sock);
	return err;
}

/* A descriptor of this worker for an open file; close_fd() ends it. */
static int fd_of(struct file *file)
{
	int fd = get_unused_fd_flags(O_CLOEXEC);

	if (fd >= 0)
		fd_install(fd, get_file(file));
	return fd;
}

int nm_xdp_attach(struct net *net, int ifindex, struct file *prog, char *why, size_t size)
{
	int fd = fd_of(prog), err;

	if (fd < 0)
		return fd;
	err = change(net, ifindex, fd, XDP_FLAGS_UPDATE_IF_NOEXIST | XDP_FLAGS_DRV_MODE, -1, why, size);
	close_fd(fd);
	return err;
}

int nm_xdp_detach(struct net *net, int ifindex, struct file *prog)
{
	int fd = fd_of(prog), err;

	if (fd < 0)
		return fd;
	err = change(net, ifindex, -1, XDP_FLAGS_REPLACE | XDP_FLAGS_DRV_MODE, fd, NULL, 0);
	close_fd(fd);
	return err;
}
