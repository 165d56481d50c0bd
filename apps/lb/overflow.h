/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Extra buffers, and the frames that wait in them, by pipe. Each entry has one buffer at any time
 * and is either free or part of one backlog.
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

/* Frames in order. All entries of a frame but the last have NS_MOREFRAG. */
struct backlog {
	uint32_t first, last;
	uint32_t slots;
};

/* Make room for count buffers. Return -1 without memory. */
int overflow_init(struct overflow *o, uint32_t count);
void overflow_free(struct overflow *o);

/* Add a free buffer. Return -1 if there is no room. */
int overflow_add(struct overflow *o, uint32_t buf_idx);

void backlog_init(struct backlog *b);

/* Append a free entry to a backlog, for the caller to fill in. One must be free. */
struct overflow_entry *backlog_append(struct overflow *o, struct backlog *b);

/* Return the first entry, or NULL; the number of slots of the first frame. */
struct overflow_entry *backlog_first(const struct overflow *o, const struct backlog *b);
unsigned int backlog_span(const struct overflow *o, const struct backlog *b);

/* Free the first entry. */
void backlog_remove(struct overflow *o, struct backlog *b);

#endif
