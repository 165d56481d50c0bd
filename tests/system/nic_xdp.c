// SPDX-License-Identifier: BSD-2-Clause
/*
 * Frames by XDP: when it is chosen and how listings show it, which program stays, that nothing is
 * left; then the other tests of devices, with XDP wherever it works.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/bpf_common.h>
#include <net/if.h>
#include <poll.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "frame.h"
#include "inspect.h"
#include "link.h"
#include "nested.h"
#include "port.h"

#define XDP_BOTH	(NM_INFO_XDP_TX | NM_INFO_XDP_RX)

static uint8_t buf[9100], got[9100];

static void need(int err, const char *what)
{
	if (err)
		give_up("%s: %s", what, strerror(-err));
}

static int setting(const char *value)
{
	int fd = open("/sys/module/netmap/parameters/xdp", O_WRONLY | O_CLOEXEC), err;

	if (fd < 0)
		return -errno;
	err = write(fd, value, 1) == 1 ? 0 : -errno;
	close(fd);
	return err;
}

static bool crosses(struct port *from, struct port *to, uint32_t len, uint64_t seq)
{
	int n = -EAGAIN, tries;

	frame_make(buf, len, 2, 1, 7, seq);
	if (!ring_put_frags(port_tx(from, 0), buf, len, 2048) || txsync(from))
		return false;
	for (tries = 0; tries < 200 && n == -EAGAIN; tries++) {
		port_poll(to, POLLIN, 100);
		n = port_recv(to, got, sizeof(got));
	}
	return n == (int)len && frame_is(got, len, 2, 1, 7, seq);
}

/* ---- an administrator's own program ------------------------------------------------ */

static long bpf(int cmd, union bpf_attr *attr)
{
	long ret = syscall(__NR_bpf, cmd, attr, sizeof(*attr));

	return ret < 0 ? -errno : ret;
}

/* A program that passes all frames to the stack. Returns an fd, whose close ends the program. */
static int own_program(const char *dev)
{
	static const struct bpf_insn insns[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .imm = XDP_PASS },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	union bpf_attr load = {
		.prog_type = BPF_PROG_TYPE_XDP,
		.insns = (uintptr_t)insns,
		.insn_cnt = 2,
		.license = (uintptr_t)"BSD",
	}, put;
	long prog = bpf(BPF_PROG_LOAD, &load), link;

	if (prog < 0)
		give_up("a program of our own: %s", strerror(-prog));
	memset(&put, 0, sizeof(put));
	put.link_create.prog_fd = prog;
	put.link_create.target_ifindex = if_nametoindex(dev);
	put.link_create.attach_type = BPF_XDP;
	link = bpf(BPF_LINK_CREATE, &put);
	close(prog);
	return link;
}

/* ---- points ------------------------------------------------------------------------- */

static void listed(const char *name, uint32_t flags, const char *why, const char *what)
{
	struct nm_info_port info = { 0 };

	inspect_port(name, &info);
	is_num(info.flags & (XDP_BOTH | NM_INFO_EMULATED), flags, "%s: the listing says so", what);
	ok(*why ? strstr(info.xdp_why, why) != NULL : !info.xdp_why[0], "%s: and why: \"%s\"", what,
	   info.xdp_why);
}

static void test_chosen(void)
{
	struct port a, b;

	need(setting("2"), "xdp=2");
	need(link_veth("v0", "v1"), "a veth pair");
	port_must(&a, "v0");
	port_must(&b, "v1");
	ok(crosses(&a, &b, 60, 1) && crosses(&b, &a, 1514, 2), "frames cross, both ways");
	listed("v0", XDP_BOTH, "", "by XDP");
	is_err(own_program("v0"), -EBUSY, "its program is on the device");
	need(link_mtu("v0", 9000), "mtu of v0");
	need(link_mtu("v1", 9000), "mtu of v1");
	listed("v0", NM_INFO_EMULATED, "page", "frames longer than a page");
	ok(crosses(&a, &b, 9000, 3) && crosses(&b, &a, 60, 4), "they cross, and short ones");
	need(link_mtu("v0", 1500), "mtu of v0");
	need(link_mtu("v1", 1500), "mtu of v1");
	listed("v0", XDP_BOTH, "", "short ones again");
	ok(crosses(&a, &b, 60, 5) && crosses(&b, &a, 60, 6), "they cross");
	port_close(&a);
	port_close(&b);
}

static void test_others_program(void)
{
	struct port a, b;
	int fd = own_program("v0");

	ok(fd >= 0, "when it is closed its program is gone, and there is room for another");
	port_must(&a, "v0");
	port_must(&b, "v1");
	ok(crosses(&a, &b, 60, 1) && crosses(&b, &a, 60, 2),
	   "beside another's program frames cross");
	listed("v0", NM_INFO_EMULATED | NM_INFO_XDP_TX, "another program", "another's program");
	port_close(&a);
	port_close(&b);
	is_err(own_program("v0"), -EBUSY, "another's program stays");
	close(fd);
}

static void test_refused(void)
{
	struct port p;

	need(setting("1"), "xdp=1");
	port_must(&p, "v0");
	listed("v0", NM_INFO_EMULATED, "virtual", "a virtual device");
	port_close(&p);
	need(setting("0"), "xdp=0");
	port_must(&p, "v0");
	listed("v0", NM_INFO_EMULATED, "switched off", "a setting");
	port_close(&p);
	need(setting("2"), "xdp=2");
	need(link_dummy("d0"), "a dummy device");
	port_must(&p, "d0");
	listed("d0", NM_INFO_EMULATED, "driver", "a driver without it");
	port_close(&p);
	link_delete("d0");
}

static void test_left(void)
{
	struct port p;
	int fd;

	port_must(&p, "v0");
	need(link_set_up("v0", 0), "v0 down");
	need(link_rename("v0", "lan0"), "rename");
	need(link_set_up("lan0", 1), "lan0 up");
	ok(port_poll(&p, POLLIN, 10000) & POLLERR, "renamed: POLLERR");
	port_close(&p);
	fd = own_program("lan0");
	ok(fd >= 0, "a device that was renamed has no program left");
	close(fd);
	port_must(&p, "lan0");
	need(link_delete("lan0"), "delete");
	ok(port_poll(&p, POLLIN, 10000) & POLLERR, "removed: POLLERR");
	port_close(&p);
}

/*
 * The kernel ends the last program's namespaces in the background, and the next one counts objects.
 */
static void wait_for_end(void)
{
	int64_t alive = inspect_alive(), before;
	int same = 0;

	while (same < 10) {
		sleep_ms(50);
		before = alive;
		alive = inspect_alive();
		same = alive == before ? same + 1 : 0;
	}
}

static void test_others(void)
{
	static const char *const others[] = { "nic", "nic_host", "nic_vale", "nic_events" };
	unsigned int i;

	for (i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		const char *path = nested_path(others[i]);
		const char *const argv[] = {
			path, "--rounds", "8", "--packets", "300", "--device", opt.device, NULL,
		};
		char name[64];

		wait_for_end();
		snprintf(name, sizeof(name), "%s, by XDP", others[i]);
		if (access(path, X_OK))
			skip("it is not here", "%s", name);
		else
			nested_run(name, argv);
	}
}

int main(int argc, char **argv)
{
	opt.deadline = 240;
	test_start(argc, argv);
	if (setting("2")) {
		skip("the module does not serve", "frames by XDP");
		return test_done();
	}
	ns_enter_new();
	test_chosen();
	test_others_program();
	test_refused();
	test_left();
	test_others();
	need(setting("1"), "xdp=1");
	return test_done();
}
