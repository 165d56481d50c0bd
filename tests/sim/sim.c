/* SPDX-License-Identifier: BSD-2-Clause */
/* The stress program: options, threads and the result. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "sim.h"

#define MAX_HOSTILE	16

static uint32_t over, wrong;	/* atomic */

bool sim_is_over(void)
{
	return __atomic_load_n(&over, __ATOMIC_RELAXED);
}

void sim_wrong(const char *fmt, ...)
{
	va_list ap;

	if (__atomic_add_fetch(&wrong, 1, __ATOMIC_RELAXED) > 20)
		return;
	va_start(ap, fmt);
	fputs("# wrong: ", stdout);
	vprintf(fmt, ap);
	putchar('\n');
	fflush(stdout);
	va_end(ap);
}

uint32_t sim_wrong_count(void)
{
	return __atomic_load_n(&wrong, __ATOMIC_RELAXED);
}

static void usage(FILE *f)
{
	fputs("usage: sim [--seconds N] [--seed N] [--hostile N] [--no-failures]\n"
	      "\n"
	      "Runs well-behaved pairs beside hostile threads on one engine, checks every byte.\n"
	      "\n"
	      "  -t, --seconds N    how long (10)\n"
	      "  -s, --seed N       the same seed makes the same choices (from the clock)\n"
	      "  -n, --hostile N    hostile threads, at most 16 (3)\n"
	      "  -f, --no-failures  let no call to the platform fail\n"
	      "  -h, --help         this\n",
	      f);
}

struct options {
	unsigned long seconds, hostile;
	uint64_t seed;
	bool no_failures;
};

static bool number_of(const char *text, unsigned long most, unsigned long *out)
{
	char *end;

	*out = strtoul(text, &end, 0);
	return *text && !*end && *out <= most;
}

static bool options_read(struct options *o, int argc, char **argv)
{
	static const struct option longs[] = {
		{ "seconds", required_argument, NULL, 't' },
		{ "seed", required_argument, NULL, 's' },
		{ "hostile", required_argument, NULL, 'n' },
		{ "no-failures", no_argument, NULL, 'f' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	char *end;
	int c;

	while ((c = getopt_long(argc, argv, "t:s:n:fh", longs, NULL)) != -1) {
		bool good = true;

		switch (c) {
		case 't':
			good = number_of(optarg, 1000000, &o->seconds);
			break;
		case 'n':
			good = number_of(optarg, MAX_HOSTILE, &o->hostile);
			break;
		case 's':
			o->seed = strtoull(optarg, &end, 0);
			good = *optarg && !*end;
			break;
		case 'f':
			o->no_failures = true;
			break;
		case 'h':
			usage(stdout);
			exit(0);
		default:
			good = false;
		}
		if (!good)
			return false;
	}
	return optind == argc;
}

/* The main thread during the run: it moves the clock ahead and makes calls fail. */
static void weather(const struct options *o)
{
	struct rng rng = { o->seed ^ 0x77 };
	struct timespec pause = { 0, 5000000 }, begin, now;

	clock_gettime(CLOCK_MONOTONIC, &begin);
	do {
		nanosleep(&pause, NULL);
		if (rng_chance(&rng, 10))
			os_test_time_add(rng_below(&rng, 200));
		if (!o->no_failures)
			os_test_fail_at(1 + rng_below(&rng, 300));
		clock_gettime(CLOCK_MONOTONIC, &now);
	} while ((unsigned long)(now.tv_sec - begin.tv_sec) < o->seconds && !sim_wrong_count());
	os_test_fail_at(0);
	__atomic_store_n(&over, 1, __ATOMIC_RELAXED);
}

static void small_regions(void)
{
	nm_setting_set("buf_num", 20000);
	nm_setting_set("region_mb", 64);
	nm_setting_set("priv_region_mb", 32);
}

static void run(const struct options *o)
{
	static struct rng rng[MAX_HOSTILE];
	pthread_t good[4], hostile[MAX_HOSTILE], watcher;
	unsigned long i;

	hostile_begin();
	pthread_create(&good[0], NULL, good_switch_sender, NULL);
	pthread_create(&good[1], NULL, good_switch_receiver, NULL);
	pthread_create(&good[2], NULL, good_pipe_sender, NULL);
	pthread_create(&good[3], NULL, good_pipe_receiver, NULL);
	pthread_create(&watcher, NULL, watcher_run, NULL);
	for (i = 0; i < o->hostile; i++) {
		rng[i].state = o->seed + i * 0x1234567;
		pthread_create(&hostile[i], NULL, hostile_run, &rng[i]);
	}
	weather(o);
	for (i = 0; i < o->hostile; i++)
		pthread_join(hostile[i], NULL);
	printf("# %llu hostile acts\n", (unsigned long long)hostile_end());
	for (i = 0; i < 4; i++)
		pthread_join(good[i], NULL);
	pthread_join(watcher, NULL);
}

/* Nothing may be left when all has ended. */
static void check_end(const struct os_test_counts *before)
{
	struct os_test_counts after;
	uint64_t created, destroyed;
	int64_t want, got;
	const char *which;

	nm_engine_exit();
	nm_engine_totals(&created, &destroyed);
	printf("# %llu objects made, %llu ended\n", (unsigned long long)created,
	       (unsigned long long)destroyed);
	if (created != destroyed)
		sim_wrong("objects were not destroyed");
	os_test_counts(&after);
	which = os_test_counts_differ(before, &after, &want, &got);
	if (which)
		sim_wrong("%s: %lld at first, %lld at the end", which, (long long)want,
			  (long long)got);
}

int main(int argc, char **argv)
{
	struct options o = { .seconds = 10, .hostile = 3,
		.seed = (uint64_t)time(NULL) ^ (uint64_t)getpid() << 32 };
	struct os_test_counts before;

	if (!options_read(&o, argc, argv)) {
		usage(stderr);
		return 2;
	}
	printf("# seed %llu, %lu seconds, %lu hostile threads\n", (unsigned long long)o.seed,
	       o.seconds, o.hostile);
	fflush(stdout);
	os_test_counts(&before);
	if (nm_engine_init()) {
		puts("Bail out! the engine does not start");
		return 1;
	}
	small_regions();
	if (good_begin()) {
		run(&o);
		good_end(o.seconds == 0);
	}
	check_end(&before);
	printf("%sok 1 - well-behaved beside hostile, seed %llu\n1..1\n",
	       sim_wrong_count() ? "not " : "",
	       (unsigned long long)o.seed);
	return sim_wrong_count() ? 1 : 0;
}
