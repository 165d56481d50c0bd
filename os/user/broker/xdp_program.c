// SPDX-License-Identifier: BSD-2-Clause
/* The XDP program that redirects a device's frames to its AF_XDP sockets. */
#define OS_PLATFORM
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/bpf.h>
#include <linux/if_link.h>
#include <unistd.h>

#include "broker.h"

/*
 * A frame that the engine takes is redirected to its queue's socket; any other passes to the stack.
 */
static int program_load(int flags, int sockets)
{
	const struct bpf_insn code[] = {
		{ .code = BPF_LDX | BPF_MEM | BPF_W, .dst_reg = 2, .src_reg = 1,
		  .off = offsetof(struct xdp_md, rx_queue_index) },
		{ .code = BPF_ALU64 | BPF_MOV | BPF_X, .dst_reg = 4, .src_reg = 2 },
		{ .code = BPF_ALU64 | BPF_AND | BPF_K, .dst_reg = 4,
		  .imm = sizeof(((struct netdev_flags *)0)->wire) - 1 },
		{ .code = BPF_LD | BPF_DW | BPF_IMM, .dst_reg = 3, .src_reg = BPF_PSEUDO_MAP_VALUE,
		  .imm = flags },
		{ .imm = offsetof(struct netdev_flags, wire) },
		{ .code = BPF_ALU64 | BPF_ADD | BPF_X, .dst_reg = 3, .src_reg = 4 },
		{ .code = BPF_LDX | BPF_MEM | BPF_B, .dst_reg = 4, .src_reg = 3 },
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 0, .imm = XDP_PASS },
		{ .code = BPF_JMP32 | BPF_JNE | BPF_K, .dst_reg = 4, .off = 1, .imm = 0 },
		{ .code = BPF_JMP | BPF_EXIT },
		{ .code = BPF_LD | BPF_DW | BPF_IMM, .dst_reg = 1, .src_reg = BPF_PSEUDO_MAP_FD,
		  .imm = sockets },
		{ 0 },
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 3, .imm = XDP_PASS },
		{ .code = BPF_JMP | BPF_CALL, .imm = BPF_FUNC_redirect_map },
		{ .code = BPF_JMP | BPF_EXIT },
	};

	return bpf_prog_load(BPF_PROG_TYPE_XDP, "netmap_wire", "BSD", code,
			     sizeof(code) / sizeof(code[0]), NULL);
}

/*
 * In the driver: the generic mode, which works for all devices, would also see frames that the host
 * ring hands to the stack.
 */
static int program_link(struct broker_xdp *x, uint32_t ifindex, int flags, int sockets)
{
	LIBBPF_OPTS(bpf_link_create_opts, opts, .flags = XDP_FLAGS_DRV_MODE);
	int prog = program_load(flags, sockets);

	if (prog < 0)
		return prog;
	x->link = bpf_link_create(prog, (int)ifindex, BPF_XDP, &opts);
	close(prog);
	return x->link < 0 ? x->link : 0;
}

int xdp_program_attach(struct broker_xdp *x, uint32_t ifindex, int flags)
{
	int map = bpf_map_create(BPF_MAP_TYPE_XSKMAP, "netmap_xsks", sizeof(uint32_t), sizeof(int),
				 x->info.queues, NULL), err = 0;
	uint32_t i;

	if (map < 0)
		return map;
	for (i = 0; i < x->info.queues && !err; i++)
		err = bpf_map_update_elem(map, &i, &x->xsk[i], BPF_ANY);
	if (!err)
		err = program_link(x, ifindex, flags, map);
	close(map);
	return err;
}
