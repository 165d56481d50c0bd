/* SPDX-License-Identifier: BSD-2-Clause */
/* core/memory/pool.c by itself: limits, runs of objects, and which objects can be freed. */
#define OS_PLATFORM			/* libc's names are for the test */
#include "subject.h"
#include "memory/pool.h"

#define UNIT	1024u
#define SHIFT	2u		/* four objects in a chunk of one page */
#define CHUNKS	3u
#define OBJECTS	(CHUNKS << SHIFT)

static uint8_t memory[OBJECTS * UNIT];
static struct nm_reason reason;

/* A pool in user memory, so that a chunk beyond the last one would be outside of the array. */
static void pool_make(struct nm_pool *p)
{
	is_err(nm_pool_init(p, "thing", "thing_num", UNIT, SHIFT, OBJECTS + 3), 0, "a pool");
	is_num(p->limit, OBJECTS, "of whole chunks");
	p->user = memory;
}

static uint32_t take(struct nm_pool *p, uint32_t n)
{
	uint32_t first;

	nm_reason_init(&reason);
	return nm_pool_alloc(p, n, &first, &reason) ? NM_NO_OBJECT : first;
}

static void limit(void)
{
	struct nm_pool p;
	uint32_t i, right = 0;

	pool_make(&p);
	for (i = 0; i < OBJECTS; i++)
		right += take(&p, 1) == i;
	is_num(right, OBJECTS, "objects come in order");
	is_num(take(&p, 1), NM_NO_OBJECT, "there are no more than the limit");
	ok(strstr(reason.text, "exhausted") != NULL, "the reason says so");
	is_num(take(&p, (1u << SHIFT) + 1), NM_NO_OBJECT, "no run is longer than a chunk");
	is_err(reason.err, -EINVAL, "that is not for want of memory");
	nm_pool_destroy(&p);
}

static void runs(void)
{
	struct nm_pool p;

	pool_make(&p);
	is_num(take(&p, 3), 0, "a run of three of four objects");
	is_num(take(&p, 3), 4, "the next run is in one chunk too");
	is_num(take(&p, 1), 3, "one object fills the gap");
	is_num(take(&p, 2), 8, "a run of two goes behind both");
	ok(nm_pool_free(&p, 4, 3) && take(&p, 2) == 4, "a freed run is used again");
	is_num(take(&p, 2), 6, "and so is the rest of its chunk");
	nm_pool_destroy(&p);
}

static void frees(void)
{
	struct nm_pool p;

	pool_make(&p);
	take(&p, 4);
	ok(!nm_pool_free(&p, 4, 1), "an object without memory cannot be freed");
	ok(!nm_pool_free(&p, 3, 2), "nor a run that ends with one");
	ok(!nm_pool_free(&p, UINT32_MAX, 1) && !nm_pool_free(&p, 1, UINT32_MAX), "nor a wild one");
	is_num(p.used, 4, "which changes nothing");
	ok(nm_pool_free(&p, 1, 2) && !nm_pool_free(&p, 2, 1), "an object is freed once");
	ok(!nm_pool_free(&p, 0, 4), "a run with a free object is not freed");
	is_num(p.used, 2, "nor any object of it");
	nm_pool_destroy(&p);
}

SUBJECTS({ "limit", limit }, { "runs", runs }, { "frees", frees })
