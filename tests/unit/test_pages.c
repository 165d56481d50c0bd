/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Spaces and pages of the platform in a process, as netmapd uses them: all in one map. The test
 * reads the page at an offset through a separate map of the file, as a client does.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "client.h"
#include "tap.h"

#define MIB		(UINT64_C(1) << 20)
#define GIB		(UINT64_C(1) << 30)
#define PAGE		OS_PAGE_SIZE
#define SPACES		300

struct piece {
	struct os_space *space;
	uint64_t size;
	char *page;
	bool is_low;
};

static int file;

static void setup(void)
{
	struct os_arena_backing b = { .fd = memfd_create("pages", MFD_CLOEXEC) };

	os_arenas_setup(UINT64_MAX, true, NULL);
	file = b.fd;
	if (file >= 0 && ftruncate(file, (off_t)OS_PAGES_WINDOW) == 0)
		os_domain_first.arena = os_arena_make(&b);
	if (!os_domain_first.arena) {
		printf("Bail out! no file for pages\n");
		exit(1);
	}
}

/* The byte that a client sees there; negative if it cannot be mapped. */
static int byte_at(uint64_t off)
{
	unsigned char *p =
		mmap(NULL, PAGE, PROT_READ, MAP_SHARED, file, (off_t)(off & ~(uint64_t)(PAGE - 1)));
	int byte;

	if (p == MAP_FAILED)
		return -1;
	byte = p[off % PAGE];
	munmap(p, PAGE);
	return byte;
}

static bool overlaps(const struct piece *a, const struct piece *b)
{
	uint64_t at = os_space_offset(a->space), bt = os_space_offset(b->space);

	return at < bt + b->size && bt < at + a->size;
}

/* Spaces opened and closed at random, low or not, up to more than fit: none overlaps another. */
static void test_overlap(void)
{
	static struct piece p[SPACES];
	unsigned int seed = 7, i, k, n, opened = 0, bad = 0, lost = 0;

	for (n = 0; n < 3000; n++) {
		i = (unsigned int)rand_r(&seed) % SPACES;
		if (p[i].space) {
			lost += p[i].page[0] != (char)i || p[i].page[PAGE - 1] != (char)i;
			os_pages_free(p[i].space, p[i].page, PAGE);
			os_space_close(p[i].space);
			p[i].space = NULL;
			continue;
		}
		p[i].is_low = rand_r(&seed) % 2;
		p[i].size = (1 + (uint64_t)rand_r(&seed) % 200) * MIB;
		p[i].space = os_space_open(NULL, p[i].size, p[i].is_low);
		if (!p[i].space)
			continue;
		opened++;
		p[i].page = os_pages_alloc(p[i].space, p[i].size - PAGE, PAGE);
		if (!p[i].page) {
			os_space_close(p[i].space);
			p[i].space = NULL;
			continue;
		}
		bad += p[i].page[0] != 0;
		memset(p[i].page, (int)i, PAGE);
		for (k = 0; k < SPACES; k++)
			bad += k != i && p[k].space && overlaps(&p[i], &p[k]);
	}
	ok(opened > 1000, "spaces are opened (%u)", opened);
	is_num(bad, 0, "none overlaps another, each new page is zero");
	is_num(lost, 0, "each keeps its bytes");
	for (i = 0; i < SPACES; i++) {
		if (!p[i].space)
			continue;
		os_pages_free(p[i].space, p[i].page, PAGE);
		os_space_close(p[i].space);
	}
}

static void test_low(void)
{
	struct os_space *low[64], *high;
	unsigned int i, below = 0;

	for (i = 0; i < 63; i++) {
		low[i] = os_space_open(NULL, 64 * MIB - 4 * MIB, true);
		below += low[i] && os_space_offset(low[i]) + 60 * MIB <= 4 * GIB;
	}
	is_num(below, 63,
	       "low spaces lie below 4 GiB while there is room; closed ones there are reused");
	high = os_space_open(NULL, GIB, false);
	ok(high && os_space_offset(high) >= 4 * GIB, "others lie above");
	low[63] = os_space_open(NULL, 3 * GIB, true);
	ok(low[63] != NULL, "a low one without room is opened above");
	for (i = 0; i < 64; i++)
		if (low[i])
			os_space_close(low[i]);
	if (high)
		os_space_close(high);
}

static void test_linger(void)
{
	struct os_space *s = os_space_open(NULL, MIB, true), *t;
	char *page = s ? os_pages_alloc(s, 0, PAGE) : NULL;
	uint64_t off = s ? os_space_offset(s) : 0;
	unsigned int i;

	ok(page != NULL, "a page");
	if (!page)
		return;
	page[100] = 42;
	is_num(byte_at(off + 100), 42, "a client sees what is written");
	os_pages_free(s, page, PAGE);
	os_space_close(s);
	is_num(byte_at(off + 100), 42, "and also after the space was closed");
	for (i = 0; i < 80; i++) {
		t = os_space_open(NULL, 4 * MIB, false);
		page = t ? os_pages_alloc(t, 0, 4 * MIB) : NULL;
		if (page)
			os_pages_free(t, page, 4 * MIB);
		if (t)
			os_space_close(t);
	}
	is_num(byte_at(off + 100), 0, "until many others were closed: then its memory is freed");
}

static void test_refusals(void)
{
	struct os_space *s = os_space_open(NULL, MIB, false);

	ok(!os_space_open(NULL, 0, false), "a space of nothing");
	ok(!os_space_open(NULL, PAGE + 1, false), "one that is not whole pages");
	ok(!os_space_open(NULL, OS_PAGES_WINDOW, false), "one as large as the file");
	ok(!os_space_open(NULL, OS_PAGES_WINDOW - PAGE, true),
	   "one that leaves no room for the page behind it");
	ok(s && !os_pages_alloc(s, MIB, PAGE), "pages behind the space");
	ok(s && !os_pages_alloc(s, MIB - PAGE, 2 * PAGE), "pages that reach out of it");
	if (s)
		os_space_close(s);
}

int main(void)
{
	setup();
	ok(os_space_is_shared(), "one map shows all");
	test_linger();
	test_low();
	test_overlap();
	test_refusals();
	return tap_finish();
}
