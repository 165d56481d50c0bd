/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The grammar of inputs: the fuzzer's bytes, one after another, then zeros. Numbers, choices, names
 * and addresses are made of them, most of them sensible, so that an input passes the first checks.
 */
#ifndef INPUT_H
#define INPUT_H

#include "../unit/client.h"

struct input {
	const uint8_t *at;
	size_t left;
};

static inline void input_take(struct input *in, void *to, size_t n)
{
	size_t have = n < in->left ? n : in->left;

	memset(to, 0, n);
	if (have)
		memcpy(to, in->at, have);
	in->at += have;
	in->left -= have;
}

static inline uint8_t input_byte(struct input *in)
{
	uint8_t v;

	input_take(in, &v, 1);
	return v;
}

static inline uint16_t input_half(struct input *in)
{
	uint16_t v;

	input_take(in, &v, 2);
	return v;
}

static inline uint32_t input_word(struct input *in)
{
	uint32_t v;

	input_take(in, &v, 4);
	return v;
}

/* 0 to n - 1. */
static inline uint32_t input_below(struct input *in, uint32_t n)
{
	return (n > 256 ? input_half(in) : input_byte(in)) % n;
}

/* input.c: a name in n bytes, of a few known words or of raw bytes; most of the time ended by 0. */
void input_name(struct input *in, char *name, size_t n);
/* A number near a limit of the sizes in requests, or any. */
uint32_t input_size(struct input *in);
/* Slots of a ring or extra buffers: few, because buffers take time, or as input_size(). */
uint32_t input_slots(struct input *in);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/*
 * fuzz.c: before an input, have an engine, which is set up by configure() if it is new; after it,
 * check that everything was freed that the input made.
 */
void fuzz_begin(void (*configure)(void));
void fuzz_end(void);
/* End the engine: what the platform has made since fuzz_begin() stays. fuzz_begin() comes next. */
void fuzz_adopt(void);
/*
 * Make an arena whose file keeps its first FUZZ_KEPT bytes of memory. The first one is of
 * os_domain_first. fuzz_memory() is at an offset of one of them; NULL: beyond that.
 */
#define FUZZ_ARENAS	8u
#define FUZZ_KEPT	(UINT64_C(256) << 20)
struct os_arena *fuzz_arena(void);
uint8_t *fuzz_memory(uint32_t arena, uint64_t off);

/* peer.c: a client with rings of that many slots; an error ends the program. */
struct client *peer_bound(const char *name, uint32_t mode, uint32_t slots);
/* Check the rings of a well-behaved client: indexes in range, slots with buffers. */
void peer_check(struct client *p);
/*
 * Send a numbered frame from station src to station dst and check that it arrives whole; frames
 * that were there before are discarded.
 */
void peer_exchange(struct client *from, struct client *to, uint32_t dst, uint32_t src,
		   uint32_t number);

#endif
