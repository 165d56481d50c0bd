// SPDX-License-Identifier: BSD-2-Clause
/*
 * A program that knows libpcap only, run by nm-pcap: both ends of a pipe and ports of a switch, by
 * every call that has to do with a pcap_t. Prints TAP.
 */
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include <pcap/pcap.h>

#include "tap.h"

#define HERE	"netmap:pcaptest{1"
#define THERE	"netmap:pcaptest}1"
#define FRAME	60

static pcap_t *open_port(const char *name, int timeout_ms)
{
	char err[PCAP_ERRBUF_SIZE] = "";
	pcap_t *p = pcap_open_live(name, 65535, 1, timeout_ms, err);

	if (p == NULL)
		diag("%s", err);
	return p;
}

/* A UDP packet from 10.0.0.1 to 10.0.0.2 and this port, numbered in its first payload bytes. */
static void make_frame(u_char *f, size_t size, unsigned int port, unsigned int number)
{
	static const u_char start[] = {
		2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 8, 0,
		0x45, 0, 0, 46, 0, 0, 0, 0, 64, 17, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2,
		4, 210, 0, 0, 0, 26, 0, 0,
	};
	size_t i;

	for (i = 0; i < size; i++)
		f[i] = (u_char)(i * 7 + number);
	memcpy(f, start, sizeof(start));
	f[36] = (u_char)(port >> 8);
	f[37] = (u_char)port;
	f[42] = (u_char)number;
}

static bool send_frames(pcap_t *p, unsigned int port, unsigned int n)
{
	u_char f[FRAME];
	unsigned int i;

	for (i = 0; i < n; i++) {
		make_frame(f, sizeof(f), port, i);
		if (pcap_inject(p, f, sizeof(f)) != FRAME) {
			diag("%s", pcap_geterr(p));
			return false;
		}
	}
	return true;
}

static void count(u_char *user, const struct pcap_pkthdr *h, const u_char *data)
{
	unsigned int *seen = (unsigned int *)user;

	if (h->caplen == FRAME && data[42] == (u_char)*seen)
		(*seen)++;
}

static void test_settings(void)
{
	char err[PCAP_ERRBUF_SIZE] = "";
	pcap_t *p = pcap_create(HERE, err);
	int *list = NULL;

	if (p == NULL) {
		ok(false, "pcap_create");
		return;
	}
	ok(pcap_set_snaplen(p, 100) == 0 && pcap_set_promisc(p, 1) == 0 &&
	   pcap_set_timeout(p, 50) == 0 && pcap_set_immediate_mode(p, 1) == 0 &&
	   pcap_set_buffer_size(p, 1 << 20) == 0 && pcap_can_set_rfmon(p) == 0 &&
	   pcap_set_tstamp_precision(p, PCAP_TSTAMP_PRECISION_NANO) == 0, "what can be asked for");
	ok(pcap_list_tstamp_types(p, &list) == 1 && list[0] == PCAP_TSTAMP_HOST &&
	   pcap_set_tstamp_type(p, PCAP_TSTAMP_HOST) == 0 &&
	   pcap_set_tstamp_type(p, PCAP_TSTAMP_ADAPTER) == PCAP_WARNING_TSTAMP_TYPE_NOTSUP,
	   "types of time stamps");
	pcap_free_tstamp_types(list);
	ok(pcap_fileno(p) < 0 && pcap_next(p, &(struct pcap_pkthdr){ .len = 0 }) == NULL &&
	   pcap_inject(p, "x", 1) == PCAP_ERROR_NOT_ACTIVATED, "not before pcap_activate()");
	ok(pcap_activate(p) == 0, "pcap_activate");
	ok(pcap_activate(p) == PCAP_ERROR_ACTIVATED &&
		   pcap_set_snaplen(p, 5) == PCAP_ERROR_ACTIVATED,
	   "not twice, and too late to ask");
	ok(pcap_snapshot(p) == 100 && pcap_datalink(p) == DLT_EN10MB &&
		   pcap_get_tstamp_precision(p) == PCAP_TSTAMP_PRECISION_NANO,
	   "the settings are returned");
	ok(pcap_set_datalink(p, DLT_EN10MB) == 0 && pcap_set_datalink(p, DLT_RAW) < 0 &&
		   pcap_list_datalinks(p, &list) == 1 && list[0] == DLT_EN10MB,
	   "Ethernet, and no other link type");
	pcap_free_datalinks(list);
	ok(pcap_file(p) == NULL && pcap_is_swapped(p) == 0 && pcap_major_version(p) >= 0 &&
	   pcap_datalink_ext(p) >= 0, "functions that are libpcap's alone work or refuse");
	ok(pcap_setdirection(p, PCAP_D_IN) == 0 && pcap_setdirection(p, PCAP_D_OUT) < 0 &&
	   strstr(pcap_geterr(p), "monitor") != NULL, "a port receives only");
	pcap_close(p);
}

static void test_packets(pcap_t *a, pcap_t *b)
{
	struct pcap_pkthdr *h;
	const u_char *data, *first;
	u_char f[FRAME];
	struct timeval before, after;
	struct pollfd pfd = { .fd = pcap_get_selectable_fd(b), .events = POLLIN };

	gettimeofday(&before, NULL);
	ok(send_frames(a, 7, 3), "pcap_inject");
	ok(poll(&pfd, 1, 5000) == 1, "the descriptor is readable");
	make_frame(f, sizeof(f), 7, 0);
	ok(pcap_next_ex(b, &h, &first) == 1 && h->len == FRAME && h->caplen == FRAME &&
	   memcmp(first, f, FRAME) == 0, "pcap_next_ex: every byte");
	gettimeofday(&after, NULL);
	ok(!timercmp(&h->ts, &before, <) && !timercmp(&h->ts, &after, >),
	   "its time is that of now");
	ok(send_frames(a, 8, 1) && memcmp(first, f, FRAME) == 0, "it stays until the next call");
	make_frame(f, sizeof(f), 7, 1);
	data = pcap_next(b, &(struct pcap_pkthdr){ .len = 0 });
	ok(data != NULL && memcmp(data, f, FRAME) == 0, "pcap_next: the one after it");
	ok(pcap_next_ex(b, &h, &data) == 1 && pcap_next_ex(b, &h, &data) == 1 && data[37] == 8,
	   "then the others");
	ok(poll(&pfd, 1, 0) == 0, "a packet that is held makes nothing readable");
	ok(pcap_next_ex(b, &h, &data) == 0, "0 when the timeout is over");
	make_frame(f, sizeof(f), 7, 9);
	ok(pcap_sendpacket(b, f, FRAME) == 0 && pcap_next_ex(a, &h, &data) == 1 &&
	   memcmp(data, f, FRAME) == 0, "pcap_sendpacket, the other way");
}

static void test_batches(pcap_t *a, pcap_t *b)
{
	unsigned int seen = 0;
	char err[PCAP_ERRBUF_SIZE];

	send_frames(a, 7, 100);
	ok(pcap_dispatch(b, 3, count, (u_char *)&seen) == 3 && seen == 3, "pcap_dispatch, some");
	ok(pcap_loop(b, 40, count, (u_char *)&seen) == 0 && seen == 43,
	   "pcap_loop, a number of packets");
	ok(pcap_dispatch(b, -1, count, (u_char *)&seen) == 57 && seen == 100,
	   "pcap_dispatch, the rest");
	ok(pcap_getnonblock(b, err) == 0 && pcap_setnonblock(b, 1, err) == 0 &&
	   pcap_getnonblock(b, err) == 1 && pcap_dispatch(b, -1, count, (u_char *)&seen) == 0,
	   "nothing, without blocking");
	send_frames(a, 7, 5);
	seen = 0;
	ok(pcap_dispatch(b, -1, count, (u_char *)&seen) == 5 && seen == 5,
	   "something, without blocking");
	ok(pcap_setnonblock(b, 0, err) == 0, "blocking again");
}

static void test_filter(pcap_t *a, pcap_t *b)
{
	struct bpf_program code;
	struct pcap_stat st;
	unsigned int seen = 0, before;
	bool good;

	good = pcap_stats(b, &st) == 0;
	before = st.ps_recv;
	good = good && pcap_compile(b, &code, "udp dst port 7", 1, PCAP_NETMASK_UNKNOWN) == 0 &&
	       pcap_setfilter(b, &code) == 0;
	ok(good, "pcap_compile and pcap_setfilter");
	send_frames(a, 9, 20);
	send_frames(a, 7, 10);
	send_frames(a, 9, 20);
	while (pcap_dispatch(b, -1, count, (u_char *)&seen) > 0)
		;
	ok(seen == 10, "only what the filter wants");
	ok(pcap_stats(b, &st) == 0 && st.ps_recv - before == 10 && st.ps_drop == 0,
	   "pcap_stats counts them");
	pcap_freecode(&code);
	ok(pcap_compile(b, &code, "", 1, 0) == 0 && pcap_setfilter(b, &code) == 0,
	   "a filter that takes everything");
	pcap_freecode(&code);
}

static void stop_at_two(u_char *user, const struct pcap_pkthdr *h, const u_char *data)
{
	static int seen;

	(void)h;
	(void)data;
	if (++seen == 2)
		pcap_breakloop((pcap_t *)user);
}

static pcap_t *to_break;

static void on_signal(int sig)
{
	(void)sig;
	pcap_breakloop(to_break);
}

static void *break_it(void *unused)
{
	pcap_breakloop(to_break);
	return unused;
}

static void test_break(pcap_t *a, pcap_t *b)
{
	struct itimerval soon = { .it_value = { .tv_usec = 100000 } };
	unsigned int seen = 0;
	pthread_t thread;

	send_frames(a, 7, 5);
	ok(pcap_loop(b, -1, stop_at_two, (u_char *)b) == PCAP_ERROR_BREAK,
	   "a callback ends the loop");
	ok(pcap_dispatch(b, -1, count, (u_char *)&seen) == 3, "what it left comes later");
	to_break = b;
	signal(SIGALRM, on_signal);
	setitimer(ITIMER_REAL, &soon, NULL);
	ok(pcap_loop(b, -1, count, (u_char *)&seen) == PCAP_ERROR_BREAK,
	   "a signal's handler ends it");
	pthread_create(&thread, NULL, break_it, NULL);
	ok(pcap_loop(b, -1, count, (u_char *)&seen) == PCAP_ERROR_BREAK, "another thread ends it");
	pthread_join(thread, NULL);
}

/* Larger than a buffer, and longer than what the snapshot length keeps. */
static void test_large(pcap_t *a)
{
	static u_char f[9000];
	char err[PCAP_ERRBUF_SIZE] = "";
	pcap_t *b = pcap_create(THERE, err);
	struct pcap_pkthdr *h;
	const u_char *data;

	if (b == NULL || pcap_set_snaplen(b, 5000) != 0 || pcap_activate(b) != 0) {
		ok(false, "another one at the other end");
		return;
	}
	make_frame(f, sizeof(f), 7, 1);
	ok(pcap_inject(a, f, sizeof(f)) == sizeof(f) && pcap_next_ex(b, &h, &data) == 1 &&
	   h->len == sizeof(f) && h->caplen == 5000 && memcmp(data, f, 5000) == 0,
	   "a frame of several slots, cut");
	ok(pcap_inject(a, f, 1 << 20) < 0 && strstr(pcap_geterr(a), "1048576") != NULL,
	   "none that is too long");
	pcap_close(b);
}

static void test_full(pcap_t *a)
{
	char err[PCAP_ERRBUF_SIZE];
	u_char f[FRAME] = { 0 };
	int i, ret = 0;

	ok(pcap_setnonblock(a, 1, err) == 0, "a sender without blocking");
	for (i = 0; i < 100000 && ret >= 0; i++)
		ret = pcap_inject(a, f, sizeof(f));
	ok(ret < 0 && errno == EAGAIN && strstr(pcap_geterr(a), "no room") != NULL,
	   "without blocking, a full ring refuses");
	ok(pcap_setnonblock(a, 0, err) == 0 && pcap_inject(a, f, sizeof(f)) < 0 &&
	   strstr(pcap_geterr(a), "does not read") != NULL,
	   "a ring that stays full is an error");
}

static void test_drops(void)
{
	pcap_t *a = open_port("vale7:pcaptest_a", 0), *b = open_port("vale7:pcaptest_b", 100);
	struct pcap_stat st = { .ps_drop = 0 };
	unsigned int seen = 0, n;

	if (a == NULL || b == NULL) {
		ok(false, "two ports of a switch");
		return;
	}
	ok(send_frames(a, 7, 5000), "a full receiver does not block a switch");
	while ((n = (unsigned int)pcap_dispatch(b, -1, count, (u_char *)&seen)) > 0)
		;
	ok(pcap_stats(b, &st) == 0, "pcap_stats of it");
	printf("# %u received, %u dropped\n", seen, st.ps_drop);
	ok(seen > 0 && seen < 5000 && st.ps_recv == seen && st.ps_drop == 5000 - seen,
	   "every packet was received or counted as dropped");
	pcap_close(a);
	pcap_close(b);
}

static void dump_one(u_char *user, const struct pcap_pkthdr *h, const u_char *data)
{
	pcap_dump(user, h, data);
}

static void test_dump(const char *path)
{
	char err[PCAP_ERRBUF_SIZE] = "";
	pcap_t *a = open_port(HERE, 0), *b = pcap_create(THERE, err), *file;
	pcap_dumper_t *dumper = NULL;
	unsigned int seen = 0;

	if (a == NULL || b == NULL || pcap_set_snaplen(b, 1234) != 0 ||
	    pcap_set_tstamp_precision(b, PCAP_TSTAMP_PRECISION_NANO) != 0 ||
	    pcap_activate(b) != 0) {
		ok(false, "ports to write a file from");
		return;
	}
	ok(pcap_dump_open(b, "/nonexistent/file") == NULL && pcap_geterr(b)[0] != '\0',
	   "pcap_dump_open says why not");
	dumper = pcap_dump_open(b, path);
	send_frames(a, 7, 50);
	ok(dumper != NULL && pcap_loop(b, 50, dump_one, (u_char *)dumper) == 0,
	   "a file is written");
	if (dumper != NULL)
		pcap_dump_close(dumper);
	file = pcap_open_offline_with_tstamp_precision(path, PCAP_TSTAMP_PRECISION_NANO, err);
	ok(file != NULL && pcap_snapshot(file) == 1234 &&
	   pcap_loop(file, -1, count, (u_char *)&seen) == 0 && seen == 50,
	   "files are libpcap's, with our snapshot length and precision");
	if (file != NULL)
		pcap_close(file);
	pcap_close(a);
	pcap_close(b);
	unlink(path);
}

static bool lists(const char *name)
{
	char err[PCAP_ERRBUF_SIZE];
	pcap_if_t *all = NULL, *i;
	bool found = false;

	if (pcap_findalldevs(&all, err) != 0)
		diag("%s", err);
	for (i = all; i != NULL; i = i->next)
		found = found || strcmp(i->name, name) == 0;
	pcap_freealldevs(all);
	return found;
}

static void test_others(void)
{
	char err[PCAP_ERRBUF_SIZE] = "";
	pcap_t *p, *q;
	struct pcap_pkthdr *h;
	const u_char *data;
	u_char f[FRAME];
	bpf_u_int32 net, mask;
	bool found = false;
	int i;

	p = open_port("vale7:pcaptest_c", 0);
	ok(p != NULL && lists("lo") && lists("vale7:pcaptest_c"),
	   "pcap_findalldevs: the system's interfaces and our ports");
	pcap_close(p);
	ok(pcap_lookupnet("vale7:pcaptest_c", &net, &mask, err) == 0 && mask == 0,
	   "pcap_lookupnet");
	ok(pcap_open_live("netmap:pcap-none", 100, 0, 0, err) == NULL && err[0] != '\0',
	   "no such port, and why");
	diag("%s", err);
	p = open_port("lo", 100);
	q = open_port("lo", 100);
	make_frame(f, sizeof(f), 4321, 3);
	ok(p != NULL && q != NULL && pcap_inject(q, f, sizeof(f)) == FRAME, "lo is the system's");
	for (i = 0; i < 1000 && p != NULL && !found; i++)
		found = pcap_next_ex(p, &h, &data) == 1 && h->len == FRAME &&
			memcmp(data, f, FRAME) == 0;
	ok(found, "and works as it always did");
	if (p != NULL)
		pcap_close(p);
	if (q != NULL)
		pcap_close(q);
}

int main(int argc, char **argv)
{
	pcap_t *a, *b;

	alarm(100);
	setvbuf(stdout, NULL, _IOLBF, 0);
	test_settings();
	a = open_port(HERE, 100);
	b = open_port(THERE, 100);
	if (a == NULL || b == NULL) {
		printf("Bail out! no pipe\n");
		return 1;
	}
	test_packets(a, b);
	test_batches(a, b);
	test_filter(a, b);
	test_break(a, b);
	pcap_close(b);
	test_large(a);
	test_full(a);
	pcap_close(a);
	test_drops();
	test_dump(argc > 1 ? argv[1] : "/tmp/netmap-pcap-calls.pcap");
	test_others();
	return tap_finish();
}
