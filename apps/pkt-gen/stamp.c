// SPDX-License-Identifier: BSD-2-Clause
/* Writing and checking stamps; the checksum is a 64-bit multiplicative hash, folded. */
#include "stamp.h"

#include <endian.h>
#include <string.h>

#include "frame.h"

#define MAGIC 0x6e71
#define FLOW_AT 2
#define SEQ_AT 6
#define SUM_AT 14

/* Odd 64-bit constants with well-spread bits: multiplication by them is invertible. */
#define MIX_A 0x9e3779b97f4a7c15ull
#define MIX_B 0xd6e8feb86659fd93ull

/* One-to-one in the state and in the word: a single altered word is always detected. */
static uint64_t mix(uint64_t state, uint64_t word)
{
	state = (state ^ word) * MIX_A;
	return state ^ (state >> 29);
}

static uint64_t mix_bytes(uint64_t state, const uint8_t *p, unsigned int len)
{
	uint64_t word;

	for (; len >= 8; len -= 8, p += 8) {
		memcpy(&word, p, 8);
		state = mix(state, word);
	}
	if (len > 0) {
		word = 0;
		memcpy(&word, p, len);
		state = mix(state, word);
	}
	return state;
}

/* Checksum [from, to) without the checksum itself, in the byte order of memory. */
static uint32_t checksum_of(const uint8_t *ether, unsigned int from, unsigned int stamp,
			    unsigned int to)
{
	uint64_t state = mix_bytes(MIX_B ^ (to - from), ether + from, stamp + SUM_AT - from);

	state = mix_bytes(state, ether + stamp + STAMP_SIZE, to - stamp - STAMP_SIZE);
	return (uint32_t)(state ^ (state >> 32));
}

static void fill(uint8_t *p, unsigned int len, const struct stamp *s)
{
	uint64_t word = s->seq * MIX_B ^ s->flow;

	for (; len >= 8; len -= 8, p += 8) {
		word += MIX_A;
		memcpy(p, &word, 8);
	}
	word += MIX_A;
	memcpy(p, &word, len);
}

void stamp_write(uint8_t *ether, unsigned int len, unsigned int offset, const struct stamp *s,
		 enum seq_scope scope)
{
	uint16_t magic = htobe16(MAGIC);
	uint32_t flow = htobe32(s->flow), sum;
	uint64_t seq = htobe64(s->seq);

	memcpy(ether + offset, &magic, sizeof(magic));
	memcpy(ether + offset + FLOW_AT, &flow, sizeof(flow));
	memcpy(ether + offset + SEQ_AT, &seq, sizeof(seq));
	fill(ether + offset + STAMP_SIZE, len - offset - STAMP_SIZE, s);
	sum = htobe32(checksum_of(ether, scope == SEQ_PAYLOAD ? offset : 0, offset, len));
	memcpy(ether + offset + SUM_AT, &sum, sizeof(sum));
}

enum stamp_result stamp_read(const uint8_t *ether, unsigned int len, enum seq_scope scope,
			     struct stamp *s)
{
	unsigned int offset, payload, from, to;
	uint16_t magic;
	uint32_t sum;

	if (!frame_find_payload(ether, len, &offset, &payload) || payload < STAMP_SIZE)
		return STAMP_ABSENT;
	memcpy(&magic, ether + offset, sizeof(magic));
	if (magic != htobe16(MAGIC))
		return STAMP_ABSENT;
	memcpy(&s->flow, ether + offset + FLOW_AT, sizeof(s->flow));
	memcpy(&s->seq, ether + offset + SEQ_AT, sizeof(s->seq));
	memcpy(&sum, ether + offset + SUM_AT, sizeof(sum));
	s->flow = be32toh(s->flow);
	s->seq = be64toh(s->seq);
	from = scope == SEQ_PAYLOAD ? offset : 0;
	to = scope == SEQ_PAYLOAD ? offset + payload : len;
	return be32toh(sum) == checksum_of(ether, from, offset, to) ? STAMP_GOOD : STAMP_CORRUPT;
}
