// SPDX-License-Identifier: BSD-2-Clause
/* Reading capture files with libpcap. A build without libpcap refuses --pcap. */
#include "capture.h"

#include <stdlib.h>
#include <string.h>

void capture_free(struct capture *c)
{
	free(c->frames);
	free(c->data);
	memset(c, 0, sizeof(*c));
}

#ifdef HAVE_PCAP

#include <pcap/pcap.h>

#define DATA_MAX ((size_t)1 << 30)	/* bytes of frames kept in memory */
#define FRAME_LONGEST 65535u

/* Make room for more elements of size bytes, doubling the array if it is full. */
static void *make_room(void *array, size_t used, size_t more, size_t *room, size_t size)
{
	size_t wanted = *room ? *room : 64;

	if (used + more <= *room)
		return array;
	while (wanted < used + more)
		wanted *= 2;
	array = realloc(array, wanted * size);
	if (array)
		*room = wanted;
	return array;
}

struct growing {
	struct capture *c;
	size_t frame_room, data_room, data_used;
};

static int append(struct growing *g, const uint8_t *bytes, unsigned int len)
{
	struct capture *c = g->c;
	void *p;

	p = make_room(c->frames, c->count, 1, &g->frame_room, sizeof(c->frames[0]));
	if (!p)
		return -1;
	c->frames = p;
	p = make_room(c->data, g->data_used, len, &g->data_room, 1);
	if (!p)
		return -1;
	c->data = p;
	memcpy(c->data + g->data_used, bytes, len);
	c->frames[c->count++] = (struct capture_frame){ g->data_used, len };
	g->data_used += len;
	if (len > c->longest)
		c->longest = len;
	return 0;
}

/* Truncated frames are sent as they are in the file; packets too short for a frame are skipped. */
static int read_all(pcap_t *pcap, struct growing *g, const char *path, struct errmsg *err)
{
	struct pcap_pkthdr *hdr;
	const uint8_t *bytes;
	int got;

	while ((got = pcap_next_ex(pcap, &hdr, &bytes)) == 1) {
		if (hdr->caplen < 14 || hdr->caplen > FRAME_LONGEST)
			continue;
		if (g->data_used + hdr->caplen > DATA_MAX)
			return errmsg_set(err, "%s: the file has more than %zu MiB of packets",
					  path, DATA_MAX >> 20);
		if (append(g, bytes, hdr->caplen))
			return errmsg_set(err, "%s: out of memory", path);
	}
	if (got == PCAP_ERROR)
		return errmsg_set(err, "%s: %s", path, pcap_geterr(pcap));
	if (g->c->count == 0)
		return errmsg_set(err, "%s: the file has no packets", path);
	return 0;
}

int capture_load(struct capture *c, const char *path, struct errmsg *err)
{
	char reason[PCAP_ERRBUF_SIZE];
	struct growing g = { .c = c };
	pcap_t *pcap = pcap_open_offline(path, reason);
	int ret;

	memset(c, 0, sizeof(*c));
	if (!pcap)
		return errmsg_set(err, "%s", reason);
	if (pcap_datalink(pcap) != DLT_EN10MB)
		ret = errmsg_set(err, "%s: its packets are not Ethernet", path);
	else
		ret = read_all(pcap, &g, path, err);
	pcap_close(pcap);
	if (ret != 0)
		capture_free(c);
	return ret;
}

#else

int capture_load(struct capture *c, const char *path, struct errmsg *err)
{
	memset(c, 0, sizeof(*c));
	return errmsg_set(err, "%s: this pkt-gen was built without libpcap", path);
}

#endif
