/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Copy a frame's bytes, those and no more: what lies behind them in the sender's buffer is not for
 * the receiver. Whole words from the start, and one or more that overlap them up to the end. The
 * shortest frames of Ethernet are worth it: what is best for long copies takes its time to begin.
 */
#ifndef NM_COPY_H
#define NM_COPY_H

#include "os.h"

#define NM_WORD		8u
#define NM_LINE		64u
#define NM_COPY_STEPS	512u	/* longer ones do better with the home's copy */

typedef uint64_t __attribute__((may_alias, aligned(1))) nm_word_t;

static inline void nm_copy_line(uint8_t *dst, const uint8_t *src)
{
	const nm_word_t *from = (const nm_word_t *)src;
	nm_word_t *to = (nm_word_t *)dst;
	const nm_word_t a = from[0], b = from[1], c = from[2], d = from[3];
	const nm_word_t e = from[4], f = from[5], g = from[6], h = from[7];

	to[0] = a;
	to[1] = b;
	to[2] = c;
	to[3] = d;
	to[4] = e;
	to[5] = f;
	to[6] = g;
	to[7] = h;
}

/* A length of 57 to 64. */
static inline void nm_copy_short(uint8_t *dst, const uint8_t *src, uint32_t len)
{
	const nm_word_t *from = (const nm_word_t *)src;
	nm_word_t *to = (nm_word_t *)dst;
	const nm_word_t a = from[0], b = from[1], c = from[2], d = from[3];
	const nm_word_t e = from[4], f = from[5], g = from[6];
	const nm_word_t last = *(const nm_word_t *)(src + len - NM_WORD);

	to[0] = a;
	to[1] = b;
	to[2] = c;
	to[3] = d;
	to[4] = e;
	to[5] = f;
	to[6] = g;
	*(nm_word_t *)(dst + len - NM_WORD) = last;
}

/* Out of line, or a loop over short frames would pay for it in registers. */
static __attribute__((__noinline__, __unused__)) void nm_copy_other(uint8_t *dst, const uint8_t *src, uint32_t len)
{
	uint32_t done;

	if (len < NM_LINE || len > NM_COPY_STEPS) {
		os_memcpy(dst, src, len);
		return;
	}
	for (done = 0; done + NM_LINE < len; done += NM_LINE)
		nm_copy_line(dst + done, src + done);
	nm_copy_line(dst + len - NM_LINE, src + len - NM_LINE);
}

static inline void nm_copy_frame(uint8_t *dst, const uint8_t *src, uint32_t len)
{
	if (likely(len - (NM_LINE - NM_WORD + 1) < NM_WORD))
		nm_copy_short(dst, src, len);
	else
		nm_copy_other(dst, src, len);
}

#endif
