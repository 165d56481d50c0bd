/* SPDX-License-Identifier: BSD-2-Clause */
/* Quotas of a user: what is counted, when it is refused, and that the count goes down again. */
#include <sys/mman.h>
#include <unistd.h>

#include "subject.h"

#define ALICE	1000u
#define BOB	1001u

/* Domains: two of one user, in two network namespaces, one of another user, one of root. */
static struct os_domain alice = { .uid = ALICE, .is_limited = true };
static struct os_domain alice_far = { .uid = ALICE, .is_limited = true };
static struct os_domain bob = { .uid = BOB, .is_limited = true };
static struct os_domain root;

static int open_in(struct client *p, struct os_domain *d)
{
	memset(p, 0, sizeof(*p));
	p->who.pid = getpid();
	return nm_client_open(&test_ns, d, &p->who, &p->c);
}

static void quota_set(const char *name, uint32_t value)
{
	os_assert(nm_setting_set(name, value) == 0);
}

/* Set a quota back to its initial value. */
static void quota_reset(const char *name)
{
	uint32_t i;

	for (i = 0; i < nm_setting_count; i++)
		if (!strcmp(nm_settings[i].name, name))
			quota_set(name, nm_settings[i].initial);
}

static bool text_names(const char *text, const char *setting)
{
	if (strstr(text, setting) && strstr(text, "user 1000"))
		return true;
	diag("%s", text);
	return false;
}

static void open_files(void)
{
	struct client a, b, far, other, admin[3];
	struct nmreq_reason last = { .pid = (uint32_t)getpid() };
	uint32_t i;

	quota_set("user_clients", 2);
	is_err(open_in(&a, &alice), 0, "a first open file of a user");
	is_err(open_in(&far, &alice_far), 0, "a second, in another network namespace");
	is_err(open_in(&b, &alice), -EDQUOT, "a third is above the quota of 2");
	is_err(open_in(&other, &bob), 0, "another user's is not");
	is_err(client_ctrl(&far, NETMAP_REQ_REASON_GET, "", &last, NULL), 0,
	       "the refusal of an open is in the log");
	ok(text_names(last.text, "user_clients"), "its text names the user and the setting");
	client_close(&a);
	is_err(open_in(&b, &alice), 0, "a close makes room for one");
	for (i = 0; i < 3; i++)
		is_err(open_in(&admin[i], &root), 0, "root's open file %u", i);
	for (i = 0; i < 3; i++)
		client_close(&admin[i]);
	client_close(&b);
	client_close(&far);
	client_close(&other);
	quota_reset("user_clients");
}

static void namespaces(void)
{
	struct client a, far;

	quota_set("user_namespaces", 1);
	is_err(open_in(&a, &alice), 0, "a user's open file in one network namespace");
	is_err(open_in(&far, &alice_far), -EDQUOT, "in a second one it is above the quota of 1");
	client_close(&a);
	is_err(open_in(&far, &alice_far), 0, "unless the first one is in use no longer");
	client_close(&far);
	quota_reset("user_namespaces");
}

/* What the platform counts. */
static void platform_counts(void)
{
	struct nm_reason reason = { .err = 0 };
	struct client a;

	quota_set("user_doorbells", 1);
	is_err(open_in(&a, &alice), 0, "an open file");
	is_err(nm_client_charge(a.c, NM_QUOTA_DOORBELLS, &reason), 0, "a doorbell");
	is_err(nm_client_charge(a.c, NM_QUOTA_DOORBELLS, &reason), -EDQUOT,
	       "a second is above the quota of 1");
	ok(text_names(reason.text, "user_doorbells"), "its reason names the user and the setting");
	nm_client_uncharge(a.c, NM_QUOTA_DOORBELLS);
	is_err(nm_client_charge(a.c, NM_QUOTA_DOORBELLS, &reason), 0, "the end of one makes room");
	nm_client_uncharge(a.c, NM_QUOTA_DOORBELLS);
	client_close(&a);
	quota_reset("user_doorbells");
}

static int bind_extra(struct client *p, const char *name, uint32_t extra)
{
	p->reg = (struct nmreq_register){ .nr_mode = NR_REG_ALL_NIC, .nr_extra_bufs = extra };
	return client_register_as_is(p, name, NULL);
}

/* Extra buffers above the quota are not an error: the reply says how many there are. */
static void extra_bufs(void)
{
	struct client a, b, other;

	quota_set("user_extra_bufs", 100);
	os_assert(!open_in(&a, &alice) && !open_in(&b, &alice) && !open_in(&other, &bob));
	is_err(bind_extra(&a, "valeQ:a", 70), 0, "70 extra buffers of a user");
	is_num(a.reg.nr_extra_bufs, 70, "are granted");
	is_err(bind_extra(&b, "valeQ:b", 70), 0, "70 more, above the quota of 100");
	is_num(b.reg.nr_extra_bufs, 30, "30 of them are granted");
	is_err(bind_extra(&other, "valeQ:c", 70), 0, "70 of another user");
	is_num(other.reg.nr_extra_bufs, 70, "are granted");
	client_close(&a);
	client_close(&b);
	os_assert(!open_in(&a, &alice));
	bind_extra(&a, "valeQ:a", 0xfffffff0u);
	is_num(a.reg.nr_extra_bufs, 100, "after the closes the whole quota is granted again");
	client_close(&a);
	client_close(&other);
	quota_reset("user_extra_bufs");
}

static int bind_slots(struct client *p, const char *name, uint32_t slots)
{
	p->reg = (struct nmreq_register){
		.nr_mode = NR_REG_ALL_NIC, .nr_tx_slots = slots, .nr_rx_slots = slots
	};
	return client_register_as_is(p, name, NULL);
}

/* Two rings of 8192 slots need 32 MiB of buffers. */
static void region_memory(void)
{
	struct nmreq_reason last = { .pid = 0 };
	struct client a, b, other;

	quota_set("user_memory_mb", 40);
	os_assert(!open_in(&a, &alice) && !open_in(&b, &alice_far) && !open_in(&other, &bob));
	is_err(bind_slots(&a, "valeQ:a", 8192), 0, "a port of 32 MiB of a user");
	is_err(bind_slots(&b, "valeQ:b", 8192), -EDQUOT, "a second is above the quota of 40 MiB");
	is_err(client_ctrl(&b, NETMAP_REQ_REASON_GET, "", &last, NULL), 0, "there is a reason");
	ok(text_names(last.text, "user_memory_mb"), "that names the user and the setting");
	is_err(bind_slots(&other, "valeQ:c", 8192), 0, "another user's is not");
	client_close(&a);
	is_err(bind_slots(&b, "valeQ:b", 8192), 0, "the end of a region makes room for one");
	client_close(&b);
	client_close(&other);
	quota_reset("user_memory_mb");
}

/* Bind a new client of a user; *err gets the result. */
static struct client bound(struct os_domain *d, const char *name, uint32_t mode, uint64_t flags,
			   int *err)
{
	struct client p;

	os_assert(!open_in(&p, d));
	p.reg = (struct nmreq_register){ .nr_mode = mode, .nr_flags = flags };
	*err = client_register_as_is(&p, name, NULL);
	return p;
}

static void ports(void)
{
	struct client a, b, other;
	int err;

	quota_set("user_ports", 2);
	a = bound(&alice, "quota{1", NR_REG_ALL_NIC, 0, &err);
	is_err(err, 0, "a pipe, which is two ports");
	b = bound(&alice_far, "valeQ:a", NR_REG_ALL_NIC, 0, &err);
	is_err(err, -EDQUOT, "a port more is above the quota of 2");
	ok(text_names(client_reason(&b), "user_ports"), "the reason names user and setting");
	client_close(&b);
	b = bound(&alice, "x", NR_REG_NULL, 0, &err);
	is_err(err, -EDQUOT, "so is a null port");
	client_close(&b);
	b = bound(&alice, "card0", NR_REG_ALL_NIC, 0, &err);
	is_err(err, -EDQUOT, "and a network card");
	client_close(&b);
	b = bound(&alice, "quota{1", NR_REG_ALL_NIC, NR_MONITOR_TX, &err);
	is_err(err, -EDQUOT, "and a monitor");
	client_close(&b);
	b = bound(&alice, "quota{1", NR_REG_ALL_NIC, 0, &err);
	is_err(err, 0, "another client of the same port is not");
	client_close(&b);
	other = bound(&bob, "valeQ:b", NR_REG_ALL_NIC, 0, &err);
	is_err(err, 0, "nor is another user's port");
	client_close(&other);
	client_close(&a);
	a = bound(&alice, "valeQ:a", NR_REG_ALL_NIC, 0, &err);
	is_err(err, 0, "nor a port after the pipe is closed");
	client_close(&a);
	quota_reset("user_ports");
}

static void regions(void)
{
	struct client a, b;
	int err;

	quota_set("user_regions", 1);
	a = bound(&alice, "valeQ:a", NR_REG_ALL_NIC, 0, &err);
	is_err(err, 0, "a VALE port, which has a region of its own");
	b = bound(&alice, "valeQ:b", NR_REG_ALL_NIC, 0, &err);
	is_err(err, -EDQUOT, "a second region is above the quota of 1");
	ok(text_names(client_reason(&b), "user_regions"), "the reason names user and setting");
	client_close(&b);
	b = bound(&alice, "x", NR_REG_NULL, 0, &err);
	is_err(err, -EDQUOT, "so is the global one");
	client_close(&b);
	b = bound(&alice, "valeQ:a{1", NR_REG_ALL_NIC, 0, &err);
	is_err(err, 0, "a pipe of the port is in its region");
	client_close(&b);
	client_close(&a);
	b = bound(&alice, "valeQ:b", NR_REG_ALL_NIC, 0, &err);
	is_err(err, 0, "a close makes room for one");
	client_close(&b);
	quota_reset("user_regions");
}

/* Map a file in memory, which stays open in *fd. */
static char *shared_pages(size_t size, int *fd)
{
	char *at;

	*fd = memfd_create("quota", MFD_CLOEXEC);
	os_assert(*fd >= 0 && ftruncate(*fd, (off_t)size) == 0);
	at = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, *fd, 0);
	os_assert(at != MAP_FAILED);
	return at;
}

static void shared_pages_free(char *at, size_t size, int fd)
{
	munmap(at, size);
	close(fd);
}

static int bind_in_memory(struct client *p, const void *at, uint64_t size)
{
	struct nmreq_opt_extmem opt = {
		.nro_opt.nro_reqtype = NETMAP_REQ_OPT_EXTMEM,
		.nro_usrptr = (uintptr_t)at,
		.nro_info.nr_memsize = size,
	};

	p->reg = (struct nmreq_register){ .nr_mode = NR_REG_ALL_NIC };
	return client_ctrl(p, NETMAP_REQ_REGISTER, "valeQ:mem", &p->reg, &opt.nro_opt);
}

static void user_memory(void)
{
	const size_t size = 16u << 20;
	struct client a;
	int fd;
	char *at = shared_pages(size, &fd);

	os_assert(!open_in(&a, &alice));
	quota_set("user_pinned_mb", 15);
	is_err(bind_in_memory(&a, at, size), -EDQUOT, "16 MiB of user memory, with a quota of 15");
	ok(text_names(client_reason(&a), "user_pinned_mb"), "the reason names user and setting");
	quota_set("user_pinned_mb", 16);
	quota_set("user_pins", 0);
	is_err(bind_in_memory(&a, at, size), -EDQUOT, "a range of it, with a quota of none");
	ok(text_names(client_reason(&a), "user_pins"), "the reason names user and setting");
	quota_set("user_pins", 1);
	is_err(bind_in_memory(&a, at, size), 0, "both are allowed now");
	client_close(&a);
	quota_reset("user_pins");
	quota_reset("user_pinned_mb");
	shared_pages_free(at, size, fd);
}

static int csb_enable(struct client *p, char *at)
{
	struct nmreq_opt_csb opt = {
		.nro_opt.nro_reqtype = NETMAP_REQ_OPT_CSB,
		.csb_atok = (uintptr_t)at,
		.csb_ktoa = (uintptr_t)at + 4096,
	};

	return client_ctrl(p, NETMAP_REQ_CSB_ENABLE, "", NULL, &opt.nro_opt);
}

static void loops(void)
{
	struct nmreq_sync_kloop_start start = { .sleep_us = 1 };
	struct client a;
	int err, fd;
	char *at = shared_pages(8192, &fd);

	a = bound(&alice, "valeQ:csb", NR_REG_ALL_NIC, NR_EXCLUSIVE, &err);
	is_err(err, 0, "an exclusive client");
	quota_set("user_pins", 1);
	is_err(csb_enable(&a, at), -EDQUOT, "CSB mode pins two ranges, with a quota of 1");
	quota_reset("user_pins");
	is_err(csb_enable(&a, at), 0, "and with the initial quota");
	quota_set("user_kloops", 0);
	is_err(client_ctrl(&a, NETMAP_REQ_SYNC_KLOOP_START, "", &start, NULL), -EDQUOT,
	       "a sync loop, with a quota of none");
	ok(text_names(client_reason(&a), "user_kloops"), "the reason names user and setting");
	quota_set("user_kloops", 1);
	is_err(client_ctrl(&a, NETMAP_REQ_SYNC_KLOOP_STOP, "", NULL, NULL), 0, "a stop");
	is_err(client_ctrl(&a, NETMAP_REQ_SYNC_KLOOP_START, "", &start, NULL), 0,
	       "a loop that stops immediately, with a quota of 1");
	is_err(client_ctrl(&a, NETMAP_REQ_SYNC_KLOOP_STOP, "", NULL, NULL), 0, "a stop");
	is_err(client_ctrl(&a, NETMAP_REQ_SYNC_KLOOP_START, "", &start, NULL), 0, "and again");
	client_close(&a);
	quota_reset("user_kloops");
	shared_pages_free(at, 8192, fd);
}

SUBJECTS({ "open files", open_files }, { "namespaces", namespaces },
	 { "platform", platform_counts }, { "extra buffers", extra_bufs },
	 { "region memory", region_memory },
	 { "ports", ports }, { "regions", regions }, { "user memory", user_memory },
	 { "loops", loops })
