/* SPDX-License-Identifier: BSD-2-Clause */
/* Lists of options of a request. */
#include "subject.h"

/* Any option, with room for the largest. */
union option {
	struct nmreq_option head;
	uint8_t room[256];
};

static union option opt[300];

static int with_options(struct client *p, uint32_t n)
{
	uint32_t i;

	for (i = 0; i < n; i++) {
		opt[i].head.nro_status = 0xdead;
		if (!opt[i].head.nro_next && i + 1 < n)
			opt[i].head.nro_next = (uintptr_t)&opt[i + 1];
	}
	p->reg = (struct nmreq_register){ .nr_mode = NR_REG_ALL_NIC };
	return client_register_as_is(p, "valeO:p", n ? &opt[0].head : NULL);
}

static void statuses(void)
{
	struct client *p = client_new();
	uint32_t type;

	for (type = 0; type < 12; type++) {
		memset(opt, 0, sizeof(opt));
		opt[0].head.nro_reqtype = type;
		if (type >= 1 && type < NETMAP_REQ_OPT_MAX)
			continue;
		is_err(with_options(p, 1), -EOPNOTSUPP, "option %u alone", type);
		is_num(opt[0].head.nro_status, EOPNOTSUPP, "option %u: its status is written back",
		       type);
	}
	memset(opt, 0, sizeof(opt));
	opt[0].head.nro_reqtype = NETMAP_REQ_OPT_SYNC_KLOOP_MODE;
	is_err(with_options(p, 1), -EOPNOTSUPP, "an option of another request");
	is_num(opt[0].head.nro_status, EOPNOTSUPP, "an option of another request: status");
	ok(strlen(client_reason(p)) > 10, "with a reason");

	memset(opt, 0, sizeof(opt));
	opt[0].head.nro_reqtype = 70;
	opt[1].head.nro_reqtype = 71;
	opt[2].head.nro_reqtype = 72;
	is_err(with_options(p, 3), -EOPNOTSUPP, "three unknown options");
	is_num(opt[0].head.nro_status, EOPNOTSUPP, "the first one's status");
	is_num(opt[1].head.nro_status, EOPNOTSUPP, "the second one's");
	is_num(opt[2].head.nro_status, EOPNOTSUPP, "the third one's");

	memset(opt, 0, sizeof(opt));
	opt[0].head.nro_reqtype = opt[2].head.nro_reqtype = NETMAP_REQ_OPT_OFFSETS;
	opt[1].head.nro_reqtype = 71;
	is_err(with_options(p, 3), -EINVAL, "one option twice");
	is_num(opt[0].head.nro_status, EINVAL, "EINVAL in the first");
	is_num(opt[2].head.nro_status, EINVAL, "and in the second");
	is_num(opt[1].head.nro_status, EOPNOTSUPP, "the third has its own status");
	memset(opt, 0, sizeof(opt));
	is_err(with_options(p, 0), 0, "after these refusals a register without options succeeds");
	client_end(p);
}

static void bounds(void)
{
	struct client *p = client_new();
	uint32_t i;

	memset(opt, 0, sizeof(opt));
	for (i = 0; i < 300; i++)
		opt[i].head.nro_reqtype = 1000 + i;
	is_err(with_options(p, 300), -EMSGSIZE, "300 options are more than 4096 bytes");
	memset(opt, 0, sizeof(opt));
	opt[0].head.nro_reqtype = 99;
	opt[0].head.nro_next = (uintptr_t)&opt[0];
	is_err(with_options(p, 1), -EMSGSIZE, "a circular list is refused");
	memset(opt, 0, sizeof(opt));
	opt[0].head.nro_reqtype = NETMAP_REQ_OPT_SYNC_KLOOP_EVENTFDS;
	opt[0].head.nro_size = 5000;
	is_err(with_options(p, 1), -EMSGSIZE, "an option of 5000 bytes");
	opt[0].head.nro_size = ~UINT64_C(0) - 10;
	opt[0].head.nro_next = 0;
	is_err(with_options(p, 1), -EMSGSIZE, "an option of 2^64 bytes");
	opt[0].head.nro_size = UINT64_C(1) << 32;
	is_err(with_options(p, 1), -EMSGSIZE, "an option of 2^32 bytes");
	memset(opt, 0, sizeof(opt));
	opt[0].head.nro_reqtype = 99;
	opt[0].head.nro_next = 16;
	is_err(with_options(p, 1), -EFAULT, "a list that runs out of the memory");
	p->reg = (struct nmreq_register){ .nr_mode = NR_REG_ALL_NIC };
	is_err(client_register_as_is(p, "valeO:p", (struct nmreq_option *)(uintptr_t)8), -EFAULT,
	       "a list at an unmapped address");
	is_err(with_options(p, 0), 0, "a register without options succeeds");
	client_end(p);
}

/* Options that a request takes, but not both: together they are a few bytes too long. */
static void total(void)
{
	static union {
		struct nmreq_option head;
		uint8_t room[NETMAP_REQ_MAXSIZE];
	} large = { .head = { .nro_reqtype = NETMAP_REQ_OPT_SYNC_KLOOP_EVENTFDS,
			      .nro_size = NETMAP_REQ_MAXSIZE } };
	struct nmreq_opt_sync_kloop_mode mode = { .nro_opt.nro_reqtype =
							  NETMAP_REQ_OPT_SYNC_KLOOP_MODE };
	struct nmreq_sync_kloop_start body = { 0 };
	struct client *p = client_bound("valeO:p");

	is_err(client_ctrl(p, NETMAP_REQ_SYNC_KLOOP_START, "", &body, &large.head),
	       -EINVAL, "one option of 4096 bytes is read");
	large.head.nro_next = (uintptr_t)&mode;
	is_err(client_ctrl(p, NETMAP_REQ_SYNC_KLOOP_START, "", &body, &large.head),
	       -EMSGSIZE, "another behind it is too much");
	client_end(p);
}

/* Every request walks its options. */
static void every_request(void)
{
	static uint64_t body[64];
	struct client *p = client_new();
	uint16_t type;

	for (type = 1; type <= NETMAP_REQ_CSB_ENABLE; type++) {
		memset(opt, 0, sizeof(opt));
		memset(body, 0, sizeof(body));
		opt[0].head.nro_reqtype = 99;
		opt[0].head.nro_status = 0xdead;
		is_err(client_ctrl(p, type, "valeO:p", body, &opt[0].head), -EOPNOTSUPP,
		       "request %u with an unknown option", type);
		is_num(opt[0].head.nro_status, EOPNOTSUPP, "request %u: status written back", type);
	}
	client_end(p);
}

SUBJECTS({ "statuses", statuses }, { "bounds", bounds }, { "total", total },
	 { "every request", every_request })
