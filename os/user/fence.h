/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Fences around maps of files that another process can truncate, or fill or punch while their file
 * system is full: the engine's access then raises SIGBUS, and the handler maps scrap pages in their
 * place, which only the engine sees. To it that looks like any corrupt ring.
 */
#ifndef OS_FENCE_H
#define OS_FENCE_H

#include "os_user.h"

#define FENCE_UNIT	(UINT64_C(2) << 20)	/* bytes that are replaced at a time, aligned */

/* What the handler has replaced. All are atomic. */
struct fence_marks {
	uint32_t any;			/* set last */
	uint8_t *unit;			/* one for each FENCE_UNIT of the map */
};

/*
 * Protect a map. marks may be NULL, or else the map starts at a multiple of FENCE_UNIT. Returns a
 * number for fence_remove(), or -ENOMEM.
 */
int fence_add(void *start, uint64_t size, struct fence_marks *marks);
/* Caller unmaps it afterwards, when the engine no longer uses it. */
void fence_remove(int fence);

#define FENCES_MAX	2048u

#endif
