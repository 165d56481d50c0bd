// SPDX-License-Identifier: BSD-2-Clause
/*
 * The BPF programs that the kernel runs for frames of a device. Each has a few instructions, which
 * are assembled here.
 *
 * Device, ingress: a frame with the mark of the TAP's program is for the stack: clear the mark,
 * pass it. A frame that the engine takes is dropped: its packet socket has received it before.
 *
 * Device, egress: a frame with the mark of our sockets is for the wire: clear the mark, pass it. A
 * frame of the stack goes to the TAP if the engine takes it.
 *
 * TAP, ingress: a frame written to the TAP is marked and redirected to the device's ingress.
 *
 * Packet socket: passes what the engine takes from its queue, but nothing marked.
 *
 * From Linux 6.6 on, links attach them, and detach them with their last descriptor. Before that tc
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

/* Values of Linux 6.6 that older headers lack. */
#define TCX_INGRESS	46
#define TCX_EGRESS	47

/* Return values of the programs. */
#define PASS	(-1)		/* the next one decides */
#define DROP	2

/* ---- assembling --------------------------------------------------------------------- */

#define PROG_MAX	32u

struct code {
	struct bpf_insn insn[PROG_MAX];
	uint32_t n;
};

static void code_add(struct code *c, uint8_t code, uint8_t dst, uint8_t src, int16_t off,
		     int32_t imm)
{
	os_assert(c->n < PROG_MAX);
	c->insn[c->n++] = (struct bpf_insn){
		.code = code, .dst_reg = dst & 15, .src_reg = src & 15, .off = off, .imm = imm,
	};
}

#define FIELD(name)	((int16_t)offsetof(struct __sk_buff, name))

/* Load a field of the frame into a register, or store it. Register 1 points to the frame. */
static void code_load(struct code *c, uint8_t dst, int16_t field)
{
	code_add(c, BPF_LDX | BPF_MEM | BPF_W, dst, 1, field, 0);
}

static void code_store(struct code *c, int16_t field, uint8_t src)
{
	code_add(c, BPF_STX | BPF_MEM | BPF_W, 1, src, field, 0);
}

static void code_set(struct code *c, uint8_t dst, int32_t v)
{
	code_add(c, BPF_ALU64 | BPF_MOV | BPF_K, dst, 0, 0, v);
}

static void code_return(struct code *c, int32_t v)
{
	code_set(c, 0, v);
	code_add(c, BPF_JMP | BPF_EXIT, 0, 0, 0, 0);
}

/* Skip the next n instructions if the register is, or is not, v. */
static void code_skip_if(struct code *c, uint8_t reg, int32_t v, int16_t n)
{
	code_add(c, BPF_JMP32 | BPF_JEQ | BPF_K, reg, 0, n, v);
}

static void code_skip_if_not(struct code *c, uint8_t reg, int32_t v, int16_t n)
{
	code_add(c, BPF_JMP32 | BPF_JNE | BPF_K, reg, 0, n, v);
}

/*
 * Load the flag at offset `at` of struct netdev_flags into register 3; is_indexed: plus register 2.
 */
static void code_load_flag(struct code *c, int map, uint32_t at, bool is_indexed)
{
	code_add(c, BPF_LD | BPF_DW | BPF_IMM, 3, BPF_PSEUDO_MAP_VALUE, 0, map);
	code_add(c, 0, 0, 0, 0, (int32_t)at);
	if (is_indexed) {
		code_add(c, BPF_ALU64 | BPF_AND | BPF_K, 2, 0, 0, 255);
		code_add(c, BPF_ALU64 | BPF_ADD | BPF_X, 3, 2, 0, 0);
	}
	code_add(c, BPF_LDX | BPF_MEM | BPF_B, 3, 3, 0, 0);
}

static void code_redirect(struct code *c, uint32_t ifindex, int32_t flags)
{
	code_set(c, 1, (int32_t)ifindex);
	code_set(c, 2, flags);
	code_add(c, BPF_JMP | BPF_CALL, 0, 0, 0, BPF_FUNC_redirect);
	code_add(c, BPF_JMP | BPF_EXIT, 0, 0, 0, 0);
}

/* ---- the programs ------------------------------------------------------------------- */

/* Pass a frame that has our mark, without the mark: no other program is to see it. */
static void code_pass_marked(struct code *c, int32_t mark)
{
	code_load(c, 2, FIELD(mark));
	code_skip_if_not(c, 2, mark, 4);
	code_set(c, 2, 0);
	code_store(c, FIELD(mark), 2);
	code_return(c, PASS);
}

static void code_dev_ingress(struct code *c, int map, int32_t mark)
{
	code_pass_marked(c, mark);
	/* The stack's own copy of a broadcast that it sends was never on the wire. */
	code_load(c, 2, FIELD(pkt_type));
	code_skip_if_not(c, 2, PACKET_LOOPBACK, 2);
	code_return(c, PASS);
	code_load(c, 2, FIELD(queue_mapping));
	code_skip_if(c, 2, 0, 1);
	code_add(c, BPF_ALU64 | BPF_SUB | BPF_K, 2, 0, 0, 1);
	code_load_flag(c, map, offsetof(struct netdev_flags, wire), true);
	code_skip_if_not(c, 3, 0, 2);
	code_return(c, PASS);
	code_return(c, DROP);
}

static void code_dev_egress(struct code *c, int map, uint32_t tap, int32_t mark)
{
	code_pass_marked(c, mark);
	code_load_flag(c, map, offsetof(struct netdev_flags, stack), false);
	code_skip_if_not(c, 3, 0, 2);
	code_return(c, PASS);
	code_redirect(c, tap, 0);
}

static void code_tap_ingress(struct code *c, uint32_t ifindex, int32_t mark)
{
	code_set(c, 2, mark);
	code_store(c, FIELD(mark), 2);
	code_redirect(c, ifindex, BPF_F_INGRESS);
}

/*
 * A frame's queue_mapping is 0 if it has no queue, else the queue plus 1. Of several sockets the
 * first takes frames without a queue, the others share the queues.
 */
static void code_socket_filter(struct code *c, int map, int32_t mark, uint32_t i, uint32_t n)
{
	code_load(c, 2, FIELD(mark));
	code_skip_if_not(c, 2, mark, 2);
	code_return(c, 0);
	code_load(c, 2, FIELD(queue_mapping));
	if (n == 1) {
		code_skip_if(c, 2, 0, 1);
		code_add(c, BPF_ALU64 | BPF_SUB | BPF_K, 2, 0, 0, 1);
	} else if (!i) {
		code_skip_if(c, 2, 0, 2);
		code_return(c, 0);
	} else {
		code_skip_if_not(c, 2, 0, 2);
		code_return(c, 0);
		code_add(c, BPF_ALU64 | BPF_SUB | BPF_K, 2, 0, 0, 1);
		code_add(c, BPF_ALU64 | BPF_MOV | BPF_X, 4, 2, 0, 0);
		code_add(c, BPF_ALU64 | BPF_MOD | BPF_K, 4, 0, 0, (int32_t)n - 1);
		code_skip_if(c, 4, (int32_t)i - 1, 2);
		code_return(c, 0);
	}
	code_load_flag(c, map, offsetof(struct netdev_flags, wire), true);
	code_skip_if_not(c, 3, 0, 2);
	code_return(c, 0);
	code_return(c, INT32_MAX);
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

static int programs_load_all(struct programs *p, uint32_t ifindex, uint32_t tap)
{
	struct code ingress = { .n = 0 }, egress = { .n = 0 }, back = { .n = 0 };
	int err;

	code_tap_ingress(&back, ifindex, p->mark);
	code_dev_ingress(&ingress, p->map, p->mark);
	code_dev_egress(&egress, p->map, tap, p->mark);
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
		p->tc_ifindex[i] = dev;
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
	p->mark |= 1;	/* never 0, which is no mark */
	p->map = bpf_map_create(BPF_MAP_TYPE_ARRAY, "netmap_flags", sizeof(uint32_t),
				sizeof(struct netdev_flags), 1, &opts);
	err = p->map < 0 ? -errno : programs_load_all(p, ifindex, tap);
	if (err)
		programs_close(p);
	return err;
}

int programs_filter(const struct programs *p, uint32_t i, uint32_t n)
{
	struct code c = { .n = 0 };

	code_socket_filter(&c, p->map, p->mark, i, n);
	return prog_load(BPF_PROG_TYPE_SOCKET_FILTER, "netmap_socket", &c);
}

static void fd_close(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

void programs_close(struct programs *p)
{
	/*
	 * The device's two programs share a qdisc; either may have made it, as they are attached
	 * concurrently.
	 */
	const bool has_made = p->has_made_qdisc[1] || p->has_made_qdisc[2];
	uint32_t i = BROKER_LINKS;

	while (i--) {
		if (p->tc_ifindex[i])
			tc_detach(p->tc_ifindex[i], i == 2, i ? has_made : false);
		p->tc_ifindex[i] = 0;
		fd_close(&p->link[i]);
		fd_close(&p->prog[i]);
	}
	fd_close(&p->map);
}
