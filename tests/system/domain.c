/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Domains of trust: what one user of /dev/netmap has of another's memory and ports. Alice and Bob
 * may open the device and have no privileges; root has them. The domain is that of the open, so one
 * process opens as each of them. Descriptors that are passed on, and namespaces, have children.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "child.h"
#include "frame.h"
#include "link.h"
#include "port.h"

#define ROOT		0u
#define ALICE		4001u
#define BOB		4002u
#define SECRET		"what only Alice's programs have in memory"
#define LEN		200u
#define SCANNED		(UINT64_C(16) << 20)	/* bytes of buffers */
#define PAGE		4096u
#define PARAMETER	"/sys/module/netmap/parameters/domain"

static char frame[LEN], got[4096];

/* ---- users ---------------------------------------------------------------------------- */

/* Be that user in what comes next; ROOT: as at the start. */
static void be(unsigned int uid)
{
	if (seteuid(0) || (uid && seteuid(uid)))
		give_up("become user %u", uid);
}

/* The group of the device lets users open it. */
static void join_group(void)
{
	struct stat st;

	if (stat(opt.device, &st) || setgid(st.st_gid))
		give_up("join the group of %s", opt.device);
}

#define open_as(uid, p, ...)	open_user(uid, p, &(struct port_spec){ .name = __VA_ARGS__ })

static int open_user(unsigned int uid, struct port *p, const struct port_spec *s)
{
	int err;

	be(uid);
	err = port_try(p, s);
	be(ROOT);
	return err;
}

static void must_open(unsigned int uid, struct port *p, const char *name)
{
	if (open_as(uid, p, name))
		give_up("open %s as user %u", name, uid);
}

static int ctrl_as(unsigned int uid, uint16_t type, const char *name, void *body)
{
	int err;

	be(uid);
	err = ctrl_once(type, name, body);
	be(ROOT);
	return err;
}

/* Bind as a user, which must fail with a reason that names the other user. */
static void is_refused(unsigned int uid, const struct port_spec *s, unsigned int owner,
		       const char *what)
{
	char word[32];
	struct nmreq_register reg = { .nr_mode = s->mode ? s->mode : NR_REG_ALL_NIC,
				      .nr_flags = s->flags,
				      .nr_mem_id = s->mem_id };
	int fd;

	snprintf(word, sizeof(word), "belongs to user %u", owner);
	be(uid);
	fd = dev_open();
	is_err(ctrl(fd, NETMAP_REQ_REGISTER, s->name, &reg), -EPERM, "%s: refused", what);
	if (!ok(has_reason(fd, word), "%s: the reason names the user", what))
		diag("%s", reason(fd));
	close(fd);
	be(ROOT);
}

#define refused(uid, owner, what, ...)							\
	is_refused(uid, &(struct port_spec){ .name = __VA_ARGS__ }, owner, what)

static bool passes(struct port *from, struct port *to)
{
	frame_make(frame, LEN, FRAME_BROADCAST, 1, 1, 7);
	return !port_send(from, frame, LEN) && port_recv(to, got, sizeof(got)) == LEN &&
	       frame_is(got, LEN, FRAME_BROADCAST, 1, 1, 7);
}

/* ---- memory --------------------------------------------------------------------------- */

/* Fill all buffers of a port's tx ring, which nothing sends. */
static void write_secret(const struct port *p)
{
	struct netmap_ring *r = port_tx(p, 0);
	uint32_t i, at;

	for (i = 0; i < r->num_slots; i++)
		for (at = 0; at + sizeof(SECRET) <= r->nr_buf_size; at += sizeof(SECRET))
			memcpy(ring_buf(r, r->slot[i].buf_idx) + at, SECRET, sizeof(SECRET));
}

/*
 * Whether the secret is in the first buffers of a port's region. The kernel copies each page,
 * because to read one without memory would end the program.
 */
static bool sees_secret(const struct port *p)
{
	struct nmreq_pools_info pools = { .nr_mem_id = 0 };
	int fd = memfd_create("copy", MFD_CLOEXEC);
	static char page[PAGE];
	bool found = false;
	uint64_t at, end;

	if (fd < 0 || ctrl(p->fd, NETMAP_REQ_POOLS_INFO_GET, "", &pools))
		give_up("look for buffers");
	end = pools.nr_buf_pool_offset + SCANNED;
	if (end > p->reg.nr_memsize)
		end = p->reg.nr_memsize;
	for (at = pools.nr_buf_pool_offset / PAGE * PAGE; at + PAGE <= end && !found; at += PAGE)
		found = pwrite(fd, p->mem + at, PAGE, 0) == PAGE &&
			pread(fd, page, PAGE, 0) == PAGE &&
			memmem(page, PAGE, SECRET, sizeof(SECRET)) != NULL;
	close(fd);
	return found;
}

static void test_memory(void)
{
	unsigned int id, opened = 0, seen = 0;
	struct port a, b, b2;
	bool own = false;

	must_open(ALICE, &a, "vale110:a");
	must_open(BOB, &b, "vale110:b");
	write_secret(&a);
	ok(sees_secret(&a), "a user's own port shows what the user wrote");
	ok(!sees_secret(&b), "another user's port does not");
	refused(BOB, ALICE, "a port in another user's region", "vale110:c",
		.mem_id = a.reg.nr_mem_id);
	refused(BOB, ALICE, "a null port in another user's region", "x", .mode = NR_REG_NULL,
		.mem_id = a.reg.nr_mem_id);
	for (id = 1; id < 64; id++) {
		if (open_as(BOB, &b2, "x", .mode = NR_REG_NULL, .mem_id = (uint16_t)id))
			continue;
		opened++;
		seen += sees_secret(&b2);
		own |= b2.reg.nr_mem_id == b.reg.nr_mem_id;
		port_close(&b2);
	}
	ok(own && opened >= 2, "a user's own regions are found by their numbers (%u)", opened);
	is_num(seen, 0, "no number leads to another user's memory");
	ok(passes(&a, &b) && passes(&b, &a), "a switch copies between users");
	port_close(&b);
	port_close(&a);
}

static void test_global(void)
{
	struct port a, b, c;

	must_open(ALICE, &a, "dom1{1");
	must_open(BOB, &b, "dom2{1");
	write_secret(&a);
	ok(a.reg.nr_mem_id != b.reg.nr_mem_id, "each user has a global region");
	ok(!(a.nif->ni_flags & NI_PRIV_MEM) && !(b.nif->ni_flags & NI_PRIV_MEM),
	   "which is not marked as private");
	ok(!sees_secret(&b), "with memory of its own");
	is_err(open_as(BOB, &c, "x", .mode = NR_REG_NULL, .mem_id = 1), 0, "number 1");
	is_num(c.reg.nr_mem_id, b.reg.nr_mem_id, "number 1 is the user's own");
	port_close(&c);
	port_close(&b);
	port_close(&a);
}

/* ---- ports ---------------------------------------------------------------------------- */

static void test_ports(void)
{
	struct port a, b;

	must_open(ALICE, &a, "vale111:a");
	refused(BOB, ALICE, "another user's open port", "vale111:a");
	refused(ROOT, ALICE, "another user's open port, by root", "vale111:a");
	refused(BOB, ALICE, "a pipe of it", "vale111:a{1");
	is_err(open_as(ALICE, &b, "vale111:a"), 0, "the same user opens it again");
	port_close(&b);
	port_close(&a);
	is_err(open_as(BOB, &b, "vale111:a"), 0, "after it is closed, another user does");
	port_close(&b);
	must_open(ALICE, &a, "dom3{1");
	refused(BOB, ALICE, "another user's end of a pipe", "dom3{1");
	refused(BOB, ALICE, "the other end", "dom3}1");
	is_err(open_as(ALICE, &b, "dom3}1"), 0, "the same user opens the other end");
	ok(passes(&a, &b), "and the two are connected");
	port_close(&b);
	port_close(&a);
}

static void test_monitors(void)
{
	struct port a, b, m;

	must_open(ALICE, &a, "vale112:a");
	must_open(ALICE, &b, "vale112:b");
	refused(BOB, ALICE, "a monitor of another user's port", "vale112:a",
		.flags = NR_MONITOR_TX);
	refused(BOB, ALICE, "a zero-copy monitor of it", "vale112:a",
		.flags = NR_MONITOR_TX | NR_ZCOPY_MON);
	refused(ROOT, ALICE, "a zero-copy monitor by root", "vale112:a",
		.flags = NR_MONITOR_TX | NR_ZCOPY_MON);
	is_err(open_as(ROOT, &m, "vale112:a", .flags = NR_MONITOR_TX), 0,
	       "root monitors it by copies");
	ok(passes(&a, &b) && port_recv(&m, got, sizeof(got)) == LEN, "and sees what passes");
	ok(m.reg.nr_mem_id != a.reg.nr_mem_id, "from memory of its own");
	port_close(&m);
	port_close(&b);
	port_close(&a);
}

static void test_card(void)
{
	struct port a, b;

	link_pair("nmdom0", "nmdom1");
	if (!is_err(open_as(ALICE, &a, "nmdom0"), 0, "a user opens a card"))
		return;
	refused(BOB, ALICE, "a card that another user has open", "nmdom0");
	refused(BOB, ALICE, "its host rings", "nmdom0", .mode = NR_REG_SW);
	is_err(open_as(BOB, &b, "nmdom1"), 0, "another user opens the other card");
	ok(a.reg.nr_mem_id != b.reg.nr_mem_id, "in memory of its own");
	port_close(&b);
	port_close(&a);
	is_err(open_as(BOB, &b, "nmdom0"), 0, "after it is closed, another user opens the card");
	port_close(&b);
	link_delete("nmdom0");
}

/* ---- persistent ports ----------------------------------------------------------------- */

static int newif(unsigned int uid, const char *name)
{
	struct nmreq_vale_newif body = { .nr_mem_id = 0 };

	return ctrl_as(uid, NETMAP_REQ_VALE_NEWIF, name, &body);
}

static int attach(unsigned int uid, const char *name)
{
	struct nmreq_vale_attach body = { .reg.nr_mode = NR_REG_ALL_NIC };

	return ctrl_as(uid, NETMAP_REQ_VALE_ATTACH, name, &body);
}

static int detach(unsigned int uid, const char *name)
{
	struct nmreq_vale_detach body = { .port_index = 0 };

	return ctrl_as(uid, NETMAP_REQ_VALE_DETACH, name, &body);
}

static int set_header(unsigned int uid, const char *name)
{
	struct nmreq_port_hdr body = { .nr_hdr_len = 12 };

	return ctrl_as(uid, NETMAP_REQ_PORT_HDR_SET, name, &body);
}

static int poll_threads(unsigned int uid, const char *name, bool on)
{
	struct nmreq_vale_polling body = { .nr_mode = NETMAP_POLLING_MODE_SINGLE_CPU,
					   .nr_num_polling_cpus = 1 };

	return ctrl_as(uid, on ? NETMAP_REQ_VALE_POLLING_ENABLE : NETMAP_REQ_VALE_POLLING_DISABLE,
		       name, &body);
}

static int delif(unsigned int uid, const char *name)
{
	return ctrl_as(uid, NETMAP_REQ_VALE_DELIF, name, NULL);
}

static void test_users_port(void)
{
	is_err(newif(ALICE, "dompa"), 0, "a user's persistent port");
	is_err(attach(BOB, "vale113:dompa"), -EPERM, "another user cannot attach it");
	is_err(attach(ALICE, "vale113:dompa"), 0, "its owner can");
	refused(BOB, ALICE, "another user's persistent port", "vale113:dompa");
	refused(ROOT, ALICE, "the same, by root", "dompa");
	is_err(set_header(BOB, "dompa"), -EPERM, "another user cannot set its headers");
	is_err(poll_threads(BOB, "dompa", true), -EPERM, "nor have it polled");
	is_err(detach(BOB, "vale113:dompa"), -EPERM, "nor detach it");
	is_err(poll_threads(ROOT, "dompa", true), 0, "root has it polled");
	is_err(poll_threads(BOB, "dompa", false), -EPERM, "another user cannot end that");
	is_err(poll_threads(ROOT, "dompa", false), 0, "root can");
	is_err(detach(ROOT, "vale113:dompa"), 0, "root detaches it");
	is_err(delif(BOB, "dompa"), -EPERM, "another user cannot delete it");
	is_err(delif(ALICE, "dompa"), 0, "its owner can");
}

static void test_port_for_all(void)
{
	struct port a, b;

	is_err(newif(ROOT, "dompr"), 0, "root's persistent port");
	is_err(attach(ROOT, "vale114:dompr"), 0, "on a switch");
	must_open(ALICE, &a, "vale114:dompr");
	write_secret(&a);
	refused(BOB, ALICE, "while a user has it open", "vale114:dompr");
	refused(ROOT, ALICE, "by root, too", "dompr");
	is_err(detach(ALICE, "vale114:dompr"), -EPERM, "its user cannot detach it");
	must_open(BOB, &b, "vale114:b");
	ok(passes(&a, &b) && passes(&b, &a), "its user sends and receives");
	port_close(&b);
	port_close(&a);
	if (is_err(open_as(BOB, &b, "dompr"), 0, "then another user opens it")) {
		ok(!sees_secret(&b), "with other memory");
		port_close(&b);
	}
	is_err(detach(ROOT, "vale114:dompr"), 0, "root detaches it");
	is_err(delif(ROOT, "dompr"), 0, "and deletes it");
}

/* ---- what others learn ---------------------------------------------------------------- */

static unsigned int list_as(unsigned int uid, uint32_t what, void *rec, uint32_t size,
			    unsigned int max)
{
	struct nmreq_inspect q = { .what = what, .rec_size = size, .count = max,
				   .data = (uintptr_t)rec };

	return ctrl_as(uid, NETMAP_REQ_INSPECT, "", &q) ? 0 : q.count;
}

static uint32_t region_of(unsigned int uid, const char *name)
{
	static struct nm_info_port rec[256];
	unsigned int i, n = list_as(uid, NM_INSPECT_PORTS, rec, sizeof(rec[0]), 256);

	for (i = 0; i < n; i++)
		if (!strcmp(rec[i].name, name))
			return rec[i].region_id;
	return UINT32_MAX;
}

static bool lists_region(unsigned int uid, uint32_t id)
{
	static struct nm_info_region rec[256];
	unsigned int i, n = list_as(uid, NM_INSPECT_REGIONS, rec, sizeof(rec[0]), 256);

	for (i = 0; i < n && rec[i].id != id; i++)
		;
	return i < n;
}

static bool lists_failure(unsigned int uid, const char *name)
{
	static struct nm_info_failure rec[256];
	unsigned int i, n = list_as(uid, NM_INSPECT_FAILURES, rec, sizeof(rec[0]), 256);

	for (i = 0; i < n && strcmp(rec[i].name, name); i++)
		;
	return i < n;
}

static void test_listings(void)
{
	struct nmreq_pools_info pools = { .nr_mem_id = 0 };
	struct port a;

	must_open(ALICE, &a, "vale115:a");
	is_num(region_of(ALICE, "vale115:a"), a.reg.nr_mem_id, "a user sees the own port's region");
	is_num(region_of(BOB, "vale115:a"), 0, "another user sees the port, not its region");
	is_num(region_of(ROOT, "vale115:a"), a.reg.nr_mem_id, "root sees both");
	ok(lists_region(ALICE, a.reg.nr_mem_id), "a user's regions are listed for the user");
	ok(!lists_region(BOB, a.reg.nr_mem_id), "and not for another");
	ok(lists_region(ROOT, a.reg.nr_mem_id), "but for root");
	is_err(ctrl_as(BOB, NETMAP_REQ_POOLS_INFO_GET, "vale115:a", &pools), -EPERM,
	       "another user's pools are not described");
	is_err(delif(ALICE, "domsecret"), -ENXIO, "a user's failure");
	ok(lists_failure(ALICE, "domsecret"), "is listed for the user");
	ok(!lists_failure(BOB, "domsecret"), "and not for another");
	ok(lists_failure(ROOT, "domsecret"), "but for root");
	port_close(&a);
}

/* ---- what a domain follows -------------------------------------------------------------- */

/* A user who was given an open file of another's is in the other's domain. */
static int child_with_file(void *arg)
{
	const struct port *peer = arg;
	struct nmreq_register reg = { .nr_mode = NR_REG_ALL_NIC };

	if (setuid(BOB))
		return 9;
	if (ctrl(peer->fd, NETMAP_REQ_REGISTER, "dom4}1", &reg))
		return 1;
	return 0;
}

static void test_passed_file(void)
{
	struct port a, given;

	must_open(ALICE, &a, "dom4{1");
	be(ALICE);
	given.fd = dev_open();
	be(ROOT);
	is_num(child_wait(child_start(child_with_file, &given)), 0,
	       "a file that a user opened and passed on is in that user's domain");
	close(given.fd);
	port_close(&a);
}

static uint16_t alices_region;

/* Root of a user namespace of Alice's is Alice. Returns the number of the step that failed. */
static int child_in_user_ns(void *arg)
{
	struct port p;

	(void)arg;
	if (setuid(ALICE) || unshare(CLONE_NEWUSER))
		return 99;
	if (port_open(&p, "x", .mode = NR_REG_NULL, .mem_id = alices_region))
		return 1;
	port_close(&p);
	if (port_open(&p, "vale116:b", .flags = NR_MONITOR_TX) != -EPERM)
		return 2;
	if (unshare(CLONE_NEWNET))
		return 98;
	if (!port_open(&p, "x", .mode = NR_REG_NULL, .mem_id = alices_region))
		return 3;
	if (port_open(&p, "x", .mode = NR_REG_NULL))
		return 4;
	return sees_secret(&p) ? 5 : 0;
}

static void test_namespaces(void)
{
	struct port a, b;
	int step;

	must_open(ALICE, &a, "vale116:a");
	must_open(BOB, &b, "vale116:b");
	write_secret(&a);
	alices_region = a.reg.nr_mem_id;
	step = child_wait(child_start(child_in_user_ns, NULL));
	if (step >= 98)
		skip("no user namespaces for users here", "namespaces of a user's own");
	else
		is_num(step, 0, "in user and network namespaces of a user's own");
	port_close(&b);
	port_close(&a);
}

/* ---- root joins, and all share: the module alone ------------------------------------------ */

static int send_indirect(const struct port *p)
{
	struct netmap_ring *r = port_tx(p, 0);
	struct netmap_slot *s = &r->slot[r->head];

	frame_make(frame, LEN, FRAME_BROADCAST, 1, 1, 7);
	s->ptr = (uintptr_t)frame;
	s->len = LEN;
	s->flags = NS_INDIRECT;
	ring_release(r, 1);
	return txsync(p);
}

static void test_root_joins(void)
{
	struct port a, b, r;

	must_open(ALICE, &a, "vale117:a");
	must_open(BOB, &b, "vale117:b");
	write_secret(&b);
	write_secret(&a);
	is_err(send_indirect(&a), 0, "NS_INDIRECT in a user's own memory");
	is_num(port_recv(&b, got, sizeof(got)), LEN, "arrives");
	if (dev_is_process()) {
		refused(ROOT, ALICE, "root, by the region's number", "vale117:r",
			.mem_id = a.reg.nr_mem_id);
	} else {
		is_err(open_as(ROOT, &r, "vale117:a", .mem_id = a.reg.nr_mem_id), 0,
		       "root joins a port by its region's number");
		ok(sees_secret(&r), "and sees its memory");
		port_close(&r);
		is_err(send_indirect(&a), -EIO, "NS_INDIRECT is illegal from then on");
		ok(has_reason(a.fd, "NS_INDIRECT"), "with a reason");
	}
	port_close(&b);
	port_close(&a);
}

static int set_parameter(const char *value)
{
	int fd = open(PARAMETER, O_WRONLY | O_CLOEXEC), err = 0;

	if (fd < 0 || write(fd, value, strlen(value)) < 0)
		err = -errno;
	if (fd >= 0)
		close(fd);
	return err;
}

static void test_shared(void)
{
	struct port old, a, b, p;

	must_open(ALICE, &old, "vale118:old");
	is_err(set_parameter("everyone"), -EINVAL, "domain=everyone is no value");
	if (!is_err(set_parameter("shared"), 0, "domain=shared"))
		return port_close(&old);
	must_open(ALICE, &a, "vale118:a");
	refused(BOB, ALICE, "files that were open keep their domain", "vale118:old");
	is_err(open_as(BOB, &b, "vale118:a"), 0, "another user opens a user's port");
	port_close(&b);
	is_err(open_as(BOB, &b, "vale118:b", .mem_id = a.reg.nr_mem_id), 0,
	       "and joins its memory by number");
	write_secret(&a);
	ok(sees_secret(&b), "which both see");
	port_close(&b);
	is_err(open_as(BOB, &p, "vale118:a{1"), 0, "and a pipe of it");
	is_err(open_as(ALICE, &b, "vale118:a}1"), 0, "whose ends are of two users");
	ok(passes(&p, &b), "are connected");
	port_close(&b);
	port_close(&p);
	is_err(send_indirect(&a), -EIO, "NS_INDIRECT is illegal there");
	port_close(&a);
	is_err(set_parameter("uid"), 0, "domain=uid");
	must_open(ALICE, &a, "vale118:a");
	refused(BOB, ALICE, "keeps users apart", "vale118:a");
	port_close(&a);
	is_err(set_parameter("uid+net"), 0, "domain=uid+net");
	port_close(&old);
}

/* netmapd has domains if the device is a link to a file that depends on the user. */
static bool has_domains(void)
{
	struct stat st;

	return !dev_is_process() || (!lstat(opt.device, &st) && S_ISLNK(st.st_mode));
}

int main(int argc, char **argv)
{
	test_start(argc, argv);
	if (!has_domains()) {
		skip("all users share this device", "users are kept apart");
		return test_done();
	}
	join_group();
	test_memory();
	test_global();
	test_ports();
	test_monitors();
	test_card();
	test_users_port();
	test_port_for_all();
	test_listings();
	test_passed_file();
	test_namespaces();
	test_root_joins();
	if (!dev_is_process())
		test_shared();
	return test_done();
}
