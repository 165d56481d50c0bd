/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The grammar of inputs: bytes of the fuzzer, taken one after another, zeros when they have
 * run out; numbers, choices, names and addresses made of them, most of them sensible, so that
 * an input gets past the first check.
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

/* input.c: a name into n bytes, ended by 0 most of the time, of a few words or of raw bytes. */
void input_name(struct input *in, char *name, size_t n);
/* A number near an edge of the sizes that requests speak of, or any. */
uint32_t input_size(struct input *in);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* fuzz.c: an engine for one input, and proof that nothing is left of it. */
void fuzz_begin(void);
void fuzz_end(void);

/* peer.c: a client with rings of that many slots; ends the program if it cannot be. */
struct client *peer_bound(const char *name, uint32_t mode, uint32_t slots);
/* The rings of a client that keeps the rules: indices in range, slots that lead to buffers. */
void peer_check(struct client *p);
/*
 * A numbered frame goes from one to the other, from station src to station dst, and arrives
 * whole; what was there is thrown away.
 */
void peer_exchange(struct client *from, struct client *to, uint32_t dst, uint32_t src,
		   uint32_t number);

#endif
