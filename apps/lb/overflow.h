/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Extra buffers, and the frames that wait in them, pipe by pipe. Each entry holds one buffer
 * at any time: it is free or part of one backlog.
 */
#ifndef LB_OVERFLOW_H
#define LB_OVERFLOW_H

#include <stdbool.h>
#include <stdint.h>

#define OVERFLOW_NONE UINT32_MAX

struct overflow_entry {
	uint32_t next;		/* OVERFLOW_NONE at the end */
	uint32_t buf_idx;
	uint16_t len;
	uint16_t flags;		/* NS_MOREFRAG or 0 */
};

struct overflow {
	struct overflow_entry *entries;
	uint32_t count, used;
	uint32_t free;		/* the first free one */
	uint32_t free_count;
};

/* Frames in order, each a run of entries of which all but the last have NS_MOREFRAG. */
struct backlog {
	uint32_t first, last;
	uint32_t slots;
};

/* Room for so many buffers, of which it has none yet; -1 without memory. */
int overflow_init(struct overflow *o, uint32_t count);
void overflow_free(struct overflow *o);

/* Gives it a buffer; -1 if it has no room for more. */
int overflow_add(struct overflow *o, uint32_t buf_idx);

void backlog_init(struct backlog *b);

/* Moves a free entry, which must be there, to the end of a backlog, for the caller to fill in. */
struct overflow_entry *backlog_append(struct overflow *o, struct backlog *b);

/* The first entry, or NULL; how many slots the first frame has. */
struct overflow_entry *backlog_first(const struct overflow *o, const struct backlog *b);
unsigned int backlog_span(const struct overflow *o, const struct backlog *b);

/* The first entry becomes free. */
void backlog_remove(struct overflow *o, struct backlog *b);

#endif
