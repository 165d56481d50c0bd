/* SPDX-License-Identifier: BSD-2-Clause */
/* KCOV's records of the threads, and the sum of them, shared by all processes: see fuzz.h. */
#include "fuzz.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "child.h"

#define KCOV_INIT_TRACE	_IOR('c', 1, unsigned long)
#define KCOV_ENABLE	_IO('c', 100)
#define KCOV_DISABLE	_IO('c', 101)
#define KCOV_TRACE_PC	0

#define RECORDS		(256u << 10)	/* places in one record; a longer one is cut */
#define EDGES		(1u << 20)	/* bits of the hash of pairs of places */
#define TEXT		(4u << 20)	/* bytes of code, at most */

static struct trace {
	int fd;
	unsigned long *at;	/* the number of places, then these */
} trace[TRACES];

static struct total {
	uint32_t pcs;
	uint64_t pc[TEXT / 64];
	uint64_t edge[EDGES / 64];
} *total;
static unsigned long base;

/* Where the module's code begins; modules have text sections that come after .text, too. */
static unsigned long module_base(void)
{
	FILE *f = fopen("/sys/module/netmap/sections/.text", "r");
	unsigned long at = 0;

	if (f && fscanf(f, "%lx", &at) != 1)
		at = 0;
	if (f)
		fclose(f);
	return at;
}

static bool trace_open(struct trace *t)
{
	t->fd = open("/sys/kernel/debug/kcov", O_RDWR | O_CLOEXEC);
	if (t->fd < 0 || ioctl(t->fd, KCOV_INIT_TRACE, RECORDS))
		return false;
	t->at = mmap(NULL, RECORDS * sizeof(*t->at), PROT_READ | PROT_WRITE, MAP_SHARED, t->fd, 0);
	return t->at != MAP_FAILED;
}

bool cover_begin(void)
{
	unsigned int i;

	base = module_base();
	for (i = 0; base && i < TRACES; i++)
		if (!trace_open(&trace[i]))
			return false;
	total = shared_alloc(sizeof(*total));
	return base != 0;
}

void cover_on(unsigned int i)
{
	if (total)
		ioctl(trace[i].fd, KCOV_ENABLE, KCOV_TRACE_PC);
}

void cover_off(unsigned int i)
{
	if (total)
		ioctl(trace[i].fd, KCOV_DISABLE, 0);
}

void cover_clear(void)
{
	unsigned int i;

	for (i = 0; total && i < TRACES; i++)
		__atomic_store_n(&trace[i].at[0], 0, __ATOMIC_RELAXED);
}

/* Set a bit; returns whether it was clear. */
static bool bit_set(uint64_t *map, uint32_t i)
{
	uint64_t bit = 1ull << i % 64, old = map[i / 64];

	map[i / 64] = old | bit;
	return !(old & bit);
}

static unsigned int trace_add(const struct trace *t)
{
	unsigned long n = __atomic_load_n(&t->at[0], __ATOMIC_RELAXED), i, pc;
	unsigned int fresh = 0;
	uint64_t last = 0;

	for (i = 1; i <= n && i < RECORDS; i++) {
		pc = t->at[i] - base;
		if (pc >= TEXT)
			continue;
		total->pcs += bit_set(total->pc, pc);
		fresh += bit_set(total->edge, (pc ^ last * 0x9e3779b1u) % EDGES);
		last = pc;
	}
	return fresh;
}

unsigned int cover_add(void)
{
	unsigned int i, fresh = 0;

	for (i = 0; total && i < TRACES; i++)
		fresh += trace_add(&trace[i]);
	return fresh;
}

unsigned int cover_pcs(void)
{
	return total ? total->pcs : 0;
}

void cover_print(void)
{
	uint32_t i;

	for (i = 0; total && i < TEXT; i++)
		if (total->pc[i / 64] >> i % 64 & 1)
			printf("# pc %x\n", i);
}
