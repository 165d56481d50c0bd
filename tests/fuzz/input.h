/* SPDX-License-Identifier: BSD-2-Clause */
/* Bytes of the fuzzer, taken one after another; zeros when they have run out. */
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

static inline uint32_t input_word(struct input *in)
{
	uint32_t v;

	input_take(in, &v, 4);
	return v;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* fuzz.c: an engine for one input, and proof that nothing is left of it. */
void fuzz_begin(void);
void fuzz_end(void);

#endif
