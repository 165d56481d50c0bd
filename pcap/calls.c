/* SPDX-License-Identifier: BSD-2-Clause */
/* The calls about filters, directions, counts, files to write, and sending. */
#include "shim.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int handle_set_filter(struct handle *h, const struct bpf_program *program)
{
	size_t size = program->bf_len * sizeof(program->bf_insns[0]);
	struct bpf_insn *copy;

	if (!bpf_validate(program->bf_insns, (int)program->bf_len))
		return handle_fail(h, PCAP_ERROR, "%.64s: the filter is not valid", h->name);
	copy = malloc(size);
	if (copy == NULL)
		return handle_fail(h, PCAP_ERROR, "out of memory");
	memcpy(copy, program->bf_insns, size);
	free(h->filter.bf_insns);
	h->filter.bf_insns = copy;
	h->filter.bf_len = program->bf_len;
	return 0;
}

int pcap_setfilter(pcap_t *p, struct bpf_program *program)
{
	struct handle *h = handle_of(p);

	return h != NULL ? handle_set_filter(h, program) : SYSTEM(pcap_setfilter)(p, program);
}

/* A port never receives the packets that the program itself sends. */
int pcap_setdirection(pcap_t *p, pcap_direction_t direction)
{
	struct handle *h = handle_of(p);

	if (h == NULL)
		return SYSTEM(pcap_setdirection)(p, direction);
	if (direction == PCAP_D_IN || direction == PCAP_D_INOUT)
		return 0;
	return handle_fail(h, PCAP_ERROR,
			   "%.64s: a netmap port shows received packets only; open a monitor "
			   "(NAME/t) to see sent packets", h->name);
}

int pcap_stats(pcap_t *p, struct pcap_stat *stat)
{
	struct handle *h = handle_of(p);
	uint64_t drops;

	if (h == NULL)
		return SYSTEM(pcap_stats)(p, stat);
	if (h->port == NULL)
		return handle_fail(h, PCAP_ERROR_NOT_ACTIVATED, "%.64s: not activated", h->name);
	drops = port_drops(h);
	stat->ps_recv = (u_int)h->passed;
	stat->ps_drop = (u_int)(drops > h->drops_before ? drops - h->drops_before : 0);
	stat->ps_ifdrop = (u_int)h->lost;
	return 0;
}

int pcap_inject(pcap_t *p, const void *data, size_t size)
{
	struct handle *h = handle_of(p);

	return h != NULL ? send_packet(h, data, size) : SYSTEM(pcap_inject)(p, data, size);
}

int pcap_sendpacket(pcap_t *p, const u_char *data, int size)
{
	struct handle *h = handle_of(p);

	if (h == NULL)
		return SYSTEM(pcap_sendpacket)(p, data, size);
	return send_packet(h, data, size > 0 ? (size_t)size : 0) > 0 ? 0 : PCAP_ERROR;
}

/*
 * The header of a file has the snapshot length and the precision of its packets. The handle's face
 * was made before they were set, so open another one; the dumper does not keep a pointer to it.
 */
static pcap_t *dump_face(const struct handle *h)
{
	return pcap_open_dead_with_tstamp_precision(DLT_EN10MB, h->snaplen, (u_int)h->precision);
}

static pcap_dumper_t *dump_end(struct handle *h, pcap_t *face, pcap_dumper_t *dumper)
{
	if (face == NULL)
		handle_fail(h, 0, "out of memory");
	else if (dumper == NULL)
		handle_fail(h, 0, "%s", pcap_geterr(face));
	if (face != NULL)
		SYSTEM(pcap_close)(face);
	return dumper;
}

pcap_dumper_t *pcap_dump_open(pcap_t *p, const char *path)
{
	struct handle *h = handle_of(p);
	pcap_t *face;

	if (h == NULL)
		return SYSTEM(pcap_dump_open)(p, path);
	face = dump_face(h);
	return dump_end(h, face, face != NULL ? SYSTEM(pcap_dump_open)(face, path) : NULL);
}

pcap_dumper_t *pcap_dump_open_append(pcap_t *p, const char *path)
{
	struct handle *h = handle_of(p);
	pcap_t *face;

	if (h == NULL)
		return SYSTEM(pcap_dump_open_append)(p, path);
	face = dump_face(h);
	return dump_end(h, face, face != NULL ? SYSTEM(pcap_dump_open_append)(face, path) : NULL);
}

pcap_dumper_t *pcap_dump_fopen(pcap_t *p, FILE *file)
{
	struct handle *h = handle_of(p);
	pcap_t *face;

	if (h == NULL)
		return SYSTEM(pcap_dump_fopen)(p, file);
	face = dump_face(h);
	return dump_end(h, face, face != NULL ? SYSTEM(pcap_dump_fopen)(face, file) : NULL);
}
