/* SPDX-License-Identifier: BSD-2-Clause */
/* Frames that can be checked: see frame.h. */
#include "frame.h"

#include <string.h>

#define TYPE0	0x88	/* local experimental Ethertype 0x88b5 */
#define TYPE1	0xb5

struct mac mac_make(uint32_t n)
{
	if (n == FRAME_BROADCAST)
		return (struct mac){ { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff } };
	return (struct mac){ { 2, 0, n >> 24, n >> 16, n >> 8, n } };
}

static uint64_t first_word(uint32_t flow, uint64_t seq)
{
	uint64_t z = (seq + 1) * 0x9e3779b97f4a7c15u ^ (uint64_t)(flow + 1) * 0xd1342543de82ef95u;

	z = (z ^ (z >> 32)) * 0xbf58476d1ce4e5b9u;
	return z ^ (z >> 29);
}

#define STEP	0xa0761d6478bd642fu	/* odd: no word comes twice */

void frame_make(void *buf, uint32_t len, uint32_t dst, uint32_t src, uint32_t flow, uint64_t seq)
{
	struct mac d = mac_make(dst), s = mac_make(src);
	uint8_t *p = buf;
	uint64_t w = first_word(flow, seq);
	uint32_t i, len16 = len;

	memcpy(p, &d, 6);
	memcpy(p + 6, &s, 6);
	p[12] = TYPE0;
	p[13] = TYPE1;
	memcpy(p + 14, &len16, 2);
	memcpy(p + 16, &flow, 4);
	memcpy(p + 20, &seq, 8);
	memcpy(p + 28, &w, 4);
	for (i = 32; i + 8 <= len; i += 8, w += STEP)
		memcpy(p + i, &w, 8);
	memcpy(p + i, &w, len - i);
}

bool frame_check(const void *buf, uint32_t len, uint32_t *flow, uint64_t *seq)
{
	const uint8_t *p = buf;
	uint64_t w, bad = 0, got;
	uint16_t len16;
	uint32_t i;

	if (len < FRAME_MIN || p[12] != TYPE0 || p[13] != TYPE1)
		return false;
	memcpy(&len16, p + 14, 2);
	memcpy(flow, p + 16, 4);
	memcpy(seq, p + 20, 8);
	w = first_word(*flow, *seq);
	if (len16 != (uint16_t)len || memcmp(p + 28, &w, 4))
		return false;
	for (i = 32; i + 8 <= len; i += 8, w += STEP) {
		memcpy(&got, p + i, 8);
		bad |= got ^ w;
	}
	return !bad && !memcmp(p + i, &w, len - i);
}

bool frame_is(const void *buf, uint32_t len, uint32_t dst, uint32_t src, uint32_t flow,
	      uint64_t seq)
{
	struct mac d = mac_make(dst), s = mac_make(src);
	uint32_t f;
	uint64_t q;

	return len >= FRAME_MIN && !memcmp(buf, &d, 6) && !memcmp((const char *)buf + 6, &s, 6) &&
		frame_check(buf, len, &f, &q) && f == flow && q == seq;
}
