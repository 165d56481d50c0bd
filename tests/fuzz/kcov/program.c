/* SPDX-License-Identifier: BSD-2-Clause */
/* Programs: those to begin with, changes at random, and their text. */
#include "fuzz.h"

#include <stdio.h>

enum { OPEN, CLOSE, REGISTER, CTRL, LEGACY, INSPECT, CSB, LOOP, STOP, MAP, RING, SLOT, SEND,
       SCRIBBLE, CSBWORD, MEMORY, SYNC, POLL, EPOLL, KICK, DUP, PASS, FORK, DEVICE, PACKET,
       SETTING, NEXT };

/* In a worker's thread. */
#define W1	0xc0
#define W2	0xd0

static const struct program seeds[] = {
	/* two ports of a switch */
	{ 7, { { REGISTER, 0, { 0 } }, { REGISTER, 1, { 1 } }, { SEND, 0, { 9, 0, 1 } },
	       { SYNC, 1, { 0 } }, { RING, 1, { 1, 4 } }, { POLL, 1, { 2 } },
	       { POLL, 0, { 1 } } } },
	/* two ends of a pipe */
	{ 6, { { REGISTER, 0, { 9 } }, { REGISTER, 1, { 10 } }, { SEND, 0, { 9 } },
	       { POLL, 1, { 8 } }, { RING, 1, { 1, 4 } }, { SYNC, 0, { 0 } } } },
	/* a pipe of a port, and a monitor of one end, with copies and without */
	{ 7, { { REGISTER, 0, { 0 } }, { REGISTER, 1, { 11 } }, { REGISTER, 2, { 12 } },
	       { REGISTER, 3, { 11, 0, 3 } }, { REGISTER, 4, { 12, 0, 5 } },
	       { SEND, 1, { 9 } }, { SYNC, 3, { 0 } } } },
	/* cards: a pair, all rings and host rings */
	{ 7, { { REGISTER, 0, { 6, 3 } }, { REGISTER, 1, { 7 } }, { SEND, 0, { 9, 0, 1 } },
	       { POLL, 1, { 8 } }, { PACKET, 0, { 1, 3 } }, { POLL, 0, { 10 } },
	       { SEND, 0, { 3, 32, 1, 1 } } } },
	{ 5, { { REGISTER, 0, { 8, 2 } }, { PACKET, 0, { 2, 5 } }, { POLL, 0, { 10 } },
	       { DEVICE, 0, { 10 } }, { POLL, 0, { 2 } } } },
	/* a card on a switch, with its thread, and with polling threads */
	{ 6, { { CTRL, 0, { 1, 0, 0, 0, 15 } }, { OPEN, 0, { 0 } },
	       { CTRL, 0, { 1, 0, 0, 0, 15 } }, { REGISTER, 1, { 0 } }, { SEND, 1, { 5, 0, 1 } },
	       { CTRL, 0, { 8, 0, 0, 0, 0, 15 } } } },
	/* a persistent port */
	{ 6, { { OPEN, 0, { 0 } }, { CTRL, 0, { 6, 0, 1, 16, 16, 0, 4 } },
	       { CTRL, 0, { 1, 0, 0, 0, 16 } }, { REGISTER, 1, { 4 } }, { SEND, 1, { 5, 0, 1 } },
	       { CTRL, 0, { 2, 0, 16 } } } },
	/* a loop in CSB mode */
	{ 7, { { REGISTER, 0, { 0, 0, 6, 2 } }, { LOOP, W1, { 0, 10 } },
	       { CSBWORD, 0, { 0, 0, 0, 5 } }, { CSBWORD, 0, { 0, 1, 0, 5 } },
	       { REGISTER, 1, { 1 } }, { SEND, 1, { 3, 0, 1 } }, { STOP, 0, { 0 } } } },
	{ 6, { { REGISTER, 0, { 9, 0, 6 } }, { CSB, 0, { 0 } },
	       { LOOP, W2, { 24, 10, 0, 0, 0, 3 } },
	       { CSBWORD, 0, { 0, 0, 0, 5 } }, { KICK, 0, { 0 } }, { STOP, 0, { 0 } } } },
	/* a region in user memory */
	{ 5, { { REGISTER, 0, { 9, 0, 0, 1 } }, { SEND, 0, { 5 } }, { SCRIBBLE, 0, { 4 } },
	       { SYNC, 0, { 0 } }, { MEMORY, 0, { 4, 0 } } } },
	/* offsets, headers */
	{ 4, { { REGISTER, 0, { 0, 0, 0, 4, 0, 0, 128, 0, 16 } }, { REGISTER, 1, { 1 } },
	       { SEND, 0, { 5, 0, 1 } }, { SYNC, 1, { 0 } } } },
	{ 5, { { REGISTER, 0, { 0, 0, 9 } }, { CTRL, 0, { 4, 0, 12 } }, { REGISTER, 1, { 1 } },
	       { SEND, 0, { 5, 1, 1, 0, 200 } }, { SYNC, 1, { 0 } } } },
	/* data elsewhere: at once, late, gone */
	{ 6, { { REGISTER, 0, { 0 } }, { REGISTER, 1, { 1 } }, { SLOT, 0, { 0, 0, 18, 60 } },
	       { RING, 0, { 0, 0, 1 } }, { SYNC, 0, { 0 } }, { SYNC, 1, { 0 } } } },
	{ 5, { { REGISTER, 0, { 0 } }, { REGISTER, 1, { 1 } }, { SLOT, 0, { 0, 0, 34, 60 } },
	       { RING, 0, { 0, 0, 1 } }, { SYNC, W1, { 0 } } } },
	/* the old requests */
	{ 5, { { LEGACY, 0, { 0, 0 } }, { LEGACY, 1, { 128, 0 } }, { SEND, 0, { 5 } },
	       { LEGACY, 2, { 2, 6, 4 } }, { LEGACY, 2, { 2, 7, 4 } } } },
	/* descriptors and processes */
	{ 8, { { REGISTER, 0, { 0 } }, { DUP, 0, { 1 } }, { PASS, 0, { 0 } }, { PASS, 2, { 1 } },
	       { FORK, 0, { 3 } }, { CLOSE, 0, { 0 } }, { SYNC, 1, { 0 } }, { EPOLL, 2, { 1 } } } },
	/* extra buffers, maps, listings, other users */
	{ 6, { { REGISTER, 0, { 0, 0, 0, 0, 0, 20 } }, { MAP, 0, { 16 } }, { INSPECT, 0, { 1, 8 } },
	       { INSPECT, 0, { 2, 8 } }, { NEXT, 0, { 11 } }, { REGISTER, 1, { 0 } } } },
	/* failures inside */
	{ 4, { { NEXT, 0, { 0, 5 } }, { REGISTER, 0, { 0 } }, { NEXT, 0, { 0, 30 } },
	       { REGISTER, 1, { 6 } } } },
	/* by emulation, and frames by XDP */
	{ 5, { { SETTING, 0, { 0, 2 } }, { REGISTER, 0, { 6 } }, { REGISTER, 1, { 7 } },
	       { SEND, 0, { 9, 0, 1 } }, { POLL, 1, { 8 } } } },
	{ 6, { { SETTING, 0, { 1, 2 } }, { REGISTER, 0, { 6 } }, { REGISTER, 1, { 7 } },
	       { SEND, 0, { 9, 0, 1 } }, { POLL, 1, { 8 } }, { PACKET, 0, { 1, 5 } } } },
};

unsigned int seed_count(void)
{
	return sizeof(seeds) / sizeof(seeds[0]);
}

void program_seed(struct program *p, unsigned int i)
{
	*p = seeds[i];
}

static uint8_t odd_byte(struct rng *r)
{
	static const uint8_t odd[] = { 0, 1, 2, 3, 4, 5, 8, 16, 32, 64, 127, 128, 200, 255 };

	return rng_chance(r, 3) ? (uint8_t)rng_next(r) : odd[rng_below(r, sizeof(odd))];
}

static void op_random(struct op *o, struct rng *r)
{
	static const uint8_t often[] = { REGISTER, REGISTER, SEND, SEND, SYNC, POLL, CTRL, SLOT,
		RING };
	uint32_t i, n = 1 + rng_below(r, 8);

	memset(o, 0, sizeof(*o));
	o->kind = rng_chance(r, 2) ? often[rng_below(r, sizeof(often))] :
				     (uint8_t)rng_below(r, op_kinds());
	o->file = (uint8_t)(rng_below(r, FILES) | (rng_chance(r, 6) ? W1 : 0));
	for (i = 0; i < n; i++)
		o->bytes[i] = odd_byte(r);
}

static void op_insert(struct program *p, uint32_t at, const struct op *o)
{
	if (p->len == OPS)
		return;
	memmove(&p->op[at + 1], &p->op[at], (p->len - at) * sizeof(*o));
	p->op[at] = *o;
	p->len++;
}

static void alter(struct program *p, const struct program *b, struct rng *r)
{
	uint32_t at = rng_below(r, p->len), i;
	struct op o;

	switch (rng_below(r, 9)) {
	case 0:
		op_random(&o, r);
		op_insert(p, rng_below(r, p->len + 1), &o);
		break;
	case 1:
		if (p->len > 1)
			memmove(&p->op[at], &p->op[at + 1], (--p->len - at) * sizeof(o));
		break;
	case 2:
		o = p->op[at];
		op_insert(p, rng_below(r, p->len + 1), &o);
		break;
	case 3:
		o = p->op[at];
		i = rng_below(r, p->len);
		p->op[at] = p->op[i];
		p->op[i] = o;
		break;
	case 4:
		p->op[at].file = (uint8_t)(rng_below(r, FILES) | (rng_chance(r, 3) ? W1 : 0) |
					   (rng_chance(r, 4) ? W2 : 0));
		break;
	case 5:
		if (b)
			for (i = rng_below(r, b->len); i < b->len && rng_below(r, 4); i++)
				op_insert(p, p->len, &b->op[i]);
		break;
	case 6:
		memset(&o, 0, sizeof(o));
		o.kind = NEXT;
		o.bytes[0] = odd_byte(r);
		o.bytes[1] = (uint8_t)rng_next(r);
		op_insert(p, at, &o);
		break;
	default:
		/* The first bytes decide most. */
		i = rng_below(r, rng_chance(r, 3) ? OP_BYTES - 2 : 6);
		p->op[at].bytes[i] = rng_chance(r, 4) ? p->op[at].bytes[i] ^ 1u << rng_below(r, 8) :
							odd_byte(r);
		break;
	}
}

void program_mutate(struct program *to, const struct program *a, const struct program *b,
		    struct rng *r)
{
	uint32_t n;

	if (a) {
		*to = *a;
	} else {
		memset(to, 0, sizeof(*to));
		for (n = 1 + rng_below(r, 12); n; n--)
			op_random(&to->op[to->len++], r);
	}
	for (n = 1 + rng_below(r, rng_chance(r, 4) ? 16 : 4); n; n--)
		alter(to, b, r);
}

void program_print(const struct program *p)
{
	uint32_t i, k, n;

	for (i = 0; i < p->len && i < OPS; i++) {
		const struct op *o = &p->op[i];

		printf("# op %u %u", o->kind % op_kinds(), o->file);
		for (n = sizeof(o->bytes); n && !o->bytes[n - 1]; n--)
			;
		for (k = 0; k < n; k++)
			printf(" %u", o->bytes[k]);
		printf("  ; %s\n", op_name(o->kind));
	}
}

int program_read(struct program *p, const char *path)
{
	FILE *f = fopen(path, "r");
	char line[256], *at;

	if (!f)
		return -errno;
	memset(p, 0, sizeof(*p));
	while (p->len < OPS && fgets(line, sizeof(line), f)) {
		struct op *o = &p->op[p->len];
		unsigned int kind, file, k, v;
		int used;

		at = strstr(line, "op ");
		if (!at || sscanf(at, "op %u %u%n", &kind, &file, &used) != 2)
			continue;
		o->kind = (uint8_t)kind;
		o->file = (uint8_t)file;
		p->len++;
		for (k = 0, at += used; k < sizeof(o->bytes) && sscanf(at, "%u%n", &v, &used) == 1;
		     at += used)
			o->bytes[k++] = (uint8_t)v;
	}
	fclose(f);
	return p->len ? 0 : -EINVAL;
}
