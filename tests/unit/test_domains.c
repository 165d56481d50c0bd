/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Domains of trust: what one user's clients share with those of another. Alice and Bob are users;
 * os_test_admin() says whether the caller of the next requests is an administrator.
 */
#include <unistd.h>

#include "subject.h"

#define ALICE	1000u
#define BOB	1001u

static struct os_domain alice = { .uid = ALICE, .is_limited = true };
static struct os_domain bob = { .uid = BOB, .is_limited = true };
static struct os_domain all = { .is_shared = true };

static uint8_t frame[60];

/* Bind a client of a domain; NULL if that fails. */
static struct client *bind_in(struct os_domain *d, const char *name, uint32_t mode, uint64_t flags,
			      uint16_t mem_id)
{
	struct client *p = client_new_in(d);

	p->reg = (struct nmreq_register){ .nr_mode = mode, .nr_flags = flags, .nr_mem_id = mem_id };
	if (!client_register_as_is(p, name, NULL))
		return p;
	diag("%s: %s", name, client_reason(p));
	client_end(p);
	return NULL;
}

static struct client *bound_in(struct os_domain *d, const char *name)
{
	return bind_in(d, name, NR_REG_ALL_NIC, 0, 0);
}

/* A bind that is refused as another user's; the reason must say whose the port is. */
static void is_refused(struct os_domain *d, const char *name, uint32_t mode, uint64_t flags,
		       uint16_t mem_id, const char *what)
{
	struct client *p = client_new_in(d);

	p->reg = (struct nmreq_register){ .nr_mode = mode, .nr_flags = flags, .nr_mem_id = mem_id };
	is_err(client_register_as_is(p, name, NULL), -EPERM, "%s: refused", what);
	if (!ok(strstr(client_reason(p), "belongs to user 100") != NULL,
		"%s: the reason names the user", what))
		diag("%s", client_reason(p));
	client_end(p);
}

static bool passes(struct client *from, struct client *to)
{
	frame_make(frame, sizeof(frame), STATION_ALL, 1, 7);
	return client_send(from, frame, sizeof(frame)) && client_drain(to) == 1;
}

static void regions(void)
{
	struct client *a = bound_in(&alice, "valeX:a"), *b, *c, *q = client_new_in(&bob);
	struct nmreq_pools_info pools = { .nr_mem_id = a->reg.nr_mem_id };

	is_refused(&bob, "valeX:b", NR_REG_ALL_NIC, 0, a->reg.nr_mem_id,
		   "a port in another user's private region");
	is_refused(&bob, "x", NR_REG_NULL, 0, a->reg.nr_mem_id,
		   "a null port in another user's private region");
	is_err(client_ctrl(q, NETMAP_REQ_POOLS_INFO_GET, "", &pools, NULL), -EPERM,
	       "nor are its pools described");
	c = bind_in(&alice, "valeX:c", NR_REG_ALL_NIC, 0, a->reg.nr_mem_id);
	ok(c && c->map == a->map, "the same user's other port may be there");
	b = bound_in(&bob, "valeX:b");
	ok(b && b->reg.nr_mem_id != a->reg.nr_mem_id,
	   "another user's port has a region of its own");
	ok(passes(a, b) && passes(b, a), "a switch joins users by copies");
	client_end(q);
	client_end(c);
	client_end(b);
	client_end(a);
}

static void global_regions(void)
{
	struct client *a = bound_in(&alice, "lone{1"), *b = bound_in(&bob, "only{1"), *c, *d;

	is_num(a->reg.nr_mem_id, 1, "the first domain's global region is number 1");
	ok(b->reg.nr_mem_id > 1, "that of the next has another number");
	ok(a->map != b->map, "and other memory");
	ok(!(b->nifp->ni_flags & NI_PRIV_MEM), "NI_PRIV_MEM is not set there");
	c = bind_in(&bob, "x", NR_REG_NULL, 0, 1);
	is_num(c ? c->reg.nr_mem_id : 0, b->reg.nr_mem_id, "number 1 means one's own");
	d = bind_in(&bob, "x", NR_REG_NULL, 0, b->reg.nr_mem_id);
	ok(d && c && d->map == c->map, "and so does its true number");
	is_err(nm_setting_set("region_mb", 64), -EBUSY, "its size is fixed while it exists");
	client_end(a);
	is_err(nm_setting_set("region_mb", 64), -EBUSY, "of whichever user");
	client_end(d);
	client_end(c);
	client_end(b);
	is_err(nm_setting_set("region_mb", 4032), 0, "and not after the last");
}

static void ports(void)
{
	struct client *a = bound_in(&alice, "valeX:a"), *again;

	is_refused(&bob, "valeX:a", NR_REG_ALL_NIC, 0, 0, "a VALE port that another user has open");
	is_refused(&bob, "valeX:a{1", NR_REG_ALL_NIC, 0, 0, "a pipe with such a parent");
	os_test_admin(true);
	is_refused(&os_domain_first, "valeX:a", NR_REG_ALL_NIC, 0, 0, "and to an administrator");
	os_test_admin(false);
	again = bound_in(&alice, "valeX:a");
	ok(again && again->map == a->map, "the same user may open it twice");
	client_end(again);
	client_end(a);
	a = bound_in(&bob, "valeX:a");
	ok(a != NULL, "once it is closed, its name is for anyone");
	client_end(a);
}

static void pipes(void)
{
	struct client *a = bound_in(&alice, "p{1"), *b;

	is_refused(&bob, "p{1", NR_REG_ALL_NIC, 0, 0, "another user's end of a pipe");
	is_refused(&bob, "p}1", NR_REG_ALL_NIC, 0, 0, "the other end");
	is_refused(&bob, "p{1}x", NR_REG_ALL_NIC, 0, 0, "a pipe of that pipe");
	b = bound_in(&alice, "p}1");
	ok(b && passes(a, b), "the same user's two ends are connected");
	client_end(a);
	is_refused(&bob, "p{1", NR_REG_ALL_NIC, 0, 0, "an end that is closed, of an open pipe");
	client_end(b);
	b = bound_in(&bob, "p{1");
	ok(b != NULL, "after the last end is closed, the name is for anyone");
	client_end(b);
}

static void monitors(void)
{
	struct client *a = bound_in(&alice, "valeX:a"), *b = bound_in(&alice, "valeX:b"), *m;

	is_refused(&bob, "valeX:a", NR_REG_ALL_NIC, NR_MONITOR_TX, 0,
		   "a copying monitor of another user's port");
	is_refused(&bob, "valeX:a", NR_REG_ALL_NIC, NR_MONITOR_TX | NR_ZCOPY_MON, 0,
		   "a zero-copy one");
	os_test_admin(true);
	is_refused(&os_domain_first, "valeX:a", NR_REG_ALL_NIC, NR_MONITOR_TX | NR_ZCOPY_MON, 0,
		   "a zero-copy one of an administrator");
	m = bind_in(&os_domain_first, "valeX:a", NR_REG_ALL_NIC, NR_MONITOR_TX, 0);
	os_test_admin(false);
	ok(m && m->map != a->map, "an administrator's copying one has its own memory");
	ok(passes(a, b) && m && client_drain(m) == 1, "and sees what passes");
	client_end(m);
	m = bind_in(&alice, "valeX:a", NR_REG_ALL_NIC, NR_MONITOR_TX | NR_ZCOPY_MON, 0);
	ok(m && m->map == a->map, "the user's own zero-copy one shares the port's memory");
	client_end(m);
	client_end(b);
	client_end(a);
}

static void cards(void)
{
	struct client *a = bound_in(&alice, "card0"), *b, *c;

	is_refused(&bob, "card0", NR_REG_ALL_NIC, 0, 0, "a card that another user has open");
	is_refused(&bob, "card0", NR_REG_SW, 0, 0, "its host rings");
	is_refused(&bob, "card0{1", NR_REG_ALL_NIC, 0, 0, "a pipe of it");
	b = bound_in(&alice, "card0");
	ok(b != NULL, "the same user may open it again");
	c = bound_in(&bob, "card1");
	ok(c && c->map != a->map, "another card is in the other user's memory");
	client_end(c);
	client_end(b);
	client_end(a);
	b = bound_in(&bob, "card0");
	ok(b != NULL, "the other user may open it after it is closed");
	client_end(b);
}

static int newif(struct client *p, const char *name)
{
	struct nmreq_vale_newif body = { .nr_mem_id = 0 };

	return client_ctrl(p, NETMAP_REQ_VALE_NEWIF, name, &body, NULL);
}

static int attach(struct client *p, const char *name)
{
	struct nmreq_vale_attach body = { .reg.nr_mode = NR_REG_ALL_NIC };

	return client_ctrl(p, NETMAP_REQ_VALE_ATTACH, name, &body, NULL);
}

static int detach(struct client *p, const char *name)
{
	struct nmreq_vale_detach body = { .port_index = 0 };

	return client_ctrl(p, NETMAP_REQ_VALE_DETACH, name, &body, NULL);
}

static int set_header(struct client *p, const char *name, uint32_t len)
{
	struct nmreq_port_hdr body = { .nr_hdr_len = len };

	return client_ctrl(p, NETMAP_REQ_PORT_HDR_SET, name, &body, NULL);
}

static int poll_threads(struct client *p, const char *name, bool on)
{
	struct nmreq_vale_polling body = { .nr_mode = NETMAP_POLLING_MODE_SINGLE_CPU,
					   .nr_num_polling_cpus = 1 };

	return client_ctrl(p, on ? NETMAP_REQ_VALE_POLLING_ENABLE : NETMAP_REQ_VALE_POLLING_DISABLE,
			   name, &body, NULL);
}

static int delif(struct client *p, const char *name)
{
	return client_ctrl(p, NETMAP_REQ_VALE_DELIF, name, NULL, NULL);
}

/* What the persistent port's owner may do, and an administrator, but no other user. */
static void alterations(void)
{
	struct client *a = client_new_in(&alice), *b = client_new_in(&bob), *r = client_new();

	is_err(newif(a, "per0"), 0, "a persistent port of a user");
	is_err(newif(b, "per0"), -EEXIST, "another user cannot make one of that name");
	is_err(attach(b, "valeX:per0"), -EPERM, "nor attach it");
	is_err(attach(a, "valeX:per0"), 0, "its owner can");
	is_err(detach(b, "valeX:per0"), -EPERM, "detach: another user");
	is_err(set_header(b, "per0", 12), -EPERM, "headers: another user");
	is_err(set_header(a, "per0", 12), 0, "headers: the owner");
	is_err(set_header(a, "per0", 0), 0, "and back");
	is_err(poll_threads(b, "per0", true), -EPERM, "polling: another user");
	is_err(poll_threads(a, "per0", true), 0, "polling: the owner");
	is_err(poll_threads(b, "per0", false), -EPERM, "end of polling: another user");
	is_refused(&bob, "per0", NR_REG_ALL_NIC, 0, 0, "to bind to it");
	ok(strstr(client_reason(b), "may alter it") != NULL, "the reason says who may: %s",
	   client_reason(b));
	os_test_admin(true);
	is_err(poll_threads(r, "per0", false), 0, "end of polling: an administrator");
	is_err(set_header(r, "per0", 10), 0, "headers: an administrator");
	is_err(detach(r, "valeX:per0"), 0, "detach: an administrator");
	is_refused(&os_domain_first, "per0", NR_REG_ALL_NIC, 0, 0,
		   "to bind to it: an administrator");
	os_test_admin(false);
	is_err(delif(b, "per0"), -EPERM, "delete: another user");
	os_test_admin(true);
	is_err(delif(r, "per0"), 0, "delete: an administrator");
	os_test_admin(false);
	client_end(a);
	client_end(b);
	client_end(r);
}

/* A port that an administrator makes is for the user that opens it first. */
static void ports_for_all(void)
{
	struct client *r = client_new(), *a, *b, *pipe;
	uint16_t id;

	os_test_admin(true);
	is_err(newif(r, "per0"), 0, "a persistent port of an administrator");
	is_err(attach(r, "valeX:per0"), 0, "on a switch");
	os_test_admin(false);
	a = bound_in(&alice, "valeX:per0");
	if (!ok(a != NULL, "a user opens it"))
		return client_end(r);
	id = a->reg.nr_mem_id;
	is_refused(&bob, "per0", NR_REG_ALL_NIC, 0, 0, "then another user");
	is_err(set_header(a, "", 12), 0, "its user sets its headers");
	client_end(a);
	a = bound_in(&alice, "valeX:per0");
	if (!ok(a != NULL, "which it has lost when it is opened again"))
		return client_end(r);
	is_err(detach(a, "valeX:per0"), -EPERM, "but does not detach it");
	b = bound_in(&bob, "valeX:b");
	ok(passes(a, b), "it sends to the switch");
	client_end(a);
	a = bound_in(&alice, "per0");
	is_num(a ? a->reg.nr_mem_id : 0, id, "the same user finds the same region again");
	client_end(a);
	client_end(b);
	b = bound_in(&bob, "per0");
	ok(b && b->nifp->ni_bufs_head == 0, "another user opens it later");
	pipe = bound_in(&bob, "per0{1");
	client_end(b);
	is_refused(&os_domain_first, "per0", NR_REG_ALL_NIC, 0, 0, "while a pipe has its memory");
	client_end(pipe);
	a = bind_in(&alice, "per0", NR_REG_ALL_NIC, 0, 1);
	ok(a && !(a->nifp->ni_flags & NI_PRIV_MEM),
	   "in the global region of its user, by number 1");
	client_end(a);
	os_test_admin(true);
	is_err(detach(r, "valeX:per0"), 0, "the administrator detaches it");
	is_err(delif(r, "per0"), 0, "and deletes it");
	os_test_admin(false);
	client_end(r);
}

static uint32_t list_in(struct os_domain *d, uint32_t what, void *rec, uint32_t size, uint32_t n)
{
	struct nmreq_inspect q = {
		.what = what, .rec_size = size, .count = n, .data = (uintptr_t)rec
	};
	struct client *p = client_new_in(d);
	int err = client_ctrl(p, NETMAP_REQ_INSPECT, "", &q, NULL);

	client_end(p);
	return err ? 0 : q.count;
}

static void listings(void)
{
	struct client *a = bound_in(&alice, "valeX:a"), *q = client_new_in(&bob);
	struct nmreq_port_info_get info = { 0 };
	struct nmreq_pools_info pools = { 0 };
	struct nm_info_failure failure[8];
	struct nm_info_region region[8];
	struct nmreq_reason last = { .pid = (uint32_t)getpid() };
	struct nm_info_port port[8];

	is_num(list_in(&bob, NM_INSPECT_PORTS, port, sizeof(port[0]), 8), 1,
	       "ports of all users are listed");
	is_num(port[0].region_id, 0, "without their regions");
	is_num(list_in(&bob, NM_INSPECT_REGIONS, region, sizeof(region[0]), 8), 0,
	       "regions of others are not");
	is_num(list_in(&alice, NM_INSPECT_REGIONS, region, sizeof(region[0]), 8), 1,
	       "the user's own are");
	is_num(list_in(&alice, NM_INSPECT_PORTS, port, sizeof(port[0]), 8), 1, "as are ports");
	is_num(port[0].region_id, a->reg.nr_mem_id, "with their regions");
	is_err(client_ctrl(q, NETMAP_REQ_PORT_INFO_GET, "valeX:a", &info, NULL), 0,
	       "another user's port");
	is_num(info.nr_mem_id, 0, "is described without its region");
	is_err(client_ctrl(q, NETMAP_REQ_POOLS_INFO_GET, "valeX:a", &pools, NULL), -EPERM,
	       "and its region is not");
	is_err(client_ctrl(a, NETMAP_REQ_VALE_DELIF, "secret", NULL, NULL), -ENXIO, "a failure");
	is_num(list_in(&alice, NM_INSPECT_FAILURES, failure, sizeof(failure[0]), 8), 1,
	       "is listed for its user");
	is_num(list_in(&bob, NM_INSPECT_FAILURES, failure, sizeof(failure[0]), 8), 1,
	       "another user sees its own");
	ok(strcmp(failure[0].name, "secret") != 0, "and not that one");
	client_end(q);
	q = client_new_in(&bob);
	is_err(client_ctrl(q, NETMAP_REQ_REASON_GET, "", &last, NULL), 0, "by process: its own");
	ok(!strstr(last.text, "secret"), "and not that one: %s", last.text);
	os_test_admin(true);
	is_num(list_in(&os_domain_first, NM_INSPECT_FAILURES, failure, sizeof(failure[0]), 8), 2,
	       "an administrator sees both");
	is_num(list_in(&os_domain_first, NM_INSPECT_REGIONS, region, sizeof(region[0]), 8), 1,
	       "and regions of all");
	os_test_admin(false);
	client_end(q);
	client_end(a);
}

/* What an uplink of one user does to others. */
static void uplinks(void)
{
	struct client *a = client_new_in(&alice), *b = client_new_in(&bob);

	is_err(attach(a, "valeX:card0"), 0, "a user attaches a card to a switch");
	is_refused(&bob, "card0", NR_REG_ALL_NIC, 0, 0, "another user cannot open it");
	is_err(detach(b, "valeX:card0"), -EPERM, "nor detach it");
	is_err(detach(a, "valeX:card0"), 0, "its user can");
	client_end(a);
	client_end(b);
}

/* Try to send the frame by NS_INDIRECT. */
static int send_indirect(struct client *p)
{
	struct netmap_ring *r = client_tx(p, 0);

	frame_make(frame, sizeof(frame), STATION_ALL, 1, 7);
	r->slot[r->cur].ptr = (uintptr_t)frame;
	r->slot[r->cur].len = sizeof(frame);
	r->slot[r->cur].flags = NS_INDIRECT;
	r->head = r->cur = (r->cur + 1) % r->num_slots;
	return client_txsync(p);
}

/* The machine's administrator joins a user's memory if the request says which. */
static void joined(void)
{
	struct client *a = bound_in(&alice, "valeX:a"), *r, *b = bound_in(&bob, "valeX:b");

	is_err(send_indirect(a), 0, "NS_INDIRECT in a user's own region");
	is_num(client_drain(b), 1, "is sent");
	os_test_admin(true);
	r = bind_in(&os_domain_first, "valeX:a", NR_REG_ALL_NIC, 0, a->reg.nr_mem_id);
	ok(r && r->map == a->map, "an administrator joins a port by its region's number");
	client_end(r);
	r = bind_in(&os_domain_first, "valeX:r", NR_REG_ALL_NIC, 0, a->reg.nr_mem_id);
	ok(r && r->map == a->map, "and makes another port there");
	os_test_admin(false);
	is_err(send_indirect(a), -EIO, "from then on NS_INDIRECT is illegal there");
	ok(strstr(client_reason(a), "NS_INDIRECT") != NULL, "and the reason says so");
	client_end(r);
	client_end(b);
	client_end(a);
}

/* NS_INDIRECT is for memory that one user alone can write. */
static void shared(void)
{
	struct client *a = bound_in(&all, "valeX:a"), *b = bound_in(&all, "valeX:b"), *c;

	c = bind_in(&all, "x", NR_REG_NULL, 0, a->reg.nr_mem_id);
	ok(c && c->map == a->map, "in the shared domain a region is joined by its number");
	is_err(send_indirect(a), -EIO, "NS_INDIRECT is illegal there");
	is_num(client_drain(b), 0, "and nothing is sent");
	client_end(c);
	client_end(b);
	client_end(a);
}

SUBJECTS({ "regions", regions }, { "global regions", global_regions }, { "ports", ports },
	 { "pipes", pipes }, { "monitors", monitors }, { "cards", cards },
	 { "alterations", alterations }, { "ports for all", ports_for_all },
	 { "listings", listings }, { "uplinks", uplinks }, { "joined", joined },
	 { "shared", shared })
