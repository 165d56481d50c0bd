/* SPDX-License-Identifier: BSD-2-Clause */
/* What the programs of one process act on, and their arguments: for ops.c and calls.c. */
#ifndef KCOV_STATE_H
#define KCOV_STATE_H

#include "fuzz.h"

#define RINGS		8u
#define USERMEM		(4u << 20)	/* shared: regions and CSB blocks */
#define SCRATCH		(16u * 4096u)	/* private: bodies, options, NS_INDIRECT */
#define EVENTS		4u

/* An open file. Its rings are where they were when it was bound: their words are rubbish soon. */
struct file {
	int fd;			/* -1: closed */
	char *mem;		/* NULL: not mapped */
	uint64_t size;
	uint32_t nif;		/* offsets in the map, 0: none */
	uint32_t ring[RINGS];
	uint32_t ring_count, tx_count;
	uint32_t slots;
};

extern struct file files[FILES];
extern char *usermem, *scratch;
extern int usermem_fd, events[EVENTS], epoll_fd, socks[2];
extern bool is_lasting;		/* ports may outlive the files */

struct args {
	const uint8_t *at;
	unsigned int left;
};

static inline uint32_t arg(struct args *a)
{
	if (!a->left)
		return 0;
	a->left--;
	return *a->at++;
}

static inline uint32_t arg_half(struct args *a)
{
	uint32_t low = arg(a);

	return low | arg(a) << 8;
}

static inline uint32_t arg_word(struct args *a)
{
	uint32_t low = arg_half(a);

	return low | arg_half(a) << 16;
}

/* A small number, one near n, one bit, or any. */
static inline uint32_t arg_value(struct args *a, uint32_t n)
{
	uint32_t v = arg(a);

	if (v < 96)
		return v;
	if (v < 160)
		return n - 4 + v % 8;
	return v < 192 ? 1u << v % 32 : arg_word(a);
}

/* calls.c: the requests */
void call_open(struct file *f, struct args *a);
void call_close(struct file *f, struct args *a);
void call_register(struct file *f, struct args *a);
void call_ctrl(struct file *f, struct args *a);
void call_legacy(struct file *f, struct args *a);
void call_inspect(struct file *f, struct args *a);
void call_csb(struct file *f, struct args *a);
void call_loop(struct file *f, struct args *a);
void call_stop(struct file *f, struct args *a);
void call_map(struct file *f, struct args *a);
void file_forget(struct file *f);	/* close and unmap */
void file_set(struct file *f, int fd);	/* close the one it has; threads do so at a time */
/* Delete what programs may have left: ports, attachments. */
void calls_clean(void);

#endif
