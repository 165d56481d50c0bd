// SPDX-License-Identifier: BSD-2-Clause
/*
 * A plain program on AF_XDP, by libxdp: one socket on queue 0, frames of 2 KiB, zero copy where
 * the driver supports it.
 */
#include <bpf/bpf.h>
#include <errno.h>
#include <linux/bpf.h>
#include <linux/if_link.h>
#include <net/if.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <xdp/xsk.h>

#include "load.h"

#define SLOTS		1024
#define FRAME		2048
#define FRAMES		(2 * SLOTS)

struct queue {
	struct xsk_umem *umem;
	struct xsk_socket *xsk;
	struct xsk_ring_prod fill, tx;
	struct xsk_ring_cons comp, rx;
	uint8_t *area;
};

static int queue_open(const struct load *l, struct queue *q)
{
	const struct xsk_umem_config u = {
		.fill_size = SLOTS, .comp_size = SLOTS, .frame_size = FRAME,
	};
	const struct xsk_socket_config s = {
		.rx_size = SLOTS, .tx_size = SLOTS, .bind_flags = XDP_USE_NEED_WAKEUP,
		.libxdp_flags = XSK_LIBXDP_FLAGS__INHIBIT_PROG_LOAD,
	};
	const size_t size = (size_t)FRAMES * FRAME;

	q->area = mmap(NULL, size, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	if (q->area == MAP_FAILED)
		return -errno;
	return xsk_umem__create(&q->umem, q->area, size, &q->fill, &q->comp, &u) ?:
		xsk_socket__create(&q->xsk, l->device, 0, q->umem, &q->rx, &q->tx, &s);
}

static void kick(struct queue *q)
{
	if (xsk_ring_prod__needs_wakeup(&q->tx))
		sendto(xsk_socket__fd(q->xsk), NULL, 0, MSG_DONTWAIT, NULL, 0);
}

/* Send the first SLOTS frames in turn; a frame is free again when the kernel has completed it. */
void xdp_send(const struct load *l)
{
	struct queue q = { 0 };
	uint32_t at, free = SLOTS, next = 0, done, n, i;
	int err = queue_open(l, &q);

	for (i = 0; !err && i < SLOTS; i++)
		load_frame(q.area + (size_t)i * FRAME);
	while (!err) {
		done = xsk_ring_cons__peek(&q.comp, SLOTS, &at);
		xsk_ring_cons__release(&q.comp, done);
		load_add(l, done);
		free += done;
		n = free < LOAD_BURST ? free : LOAD_BURST;
		n = xsk_ring_prod__reserve(&q.tx, n, &at);
		for (i = 0; i < n; i++, next = (next + 1) % SLOTS)
			*xsk_ring_prod__tx_desc(&q.tx, at + i) = (struct xdp_desc){
				.addr = (uint64_t)next * FRAME, .len = LOAD_BYTES,
			};
		xsk_ring_prod__submit(&q.tx, n);
		free -= n;
		kick(&q);
	}
	errno = -err;
	load_complain(l, "cannot send by AF_XDP");
}

/* Redirect each frame to the socket in the map at its queue's number, or pass it to the stack. */
static int redirect(const struct load *l, struct queue *q)
{
	int map = bpf_map_create(BPF_MAP_TYPE_XSKMAP, "bench_xsks", sizeof(int), sizeof(int), 1,
				 NULL);
	const struct bpf_insn code[] = {
		{ .code = BPF_LDX | BPF_MEM | BPF_W,
		  .dst_reg = 2,
		  .src_reg = 1,
		  .off = offsetof(struct xdp_md, rx_queue_index) },
		{ .code = BPF_LD | BPF_DW | BPF_IMM,
		  .dst_reg = 1,
		  .src_reg = BPF_PSEUDO_MAP_FD,
		  .imm = map },
		{ 0 },
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 3, .imm = XDP_PASS },
		{ .code = BPF_JMP | BPF_CALL, .imm = BPF_FUNC_redirect_map },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	LIBBPF_OPTS(bpf_link_create_opts, opts, .flags = XDP_FLAGS_DRV_MODE);
	int prog;

	if (map < 0 || xsk_socket__update_xskmap(q->xsk, map))
		return -1;
	prog = bpf_prog_load(BPF_PROG_TYPE_XDP, "bench_xdp", "BSD", code,
			     sizeof(code) / sizeof(code[0]), NULL);
	/* Neither is closed: the program stays attached until this process ends. */
	return prog < 0 ? -1 :
			  bpf_link_create(prog, (int)if_nametoindex(l->device), BPF_XDP, &opts);
}

static void fill_post(struct queue *q, const uint64_t *frames, uint32_t n)
{
	uint32_t at;

	if (!xsk_ring_prod__reserve(&q->fill, n, &at))
		return;
	for (uint32_t i = 0; i < n; i++)
		*xsk_ring_prod__fill_addr(&q->fill, at + i) = frames[i];
	xsk_ring_prod__submit(&q->fill, n);
}

static uint32_t rx_take(struct queue *q)
{
	uint64_t frames[LOAD_BURST];
	uint32_t at, n = xsk_ring_cons__peek(&q->rx, LOAD_BURST, &at);

	for (uint32_t i = 0; i < n; i++)
		frames[i] = xsk_ring_cons__rx_desc(&q->rx, at + i)->addr & ~(uint64_t)(FRAME - 1);
	xsk_ring_cons__release(&q->rx, n);
	if (n)
		fill_post(q, frames, n);
	return n;
}

void xdp_receive(const struct load *l)
{
	struct queue q = { 0 };
	struct pollfd p = { .events = POLLIN };
	uint64_t frames[SLOTS];
	uint32_t n;
	int err = queue_open(l, &q);

	errno = -err;
	if (err || redirect(l, &q) < 0) {
		load_complain(l, "cannot receive by AF_XDP");
		return;
	}
	for (n = 0; n < SLOTS; n++)
		frames[n] = (uint64_t)n * FRAME;
	fill_post(&q, frames, SLOTS);
	p.fd = xsk_socket__fd(q.xsk);
	for (;;) {
		n = rx_take(&q);
		load_add(l, n);
		if (!n)
			poll(&p, 1, 1000);
	}
}
