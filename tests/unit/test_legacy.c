/* SPDX-License-Identifier: BSD-2-Clause */
/* struct nmreq, as programs of every version send it. */
#include "subject.h"

static struct nmreq req_for(const char *name)
{
	struct nmreq r = { .nr_version = NETMAP_API };

	memcpy(r.nr_name, name, strnlen(name, sizeof(r.nr_name)));
	return r;
}

static void versions(void)
{
	struct client *p;
	struct nmreq r;
	uint32_t v;

	for (v = 0; v < 20; v++) {
		r = req_for("valeL:p");
		r.nr_version = v;
		p = client_new();
		if (v < 11) {
			is_err(client_legacy(p, NIOCREGIF, &r), -EINVAL, "version %u is refused",
			       v);
			is_num(r.nr_version, NETMAP_API, "version %u: the engine's is written back",
			       v);
		} else {
			is_err(client_legacy(p, NIOCREGIF, &r), 0, "version %u is served", v);
			is_num(r.nr_tx_slots, 1024, "version %u: the answer has the slots", v);
			client_map(p, r.nr_offset);
			ok(p->nifp && client_tx(p, 0) && client_rx(p, 0),
			   "version %u: rings are at nr_offset", v);
			ok(r.nr_memsize >= r.nr_offset && r.nr_memsize > 0,
			   "version %u: nr_memsize", v);
			ok(r.nr_arg2 != 0, "version %u: the region is in nr_arg2", v);
		}
		client_end(p);
	}
}

static void ring_choice(void)
{
	static const struct {
		const char *what;
		uint32_t flags;
		uint16_t ringid;
		int err;
		uint32_t mask;
	} table[] = {
		{ "no flags, ringid 0: all rings", 0, 0, 0, 0x303 },
		{ "no flags, HW ring 1", 0, NETMAP_HW_RING | 1, 0, 0x202 },
		{ "no flags, HW ring 2 is one too far", 0, NETMAP_HW_RING | 2, -EINVAL, 0 },
		{ "no flags, no tx poll", 0, NETMAP_NO_TX_POLL, 0, 0x303 },
		{ "no flags, do rx poll", 0, NETMAP_DO_RX_POLL, 0, 0x303 },
		{ "ALL_NIC", NR_REG_ALL_NIC, 0, 0, 0x303 },
		{ "ONE_NIC 1", NR_REG_ONE_NIC, 1, 0, 0x202 },
		{ "ONE_NIC 9", NR_REG_ONE_NIC, 9, -EINVAL, 0 },
		{ "mode 14", 14, 0, -EINVAL, 0 },
		{ "rx rings only", NR_REG_ALL_NIC | NR_RX_RINGS_ONLY, 0, 0, 0x300 },
		{ "tx rings only", NR_REG_ALL_NIC | NR_TX_RINGS_ONLY, 0, 0, 0x003 },
	};
	struct client *p;
	struct nmreq r;
	uint32_t mask, k;
	size_t i;

	for (i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		r = req_for("valeL:p");
		r.nr_flags = table[i].flags;
		r.nr_ringid = table[i].ringid;
		r.nr_tx_rings = r.nr_rx_rings = 2;
		p = client_new();
		is_err(client_legacy(p, NIOCREGIF, &r), table[i].err, "%s", table[i].what);
		if (!table[i].err) {
			client_map(p, r.nr_offset);
			for (mask = k = 0; k < 2; k++) {
				mask |= client_tx(p, k) ? 1u << k : 0;
				mask |= client_rx(p, k) ? 0x100u << k : 0;
			}
			is_num(mask, table[i].mask, "%s: the rings bound", table[i].what);
		}
		client_end(p);
	}
}

static void pipes(void)
{
	struct client *a = client_new(), *b = client_new(), *c = client_new();
	struct nmreq r = req_for("valeL:p");
	uint8_t frame[60];

	r.nr_flags = NR_REG_PIPE_MASTER;
	r.nr_ringid = 7;
	is_err(client_legacy(a, NIOCREGIF, &r), 0, "pipe 7 by mode, the first end");
	client_map(a, r.nr_offset);
	r = req_for("valeL:p");
	r.nr_flags = NR_REG_PIPE_SLAVE;
	r.nr_ringid = 7;
	is_err(client_legacy(b, NIOCREGIF, &r), 0, "the second end");
	client_map(b, r.nr_offset);
	frame_make(frame, 60, 1, 2, 3);
	ok(client_send(a, frame, 60) && client_drain(b) == 1, "a frame goes through");
	is_err(client_register(c, "valeL:p}7"), 0, "it is the pipe of that name");
	client_end(c);
	client_end(a);
	client_end(b);

	a = client_new();
	r = req_for("valeL:p{9");
	r.nr_flags = NR_REG_ALL_NIC;
	is_err(client_legacy(a, NIOCREGIF, &r), 0, "a pipe by name");
	client_end(a);
}

static void names(void)
{
	struct client *p = client_new();
	struct nmreq r = req_for("valeL:567890123456");

	is_err(client_legacy(p, NIOCREGIF, &r), -ENAMETOOLONG,
	       "sixteen bytes without an end are refused, not cut");
	ok(strlen(client_reason(p)) > 10, "with a reason");
	r = req_for("valeL:567890123");
	is_err(client_legacy(p, NIOCREGIF, &r), 0, "fifteen are a name");
	client_end(p);
}

static void info(void)
{
	struct client *a = client_bound("valeL:a"), *p = client_new();
	struct nmreq r = req_for("valeL:a");

	is_err(client_legacy(p, NIOCGINFO, &r), 0, "NIOCGINFO of a port");
	is_num(r.nr_tx_slots, 1024, "its slots");
	is_num(r.nr_rx_rings, 1, "its rings");
	is_num(r.nr_arg2, a->reg.nr_mem_id, "its region");
	r = req_for("nosuch");
	is_err(client_legacy(p, NIOCGINFO, &r), -ENXIO, "NIOCGINFO of nothing");
	r = req_for("");
	is_err(client_legacy(p, NIOCGINFO, &r), 0, "NIOCGINFO without a name: the global region");
	ok(r.nr_memsize > 1 << 20, "its size");
	client_end(a);
	client_end(p);
}

static void extras(void)
{
	struct client *p = client_new();
	struct nmreq r = req_for("lone{1");

	r.nr_flags = NR_REG_ALL_NIC;
	r.nr_arg3 = 5;
	r.nr_arg1 = 4;	/* "reserve four pipes": without effect now */
	is_err(client_legacy(p, NIOCREGIF, &r), 0, "extra buffers by nr_arg3");
	is_num(r.nr_arg3, 5, "are granted");
	client_map(p, r.nr_offset);
	ok(p->nifp && p->nifp->ni_bufs_head != 0, "and linked");
	client_end(p);
}

static int command(struct client *p, const char *name, uint16_t cmd, uint16_t arg1, struct nmreq *r)
{
	*r = req_for(name);
	r->nr_cmd = cmd;
	r->nr_arg1 = arg1;
	return client_legacy(p, NIOCREGIF, r);
}

static void commands(void)
{
	struct client *p = client_new();
	struct nmreq r;

	is_err(command(p, "per0", NETMAP_BDG_NEWIF, 0, &r), 0, "NEWIF");
	is_err(command(p, "valeL:per0", NETMAP_BDG_ATTACH, 0, &r), 0, "ATTACH");
	is_err(command(p, "valeL:per0", NETMAP_BDG_LIST, 0, &r), 0, "LIST by name");
	r = req_for("");
	r.nr_cmd = NETMAP_BDG_LIST;
	is_err(client_legacy(p, NIOCGINFO, &r), 0, "LIST from the start");
	is_str(r.nr_name, "valeL:per0", "LIST gives the name");
	is_err(command(p, "valeL:per0", NETMAP_BDG_VNET_HDR, 12, &r), 0, "VNET_HDR");
	is_err(command(p, "valeL:per0", NETMAP_VNET_HDR_GET, 0, &r), 0, "VNET_HDR_GET");
	is_num(r.nr_arg1, 12, "VNET_HDR_GET returns the length");
	r = req_for("valeL:per0");
	r.nr_cmd = NETMAP_BDG_POLLING_ON;
	r.nr_flags = NR_REG_ALL_NIC;
	r.nr_arg1 = 1;
	is_err(client_legacy(p, NIOCREGIF, &r), 0, "POLLING_ON");
	is_err(command(p, "valeL:per0", NETMAP_BDG_POLLING_OFF, 0, &r), 0, "POLLING_OFF");
	is_err(command(p, "valeL:per0", NETMAP_BDG_DETACH, 0, &r), 0, "DETACH");
	is_err(command(p, "per0", NETMAP_BDG_DELIF, 0, &r), 0, "DELIF");
	is_err(command(p, "per0", NETMAP_BDG_REGOPS, 0, &r), -EOPNOTSUPP, "REGOPS is refused");
	is_err(command(p, "per0", NETMAP_PT_HOST_CREATE, 0, &r), -EOPNOTSUPP,
	       "PT_HOST_CREATE is refused");
	is_err(command(p, "per0", 13, 0, &r), -EOPNOTSUPP, "command 13 is refused");
	is_err(command(p, "per0", 0xffff, 0, &r), -EOPNOTSUPP, "command 65535 is refused");
	client_end(p);
}

SUBJECTS({ "versions", versions }, { "ring choice", ring_choice }, { "pipes", pipes },
	 { "names", names }, { "info", info }, { "extras", extras }, { "commands", commands })
