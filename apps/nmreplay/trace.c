// SPDX-License-Identifier: BSD-2-Clause
/* Reading a whole capture file with libpcap: pcap and pcapng, Ethernet only. */
#include "trace.h"

#include <pcap/pcap.h>
#include <stdlib.h>
#include <string.h>

#define DATA_MAX	((size_t)2 << 30)	/* bytes of packets kept in memory */
#define LENGTH_MAX	65535u
#define LENGTH_MIN	14u

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

	if (l->data_used + len > DATA_MAX)
		return errmsg_set(err, "%s: the file has more than %zu MiB of packets", l->path,
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

static int append(struct loader *l, const struct pcap_pkthdr *hdr, const uint8_t *bytes,
		  struct errmsg *err)
{
	/* tv_usec counts nanoseconds, as requested by trace_load() */
	uint64_t at = (uint64_t)hdr->ts.tv_sec * 1000000000u + (uint64_t)hdr->ts.tv_usec;
	struct trace *t = l->t;

	if (hdr->caplen < LENGTH_MIN || hdr->caplen > LENGTH_MAX)
		return errmsg_set(err, "%s: packet %zu has %u bytes, a frame has %u to %u", l->path,
				  t->count + 1, hdr->caplen, LENGTH_MIN, LENGTH_MAX);
	if (grow(l, hdr->caplen, err))
		return -1;
	if (t->count == 0)
		l->first = l->last = at;
	if (at < l->last) {
		t->backward++;
		at = l->last;
	}
	l->last = at;
	t->cut += hdr->caplen < hdr->len;
	memcpy(t->data + l->data_used, bytes, hdr->caplen);
	t->packets[t->count++] = (struct trace_packet){
		.at = at - l->first,
		.offset = l->data_used,
		.len = hdr->caplen,
		.wire_len =
			hdr->len > hdr->caplen && hdr->len <= LENGTH_MAX ? hdr->len : hdr->caplen,
	};
	l->data_used += hdr->caplen;
	return 0;
}

static int read_all(struct loader *l, pcap_t *pcap, struct errmsg *err)
{
	struct pcap_pkthdr *hdr;
	const uint8_t *bytes;
	int got;

	if (pcap_datalink(pcap) != DLT_EN10MB)
		return errmsg_set(err, "%s: its packets are not Ethernet", l->path);
	while ((got = pcap_next_ex(pcap, &hdr, &bytes)) == 1) {
		if (append(l, hdr, bytes, err))
			return -1;
	}
	if (got == PCAP_ERROR)
		return errmsg_set(err, "%s: after packet %zu: %s", l->path, l->t->count,
				  pcap_geterr(pcap));
	if (l->t->count == 0)
		return errmsg_set(err, "%s: the file has no packets", l->path);
	return 0;
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
