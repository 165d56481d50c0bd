// SPDX-License-Identifier: BSD-2-Clause
/*
 * Sequence checking. Each flow has a bit for each of its last WINDOW numbers, set when the packet
 * arrives, to tell a late packet from a duplicate.
 */
#include "seqcheck.h"

#include <stdlib.h>
#include <string.h>

#include "stamp.h"

#define WINDOW 8192u		/* numbers remembered per flow */
#define FLOWS_MAX 65536u	/* any sender can make up flows, and each takes memory */
#define TABLE_MIN 64u		/* buckets; a power of two, at most half of them used */

struct flow {
	uint32_t id;
	uint64_t next;		/* one more than the highest number seen */
	uint64_t first;		/* lowest number that can count as a gap */
	uint64_t seen[WINDOW / 64];
};

struct seqcheck {
	enum seq_scope scope;
	struct seq_totals totals;
	uint32_t buckets;
	struct flow **table;
	struct flow *latest;	/* packets of a flow arrive in bunches */
};

struct seqcheck *seqcheck_new(enum seq_scope scope)
{
	struct seqcheck *c = calloc(1, sizeof(*c));

	if (!c)
		return NULL;
	c->scope = scope;
	c->buckets = TABLE_MIN;
	c->table = calloc(c->buckets, sizeof(c->table[0]));
	if (!c->table) {
		free(c);
		return NULL;
	}
	return c;
}

void seqcheck_free(struct seqcheck *c)
{
	uint32_t i;

	if (!c)
		return;
	for (i = 0; i < c->buckets; i++)
		free(c->table[i]);
	free(c->table);
	free(c);
}

/* Return the bucket of the flow, or the empty one where it belongs. */
static struct flow **find_bucket(struct flow **table, uint32_t buckets, uint32_t id)
{
	uint32_t i = (id * 0x9e3779b1u) & (buckets - 1);

	while (table[i] && table[i]->id != id)
		i = (i + 1) & (buckets - 1);
	return &table[i];
}

static int grow(struct seqcheck *c)
{
	uint32_t i, buckets = c->buckets * 2;
	struct flow **table = calloc(buckets, sizeof(table[0]));

	if (!table)
		return -1;
	for (i = 0; i < c->buckets; i++) {
		if (c->table[i])
			*find_bucket(table, buckets, c->table[i]->id) = c->table[i];
	}
	free(c->table);
	c->table = table;
	c->buckets = buckets;
	return 0;
}

/* Add a new flow. Return NULL without memory, or if there are too many. */
static struct flow *add_flow(struct seqcheck *c, const struct stamp *s)
{
	struct flow *f;

	if (c->totals.flows == FLOWS_MAX ||
	    ((c->totals.flows + 1) * 2 > c->buckets && grow(c)))
		return NULL;
	f = calloc(1, sizeof(*f));
	if (!f)
		return NULL;
	f->id = s->flow;
	f->first = f->next = s->seq;
	c->totals.missed += s->seq;
	c->totals.flows++;
	*find_bucket(c->table, c->buckets, s->flow) = f;
	return f;
}

static struct flow *find_flow(struct seqcheck *c, const struct stamp *s)
{
	if (!c->latest || c->latest->id != s->flow) {
		c->latest = *find_bucket(c->table, c->buckets, s->flow);
		if (!c->latest)
			c->latest = add_flow(c, s);
	}
	return c->latest;
}

static void mark(struct flow *f, uint64_t seq)
{
	f->seen[seq % WINDOW / 64] |= 1ull << (seq % 64);
}

static bool is_marked(const struct flow *f, uint64_t seq)
{
	return f->seen[seq % WINDOW / 64] >> (seq % 64) & 1;
}

/* Clear the bits from next up to seq, which are of numbers one window ago. */
static void advance(struct flow *f, uint64_t seq)
{
	if (seq - f->next >= WINDOW) {
		memset(f->seen, 0, sizeof(f->seen));
	} else {
		for (; f->next < seq; f->next++)
			f->seen[f->next % WINDOW / 64] &= ~(1ull << (f->next % 64));
	}
	f->next = seq + 1;
}

/* Account for a number below the highest one seen. */
static void late_packet(struct seq_totals *t, struct flow *f, uint64_t seq)
{
	if (f->next - seq <= WINDOW && is_marked(f, seq)) {
		t->duplicated++;
		return;
	}
	t->reordered++;
	if (seq >= f->first)
		t->lost -= t->lost > 0;
	else
		t->missed -= t->missed > 0;
	if (f->next - seq <= WINDOW)
		mark(f, seq);
}

static void account(struct seqcheck *c, const struct stamp *s)
{
	struct flow *f = find_flow(c, s);

	if (!f) {
		c->totals.foreign++;
		return;
	}
	c->totals.good++;
	if (s->seq < f->next) {
		late_packet(&c->totals, f, s->seq);
		return;
	}
	c->totals.lost += s->seq - f->next;
	advance(f, s->seq);
	mark(f, s->seq);
}

void seqcheck_packet(struct seqcheck *c, const uint8_t *ether, unsigned int len)
{
	struct stamp s;

	switch (stamp_read(ether, len, c->scope, &s)) {
	case STAMP_ABSENT:
		c->totals.foreign++;
		break;
	case STAMP_CORRUPT:
		c->totals.corrupted++;
		break;
	case STAMP_GOOD:
		account(c, &s);
		break;
	}
}

void seqcheck_add(const struct seqcheck *c, struct seq_totals *sum)
{
	sum->flows += c->totals.flows;
	sum->good += c->totals.good;
	sum->lost += c->totals.lost;
	sum->missed += c->totals.missed;
	sum->duplicated += c->totals.duplicated;
	sum->reordered += c->totals.reordered;
	sum->corrupted += c->totals.corrupted;
	sum->foreign += c->totals.foreign;
}

bool seq_totals_is_clean(const struct seq_totals *t)
{
	return t->lost == 0 && t->missed == 0 && t->duplicated == 0 && t->reordered == 0 &&
	       t->corrupted == 0;
}
