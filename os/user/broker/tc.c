// SPDX-License-Identifier: BSD-2-Clause
/*
 * Programs attached by tc, for kernels before 6.6: filters of the device's clsact qdisc, which stay
 * until they are removed. If all processes of a daemon were killed together, its filters stay; the
 * next daemon that attaches the device replaces them, because their handle and priority are
 * constants.
 */
#define OS_PLATFORM
#include <bpf/libbpf.h>
#include <libmnl/libmnl.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

#include "broker.h"

#define HANDLE		0x6e6d
#define PRIORITY	1

/*
 * The first use loads kernel modules. A modprobe that reports success for a module that is still
 * being loaded (busybox's does) makes a second, concurrent user fail with ENOENT: so one at a time.
 */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static int tc_attach_locked(uint32_t ifindex, bool egress, int prog, bool *has_made)
{
	LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = (int)ifindex,
		    .attach_point = egress ? BPF_TC_EGRESS : BPF_TC_INGRESS);
	LIBBPF_OPTS(bpf_tc_opts, opts, .prog_fd = prog, .flags = BPF_TC_F_REPLACE, .handle = HANDLE,
		    .priority = PRIORITY);
	int err = bpf_tc_hook_create(&hook);

	*has_made = !err;
	return err && err != -EEXIST ? err : bpf_tc_attach(&hook, &opts);
}

int tc_attach(uint32_t ifindex, bool egress, int prog, bool *has_made)
{
	int err;

	pthread_mutex_lock(&lock);
	err = tc_attach_locked(ifindex, egress, prog, has_made);
	pthread_mutex_unlock(&lock);
	return err;
}

static int filter_count(const struct nlmsghdr *msg, void *arg)
{
	uint32_t *n = arg;

	*n += msg->nlmsg_type == RTM_NEWTFILTER;
	return MNL_CB_OK;
}

static bool parent_has_filters(uint32_t ifindex, uint32_t parent)
{
	_Alignas(struct nlmsghdr) char buf[16384];
	struct mnl_socket *s = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC);
	struct nlmsghdr *msg = mnl_nlmsg_put_header(buf);
	struct tcmsg *tcm;
	uint32_t n = 0;
	ssize_t got;
	int more;

	msg->nlmsg_type = RTM_GETTFILTER;
	msg->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	tcm = mnl_nlmsg_put_extra_header(msg, sizeof(*tcm));
	tcm->tcm_ifindex = (int)ifindex;
	tcm->tcm_parent = parent;
	more = s && mnl_socket_sendto(s, msg, msg->nlmsg_len) > 0;
	while (more > 0) {
		got = mnl_socket_recvfrom(s, buf, sizeof(buf));
		more = got > 0 ? mnl_cb_run(buf, (size_t)got, 0, 0, filter_count, &n) : -1;
	}
	if (s)
		mnl_socket_close(s);
	/* If the number of filters is unknown, keep the qdisc. */
	return n || more < 0;
}

void tc_detach(uint32_t ifindex, bool egress, bool has_made)
{
	LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = (int)ifindex,
		    .attach_point = egress ? BPF_TC_EGRESS : BPF_TC_INGRESS);
	LIBBPF_OPTS(bpf_tc_opts, opts, .handle = HANDLE, .priority = PRIORITY);

	bpf_tc_detach(&hook, &opts);
	if (!has_made || parent_has_filters(ifindex, TC_H_MAKE(TC_H_CLSACT, TC_H_MIN_INGRESS)) ||
	    parent_has_filters(ifindex, TC_H_MAKE(TC_H_CLSACT, TC_H_MIN_EGRESS)))
		return;
	hook.attach_point = BPF_TC_INGRESS | BPF_TC_EGRESS;
	bpf_tc_hook_destroy(&hook);
}
