// SPDX-License-Identifier: BSD-2-Clause
/* nm-capture: files that libpcap reads back as they were, also when the disk was full. */
#include <pcap/pcap.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "../../apps/nm-capture/pcapng.h"
#include "tap.h"

#define PACKETS 3000u

static char path[] = "/tmp/test_pcapng.XXXXXX";

static uint32_t length_of(unsigned int i)
{
	return 14 + i * 7 % 1500;
}

static uint64_t time_of(unsigned int i)
{
	return 1700000000000000000ull + i * 1001ull;
}

static void fill(uint8_t *data, unsigned int i)
{
	memset(data, (int)(i & 0xff), length_of(i));
	memcpy(data, &i, sizeof(i));
}

/* Packets of the file that are as they should be; *error is what libpcap said at the end. */
static unsigned int read_back(int *error, unsigned int cut)
{
	char why[PCAP_ERRBUF_SIZE];
	pcap_t *p = pcap_open_offline_with_tstamp_precision(path, PCAP_TSTAMP_PRECISION_NANO, why);
	struct pcap_pkthdr *h;
	const uint8_t *bytes;
	uint8_t want[2048];
	unsigned int n = 0;

	*error = PCAP_ERROR;
	if (!p)
		return 0;
	while ((*error = pcap_next_ex(p, &h, &bytes)) == 1) {
		uint32_t len = length_of(n) < cut ? length_of(n) : cut;

		fill(want, n);
		if (h->len != length_of(n) || h->caplen != len || memcmp(bytes, want, len) != 0 ||
		    (uint64_t)h->ts.tv_sec * 1000000000u + (uint64_t)h->ts.tv_usec != time_of(n))
			break;
		n++;
	}
	pcap_close(p);
	return n;
}

static unsigned int write_packets(struct pcapng *f, unsigned int cut, struct errmsg *err)
{
	uint8_t data[2048];
	unsigned int i;

	for (i = 0; i < PACKETS; i++) {
		fill(data, i);
		if (pcapng_packet(f, time_of(i), data, length_of(i) < cut ? length_of(i) : cut,
				  length_of(i), err))
			break;
	}
	return i;
}

static void test_whole(unsigned int cut)
{
	struct errmsg err = { "" };
	struct pcapng f;
	int error;

	ok(pcapng_open(&f, path, "vale0:a", 65535, &err) == 0, "opens");
	write_packets(&f, cut, &err);
	ok(pcapng_statistics(&f, time_of(PACKETS), PACKETS, 5, &err) == 0 &&
		   pcapng_close(&f, &err) == 0,
	   "closes");
	ok(read_back(&error, cut) == PACKETS && error == PCAP_ERROR_BREAK,
	   "each packet comes back, cut to %u", cut);
}

/* The last block: type 5, its lengths around, 5 dropped. */
static void test_statistics(void)
{
	uint32_t block[13];
	FILE *file = fopen(path, "r");

	fseek(file, -(long)sizeof(block), SEEK_END);
	ok(fread(block, sizeof(block), 1, file) == 1 && block[0] == 5 &&
		   block[1] == sizeof(block) && block[12] == sizeof(block),
	   "statistics are the last block");
	ok(block[6] == PACKETS && block[9] == 5, "received and dropped");
	fclose(file);
}

static void test_full(void)
{
	struct rlimit all, little;
	struct errmsg err = { "" };
	struct pcapng f;
	unsigned int wrote, back;
	int error;

	getrlimit(RLIMIT_FSIZE, &all);
	little = all;
	little.rlim_cur = 1300001;
	signal(SIGXFSZ, SIG_IGN);
	setrlimit(RLIMIT_FSIZE, &little);
	pcapng_open(&f, path, "vale0:a", 65535, &err);
	wrote = write_packets(&f, UINT32_MAX, &err);
	ok(wrote < PACKETS && strstr(err.text, path) != NULL &&
		   strstr(err.text, "too large") != NULL,
	   "a full disk is reported: %s", err.text);
	pcapng_close(&f, &err);
	setrlimit(RLIMIT_FSIZE, &all);
	back = read_back(&error, UINT32_MAX);
	ok(back > 500 && back < wrote && error == PCAP_ERROR_BREAK,
	   "the packets in the file are whole: %u", back);
}

static void test_refused(void)
{
	struct errmsg err = { "" };
	struct pcapng f;

	ok(pcapng_open(&f, "/dev/full", "x", 65535, &err) == -1 &&
		   strstr(err.text, "/dev/full: No space left") != NULL,
	   "a device that is full");
	ok(pcapng_open(&f, "/nonexistent/file", "x", 65535, &err) == -1 &&
		   strstr(err.text, "No such file") != NULL,
	   "no such folder");
}

int main(void)
{
	int fd = mkstemp(path);

	if (fd < 0)
		return 1;
	close(fd);
	test_whole(UINT32_MAX);
	test_whole(60);
	test_statistics();
	test_full();
	test_refused();
	unlink(path);
	return tap_finish();
}
