// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/*
 * The XDP program that redirects frames to a target, and its two maps. One map holds the target;
 * the other, pass[], says for each queue whether its frames go to the stack instead. Frames with
 * fragments go to the stack too, because not every kernel redirects them. The program writes the
 * queue's number in front of the frame, as metadata.
 */
#include <linux/fdtable.h>
#include <linux/file.h>
#include <linux/filter.h>
#include <linux/fs.h>
#include <linux/module.h>

#include "xdp.h"

/* The bpf() system call for callers in the kernel. No header of the kernel declares it. */
int kern_sys_bpf(int cmd, union bpf_attr *attr, unsigned int size);
NM_IMPORT_BPF;

static int xdp_map_make(enum bpf_map_type type, u32 value_size)
{
	union bpf_attr attr = {
		.map_type = type,
		.key_size = sizeof(u32),
		.value_size = value_size,
		.max_entries = 1,
		.map_name = "netmap",
	};

	return kern_sys_bpf(BPF_MAP_CREATE, &attr, sizeof(attr));
}

static int xdp_map_set(int fd, u32 value)
{
	u32 key = 0;
	union bpf_attr attr = {
		.map_fd = fd,
		.key = (u64)(unsigned long)&key,
		.value = (u64)(unsigned long)&value,
	};

	return kern_sys_bpf(BPF_MAP_UPDATE_ELEM, &attr, sizeof(attr));
}

#define LOAD(to, from, field)	BPF_LDX_MEM(BPF_W, to, from, offsetof(struct xdp_md, field))
#define CALL(name)		BPF_RAW_INSN(BPF_JMP | BPF_CALL, 0, 0, 0, BPF_FUNC_##name)
#define R(n)			BPF_REG_##n
/* The offset of a jump from instruction here to PASS_AT. */
#define PASS_AT			30
#define TO_PASS(here)		(PASS_AT - (here) - 1)

static int xdp_prog_make(int targets, int pass, u32 queues)
{
	const struct bpf_insn insns[] = {
		/* 0: pass if pass[rx_queue_index] is set */
		BPF_MOV64_REG(R(6), R(1)),
		LOAD(R(7), R(6), rx_queue_index),
		BPF_JMP_IMM(BPF_JGE, R(7), queues, TO_PASS(2)),
		BPF_LD_IMM64_RAW(R(1), BPF_PSEUDO_MAP_VALUE, pass),
		BPF_ALU64_REG(BPF_ADD, R(1), R(7)),
		BPF_LDX_MEM(BPF_B, R(1), R(1), 0),
		BPF_JMP_IMM(BPF_JNE, R(1), 0, TO_PASS(7)),
		/* 8: pass if the frame has fragments */
		BPF_MOV64_REG(R(1), R(6)),
		CALL(xdp_get_buff_len),
		LOAD(R(2), R(6), data_end),
		LOAD(R(3), R(6), data),
		BPF_ALU64_REG(BPF_SUB, R(2), R(3)),
		BPF_JMP_REG(BPF_JNE, R(0), R(2), TO_PASS(13)),
		/* 14: write the queue in front of the frame; pass if there is no room */
		BPF_MOV64_REG(R(1), R(6)),
		BPF_MOV64_IMM(R(2), -(int)sizeof(u32)),
		CALL(xdp_adjust_meta),
		BPF_JMP_IMM(BPF_JNE, R(0), 0, TO_PASS(17)),
		LOAD(R(2), R(6), data_meta),
		LOAD(R(3), R(6), data),
		BPF_MOV64_REG(R(4), R(2)),
		BPF_ALU64_IMM(BPF_ADD, R(4), sizeof(u32)),
		BPF_JMP_REG(BPF_JGT, R(4), R(3), TO_PASS(22)),
		BPF_STX_MEM(BPF_W, R(2), R(7), 0),
		/* 24: redirect to the target; pass if there is none */
		BPF_LD_IMM64_RAW(R(1), BPF_PSEUDO_MAP_FD, targets),
		BPF_MOV64_IMM(R(2), 0),
		BPF_MOV64_IMM(R(3), XDP_PASS),
		CALL(redirect_map),
		BPF_EXIT_INSN(),
		/* PASS_AT: pass to the stack */
		BPF_MOV64_IMM(R(0), XDP_PASS),
		BPF_EXIT_INSN(),
	};
	union bpf_attr attr = {
		.prog_type = BPF_PROG_TYPE_XDP,
		.insns = (u64)(unsigned long)insns,
		.insn_cnt = ARRAY_SIZE(insns),
		.license = (u64)(unsigned long)"Dual BSD/GPL",
		.prog_flags = BPF_F_XDP_HAS_FRAGS,
		.prog_name = "netmap",
	};

	BUILD_BUG_ON(ARRAY_SIZE(insns) != PASS_AT + 2);
	return kern_sys_bpf(BPF_PROG_LOAD, &attr, sizeof(attr));
}

/* Reference the array map and find its only value, pass[]. Returns 0 or an error. */
static int xdp_prog_open_pass(struct nm_xdp_prog *p, int fd)
{
	struct bpf_map *map = bpf_map_get(fd);
	u64 addr;
	int err;

	if (IS_ERR(map))
		return PTR_ERR(map);
	err = -EOPNOTSUPP;
	if (map->ops->map_direct_value_addr)
		err = map->ops->map_direct_value_addr(map, &addr, 0);
	if (err) {
		bpf_map_put(map);
		return err;
	}
	p->map = map;
	p->pass = (u8 *)(unsigned long)addr;
	return 0;
}

static int xdp_prog_open(struct nm_xdp_prog *p, int targets, int pass)
{
	int err = xdp_prog_open_pass(p, pass), fd;

	if (err)
		return err;
	fd = xdp_prog_make(targets, pass, p->queues);
	if (fd < 0)
		return fd;
	p->file = fget(fd);
	close_fd(fd);
	return p->file ? 0 : -EBADF;
}

int nm_xdp_prog_load(struct nm_xdp_prog *p, int target, u32 queues)
{
	int targets, pass, err;

	p->queues = queues;
	targets = xdp_map_make(BPF_MAP_TYPE_DEVMAP, sizeof(u32));
	if (targets < 0)
		return targets;
	pass = xdp_map_make(BPF_MAP_TYPE_ARRAY, queues);
	err = pass < 0 ? pass : xdp_map_set(targets, target);
	if (!err)
		err = xdp_prog_open(p, targets, pass);
	if (pass >= 0)
		close_fd(pass);
	close_fd(targets);
	if (err)
		nm_xdp_prog_unload(p);
	return err;
}

void nm_xdp_prog_unload(struct nm_xdp_prog *p)
{
	if (p->file)
		fput(p->file);
	if (p->map)
		bpf_map_put(p->map);
	*p = (struct nm_xdp_prog){ NULL };
}
