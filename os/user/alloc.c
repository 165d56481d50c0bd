/* SPDX-License-Identifier: BSD-2-Clause */
/* The engine's private memory, from the heap. */
#define OS_PLATFORM
#include <stdlib.h>

#include "os_user.h"

#define CACHE_LINE	64u

void *os_alloc(size_t size)
{
	void *p;

	if (size > SIZE_MAX - CACHE_LINE)
		return NULL;
	size = (size + CACHE_LINE - 1) & ~(size_t)(CACHE_LINE - 1);
	p = aligned_alloc(CACHE_LINE, size);
	if (p)
		memset(p, 0, size);
	return p;
}

void os_free(void *p)
{
	free(p);
}
