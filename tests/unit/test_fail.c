/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Each call to the platform fails once. Every operation is repeated with its first, second,
 * third ... fallible call failing, until a run meets no failure; each time it must report the
 * failure, free what it made, and keep the rest of the engine working.
 */
#include <sys/mman.h>
#include <unistd.h>

#include "subject.h"

struct operation {
	const char *what;
	void (*prepare)(struct client *admin);	/* NULL: nothing */
	int (*run)(struct client *p);
	void (*undo)(struct client *admin);	/* NULL: nothing; also called when run() failed */
	int want;				/* result when no call fails */
	bool may_give_less;			/* a failed call may reduce the result instead */
};

static struct client *left, *right;	/* a pair of ports that must always work */
static uint8_t frame[4096];

static int register_with(struct client *p, const char *name, uint32_t mode, uint32_t rings,
			 uint32_t extra)
{
	p->reg = (struct nmreq_register){ .nr_mode = mode, .nr_tx_rings = (uint16_t)rings,
		.nr_rx_rings = (uint16_t)rings, .nr_extra_bufs = extra };
	return client_ctrl(p, NETMAP_REQ_REGISTER, name, &p->reg, NULL);
}

static int run_vale(struct client *p)
{
	return register_with(p, "valeNew:p", NR_REG_ALL_NIC, 3, 0);
}

static int run_vale_old_switch(struct client *p)
{
	return register_with(p, "valeK:third", NR_REG_ONE_NIC, 2, 0);
}

static int run_extra(struct client *p)
{
	return register_with(p, "valeNew:p", NR_REG_ALL_NIC, 1, 5000);
}

static int run_pipe(struct client *p)
{
	return register_with(p, "lone{1", NR_REG_ALL_NIC, 2, 3);
}

static int run_pipe_parent(struct client *p)
{
	return register_with(p, "valeK:x{1", NR_REG_ALL_NIC, 1, 0);
}

static int run_pipe_new_parent(struct client *p)
{
	return register_with(p, "valeNew:p}1", NR_REG_ALL_NIC, 1, 0);
}

static int run_pipe_of_pipe(struct client *p)
{
	return register_with(p, "valeNew:p}1{2", NR_REG_ALL_NIC, 1, 0);
}

static int run_null(struct client *p)
{
	return register_with(p, "none", NR_REG_NULL, 1, 4);
}

static int run_exclusive(struct client *p)
{
	p->reg = (struct nmreq_register){ .nr_mode = NR_REG_ALL_NIC, .nr_flags = NR_EXCLUSIVE };
	return client_ctrl(p, NETMAP_REQ_REGISTER, "valeNew:p", &p->reg, NULL);
}

/* Never freed: the leak check is for the engine's own memory. */
static char *memory_lendable(void)
{
	int fd = memfd_create("user", MFD_CLOEXEC);

	os_assert(fd >= 0 && ftruncate(fd, 8 << 20) == 0);
	return mmap(NULL, 8 << 20, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
}

static int run_extmem(struct client *p)
{
	static struct nmreq_opt_extmem opt;
	static char *memory;

	if (!memory)
		memory = memory_lendable();
	opt = (struct nmreq_opt_extmem){
		.nro_opt.nro_reqtype = NETMAP_REQ_OPT_EXTMEM, .nro_usrptr = (uintptr_t)memory,
		.nro_info.nr_memsize = 8 << 20,
	};
	p->reg = (struct nmreq_register){ .nr_mode = NR_REG_ALL_NIC };
	return client_ctrl(p, NETMAP_REQ_REGISTER, "valeNew:user", &p->reg, &opt.nro_opt);
}

static int run_monitor(struct client *p)
{
	p->reg = (struct nmreq_register){ .nr_mode = NR_REG_ALL_NIC,
					  .nr_flags = NR_MONITOR_TX | NR_MONITOR_RX };
	return client_ctrl(p, NETMAP_REQ_REGISTER, "valeK:x", &p->reg, NULL);
}

static int run_monitor_zero_copy(struct client *p)
{
	p->reg = (struct nmreq_register){ .nr_mode = NR_REG_ALL_NIC,
		.nr_flags = NR_MONITOR_TX | NR_MONITOR_RX | NR_ZCOPY_MON };
	return client_ctrl(p, NETMAP_REQ_REGISTER, "valeK:x", &p->reg, NULL);
}

static int run_second(struct client *p)
{
	return register_with(p, "valeK:x", NR_REG_ALL_NIC, 1, 0);
}

static int run_persistent(struct client *p)
{
	return register_with(p, "per0", NR_REG_ALL_NIC, 1, 0);
}

static int run_port_info(struct client *p)
{
	struct nmreq_port_info_get body = { 0 };

	return client_ctrl(p, NETMAP_REQ_PORT_INFO_GET, "valeK:x", &body, NULL);
}

/* A question about a port that does not exist makes it and destroys it again. */
static int run_port_info_new(struct client *p)
{
	struct nmreq_port_info_get body = { 0 };

	return client_ctrl(p, NETMAP_REQ_PORT_INFO_GET, "valeNew:p", &body, NULL);
}

static int run_pools_port(struct client *p)
{
	struct nmreq_pools_info body = { 0 };

	return client_ctrl(p, NETMAP_REQ_POOLS_INFO_GET, "valeK:x", &body, NULL);
}

static int run_pools_global(struct client *p)
{
	struct nmreq_pools_info body = { .nr_mem_id = 1 };

	return client_ctrl(p, NETMAP_REQ_POOLS_INFO_GET, "", &body, NULL);
}

static int run_newif(struct client *p)
{
	struct nmreq_vale_newif body = { .nr_tx_rings = 2 };

	return client_ctrl(p, NETMAP_REQ_VALE_NEWIF, "per0", &body, NULL);
}

static int run_delif(struct client *p)
{
	return client_ctrl(p, NETMAP_REQ_VALE_DELIF, "per0", NULL, NULL);
}

static int run_attach(struct client *p)
{
	struct nmreq_vale_attach body = { .reg.nr_mode = NR_REG_ALL_NIC };

	return client_ctrl(p, NETMAP_REQ_VALE_ATTACH, "valeNew:per0", &body, NULL);
}

static int run_detach(struct client *p)
{
	struct nmreq_vale_detach body = { 0 };

	return client_ctrl(p, NETMAP_REQ_VALE_DETACH, "valeNew:per0", &body, NULL);
}

static int run_card(struct client *p)
{
	return register_with(p, "card0", NR_REG_NIC_SW, 0, 0);
}

static int run_attach_card(struct client *p)
{
	struct nmreq_vale_attach body = { .reg.nr_mode = NR_REG_NIC_SW };

	return client_ctrl(p, NETMAP_REQ_VALE_ATTACH, "valeNew:card0", &body, NULL);
}

static void detach_card(struct client *admin)
{
	struct nmreq_vale_detach body = { 0 };

	client_ctrl(admin, NETMAP_REQ_VALE_DETACH, "valeNew:card0", &body, NULL);
}

static int run_list(struct client *p)
{
	struct nmreq_vale_list body = { 0 };

	return client_ctrl(p, NETMAP_REQ_VALE_LIST, "", &body, NULL);
}

static int run_hdr_set(struct client *p)
{
	struct nmreq_port_hdr body = { .nr_hdr_len = 10 };

	return client_ctrl(p, NETMAP_REQ_PORT_HDR_SET, "valeK:x", &body, NULL);
}

static int run_hdr_get(struct client *p)
{
	struct nmreq_port_hdr body = { 0 };

	return client_ctrl(p, NETMAP_REQ_PORT_HDR_GET, "valeK:x", &body, NULL);
}

static int run_polling_on(struct client *p)
{
	struct nmreq_vale_polling body = { .nr_mode = NETMAP_POLLING_MODE_MULTI_CPU,
		.nr_num_polling_cpus = os_cpus() };

	return client_ctrl(p, NETMAP_REQ_VALE_POLLING_ENABLE, "valeNew:per0", &body, NULL);
}

static int run_polling_off(struct client *p)
{
	struct nmreq_vale_polling body = { .nr_mode = NETMAP_POLLING_MODE_MULTI_CPU,
		.nr_num_polling_cpus = os_cpus() };

	return client_ctrl(p, NETMAP_REQ_VALE_POLLING_DISABLE, "valeNew:per0", &body, NULL);
}

static int run_kloop_start(struct client *p)
{
	struct nmreq_sync_kloop_start body = { 0 };

	return client_ctrl(p, NETMAP_REQ_SYNC_KLOOP_START, "", &body, NULL);
}

static int run_kloop_stop(struct client *p)
{
	return client_ctrl(p, NETMAP_REQ_SYNC_KLOOP_STOP, "", NULL, NULL);
}

static int run_csb_unbound(struct client *p)
{
	return client_ctrl(p, NETMAP_REQ_CSB_ENABLE, "", NULL, NULL);
}

/* Register in CSB mode, then run a loop whose first round finds an illegal head. */
static int run_csb(struct client *p)
{
	static char *memory;
	struct nmreq_opt_csb opt = { .nro_opt.nro_reqtype = NETMAP_REQ_OPT_CSB };
	struct nm_csb_atok *atok;
	int err;

	if (!memory)
		memory = memory_lendable();
	opt.csb_atok = (uintptr_t)memory;
	opt.csb_ktoa = (uintptr_t)memory + OS_PAGE_SIZE;
	p->reg = (struct nmreq_register){ .nr_mode = NR_REG_ALL_NIC, .nr_flags = NR_EXCLUSIVE };
	err = client_ctrl(p, NETMAP_REQ_REGISTER, "valeNew:csb", &p->reg, &opt.nro_opt);
	if (err)
		return err;
	atok = (struct nm_csb_atok *)(void *)memory;
	atok[1].head = UINT32_MAX;
	err = run_kloop_start(p);
	return err == -EIO ? 0 : err;
}

static int run_inspect(struct client *p)
{
	static uint8_t rec[64][1024];
	struct nmreq_inspect body = { .rec_size = 1024, .count = 4, .data = (uintptr_t)rec };
	int err = 0;

	for (body.what = NM_INSPECT_PORTS; body.what <= NM_INSPECT_TUNABLES && !err; body.what++) {
		body.cursor = 0;
		body.count = 4;
		err = client_ctrl(p, NETMAP_REQ_INSPECT, "", &body, NULL);
	}
	return err;
}

static int run_reason(struct client *p)
{
	struct nmreq_reason body = { .pid = os_caller_pid(&p->who) };

	return client_ctrl(p, NETMAP_REQ_REASON_GET, "", &body, NULL);
}

static int run_options(struct client *p)
{
	static struct nmreq_option opt[3];

	opt[0] = (struct nmreq_option){ .nro_next = (uintptr_t)&opt[1], .nro_reqtype = 50 };
	opt[1] = (struct nmreq_option){ .nro_next = (uintptr_t)&opt[2], .nro_reqtype = 51 };
	opt[2] = (struct nmreq_option){ .nro_reqtype = 52 };
	p->reg = (struct nmreq_register){ .nr_mode = NR_REG_ALL_NIC };
	return client_ctrl(p, NETMAP_REQ_REGISTER, "valeNew:p", &p->reg, &opt[0]);
}

static int legacy(struct client *p, uint32_t cmd, const char *name, uint16_t nr_cmd)
{
	struct nmreq r = { .nr_version = 11, .nr_cmd = nr_cmd };

	memcpy(r.nr_name, name, strlen(name));
	return client_legacy(p, cmd, &r);
}

static int run_regif(struct client *p)
{
	return legacy(p, NIOCREGIF, "valeNew:p", 0);
}

static int run_ginfo(struct client *p)
{
	return legacy(p, NIOCGINFO, "valeK:x", 0);
}

static int run_ginfo_global(struct client *p)
{
	return legacy(p, NIOCGINFO, "", 0);
}

static int run_old_newif(struct client *p)
{
	return legacy(p, NIOCREGIF, "per0", NETMAP_BDG_NEWIF);
}

static int run_old_attach(struct client *p)
{
	return legacy(p, NIOCREGIF, "valeNew:per0", NETMAP_BDG_ATTACH);
}

/* A sync of NS_INDIRECT data that is absent: a failure costs that frame, never the sync. */
static int run_indirect(struct client *p)
{
	static uint8_t data[4096];
	struct netmap_ring *r = client_tx(left, 0);
	struct netmap_slot *s = &r->slot[r->head];
	int err;

	(void)p;
	os_test_bad_clear();
	os_test_bad_add(data, sizeof(data), OS_TEST_ABSENT);
	frame_make(data, 60, STATION_ALL, 1, 1);
	s->ptr = (uintptr_t)data;
	s->len = 60;
	s->flags = NS_INDIRECT;
	ring_release(r, 1);
	err = client_txsync(left);
	client_drain(right);
	os_test_bad_clear();
	return err;
}

static void make_per0(struct client *admin)
{
	run_newif(admin);
}

static void make_attached(struct client *admin)
{
	run_newif(admin);
	run_attach(admin);
}

static void make_polled(struct client *admin)
{
	make_attached(admin);
	run_polling_on(admin);
}

static void end_per0(struct client *admin)
{
	run_polling_off(admin);
	run_detach(admin);
	run_delif(admin);
}

static void no_header(struct client *admin)
{
	struct nmreq_port_hdr body = { .nr_hdr_len = 0 };

	client_ctrl(admin, NETMAP_REQ_PORT_HDR_SET, "valeK:x", &body, NULL);
}

static const struct operation operations[] = {
	{ .what = "register a VALE port", .run = run_vale },
	{ .what = "register on an existing switch", .run = run_vale_old_switch },
	{ .what = "register with extra buffers", .run = run_extra, .may_give_less = true },
	{ .what = "register a pipe", .run = run_pipe, .may_give_less = true },
	{ .what = "register a pipe on a port", .run = run_pipe_parent },
	{ .what = "register a pipe on a new port", .run = run_pipe_new_parent },
	{ .what = "register a pipe on a new pipe", .run = run_pipe_of_pipe },
	{ .what = "register null", .run = run_null, .may_give_less = true },
	{ .what = "register exclusively", .run = run_exclusive },
	{ .what = "register a port in use", .run = run_second },
	{ .what = "monitor", .run = run_monitor },
	{ .what = "monitor without copies", .run = run_monitor_zero_copy },
	{ .what = "register a persistent port", make_per0, run_persistent, end_per0 },
	{ .what = "port info", .run = run_port_info },
	{ .what = "port info of a new port", .run = run_port_info_new },
	{ .what = "pools info of a port", .run = run_pools_port },
	{ .what = "pools info of the global region", .run = run_pools_global },
	{ .what = "newif", .run = run_newif, .undo = end_per0 },
	{ .what = "delif", make_per0, run_delif, end_per0 },
	{ .what = "attach", make_per0, run_attach, end_per0 },
	{ .what = "detach", make_attached, run_detach, end_per0 },
	{ .what = "card", .run = run_card },
	{ .what = "attach a card", NULL, run_attach_card, detach_card },
	{ .what = "list", .run = run_list },
	{ .what = "header set", .run = run_hdr_set, .undo = no_header },
	{ .what = "header get", .run = run_hdr_get },
	{ .what = "polling on", make_attached, run_polling_on, end_per0 },
	{ .what = "polling off", make_polled, run_polling_off, end_per0 },
	{ .what = "kloop start", .run = run_kloop_start, .want = -ENXIO },
	{ .what = "kloop stop", .run = run_kloop_stop, .want = -ENXIO },
	{ .what = "CSB unbound", .run = run_csb_unbound, .want = -ENXIO },
	{ .what = "CSB", .run = run_csb },
	{ .what = "inspect", .run = run_inspect },
	{ .what = "reason", .run = run_reason },
	{ .what = "external memory", .run = run_extmem },
	{ .what = "options", .run = run_options, .want = -EOPNOTSUPP },
	{ .what = "old register", .run = run_regif },
	{ .what = "old info", .run = run_ginfo },
	{ .what = "old info of the region", .run = run_ginfo_global },
	{ .what = "old newif", .run = run_old_newif, .undo = end_per0 },
	{ .what = "old attach", make_per0, run_old_attach, end_per0 },
	{ .what = "sync of indirect data", .run = run_indirect, .may_give_less = true },
};
#define OPERATIONS (sizeof(operations) / sizeof(operations[0]))

static bool pair_works(void)
{
	frame_make(frame, 60, STATION_ALL, 1, 1);
	client_drain(right);
	return client_send(left, frame, 60) && client_drain(right) == 1;
}

/*
 * Run once with call number n failing. *failed becomes that call's name, NULL if there were fewer
 * calls.
 */
static int run_once(const struct operation *op, uint64_t n, const char **failed,
		    struct client *admin)
{
	struct client *p;
	int err;

	if (op->prepare)
		op->prepare(admin);
	p = client_new();
	os_test_fail_at(n);
	err = op->run(p);
	*failed = os_test_failed();
	os_test_fail_at(0);
	client_end(p);
	if (op->undo)
		op->undo(admin);
	return err;
}

static void operation_try(const struct operation *op, struct client *admin)
{
	const char *failed;
	uint64_t n, silent = 0, leaks = 0, broken = 0;
	struct leak_check leak;
	int err;

	run_once(op, 0, &failed, admin);	/* make what is made once and kept */
	leak_check_begin(&leak);
	for (n = 1; n < 100000; n++) {
		err = run_once(op, n, &failed, admin);
		if (!failed)
			break;
		if (!op->may_give_less && (err >= 0 || err == op->want) && silent++ < 5)
			diag("%s: result %d though call %llu, %s, failed", op->what, err,
			     (unsigned long long)n, failed);
		if (!leak_check_quiet(&leak) && leaks++ < 5)
			diag("%s: after failure of call %llu, %s", op->what, (unsigned long long)n,
			     failed);
		if (!pair_works() && broken++ < 5)
			diag("%s: the pair is broken after failure of call %llu, %s", op->what,
			     (unsigned long long)n, failed);
		if (leaks + broken + silent > 20)
			break;
	}
	is_num((long long)silent, 0, "%s: each of %llu failures is reported", op->what,
	       (unsigned long long)n - 1);
	is_num((long long)leaks, 0, "%s: none leaks anything", op->what);
	is_num((long long)broken, 0, "%s: none breaks another client", op->what);
	is_err(err, op->want, "%s: without a failure it succeeds", op->what);
}

static void every_operation(void)
{
	struct client *admin = client_new();
	size_t i;

	left = client_bound("valeK:x");
	right = client_bound("valeK:y");
	client_register(admin, "nosuch");	/* so that there is a reason to get */
	for (i = 0; i < OPERATIONS; i++)
		operation_try(&operations[i], admin);
	client_end(left);
	client_end(right);
	client_end(admin);
}

static void opening(void)
{
	struct leak_check leak;
	uint64_t n, told = 0, leaks = 0;
	struct client p;
	int err = 0;

	leak_check_begin(&leak);
	for (n = 1; n < 1000; n++) {
		os_test_fail_at(n);
		err = client_open(&p, &test_ns);
		if (!os_test_failed())
			break;
		told += err < 0;
		leaks += !leak_check_quiet(&leak);
	}
	os_test_fail_at(0);
	is_num((long long)told, (long long)n - 1, "open: each failure is reported");
	is_num((long long)leaks, 0, "open: none leaks anything");
	is_err(err, 0, "open: without a failure it succeeds");
	client_close(&p);
}

/* The engine's own start. subject_run() has started it, so it is stopped first. */
static void starting(void)
{
	struct leak_check leak;
	uint64_t n, told = 0, leaks = 0;
	int err = 0;

	nm_engine_exit();
	leak_check_begin(&leak);
	for (n = 1; n < 1000; n++) {
		os_test_fail_at(n);
		err = nm_engine_init();
		if (!os_test_failed())
			break;
		told += err < 0;
		leaks += !leak_check_quiet(&leak);
	}
	os_test_fail_at(0);
	is_num((long long)told, (long long)n - 1, "init: each failure is reported");
	is_num((long long)leaks, 0, "init: none leaks anything");
	is_err(err, 0, "init: without a failure it succeeds");
}

SUBJECTS({ "starting", starting }, { "opening", opening }, { "every operation", every_operation })
