/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * core/offload/offload.c against an independent checker: every destination frame is compared byte
 * by byte with what the source frame and the header ask for, a plain loop verifies checksums, and
 * every slot lies in memory of its exact size, so that the address sanitizer sees a byte too many.
 * Then rubbish: random headers, flipped bytes, and a source that changes during the conversion.
 * TAP. Arguments: rounds for each test, seed.
 */
#define OS_PLATFORM			/* libc's names are for the test */
#include <stdio.h>
#include <stdlib.h>
#include "inet.h"
#include "frame.h"
#include "rng.h"
#include "tap.h"

#define ROOM		80000u	/* more than any frame made here */
#define SLOTS		80000u

struct bytes {
	uint8_t *p;
	uint32_t len;
};

/* A source frame, and what the test knows about it. */
struct sample {
	uint8_t data[ROOM];	/* without virtio-net header */
	uint32_t len;
	uint32_t l3, l4, head;	/* offsets; head: where the payload begins */
	uint32_t end;		/* of the datagram; padding follows */
	bool v6, tcp;
	struct nm_vnet_hdr vh;
};

/* The result of a conversion: frames, one after another. */
struct result {
	int planned;
	struct bytes frame[SLOTS];
	uint32_t frames;
	struct nm_offload o;
};

static struct rng rng;
static struct sample sample;
static struct result result;
static char why[200];

static uint32_t rnd(uint32_t below)
{
	return rng_below(&rng, below);
}

static uint32_t between(uint32_t low, uint32_t high)
{
	return low + rnd(high - low + 1);
}

static void fill_random(uint8_t *p, uint32_t n)
{
	while (n--)
		*p++ = (uint8_t)rnd(256);
}

static void *get_memory(size_t n)
{
	void *p = malloc(n ? n : 1);

	if (!p)
		exit(2);
	return p;
}

static void report(bool good, const char *name)
{
	if (!ok(good, "%s", name))
		diag("%s", why);
}

static bool fail(const char *reason, uint32_t a, uint32_t b)
{
	snprintf(why, sizeof(why), "%s (%u, %u); seed state %llx", reason, a, b,
		 (unsigned long long)rng.state);
	return false;
}

/* Pseudo header of the datagram in f, which ends at len. */
static uint32_t plain_pseudo(const struct sample *s, const uint8_t *f, uint32_t len)
{
	uint32_t sum = len - s->l4 + (s->tcp ? 6 : 17);

	sum = (sum & 0xffff) + (sum >> 16);
	if (s->v6)
		return sum16(sum, f + s->l3 + 8, 32);
	return sum16(sum, f + s->l3 + 12, 8);
}

/* ---- making frames ----------------------------------------------------------------- */

static uint32_t make_ethernet(struct sample *s, uint32_t tags)
{
	uint32_t at = 12;

	fill_random(s->data, 12);
	for (; tags > 0; tags--, at += 4) {
		put16(s->data + at, tags == 2 ? 0x88a8 : 0x8100);
		put16(s->data + at + 2, rnd(65536));
	}
	put16(s->data + at, s->v6 ? 0x86dd : 0x0800);
	return at + 2;
}

static uint32_t make_ipv4(struct sample *s, uint32_t at)
{
	uint32_t words = rnd(3) ? 5 : between(5, 15);

	fill_random(s->data + at, words * 4);
	s->data[at] = (uint8_t)(0x40 | words);
	put16(s->data + at + 6, rnd(2) ? 0x4000 : 0);
	s->data[at + 9] = s->tcp ? 6 : 17;
	return at + words * 4;
}

static uint32_t make_ipv6(struct sample *s, uint32_t at)
{
	static const uint8_t kinds[3] = { 0, 43, 60 };
	uint32_t count = rnd(3) ? 0 : rnd(4);
	uint8_t *next = s->data + at + 6;

	fill_random(s->data + at, 40);
	s->data[at] = 0x60;
	at += 40;
	while (count--) {
		uint32_t units = rnd(3);

		*next = kinds[rnd(3)];
		fill_random(s->data + at, (units + 1) * 8);
		s->data[at + 1] = (uint8_t)units;
		s->data[at + 3] = 0;	/* no segments left, if it is a routing header */
		next = s->data + at;
		at += (units + 1) * 8;
	}
	*next = s->tcp ? 6 : 17;
	return at;
}

static uint32_t make_l4(struct sample *s, uint32_t at)
{
	uint32_t words = rnd(2) ? 5 : between(5, 15);

	fill_random(s->data + at, 60);
	if (!s->tcp)
		return at + 8;
	s->data[at + 12] = (uint8_t)(words << 4 | rnd(16));
	return at + words * 4;
}

/* A whole TCP or UDP frame with that much payload, padding bytes behind it, and its header. */
static void make_sample(struct sample *s, uint32_t payload, uint32_t padding, uint32_t gso_size)
{
	static const uint8_t types[2][2] = { { 5, 5 }, { 1, 4 } };
	uint32_t length;

	s->v6 = rnd(2);
	s->tcp = rnd(3) > 0;
	s->l3 = make_ethernet(s, rnd(3));
	s->l4 = s->v6 ? make_ipv6(s, s->l3) : make_ipv4(s, s->l3);
	s->head = make_l4(s, s->l4);
	fill_random(s->data + s->head, payload + padding);
	s->end = s->head + payload;
	s->len = s->end + padding;
	length = s->end - s->l3 - (s->v6 ? 40 : 0);
	/* Without padding the length may be 0, left to the device; one above 65535 has to be. */
	if (length > 65535 || (padding == 0 && rnd(4) == 0 && s->data[s->l3 + 6] != 0))
		length = 0;
	put16(s->data + s->l3 + (s->v6 ? 4 : 2), length);

	fill_random((uint8_t *)&s->vh, sizeof(s->vh));
	s->vh.flags = (uint8_t)rnd(2);
	s->vh.gso_type = (uint8_t)(types[s->tcp][s->v6] | (s->tcp && rnd(2) ? 0x80 : 0));
	put16_le(s->vh.gso_size, gso_size);
	put16_le(s->vh.csum_start, s->l4);
	put16_le(s->vh.csum_offset, s->tcp ? 16 : 6);
}

/* ---- running a conversion ---------------------------------------------------------- */

/* Cut n bytes into at most 64 pieces, some of them empty, each in separate memory. */
static uint32_t cut(struct nm_frag frag[64], const uint8_t *p, uint32_t n)
{
	uint32_t count = rnd(4) ? between(1, 4) : between(1, 64), i;

	for (i = 0; i < count; i++) {
		uint32_t len = i + 1 == count ? n : rnd(rnd(3) ? n + 1 : (n < 20 ? n : 20) + 1);
		uint8_t *own = get_memory(len);

		memcpy(own, p, len);
		frag[i] = (struct nm_frag){ own, len };
		p += len;
		n -= len;
	}
	return count;
}

static void flip_source(const struct nm_frag *frag, uint32_t count)
{
	uint32_t i = rnd(count);

	if (frag[i].len)
		((uint8_t *)(uintptr_t)frag[i].data)[rnd(rnd(2) ? frag[i].len : 1)] ^=
			(uint8_t)(1 + rnd(255));
}

static void result_free(struct result *r)
{
	uint32_t i;

	for (i = 0; i < r->frames; i++)
		free(r->frame[i].p);
	r->frames = 0;
}

/*
 * Collect one frame: the slots are buffers of exactly buf_size, valid until the frame's end.
 * Returns the number of slots used, 0 if something is wrong.
 */
static uint32_t run_frame(struct result *r, uint32_t left, uint32_t buf_size, bool flip,
			  const struct nm_frag *frag, uint32_t count)
{
	static uint8_t *slot[SLOTS];
	static uint32_t len[SLOTS];
	struct bytes *out = &r->frame[r->frames];
	uint32_t used = 0, i, at = 0;
	bool more = true;

	while (more && used < left && used < SLOTS) {
		slot[used] = get_memory(buf_size);
		if (flip && rnd(2))
			flip_source(frag, count);
		len[used] = nm_offload_emit(&r->o, slot[used], &more);
		at += len[used++];
	}
	*out = (struct bytes){ get_memory(at), at };
	at = 0;
	for (i = 0; i < used; i++) {
		bool is_odd_size = len[i] == 0 || len[i] > buf_size ||
				   (i + 1 < used && len[i] != buf_size);

		memcpy(out->p + at, slot[i], len[i]);
		at += len[i];
		free(slot[i]);
		more |= is_odd_size;
	}
	r->frames++;
	return more ? 0 : used;
}

/* Plan and emit everything. False if the counts do not agree. */
static bool run(struct result *r, const struct nm_frag *frag, uint32_t count, uint32_t src_hdr,
		uint32_t dst_hdr, uint32_t buf_size, bool flip)
{
	uint32_t left, used, bytes = 0, i;
	uint8_t none;
	bool more;

	memset(&r->o, 0xa5, sizeof(r->o));
	r->frames = 0;
	r->planned = nm_offload_plan(&r->o, frag, count, src_hdr, dst_hdr, buf_size);
	if (r->planned == 0 || r->planned < -1)
		return fail("plan returned neither -1 nor a count", 0, 0);
	if (r->planned > (int)SLOTS)
		return true;	/* too long for any switch port */
	for (left = r->planned < 0 ? 0 : (uint32_t)r->planned; left > 0; left -= used) {
		used = run_frame(r, left, buf_size, flip, frag, count);
		if (used == 0)
			return fail("slots do not add up to frames", left, r->frames);
	}
	if (nm_offload_emit(&r->o, &none, &more) != 0 || more)
		return fail("a slot too many", 0, 0);
	if (r->planned < 0)
		return true;
	for (i = 0; i < r->frames; i++)
		bytes += r->frame[i].len - dst_hdr;
	if (r->frames != r->o.frames || bytes != r->o.bytes)
		return fail("counters are wrong", r->o.frames, r->o.bytes);
	return true;
}

/* Put the sample behind its header, in fragments, and convert. */
static bool run_sample(struct result *r, const struct sample *s, uint32_t src_hdr,
		       uint32_t dst_hdr, uint32_t buf_size)
{
	static uint8_t flat[ROOM + 12];
	struct nm_frag frag[64];
	uint32_t count, i;
	bool good;

	memcpy(flat, &s->vh, src_hdr);
	memcpy(flat + src_hdr, s->data, s->len);
	count = cut(frag, flat, src_hdr + s->len);
	good = run(r, frag, count, src_hdr, dst_hdr, buf_size, false);
	for (i = 0; i < count; i++)
		free((void *)(uintptr_t)frag[i].data);
	return good;
}

static uint32_t any_buf_size(void)
{
	switch (rnd(4)) {
	case 0:
		return between(1, 200);
	case 1:
		return between(200, 20000);
	default:
		return 2048;
	}
}

static uint32_t any_hdr(void)
{
	static const uint32_t lengths[3] = { 0, 10, 12 };

	return lengths[rnd(3)];
}

/* ---- the expected result ------------------------------------------------------------ */

/* The expected headers of the segment whose payload begins at from, with the checksums of got. */
static void expect_head(const struct sample *s, uint32_t index, uint32_t from, uint32_t n,
			const uint8_t *got, uint8_t *head)
{
	uint32_t payload = s->end - s->head, seq, urgent;
	uint8_t *ip = head + s->l3, *l4 = head + s->l4;

	memcpy(head, s->data, s->head);
	put16(ip + (s->v6 ? 4 : 2), s->head + n - s->l3 - (s->v6 ? 40 : 0));
	if (!s->v6) {
		put16(ip + 4, get16(ip + 4) + index);
		memcpy(ip + 10, got + s->l3 + 10, 2);
	}
	if (!s->tcp) {
		put16(l4 + 4, 8 + n);
		memcpy(l4 + 6, got + s->l4 + 6, 2);
		return;
	}
	seq = (get16(l4 + 4) << 16 | get16(l4 + 6)) + from;
	put16(l4 + 4, seq >> 16);
	put16(l4 + 6, seq);
	if (from + n < payload)
		l4[13] &= 0xf6;
	if (from > 0)
		l4[13] &= 0x7f;
	urgent = get16(l4 + 18);
	if (from > 0 && (l4[13] & 0x20)) {
		put16(l4 + 18, urgent > from ? urgent - from : 0);
		if (urgent <= from)
			l4[13] &= 0xdf;
	}
	memcpy(l4 + 16, got + s->l4 + 16, 2);
}

static bool check_segment(const struct sample *s, uint32_t index, uint32_t from, uint32_t n,
			  const struct bytes *got)
{
	static uint8_t head[1024];
	uint32_t csum = s->l4 + (s->tcp ? 16 : 6), sum;

	if (got->len != s->head + n)
		return fail("segment length", got->len, s->head + n);
	expect_head(s, index, from, n, got->p, head);
	if (memcmp(head, got->p, s->head))
		return fail("segment headers", index, s->head);
	if (memcmp(got->p + s->head, s->data + s->head + from, n))
		return fail("segment payload", index, n);
	if (!s->v6 && sum16(0, got->p + s->l3, (s->data[s->l3] & 15u) * 4) != 0xffff)
		return fail("IP checksum", index, 0);
	sum = sum16(plain_pseudo(s, got->p, got->len), got->p + s->l4, got->len - s->l4);
	if (sum != 0xffff || get16(got->p + csum) == (s->tcp ? 0xffff : 0))
		return fail("transport checksum", index, sum);
	return true;
}

static bool check_segments(const struct sample *s, uint32_t gso_size, const struct result *r)
{
	uint32_t payload = s->end - s->head, from = 0, index = 0;

	do {
		uint32_t n = payload - from < gso_size ? payload - from : gso_size;

		if (index >= r->frames)
			return fail("too few segments", index, r->frames);
		if (!check_segment(s, index, from, n, &r->frame[index]))
			return false;
		from += n;
		index++;
	} while (from < payload);
	return index == r->frames || fail("too many segments", index, r->frames);
}

static bool segment_once(uint32_t payload, uint32_t gso_size, uint32_t buf_size)
{
	uint32_t padding = rnd(4) || payload > 60000 ? 0 : rnd(50);
	bool good;

	make_sample(&sample, payload, padding, gso_size);
	if (sample.tcp && rnd(3) == 0) {	/* urgent data that ends with a segment */
		sample.data[sample.l4 + 13] |= 0x20;
		put16(sample.data + sample.l4 + 18, gso_size * between(1, 2));
	}
	good = run_sample(&result, &sample, rnd(2) ? 10 : 12, 0, buf_size);
	if (good && result.planned < 0 && sample.head <= NM_OFFLOAD_HEAD_MAX)
		good = fail("refused", payload, gso_size);
	if (good && result.planned > 0 && result.planned <= (int)SLOTS)
		good = check_segments(&sample, gso_size, &result);
	result_free(&result);
	return good;
}

/* ---- tests ------------------------------------------------------------------------- */

static bool test_segments(uint32_t rounds)
{
	uint32_t i;

	for (i = 0; i < rounds; i++)
		if (!segment_once(rnd(rnd(2) ? 3000 : 65000), between(1, rnd(2) ? 9000 : 2000),
				  any_buf_size()))
			return false;
	return true;
}

/* Around every multiple, where the last segment is empty, full or one byte. */
static bool test_edges(uint32_t rounds)
{
	static const uint32_t sizes[] = { 1, 2, 3, 536, 1447, 1448, 1460, 8948, 65000 };
	uint32_t i, k, d;

	(void)rounds;
	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
		for (k = 0; k < 5 && k * sizes[i] < 65000; k++)
			for (d = 0; d < 3; d++)
				if (k * sizes[i] + d > 0 &&
				    !segment_once(k * sizes[i] + d - 1, sizes[i], 2048))
					return false;
	return true;
}

/* The largest legal, and one byte more. */
static bool test_limits(uint32_t rounds)
{
	struct nm_offload o;
	uint32_t n = NM_OFFLOAD_FRAME_MAX;
	uint8_t *p = get_memory(n + 13);
	struct nm_frag one, wrapping[2] = { { p, 1000 }, { p, UINT32_MAX - 900 } };
	bool good;

	(void)rounds;
	memset(p, 0, n + 13);
	one = (struct nm_frag){ p, n };
	good = nm_offload_plan(&o, &one, 1, 0, 12, 65536) == 2;
	one.len = 65535 - 12;
	good = good && nm_offload_plan(&o, &one, 1, 0, 12, 65536) == 1;
	one.len = n + 1;
	good = good && nm_offload_plan(&o, &one, 1, 0, 12, n + 12) == -1;
	one.len = n + 12;
	good = good && nm_offload_plan(&o, &one, 1, 12, 0, 2048) == (int)((n + 2047) / 2048);
	one.len = n + 13;
	good = good && nm_offload_plan(&o, &one, 1, 12, 0, 2048) == -1;
	one.len = 23;
	good = good && nm_offload_plan(&o, &one, 1, 10, 0, 2048) == -1;
	one.len = 24;
	good = good && nm_offload_plan(&o, &one, 1, 10, 0, 2048) == 1;
	good = good && nm_offload_plan(&o, &one, 1, 10, 0, 0) == -1;
	good = good && nm_offload_plan(&o, wrapping, 2, 10, 0, 2048) == -1;
	good = good && nm_offload_plan(&o, &one, 0, 10, 0, 2048) == -1;
	good = good && nm_offload_plan(&o, &one, 65, 10, 0, 2048) == -1;
	good = good && nm_offload_plan(&o, &one, 1, 11, 0, 2048) == -1;
	free(p);
	return good || fail("a limit", 0, 0);
}

/* Any pair of header lengths, with no work left to the device. */
static bool plain_once(uint32_t src_hdr, uint32_t dst_hdr)
{
	struct bytes *got = &result.frame[0];
	uint8_t want[12] = { 0 };
	bool good;

	make_sample(&sample, rnd(3000), rnd(50), between(1, 1500));
	if (dst_hdr == 0)
		sample.vh.flags = sample.vh.gso_type = 0;
	if (src_hdr > 0)
		memcpy(want, &sample.vh, 10);
	put16_le(want + 10, 1);
	good = run_sample(&result, &sample, src_hdr, dst_hdr, any_buf_size());
	if (good && (result.frames != 1 || got->len != sample.len + dst_hdr))
		good = fail("one frame becomes one", result.frames, got->len);
	if (good && memcmp(got->p, want, dst_hdr))
		good = fail("header", src_hdr, dst_hdr);
	if (good && memcmp(got->p + dst_hdr, sample.data, sample.len))
		good = fail("frame", src_hdr, dst_hdr);
	result_free(&result);
	return good;
}

static bool test_pairs(uint32_t rounds)
{
	uint32_t i;

	for (i = 0; i < rounds; i++)
		if (!plain_once(any_hdr(), any_hdr()))
			return false;
	return true;
}

/* A checksum from any byte on, its field anywhere behind that. */
static bool checksum_once(void)
{
	uint32_t start, field, sum;
	struct bytes *got = &result.frame[0];
	bool good;

	make_sample(&sample, rnd(5000), rnd(20), 1);
	start = rnd(sample.len - 1);
	field = between(start, rnd(2) ? sample.len - 2 : start);
	sample.vh.flags = 1;
	sample.vh.gso_type = 0;
	put16_le(sample.vh.csum_start, start);
	put16_le(sample.vh.csum_offset, field - start);
	sum = 0xffff - sum16(0, sample.data + start, sample.len - start);
	if (sum == 0 && field - start == 6)
		sum = 0xffff;
	good = run_sample(&result, &sample, rnd(2) ? 10 : 12, 0, any_buf_size());
	put16(sample.data + field, sum);
	if (good && (result.frames != 1 || got->len != sample.len))
		good = fail("one frame becomes one", result.frames, got->len);
	if (good && memcmp(got->p, sample.data, sample.len))
		good = fail("checksum", start, field);
	result_free(&result);
	return good;
}

static bool test_checksums(uint32_t rounds)
{
	uint32_t i;

	for (i = 0; i < rounds; i++)
		if (!checksum_once())
			return false;
	return true;
}

/* A checksum of 0: TCP sends it as it is, UDP sends 0xffff. */
static bool zero_once(uint8_t offset, uint32_t want)
{
	struct bytes *got = &result.frame[0];
	bool good;

	make_sample(&sample, 100, 0, 1);
	memset(sample.data, 0, sample.len);
	memset(sample.data + 30, 0xff, 2);
	memset(&sample.vh, 0, sizeof(sample.vh));
	sample.vh.flags = 1;
	sample.vh.csum_start[0] = 14;
	sample.vh.csum_offset[0] = offset;
	good = run_sample(&result, &sample, 12, 0, 2048) && result.frames == 1 &&
	       get16(got->p + 14 + offset) == want;
	result_free(&result);
	return good || fail("zero checksum", offset, want);
}

static bool test_zero(uint32_t rounds)
{
	(void)rounds;
	return zero_once(6, 0xffff) && zero_once(16, 0);
}

/* The example of RFC 1071, section 3: 0001 f203 f4f5 f6f7 sum to ddf2. */
static bool test_rfc1071(uint32_t rounds)
{
	static const uint8_t words[8] = { 0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7 };
	bool good;

	(void)rounds;
	make_sample(&sample, 100, 0, 1);
	sample.len = 26;
	memset(sample.data, 0, sample.len);
	memcpy(sample.data + 16, words, 8);
	memset(&sample.vh, 0, sizeof(sample.vh));
	sample.vh.flags = 1;
	sample.vh.csum_start[0] = 16;
	sample.vh.csum_offset[0] = 8;
	good = run_sample(&result, &sample, 10, 0, 2048) && result.frames == 1 &&
	       get16(result.frame[0].p + 24) == 0xffff - 0xddf2;
	result_free(&result);
	return good || fail("RFC 1071", 0, 0);
}

/*
 * Replace the transport header of an IPv6 frame by extension headers of 8 bytes, and append what
 * passes for a transport header.
 */
static void insert_extensions(struct sample *s, uint32_t count, uint32_t kind, uint32_t segments)
{
	uint8_t *p = s->data + s->l3 + 40;

	s->vh.flags = 0;
	s->data[s->l3 + 6] = (uint8_t)kind;
	for (; count > 0; count--, p += 8) {
		p[0] = (uint8_t)(count > 1 ? kind : s->tcp ? 6 : 17);
		p[1] = 0;
		p[3] = (uint8_t)segments;
	}
	p[12] = 0x50;
}

/* Faults that only one version of IP can have. */
static const char *corrupt_ip(struct sample *s, uint32_t variant)
{
	uint8_t *ip = s->data + s->l3;

	if (!s->v6 && variant == 0) {
		ip[9] ^= 1;
		return "another protocol";
	}
	if (!s->v6) {
		s->vh.flags = 0;
		ip[0] = 0x44;
		ip[16 + 12] = 0x50;
		return "IP header too short";
	}
	if (variant == 0) {
		insert_extensions(s, 1, 43, 1);
		return "routing header with stops to go";
	}
	if (variant == 1) {
		insert_extensions(s, 1, 0, 0);
		put16(ip + 4, 0);
		return "jumbogram";
	}
	if (variant == 2) {
		insert_extensions(s, 9, 60, 0);
		return "too many extension headers";
	}
	insert_extensions(s, variant - 2, 60, 0);
	ip[40 + 1] = 255;
	return "extension header beyond the private copy";
}

/* Make one fault in a frame to be segmented. Returns its name, NULL if there is no such fault. */
static const char *corrupt(struct sample *s, uint32_t which)
{
	uint8_t *ip = s->data + s->l3, *l4 = s->data + s->l4;

	switch (which) {
	case 0:
		put16_le(s->vh.gso_size, 0);
		return "gso_size 0";
	case 1:
		s->vh.gso_type = 3;
		return "IP fragmentation";
	case 2:
		s->vh.gso_type = 0x80;
		return "ECN alone";
	case 3:
		s->vh.gso_type = 2;
		return "unknown GSO type";
	case 4:
		s->vh.gso_type = s->tcp ? (s->v6 ? 1 : 4) : 0x85;
		return "type and frame differ";
	case 5:
		s->vh.flags = 1;
		put16_le(s->vh.csum_start, s->l4 + 1);
		return "checksum elsewhere";
	case 6:
		put16(s->data + s->l3 - 2, 0x0806);
		return "not IP";
	case 7:
		ip[0] ^= 0x10;
		return "IP version";
	case 8:
		put16(ip + (s->v6 ? 4 : 2), s->len - s->l3 - (s->v6 ? 40 : 0) + 1);
		return "IP length beyond the frame";
	case 9:
		put16(ip + (s->v6 ? 4 : 2), s->head - s->l3 - (s->v6 ? 40 : 0) - 1);
		return "IP length within the headers";
	case 10:
		if (s->v6)
			ip[6] = 44;
		else
			put16(ip + 6, 0x2000);
		return "a fragment";
	case 11:
		if (s->tcp)
			l4[12] = 0x40;
		else
			s->len = s->l4 + 7;
		return "transport header too short";
	case 12:
		s->len = s->head - 1;
		return "frame ends in the headers";
	case 13:
		s->len = s->l3;
		return "frame ends before IP";
	case 14:
		memmove(s->data + 24, s->data + 12, s->len - 12);
		put16(s->data + 12, 0x8100);
		put16(s->data + 16, 0x8100);
		put16(s->data + 20, 0x8100);
		s->len += 12;
		return "three or more tags";
	case 15:
	case 16:
	case 17:
	case 18:
	case 19:
		return corrupt_ip(s, which - 15);
	default:
		return NULL;
	}
}

static bool test_refused(uint32_t rounds)
{
	uint32_t i, which = 0;

	for (i = 0; i < rounds; i++) {
		const char *what;
		bool good;

		make_sample(&sample, between(100, 3000), 0, between(100, 1500));
		what = corrupt(&sample, which);
		if (!what) {
			which = 0;
			continue;
		}
		good = run_sample(&result, &sample, 12, 0, 2048) && result.planned == -1;
		result_free(&result);
		if (!good)
			return fail(what, which, 0);
		which++;
	}
	return true;
}

/* A frame cut short within its headers, after the whole one left its headers in the struct. */
static bool test_cut_short(uint32_t rounds)
{
	static uint8_t flat[ROOM + 10];
	struct nm_offload o;
	uint32_t i, len;

	for (i = 0; i < rounds / 10; i++) {
		struct nm_frag frag = { flat, 0 };

		make_sample(&sample, 100, 0, 50);
		put16(sample.data + sample.l3 + (sample.v6 ? 4 : 2), 0);
		memcpy(flat, &sample.vh, 10);
		memcpy(flat + 10, sample.data, sample.len);
		for (len = 0; len < sample.head; len++) {
			frag.len = 10 + sample.len;
			nm_offload_plan(&o, &frag, 1, 10, 0, 2048);
			frag.len = 10 + len;
			if (nm_offload_plan(&o, &frag, 1, 10, 0, 2048) != -1)
				return fail("cut short", len, sample.head);
		}
	}
	return true;
}

/* A segment whose length does not fit 16 bits. */
static bool test_long_segment(uint32_t rounds)
{
	uint32_t i;

	for (i = 0; i < rounds / 10; i++) {
		bool good;

		make_sample(&sample, between(65528, 65535), 0, 65535);
		good = run_sample(&result, &sample, 10, 0, 2048) && result.planned == -1;
		result_free(&result);
		if (!good)
			return fail("long segment", sample.len, sample.head);
	}
	return true;
}

/* A checksum field outside the frame, by a byte or by much. */
static bool test_outside(uint32_t rounds)
{
	uint32_t i;

	for (i = 0; i < rounds; i++) {
		uint32_t start = rnd(2) ? rnd(65536) : 0, least;
		bool good;

		make_sample(&sample, rnd(1500), 0, 1);
		sample.vh.flags = 1;
		sample.vh.gso_type = 0;
		least = start + 1 < sample.len ? sample.len - 1 - start : 0;
		put16_le(sample.vh.csum_start, start);
		put16_le(sample.vh.csum_offset, rnd(2) ? least : between(least, 65535));
		good = run_sample(&result, &sample, 12, 0, 2048) && result.planned == -1;
		result_free(&result);
		if (!good)
			return fail("field outside the frame", start, sample.len);
	}
	return true;
}

/* Rubbish, mostly close to a valid frame, that changes during the conversion. */
static bool rubbish_once(void)
{
	static uint8_t flat[ROOM + 12];
	struct nm_frag frag[64];
	uint32_t count, len, i, hdr = any_hdr(), flips = rnd(8);
	bool good;

	make_sample(&sample, rnd(rnd(4) ? 2000 : 60000), rnd(20), between(1, 3000));
	if (rnd(8) == 0)
		fill_random(sample.data, 80);
	if (rnd(8) == 0)
		fill_random((uint8_t *)&sample.vh, sizeof(sample.vh));
	memcpy(flat, &sample.vh, hdr);
	memcpy(flat + hdr, sample.data, sample.len);
	len = rnd(4) ? hdr + sample.len : rnd(hdr + (sample.len < 150 ? sample.len : 150) + 1);
	while (flips-- && len > 0)
		flat[rnd(len < 120 ? len : 120)] = (uint8_t)rnd(256);
	count = cut(frag, flat, len);
	good = run(&result, frag, count, hdr, any_hdr(), any_buf_size(), true);
	result_free(&result);
	for (i = 0; i < count; i++)
		free((void *)(uintptr_t)frag[i].data);
	return good;
}

static bool test_rubbish(uint32_t rounds)
{
	uint32_t i;

	for (i = 0; i < rounds * 4; i++)
		if (!rubbish_once())
			return false;
	return true;
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		bool (*run)(uint32_t rounds);
	} all[] = {
		{ "RFC 1071: the example's checksum", test_rfc1071 },
		{ "a checksum of 0 is sent as ffff", test_zero },
		{ "limits of sizes and arguments", test_limits },
		{ "all pairs of header lengths, frame unchanged", test_pairs },
		{ "checksum at any place of a frame", test_checksums },
		{ "checksum field outside the frame is refused", test_outside },
		{ "segments around multiples of their size", test_edges },
		{ "segments of random frames", test_segments },
		{ "malformed segmentation requests are refused", test_refused },
		{ "frames that end within their headers are refused", test_cut_short },
		{ "segments too long for IP are refused", test_long_segment },
		{ "rubbish, and a source that changes during the conversion", test_rubbish },
	};
	uint32_t rounds = argc > 1 ? (uint32_t)strtoul(argv[1], NULL, 0) : 1500, i;
	uint64_t seed = argc > 2 ? strtoull(argv[2], NULL, 0) : 1;

	rng.state = seed;
	diag("rounds %u, seed %llu", rounds, (unsigned long long)seed);
	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		report(all[i].run(rounds), all[i].name);
	return tap_finish();
}
