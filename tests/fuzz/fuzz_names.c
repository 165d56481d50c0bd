/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Names: as people type them, to the programs' parser, and as they are in requests. A name that
 * the parser accepts is one that the engine can parse; a port bound by a name is listed under it.
 */
#include "input.h"
#include <stdlib.h>

#include "../../apps/common/portspec.h"

/* The parser gets memory of the text's exact length, so that a read behind its end shows. */
static void parse(const char *name, size_t n, struct port_spec *spec)
{
	size_t len = strnlen(name, n);
	char *text = strndup(name, len);
	struct errmsg err;

	os_assert(text);
	if (port_spec_parse(spec, text, &err) == 0) {
		os_assert(spec->name[0] && memchr(spec->name, 0, sizeof(spec->name)));
		os_assert(strstr(text, spec->name));
		os_assert(spec->mode >= NR_REG_ALL_NIC && spec->mode <= NR_REG_ONE_SW);
		os_assert(spec->ringid <= NETMAP_RING_MASK);
		port_spec_is_virtual(spec);
	} else {
		os_assert(memchr(err.text, 0, sizeof(err.text)) && err.text[0]);
		memset(spec, 0, sizeof(*spec));
	}
	free(text);
}

static int ask(struct client *p, uint16_t type, const char *name, void *body)
{
	return client_ctrl(p, type, name, body, NULL);
}

static void is_listed(struct client *p, const char *name)
{
	struct nm_info_port ports[16];
	struct nmreq_inspect list = { .what = NM_INSPECT_PORTS, .rec_size = sizeof(ports[0]),
		.count = 16, .data = (uintptr_t)ports };
	bool found = false;
	uint32_t i;

	os_assert(ask(p, NETMAP_REQ_INSPECT, "", &list) == 0);
	for (i = 0; i < list.count; i++)
		found |= strcmp(ports[i].name, name) == 0;
	os_assert(found || list.count == 16);
}

static void bind_and_look(const char *name, const struct port_spec *spec)
{
	struct nmreq_register reg = { .nr_mode = spec->mode ? spec->mode : NR_REG_ALL_NIC,
		.nr_ringid = spec->ringid, .nr_flags = spec->flags, .nr_mem_id = spec->mem_id,
		.nr_tx_slots = 4, .nr_rx_slots = 4 };
	struct client *p = client_new();

	if (ask(p, NETMAP_REQ_REGISTER, name, &reg) == 0) {
		os_assert(memchr(p->hdr.nr_name, 0, sizeof(p->hdr.nr_name)));
		is_listed(p, name);
	} else {
		os_assert(client_reason(p)[0]);
	}
	client_end(p);
}

static void ask_all(struct client *p, const char *name)
{
	struct nmreq_port_info_get info = { .nr_mem_id = 0 };
	struct nmreq_vale_list list = { .nr_port_idx = 0 };
	struct nmreq_vale_newif newif = { .nr_tx_slots = 4, .nr_rx_slots = 4 };
	struct nmreq_vale_attach attach = { .reg.nr_mode = NR_REG_ALL_NIC };
	struct nmreq_vale_detach detach = { .port_index = 0 };

	ask(p, NETMAP_REQ_PORT_INFO_GET, name, &info);
	ask(p, NETMAP_REQ_VALE_NEWIF, name, &newif);
	ask(p, NETMAP_REQ_VALE_ATTACH, name, &attach);
	ask(p, NETMAP_REQ_VALE_LIST, name, &list);
	ask(p, NETMAP_REQ_VALE_DETACH, name, &detach);
	ask(p, NETMAP_REQ_VALE_DELIF, name, NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = { data, size };
	struct client *p;
	int names;

	fuzz_begin(NULL);
	p = client_new();
	for (names = 0; in.left && names < 8; names++) {
		char name[2 * NETMAP_REQ_IFNAMSIZ] = "";
		struct port_spec spec;

		input_name(&in, name, sizeof(name) - 1);
		parse(name, sizeof(name), &spec);
		bind_and_look(spec.name[0] ? spec.name : name, &spec);
		ask_all(p, name);
	}
	client_end(p);
	fuzz_end();
	return 0;
}
