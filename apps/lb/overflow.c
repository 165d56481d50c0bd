// SPDX-License-Identifier: BSD-2-Clause
/* Lists of entries, linked by their numbers. */
#include "overflow.h"

#include <stdlib.h>
#include <string.h>

#include <net/netmap.h>

int overflow_init(struct overflow *o, uint32_t count)
{
	memset(o, 0, sizeof(*o));
	o->entries = calloc(count + 1u, sizeof(o->entries[0]));
	o->count = count;
	o->free = OVERFLOW_NONE;
	return o->entries ? 0 : -1;
}

void overflow_free(struct overflow *o)
{
	free(o->entries);
	memset(o, 0, sizeof(*o));
}

static void put_free(struct overflow *o, uint32_t i)
{
	o->entries[i].next = o->free;
	o->free = i;
	o->free_count++;
}

int overflow_add(struct overflow *o, uint32_t buf_idx)
{
	if (o->used == o->count)
		return -1;
	o->entries[o->used].buf_idx = buf_idx;
	put_free(o, o->used++);
	return 0;
}

void backlog_init(struct backlog *b)
{
	*b = (struct backlog){ OVERFLOW_NONE, OVERFLOW_NONE, 0 };
}

struct overflow_entry *backlog_append(struct overflow *o, struct backlog *b)
{
	uint32_t i = o->free;

	o->free = o->entries[i].next;
	o->free_count--;
	o->entries[i].next = OVERFLOW_NONE;
	if (b->slots++ == 0)
		b->first = i;
	else
		o->entries[b->last].next = i;
	b->last = i;
	return &o->entries[i];
}

struct overflow_entry *backlog_first(const struct overflow *o, const struct backlog *b)
{
	return b->slots > 0 ? &o->entries[b->first] : NULL;
}

unsigned int backlog_span(const struct overflow *o, const struct backlog *b)
{
	unsigned int n = 0;
	uint32_t i;

	for (i = b->first; i != OVERFLOW_NONE; i = o->entries[i].next) {
		n++;
		if (!(o->entries[i].flags & NS_MOREFRAG))
			break;
	}
	return n;
}

void backlog_remove(struct overflow *o, struct backlog *b)
{
	uint32_t i = b->first;

	b->first = o->entries[i].next;
	b->slots--;
	put_free(o, i);
}
