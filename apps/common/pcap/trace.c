// SPDX-License-Identifier: BSD-2-Clause
/* Reading a whole capture file with libpcap. See trace.h. */
#include "trace.h"

#include <pcap/pcap.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DATA_MAX	((size_t)2 << 30)	/* bytes of memory for a file */

struct loader {
	struct trace *t;
	const char *path;
	size_t packet_room, data_room, data_used;
	uint64_t first, last;		/* times in the file, ns */
};

/* Make room for more elements, doubling the array if it is full. Return NULL without memory. */
static void *make_room(void *array, size_t used, size_t more, size_t *room, size_t size)
{
	size_t wanted = *room > 0 ? *room : 1024;

	if (array && used + more <= *room)
		return array;
	while (wanted < used + more)
		wanted *= 2;
	array = reallocarray(array, wanted, size);
	if (array)
		*room = wanted;
	return array;
}

static int grow(struct loader *l, uint32_t len, struct errmsg *err)
{
	struct trace *t = l->t;
	void *p;

	if (l->data_used + len + (t->count + 1) * sizeof(t->packets[0]) > DATA_MAX)
		return errmsg_set(err, "%s: its packets need more than %zu MiB of memory", l->path,
				  DATA_MAX >> 20);
	p = make_room(t->packets, t->count, 1, &l->packet_room, sizeof(t->packets[0]));
	if (!p)
		return errmsg_set(err, "%s: out of memory", l->path);
	t->packets = p;
	p = make_room(t->data, l->data_used, len, &l->data_room, 1);
	if (!p)
		return errmsg_set(err, "%s: out of memory", l->path);
	t->data = p;
	return 0;
}

/* Return the bytes of a packet to send; *wire_len is its length on the wire. */
static uint32_t frame_len(const struct trace *t, const struct pcap_pkthdr *hdr, uint32_t *wire_len)
{
	*wire_len = hdr->len > t->fcs_len ? hdr->len - t->fcs_len : 0;
	return hdr->caplen < *wire_len ? hdr->caplen : *wire_len;
}

/* Times never decrease. tv_usec counts nanoseconds, as requested by trace_load(). */
static uint64_t packet_time(struct loader *l, const struct pcap_pkthdr *hdr)
{
	uint64_t at = (uint64_t)hdr->ts.tv_sec * 1000000000u + (uint64_t)hdr->ts.tv_usec;

	if (l->t->count == 0)
		l->first = l->last = at;
	if (at < l->last) {
		l->t->backward++;
		at = l->last;
	}
	l->last = at;
	return at - l->first;
}

static int append(struct loader *l, const struct pcap_pkthdr *hdr, const uint8_t *bytes,
		  struct errmsg *err)
{
	struct trace *t = l->t;
	uint32_t wire_len, len = frame_len(t, hdr, &wire_len);

	t->too_short += len < TRACE_LEN_MIN;
	t->too_long += len > TRACE_LEN_MAX;
	if (len < TRACE_LEN_MIN || len > TRACE_LEN_MAX)
		return 0;
	if (grow(l, len, err))
		return -1;
	memcpy(t->data + l->data_used, bytes, len);
	t->packets[t->count] = (struct trace_packet){
		.at = packet_time(l, hdr),
		.offset = l->data_used,
		.len = len,
		.wire_len = wire_len <= TRACE_LEN_MAX ? wire_len : len,
	};
	t->count++;
	t->cut += len < wire_len;
	t->padded += hdr->caplen > hdr->len;
	if (len > t->longest)
		t->longest = len;
	l->data_used += len;
	return 0;
}

/* libpcap counts the check sequence in units of two bytes, and knows none of a pcapng file. */
static uint32_t fcs_len(pcap_t *pcap)
{
	const int ext = pcap_datalink_ext(pcap);

	return LT_FCS_LENGTH_PRESENT(ext) ? 2 * LT_FCS_LENGTH((uint32_t)ext) : 0;
}

static int check_count(const struct trace *t, const char *path, struct errmsg *err)
{
	if (t->count > 0)
		return 0;
	if (trace_left_out(t) == 0)
		return errmsg_set(err, "%s: the file has no packets", path);
	return errmsg_set(err,
			  "%s: the file has no frame of %u to %u bytes: %zu packets are shorter, "
			  "%zu longer", path, TRACE_LEN_MIN, TRACE_LEN_MAX, t->too_short,
			  t->too_long);
}

static int read_all(struct loader *l, pcap_t *pcap, struct errmsg *err)
{
	struct pcap_pkthdr *hdr;
	const uint8_t *bytes;
	int got;

	if (pcap_datalink(pcap) != DLT_EN10MB)
		return errmsg_set(err, "%s: its packets are not Ethernet", l->path);
	l->t->fcs_len = fcs_len(pcap);
	while ((got = pcap_next_ex(pcap, &hdr, &bytes)) == 1) {
		if (append(l, hdr, bytes, err))
			return -1;
	}
	if (got == PCAP_ERROR)
		return errmsg_set(err, "%s: after packet %zu: %s", l->path,
				  l->t->count + trace_left_out(l->t), pcap_geterr(pcap));
	return check_count(l->t, l->path, err);
}

int trace_load(struct trace *t, const char *path, struct errmsg *err)
{
	struct loader l = { .t = t, .path = path };
	char reason[PCAP_ERRBUF_SIZE];
	pcap_t *pcap;
	int ret;

	memset(t, 0, sizeof(*t));
	pcap = pcap_open_offline_with_tstamp_precision(path, PCAP_TSTAMP_PRECISION_NANO, reason);
	if (!pcap) {
		/* Some of libpcap's messages begin with the path. */
		if (strncmp(reason, path, strlen(path)) == 0)
			return errmsg_set(err, "%s", reason);
		return errmsg_set(err, "%s: %s", path, reason);
	}
	ret = read_all(&l, pcap, err);
	pcap_close(pcap);
	if (ret != 0)
		trace_free(t);
	return ret;
}

void trace_free(struct trace *t)
{
	free(t->packets);
	free(t->data);
	memset(t, 0, sizeof(*t));
}

static void note(size_t count, const char *program, const char *path, const char *text)
{
	if (count > 0)
		fprintf(stderr, "%s: %s: %zu packets %s\n", program, path, count, text);
}

void trace_print_notes(const struct trace *t, const char *program, const char *path)
{
	if (t->fcs_len > 0)
		fprintf(stderr,
			"%s: %s: the file says that packets end with %u bytes of check sequence: "
			"sending them without\n", program, path, t->fcs_len);
	note(t->too_short, program, path, "are too short for an Ethernet header: left out");
	note(t->too_long, program, path, "are longer than 65535 bytes: left out");
	note(t->padded, program, path,
	     "have more bytes in the file than on the wire: sending what was on the wire");
	note(t->cut, program, path,
	     "were truncated by the capture: sending what the file has of them");
}
