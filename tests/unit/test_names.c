/* SPDX-License-Identifier: BSD-2-Clause */
/* Names, and the header that carries them. */
#include "subject.h"

static void names(void)
{
	static const struct { const char *name; int want; } table[] = {
		{ "valeA:p", 0 }, { "vale0:0", 0 }, { "valeLongSwitch_9:port-with.signs", 0 },
		{ "valeA:", -EINVAL }, { "vale A:p", -EINVAL }, { "valeA-B:p", -EINVAL },
		{ "", -EINVAL }, { "nosuchport", -ENXIO }, { "a/b", -EINVAL }, { "a\tb", -EINVAL },
		{ "lone{1", 0 }, { "lone}1", 0 }, { "lone{", -EINVAL }, { "{1", -EINVAL },
		{ "valeA:p{x", 0 }, { "valeA:p}x", 0 }, { "valeA:p{x{y", 0 },
		{ "valeA:{x", -EINVAL },
	};
	struct leak_check leak;
	struct client *p;
	size_t i;
	int err;

	for (i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		leak_check_begin(&leak);
		p = client_new();
		err = client_register(p, table[i].name);
		is_err(err, table[i].want, "name \"%s\"", table[i].name);
		if (err == table[i].want && err)
			ok(strlen(client_reason(p)) > 10, "name \"%s\": a reason is given",
			   table[i].name);
		if (err && !table[i].want)
			diag("%s", client_reason(p));
		client_end(p);
		leak_check_end(&leak, table[i].name);
	}
}

static void long_names(void)
{
	char name[80] = "valeS:";
	struct client *p = client_new(), *q = client_new(), *r;

	memset(name + 6, 'x', 58);
	is_err(client_register(p, name), -ENAMETOOLONG,
	       "64 bytes without an end are refused, not cut");
	name[63] = '\0';
	is_err(client_register(p, name), 0, "63 bytes and an end are a name");
	name[62] = 'y';
	is_err(client_register(q, name), 0, "another name of 63 bytes");
	r = client_bound("valeS:third");
	if (ok(r && p->nifp && q->nifp, "three ports are bound")) {
		uint8_t frame[60];

		frame_make(frame, 60, STATION_ALL, 1, 1);
		ok(client_send(r, frame, 60), "one sends to all");
		is_num(client_drain(p), 1, "the first is a separate port");
		is_num(client_drain(q), 1, "so is the one that differs in the last letter only");
		ok(memchr(p->nifp->ni_name, 0, 16) != NULL, "ni_name has an end within 16 bytes");
	}
	client_end(p);
	client_end(q);
	client_end(r);
}

/* A valid request, but for what the caller changed in h. */
static int header_try(struct client *p, struct nmreq_header *h)
{
	memset(&p->reg, 0, sizeof(p->reg));
	p->reg.nr_mode = NR_REG_ALL_NIC;
	h->nr_body = (uintptr_t)&p->reg;
	strcpy(h->nr_name, "valeH:p");
	return nm_client_ctrl(p->c, &p->who, h);
}

static void headers(void)
{
	struct nmreq_header h;
	struct client *p = client_new();
	uint32_t v;

	for (v = 0; v < 20; v++) {
		if (v == 14 || v == 15)
			continue;
		h = (struct nmreq_header){ .nr_version = (uint16_t)v,
			.nr_reqtype = NETMAP_REQ_REGISTER };
		is_err(header_try(p, &h), -EINVAL, "header version %u", v);
		is_num(h.nr_version, NETMAP_API, "header version %u: the engine's is written back",
		       v);
	}
	h = (struct nmreq_header){ .nr_version = 14, .nr_reqtype = NETMAP_REQ_REGISTER,
		.nr_reserved = 1 };
	is_err(header_try(p, &h), -EINVAL, "nr_reserved not 0");
	h = (struct nmreq_header){ .nr_version = 14, .nr_reqtype = 0 };
	is_err(header_try(p, &h), -EINVAL, "request type 0");
	h = (struct nmreq_header){ .nr_version = 14, .nr_reqtype = 99 };
	is_err(header_try(p, &h), -EINVAL, "request type 99");
	h = (struct nmreq_header){ .nr_version = 14, .nr_reqtype = NETMAP_REQ_REGISTER };
	strcpy(h.nr_name, "valeH:p");
	is_err(nm_client_ctrl(p->c, &p->who, &h), -EFAULT, "a register without a body is refused");
	h.nr_body = 16;
	is_err(nm_client_ctrl(p->c, &p->who, &h), -EFAULT, "a body out of reach");
	h = (struct nmreq_header){ .nr_version = 15, .nr_reqtype = NETMAP_REQ_REGISTER };
	is_err(header_try(p, &h), 0, "header version 15");
	client_end(p);
	p = client_new();
	is_err(nm_client_unknown(p->c, &p->who, 0x1234), -ENOTTY, "an unknown call");
	is_err(nm_client_unknown(p->c, &p->who, NIOCCONFIG), -EOPNOTSUPP, "NIOCCONFIG");
	ok(strlen(client_reason(p)) > 10, "NIOCCONFIG: a reason is given");
	client_end(p);
}

static void bound_once(void)
{
	struct client *p = client_bound("valeH:p");
	struct client *idle = client_new();

	is_err(client_register(p, "valeH:q"), -EBUSY, "a bound descriptor cannot be bound again");
	is_err(client_txsync(p), 0, "it still works after that");
	is_err(client_txsync(idle), -ENXIO, "tx sync of an unbound descriptor");
	is_err(client_rxsync(idle), -ENXIO, "rx sync of an unbound descriptor");
	ok(client_poll(idle, POLLIN | POLLOUT) & POLLERR, "poll of an unbound descriptor");
	ok(nm_client_region(idle->c) == NULL, "no memory behind an unbound descriptor");
	client_end(idle);
	client_end(p);
}

static void namespaces(void)
{
	static struct os_ns other;
	struct client *a = client_bound("valeN:a"), *b = client_bound("valeN:b");
	struct client c, d;
	uint8_t frame[60];

	frame_make(frame, 60, STATION_ALL, 1, 1);
	is_err(client_open(&c, &other), 0, "a client in another namespace");
	is_err(client_open(&d, &other), 0, "a second client there");
	is_err(client_register(&c, "valeN:a"), 0, "the same name in another namespace");
	is_err(client_register(&d, "valeN:c"), 0, "another port there");
	ok(client_send(a, frame, 60), "send in the first namespace");
	is_num(client_drain(b), 1, "its own port receives");
	is_num(client_drain(&c), 0, "the port of the same name in the other one does not");
	ok(client_send(&d, frame, 60), "send in the second namespace");
	is_num(client_drain(&c), 1, "its own port receives");
	is_num(client_drain(a), 0, "the first namespace does not");
	client_close(&c);
	client_close(&d);
	is_num(other.refs, 0, "the namespace is put");
	client_end(a);
	client_end(b);
}

SUBJECTS({ "names", names }, { "long names", long_names }, { "headers", headers },
	 { "bound once", bound_once }, { "namespaces", namespaces })
