/* SPDX-License-Identifier: BSD-2-Clause */
/* Quotas of a user: what is counted, when it is refused, and that the count goes down again. */
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

SUBJECTS({ "open files", open_files }, { "namespaces", namespaces },
	 { "platform", platform_counts }, { "extra buffers", extra_bufs })
