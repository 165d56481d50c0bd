/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The engine of a fuzzer. It lives on from input to input, and so do its global region and the
 * memory of all regions, because making them takes far longer than most inputs. After each input,
 * whatever it made must have been freed. An engine ends after ENGINE_INPUTS inputs, or after one
 * that has made the global region grow, and then all of it must have been freed. A fault is a
 * crash.
 */
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "input.h"

#define ENGINE_INPUTS	1000u

static struct os_test_counts before, idle;
static int64_t objects_before, objects_idle;
static struct client *keeper;		/* of the global region; NULL: no engine */
static uint32_t inputs;			/* of this engine */

/* The file of a domain's memory. */
static struct file {
	int fd;
	uint8_t *kept;
} files[FUZZ_ARENAS];
static uint32_t file_count;

static void file_forget(void *arg, uint64_t off, uint64_t size)
{
	const struct file *f = arg;
	const uint64_t from = off > FUZZ_KEPT ? off : FUZZ_KEPT;

	if (off + size > from)
		os_assert(!fallocate(f->fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
				     (off_t)from, (off_t)(off + size - from)));
}

static int file_zero(void *arg, uint64_t off, uint64_t size)
{
	const struct file *f = arg;
	const uint64_t end = off + size < FUZZ_KEPT ? off + size : FUZZ_KEPT;
	const uint64_t low = end > off ? end - off : 0;

	if (low)
		memset(f->kept + off, 0, low);
	if (low == size)
		return 0;
	return fallocate(f->fd, 0, (off_t)(off + low), (off_t)(size - low)) ? -errno : 0;
}

struct os_arena *fuzz_arena(void)
{
	struct file *f = &files[file_count];
	struct os_arena_backing b = { .forget = file_forget, .zero = file_zero, .arg = f };

	os_assert(file_count < FUZZ_ARENAS);
	f->fd = b.fd = memfd_create("netmap", MFD_CLOEXEC);
	os_assert(f->fd >= 0 && ftruncate(f->fd, (off_t)OS_PAGES_WINDOW) == 0);
	f->kept = mmap(NULL, FUZZ_KEPT, PROT_READ | PROT_WRITE, MAP_SHARED, f->fd, 0);
	os_assert(f->kept != MAP_FAILED);
	file_count++;
	return os_arena_make(&b);
}

uint8_t *fuzz_memory(uint32_t arena, uint64_t off)
{
	return arena < file_count && off < FUZZ_KEPT ? files[arena].kept + off : NULL;
}

static int64_t objects(void)
{
	uint64_t created, destroyed;

	nm_engine_totals(&created, &destroyed);
	return (int64_t)(created - destroyed);
}

static bool is_idle(void)
{
	struct os_test_counts now;
	int64_t want, got;

	os_test_counts(&now);
	return objects() == objects_idle && !os_test_counts_differ(&idle, &now, &want, &got);
}

static void engine_start(void (*configure)(void))
{
	if (!os_domain_first.arena)
		os_domain_first.arena = fuzz_arena();
	os_assert(os_domain_first.arena);
	os_test_counts(&before);
	os_assert(nm_engine_init() == 0);
	objects_before = objects();
	nm_setting_set("buf_num", 2000);
	nm_setting_set("region_mb", 32);
	nm_setting_set("priv_region_mb", 32);
	nm_setting_set("priv_buf_num", 64);
	if (configure)
		configure();
	keeper = client_new();
	keeper->reg = (struct nmreq_register){ .nr_mode = NR_REG_NULL, .nr_mem_id = 1,
		.nr_tx_slots = 4, .nr_rx_slots = 4 };
	os_assert(client_register_as_is(keeper, "keeper", NULL) == 0);
	os_test_counts(&idle);
	objects_idle = objects();
	inputs = 0;
}

static void engine_end(void)
{
	client_end(keeper);
	keeper = NULL;
	nm_engine_exit();
}

static void engine_stop(void)
{
	struct os_test_counts now;
	int64_t want, got;
	const char *which;

	engine_end();
	os_test_counts(&now);
	which = os_test_counts_differ(&before, &now, &want, &got);
	if (which)
		fprintf(stderr, "# %s: %lld before, %lld now\n", which, (long long)want,
			(long long)got);
	os_assert(!which && objects() == objects_before);
}

void fuzz_adopt(void)
{
	engine_end();
}

void fuzz_begin(void (*configure)(void))
{
	if (!keeper)
		engine_start(configure);
}

void fuzz_end(void)
{
	os_assert(os_test_locks_held() == 0);
	nm_engine_ns_gone(&test_ns);
	if (++inputs == ENGINE_INPUTS || !is_idle())
		engine_stop();
}
