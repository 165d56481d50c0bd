/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Runs the fuzzer: programs in a child, which is begun again now and then or when it dies, and a
 * look at the kernel's log after it. A program that never ends, or after which the log has a
 * report, is printed; --replay FILE runs such a print again.
 *
 * Without --seconds it runs --rounds programs, with it for that time.
 */
#include "fuzz.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "child.h"
#include "hostile.h"
#include "inspect.h"
#include "link.h"

#define CORPUS		4096u
#define LIFE		400u		/* programs of one child */
#define RECENT		4u
#define STUCK_NS	60000000000ull	/* a program that takes longer never ends */
#define REPORT_NS	30000000000ull	/* between two reports of the rate */

static struct shared {
	uint64_t runs, kept;
	uint32_t count;
	bool is_over;
	struct program recent[RECENT];	/* by number of the run */
	struct program corpus[CORPUS];
} *sh;

static unsigned int deaths, stuck, reports;

/* ---- the child --------------------------------------------------------------------- */

static void keep(const struct program *p, struct rng *r)
{
	uint32_t at = sh->count < CORPUS ? sh->count : rng_below(r, CORPUS);

	sh->corpus[at] = *p;
	if (sh->count < CORPUS)
		sh->count++;
	sh->kept++;
}

static void choose(struct program *p, struct rng *r)
{
	const struct program *a, *b;

	if (sh->runs < seed_count()) {
		program_seed(p, (unsigned int)sh->runs);
		return;
	}
	if (!sh->count || rng_chance(r, 50)) {
		program_mutate(p, NULL, NULL, r);
		return;
	}
	/* Those found last reach what is least explored. */
	a = &sh->corpus[rng_chance(r, 3) ? rng_below(r, sh->count) :
			sh->count - 1 - rng_below(r, sh->count / 8 + 1)];
	b = &sh->corpus[rng_below(r, sh->count)];
	program_mutate(p, a, b, r);
}

static int fuzz(void *arg)
{
	struct rng r = { opt.seed ^ sh->runs * 0x9e3779b97f4a7c15ull };
	unsigned int i;

	(void)arg;
	if (!run_begin())
		return 1;
	for (i = 0; i < LIFE && !sh->is_over; i++) {
		struct program *p = &sh->recent[sh->runs % RECENT];

		choose(p, &r);
		run_program(p);
		if (cover_add())
			keep(p, &r);
		__atomic_store_n(&sh->runs, sh->runs + 1, __ATOMIC_RELEASE);
	}
	return 0;
}

static int replay(void *arg)
{
	unsigned int i;

	if (!run_begin())
		return 1;
	for (i = 0; i < opt.rounds; i++)
		run_program(arg);
	return 0;
}

/* ---- the parent -------------------------------------------------------------------- */

static int log_fd = -1;

static void log_open(void)
{
	log_fd = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (log_fd >= 0)
		lseek(log_fd, 0, SEEK_END);
}

/* Whether the kernel has reported a fault since the last call. */
static bool log_has_report(void)
{
	static const char *const words[] = { "BUG", "WARNING:", "KASAN", "UBSAN", "ODEBUG",
		"refcount_t:", "corruption", "possible recursive", "possible circular",
		"inconsistent lock", "suspicious RCU", "sleeping function", "blocked for more",
		"stall", "lockup", "bad unlock", "Bad page", "usercopy:", "general protection" };
	char line[4096];
	bool found = false;
	unsigned int i;
	ssize_t n;

	while (log_fd >= 0 && ((n = read(log_fd, line, sizeof(line) - 1)) > 0 || errno == EPIPE)) {
		if (n < 0)
			continue;
		line[n] = 0;
		for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
			if (strstr(line, words[i]) && !found) {
				found = true;
				diag("the kernel's log: %.200s", line);
			}
	}
	return found;
}

static void print_recent(const char *what, unsigned int n)
{
	uint64_t runs = __atomic_load_n(&sh->runs, __ATOMIC_ACQUIRE), i;

	for (i = runs >= n ? runs - n : 0; i <= runs; i++) {
		diag("%s; program %llu:", what, (unsigned long long)i);
		program_print(&sh->recent[i % RECENT]);
	}
}

/* False if it has not gone after ten seconds. */
static bool end_child(pid_t pid)
{
	unsigned int i;

	kill(pid, SIGKILL);
	for (i = 0; i < 1000; i++) {
		if (waitpid(pid, NULL, WNOHANG) == pid)
			return true;
		sleep_ms(10);
	}
	return false;
}

/* Wait until the child ends; false if it cannot be ended. */
static bool watch(pid_t pid, uint64_t end)
{
	uint64_t runs = 0, since = now_ns(), seen;
	int status;

	for (;;) {
		if (waitpid(pid, &status, WNOHANG) == pid) {
			deaths += status != 0;
			return true;
		}
		sleep_ms(20);
		seen = __atomic_load_n(&sh->runs, __ATOMIC_ACQUIRE);
		if (seen != runs)
			since = now_ns();
		runs = seen;
		if (log_has_report()) {
			reports++;
			print_recent("a report in the kernel's log", RECENT - 1);
		}
		if (opt.seconds ? now_ns() > end : runs >= opt.rounds)
			sh->is_over = true;
		if (now_ns() - since > STUCK_NS) {
			stuck++;
			print_recent("it does not end", 0);
			if (!end_child(pid)) {
				diag("and cannot be killed");
				return false;
			}
			/* The next child goes on with another program. */
			sh->runs++;
			return true;
		}
	}
}

static void say_rate(uint64_t begin)
{
	double s = (double)(now_ns() - begin) / 1e9;

	diag("%llu programs in %.0f s, %.1f a second; %u places of netmap.ko reached; %llu kept, "
	     "%u children died",
	     (unsigned long long)sh->runs, s, (double)sh->runs / s, cover_pcs(),
	     (unsigned long long)sh->kept, deaths);
}

static void run_all(void)
{
	uint64_t begin = now_ns(), end = begin + opt.seconds * 1000000000ull, said = begin;

	while (!sh->is_over && watch(child_start(fuzz, NULL), end)) {
		if (now_ns() - said > REPORT_NS && !sh->is_over) {
			said = now_ns();
			say_rate(begin);
		}
	}
	say_rate(begin);
}

static void devices(void)
{
	ns_enter_new();
	link_pair("kf0", "kf1");
	if (link_dummy("kf2"))
		give_up("a dummy device");
}

/* As in failnth: let allocations of all kinds fail, and say nothing of it. */
static void failures_prepare(void)
{
	static const char *const kinds[] = { "failslab", "fail_page_alloc", "fail_usercopy" };
	static const char *const values[][2] = { { "ignore-gfp-wait", "N" },
		{ "ignore-gfp-highmem", "N" }, { "min-order", "0" }, { "verbose", "0" } };
	char path[96];
	unsigned int i;

	for (i = 0; i < 12; i++) {
		FILE *f;

		snprintf(path, sizeof(path), "/sys/kernel/debug/%s/%s", kinds[i / 4],
			 values[i % 4][0]);
		f = fopen(path, "w");
		if (f) {
			fputs(values[i % 4][1], f);
			fclose(f);
		}
	}
}

/* Takes "NAME VALUE" out of the arguments; NULL if it is not there. */
static const char *take_option(int *argc, char **argv, const char *name)
{
	const char *value;
	int i;

	for (i = 1; i + 1 < *argc; i++)
		if (!strcmp(argv[i], name)) {
			value = argv[i + 1];
			memmove(&argv[i], &argv[i + 2], (size_t)(*argc - i - 1) * sizeof(*argv));
			*argc -= 2;
			return value;
		}
	return NULL;
}

/*
 * Programs make ports and attachments that outlast their files, under names that are not all known
 * here. The unloading of the module, which the guest's runner checks, shows that none is lost.
 */
static void print_left(int64_t before)
{
	static struct nm_info_port ports[64];
	int n = inspect(NM_INSPECT_PORTS, "", ports, sizeof(ports[0]), 64), i;

	diag("%lld objects more than before", (long long)(inspect_alive() - before));
	for (i = 0; i < n; i++)
		diag("port %.60s of kind %u, flags %#x, on %.60s", ports[i].name, ports[i].kind,
		     ports[i].flags, ports[i].switch_name);
}

int main(int argc, char **argv)
{
	const char *file = take_option(&argc, argv, "--replay");
	const char *places = take_option(&argc, argv, "--places");
	int64_t before;

	opt.seconds = 0;
	opt.rounds = 300;
	test_start(argc, argv);
	if (opt.seconds)
		alarm(opt.deadline = opt.seconds + 600);
	if (!cover_begin() && !file) {
		printf("1..0 # SKIP this kernel has no KCOV\n");
		return 0;
	}
	sh = shared_alloc(sizeof(*sh));
	diag("seed %llu", (unsigned long long)opt.seed);
	devices();
	failures_prepare();
	log_open();
	before = inspect_alive();
	if (file) {
		static struct program p;

		if (program_read(&p, file))
			give_up("cannot read a program from %s", file);
		is_num(child_wait(child_start(replay, &p)), 0, "the program ends");
		return test_done();
	}
	run_all();
	if (log_has_report())
		reports++;
	ok(cover_pcs() > 0, "programs reach code of the module (%u places)", cover_pcs());
	is_num(stuck, 0, "every program ends");
	is_num(reports, 0, "the kernel's log has no report");
	hostile_clean_up();
	print_left(before);
	if (places)
		cover_print();
	return test_done();
}
