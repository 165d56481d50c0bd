// SPDX-License-Identifier: BSD-2-Clause
/*
 * The programs that the kernel runs for frames of a device, assembled here: they are a few instructions.
 *
 *   device, ingress	a frame that the TAP's program has marked is for the stack: unmark it, let it pass. One that
 *			the engine wants is dropped, as its packet socket has had it before.
 *   device, egress	a frame that our sockets have marked is for the wire: likewise. What the stack sends goes to
 *			the TAP if the engine wants it.
 *   TAP, ingress	a frame that was written to the TAP is marked and goes to the device's ingress.
 *   packet socket	takes what the engine wants of its queue, but nothing marked.
 *
 * From Linux 6.6 on they are attached by links, which end with the last descriptor of them. Before that tc
 * holds them, see tc.c.
 */
#define OS_PLATFORM
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/bpf.h>
#include <linux/if_packet.h>
#include <sys/random.h>
#include <unistd.h>

#include "broker.h"

/* Numbers of Linux 6.6, which older headers lack. */
#define TCX_INGRESS	46
#define TCX_EGRESS	47

/* What a program says of a frame. */
#define PASS	(-1)		/* the next one decides */
#define DROP	2

/* ---- assembling --------------------------------------------------------------------- */

#define PROG_MAX	32u

struct code {
	struct bpf_insn insn[PROG_MAX];
	uint32_t n;
};

static void emit(struct code *c, uint8_t code, uint8_t dst, uint8_t src, int16_t off, int32_t imm)
{
	os_assert(c->n < PROG_MAX);
	c->insn[c->n++] = (struct bpf_insn){
		.code = code, .dst_reg = dst & 15, .src_reg = src & 15, .off = off, .imm = imm,
	};
}

#define FIELD(name)	((int16_t)offsetof(struct __sk_buff, name))

/* A register from a field of the frame's, which register 1 points to; and back. */
static void load(struct code *c, uint8_t dst, int16_t field)
{
	emit(c, BPF_LDX | BPF_MEM | BPF_W, dst, 1, field, 0);
}

static void store(struct code *c, int16_t field, uint8_t src)
{
	emit(c, BPF_STX | BPF_MEM | BPF_W, 1, src, field, 0);
}

static void set(struct code *c, uint8_t dst, int32_t v)
{
	emit(c, BPF_ALU64 | BPF_MOV | BPF_K, dst, 0, 0, v);
}

static void end(struct code *c, int32_t v)
{
	set(c, 0, v);
	emit(c, BPF_JMP | BPF_EXIT, 0, 0, 0, 0);
}

/* Skip the next so many instructions if the register is, or is not, v. */
static void skip_if(struct code *c, uint8_t reg, int32_t v, int16_t n)
{
	emit(c, BPF_JMP32 | BPF_JEQ | BPF_K, reg, 0, n, v);
}

static void skip_if_not(struct code *c, uint8_t reg, int32_t v, int16_t n)
{
	emit(c, BPF_JMP32 | BPF_JNE | BPF_K, reg, 0, n, v);
}

/* Register 3 becomes the flag at that place and, if is_indexed, as many further as register 2 says. */
static void flag_load(struct code *c, int map, uint32_t at, bool is_indexed)
{
	emit(c, BPF_LD | BPF_DW | BPF_IMM, 3, BPF_PSEUDO_MAP_VALUE, 0, map);
	emit(c, 0, 0, 0, 0, (int32_t)at);
	if (is_indexed) {
		emit(c, BPF_ALU64 | BPF_AND | BPF_K, 2, 0, 0, 255);
		emit(c, BPF_ALU64 | BPF_ADD | BPF_X, 3, 2, 0, 0);
	}
	emit(c, BPF_LDX | BPF_MEM | BPF_B, 3, 3, 0, 0);
}

static void redirect(struct code *c, uint32_t ifindex, int32_t flags)
{
	set(c, 1, (int32_t)ifindex);
	set(c, 2, flags);
	emit(c, BPF_JMP | BPF_CALL, 0, 0, 0, BPF_FUNC_redirect);
	emit(c, BPF_JMP | BPF_EXIT, 0, 0, 0, 0);
}

/* ---- the programs ------------------------------------------------------------------- */

/* Ours: nobody else sees the mark. */
static void pass_marked(struct code *c, int32_t mark)
{
	load(c, 2, FIELD(mark));
	skip_if_not(c, 2, mark, 4);
	set(c, 2, 0);
	store(c, FIELD(mark), 2);
	end(c, PASS);
}

static void dev_ingress(struct code *c, int map, int32_t mark)
{
	pass_marked(c, mark);
	/* The stack's own copy of what it broadcasts was never on the wire. */
	load(c, 2, FIELD(pkt_type));
	skip_if_not(c, 2, PACKET_LOOPBACK, 2);
	end(c, PASS);
	load(c, 2, FIELD(queue_mapping));
	skip_if(c, 2, 0, 1);
	emit(c, BPF_ALU64 | BPF_SUB | BPF_K, 2, 0, 0, 1);
	flag_load(c, map, offsetof(struct netdev_flags, wire), true);
	skip_if_not(c, 3, 0, 2);
	end(c, PASS);
	end(c, DROP);
}

static void dev_egress(struct code *c, int map, uint32_t tap, int32_t mark)
{
	pass_marked(c, mark);
	flag_load(c, map, offsetof(struct netdev_flags, stack), false);
	skip_if_not(c, 3, 0, 2);
	end(c, PASS);
	redirect(c, tap, 0);
}

static void tap_ingress(struct code *c, uint32_t ifindex, int32_t mark)
{
	set(c, 2, mark);
	store(c, FIELD(mark), 2);
	redirect(c, ifindex, BPF_F_INGRESS);
}

/*
 * A frame's queue_mapping is 0 if it has no queue, else the queue and 1. Of several sockets the first takes
 * those that have none, the others share the queues.
 */
static void socket_filter(struct code *c, int map, int32_t mark, uint32_t i, uint32_t n)
{
	load(c, 2, FIELD(mark));
	skip_if_not(c, 2, mark, 2);
	end(c, 0);
	load(c, 2, FIELD(queue_mapping));
	if (n == 1) {
		skip_if(c, 2, 0, 1);
		emit(c, BPF_ALU64 | BPF_SUB | BPF_K, 2, 0, 0, 1);
	} else if (!i) {
		skip_if(c, 2, 0, 2);
		end(c, 0);
	} else {
		skip_if_not(c, 2, 0, 2);
		end(c, 0);
		emit(c, BPF_ALU64 | BPF_SUB | BPF_K, 2, 0, 0, 1);
		emit(c, BPF_ALU64 | BPF_MOV | BPF_X, 4, 2, 0, 0);
		emit(c, BPF_ALU64 | BPF_MOD | BPF_K, 4, 0, 0, (int32_t)n - 1);
		skip_if(c, 4, (int32_t)i - 1, 2);
		end(c, 0);
	}
	flag_load(c, map, offsetof(struct netdev_flags, wire), true);
	skip_if_not(c, 3, 0, 2);
	end(c, 0);
	end(c, INT32_MAX);
}

/* ---- loading and attaching ---------------------------------------------------------- */

static int prog_load(enum bpf_prog_type type, const char *name, const struct code *c)
{
	int fd = bpf_prog_load(type, name, "Dual BSD/GPL", c->insn, c->n, NULL);

	return fd < 0 ? -errno : fd;
}

static int cls_load(struct programs *p, uint32_t i, const char *name, const struct code *c)
{
	p->prog[i] = prog_load(BPF_PROG_TYPE_SCHED_CLS, name, c);
	return p->prog[i] < 0 ? p->prog[i] : 0;
}

static int load_all(struct programs *p, uint32_t ifindex, uint32_t tap)
{
	struct code ingress = { .n = 0 }, egress = { .n = 0 }, back = { .n = 0 };
	int err;

	tap_ingress(&back, ifindex, p->mark);
	dev_ingress(&ingress, p->map, p->mark);
	dev_egress(&egress, p->map, tap, p->mark);
	err = cls_load(p, 0, "netmap_to_stack", &back);
	if (!err)
		err = cls_load(p, 1, "netmap_ingress", &ingress);
	if (!err)
		err = cls_load(p, 2, "netmap_egress", &egress);
	return err;
}

int programs_attach(struct programs *p, uint32_t i, uint32_t ifindex, uint32_t tap)
{
	const uint32_t dev = i ? ifindex : tap;
	int err;

	p->link[i] = bpf_link_create(p->prog[i], (int)dev, i == 2 ? TCX_EGRESS : TCX_INGRESS, NULL);
	if (p->link[i] >= 0)
		return 0;
	if (errno != EINVAL)
		return -errno;
	err = tc_attach(dev, i == 2, p->prog[i], &p->has_made_qdisc[i]);
	if (!err)
		p->at[i] = dev;
	return err;
}

int programs_load(struct programs *p, uint32_t ifindex, uint32_t tap)
{
	LIBBPF_OPTS(bpf_map_create_opts, opts, .map_flags = BPF_F_MMAPABLE);
	uint32_t i;
	int err;

	libbpf_set_print(NULL);
	*p = (struct programs){ .map = -1 };
	for (i = 0; i < BROKER_LINKS; i++)
		p->prog[i] = p->link[i] = -1;
	if (getrandom(&p->mark, sizeof(p->mark), 0) != sizeof(p->mark))
		return -EIO;
	p->mark |= 1;	/* 0 is what other frames have */
	p->map = bpf_map_create(BPF_MAP_TYPE_ARRAY, "netmap_flags", sizeof(uint32_t),
				sizeof(struct netdev_flags), 1, &opts);
	err = p->map < 0 ? -errno : load_all(p, ifindex, tap);
	if (err)
		programs_close(p);
	return err;
}

int programs_filter(const struct programs *p, uint32_t i, uint32_t n)
{
	struct code c = { .n = 0 };

	socket_filter(&c, p->map, p->mark, i, n);
	return prog_load(BPF_PROG_TYPE_SOCKET_FILTER, "netmap_socket", &c);
}

static void shut(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

void programs_close(struct programs *p)
{
	/* The device's two were attached at once: whichever came first made it for both. */
	const bool has_made = p->has_made_qdisc[1] || p->has_made_qdisc[2];
	uint32_t i = BROKER_LINKS;

	while (i--) {
		if (p->at[i])
			tc_detach(p->at[i], i == 2, i ? has_made : false);
		p->at[i] = 0;
		shut(&p->link[i]);
		shut(&p->prog[i]);
	}
	shut(&p->map);
}
