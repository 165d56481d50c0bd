/* SPDX-License-Identifier: BSD-2-Clause */
/* NIOCCTRL itself: versions, reserved words, bodies, options, refused requests. */
#include <sys/mman.h>
#include <unistd.h>

#include "port.h"

static struct nmreq_header header(uint16_t type, const char *name, void *body)
{
	struct nmreq_header h = { .nr_version = NETMAP_API, .nr_reqtype = type,
		.nr_body = (uintptr_t)body };

	strncpy(h.nr_name, name, sizeof(h.nr_name) - 1);
	return h;
}

static void test_versions(void)
{
	static const uint16_t bad[] = { 0, 1, 11, 13, 16, 17, 0xffff };
	struct nmreq_register reg = { .nr_mode = NR_REG_ALL_NIC };
	struct nmreq_header h;
	int fd = dev_open();
	unsigned int i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		h = header(NETMAP_REQ_REGISTER, "vale72:v", &reg);
		h.nr_version = bad[i];
		is_err(ctrl_raw(fd, &h), -EINVAL, "version %u is EINVAL", bad[i]);
		is_num(h.nr_version, NETMAP_API, "version %u: 14 is written back", bad[i]);
		ok(has_reason(fd, "version"), "version %u: the reason says so", bad[i]);
	}
	h = header(NETMAP_REQ_REGISTER, "vale72:v", &reg);
	h.nr_version = 15;
	is_err(ctrl_raw(fd, &h), 0, "version 15 is accepted");
	close(fd);
}

static void test_header(void)
{
	struct nmreq_register reg = { .nr_mode = NR_REG_ALL_NIC };
	struct nmreq_header h;
	int fd = dev_open();

	h = header(NETMAP_REQ_REGISTER, "vale72:h", &reg);
	h.nr_reserved = 1;
	is_err(ctrl_raw(fd, &h), -EINVAL, "nr_reserved must be 0");
	ok(has_reason(fd, NULL), "nr_reserved: has a reason");
	is_err(ctrl_raw(fd, NULL), -EFAULT, "null header is EFAULT");
	is_err(ctrl_raw(fd, (void *)~0xfffull), -EFAULT, "header out of reach is EFAULT");
	h = header(NETMAP_REQ_REGISTER, "vale72:h", NULL);
	is_err(ctrl_raw(fd, &h), -EFAULT, "null body: EFAULT");
	h.nr_body = ~0xfffull;
	is_err(ctrl_raw(fd, &h), -EFAULT, "body out of reach is EFAULT");
	h = header(0, "vale72:h", &reg);
	is_err(ctrl_raw(fd, &h), -EINVAL, "request type 0 is EINVAL");
	h = header(999, "vale72:h", &reg);
	is_err(ctrl_raw(fd, &h), -EINVAL, "unknown request type is EINVAL");
	ok(has_reason(fd, NULL), "unknown request type: has a reason");
	is_err(ctrl(fd, NETMAP_REQ_REGISTER, "vale72:h", &reg), 0, "then a good request works");
	close(fd);
}

static void test_read_only_header(void)
{
	struct nmreq_register reg = { .nr_mode = NR_REG_ALL_NIC };
	struct nmreq_header *h;
	char *map = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int fd = dev_open();

	h = (struct nmreq_header *)(map + 4096 - sizeof(*h) / 2);
	*h = header(NETMAP_REQ_REGISTER, "vale72:ro", &reg);
	munmap(map + 4096, 4096);
	is_err(ctrl_raw(fd, h), -EFAULT, "header half out of reach is EFAULT");
	munmap(map, 4096);
	close(fd);
}

static int with_opts(int fd, void *opts)
{
	struct nmreq_register reg = { .nr_mode = NR_REG_ALL_NIC };

	return ctrl_opts(fd, NETMAP_REQ_REGISTER, "vale72:opt", &reg, opts);
}

static void test_option_status(void)
{
	struct nmreq_option o = { .nro_reqtype = NETMAP_REQ_OPT_MAX, .nro_status = 77 };
	struct nmreq_option a, b;
	int fd = dev_open();

	is_err(with_opts(fd, &o), -EOPNOTSUPP, "unknown option: the request is EOPNOTSUPP");
	is_num(o.nro_status, EOPNOTSUPP, "unknown option: its status is EOPNOTSUPP");
	ok(has_reason(fd, "option"), "unknown option: the reason says so");
	o = (struct nmreq_option){ .nro_reqtype = 0, .nro_status = 77 };
	is_err(with_opts(fd, &o), -EOPNOTSUPP, "option type 0: EOPNOTSUPP");
	is_num(o.nro_status, EOPNOTSUPP, "option type 0: its status");
	o = (struct nmreq_option){ .nro_reqtype = 0xffffffff, .nro_status = 77 };
	is_err(with_opts(fd, &o), -EOPNOTSUPP, "option type all ones: EOPNOTSUPP");
	a = b = (struct nmreq_option){ .nro_reqtype = 1000, .nro_status = 77 };
	a.nro_next = (uintptr_t)&b;
	b.nro_reqtype = 1001;
	with_opts(fd, &a);
	is_num(a.nro_status, EOPNOTSUPP, "two unknown options: first has a status");
	is_num(b.nro_status, EOPNOTSUPP, "two unknown options: second has a status");
	close(fd);
}

static void test_option_duplicate(void)
{
	struct nmreq_opt_offsets a = { .nro_opt.nro_reqtype = NETMAP_REQ_OPT_OFFSETS };
	struct nmreq_opt_offsets b = a;
	int fd = dev_open();

	a.nro_opt.nro_next = (uintptr_t)&b;
	a.nro_opt.nro_status = b.nro_opt.nro_status = 77;
	is_err(with_opts(fd, &a), -EINVAL, "duplicate option: the request is EINVAL");
	is_num(a.nro_opt.nro_status, EINVAL, "duplicate option: EINVAL in the first");
	is_num(b.nro_opt.nro_status, EINVAL, "duplicate option: EINVAL in the second");
	close(fd);
}

static void test_option_bounds(void)
{
	static struct nmreq_option many[400];
	struct nmreq_option self = { .nro_reqtype = 1000 };
	struct nmreq_option o = { .nro_reqtype = 1000, .nro_next = ~0xfffull };
	struct nmreq_opt_sync_kloop_eventfds *big = mmap(NULL, 16384, PROT_READ | PROT_WRITE,
							 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int fd = dev_open();
	unsigned int i;

	for (i = 0; i < 400; i++) {
		many[i].nro_reqtype = 1000 + i;
		many[i].nro_next = i < 399 ? (uintptr_t)&many[i + 1] : 0;
	}
	is_err(with_opts(fd, many), -EMSGSIZE, "options of more than 4096 bytes: EMSGSIZE");
	ok(has_reason(fd, NULL), "options too long: has a reason");
	self.nro_next = (uintptr_t)&self;
	is_err(with_opts(fd, &self), -EMSGSIZE, "a circle of options: EMSGSIZE");
	big->nro_opt.nro_reqtype = NETMAP_REQ_OPT_SYNC_KLOOP_EVENTFDS;
	big->nro_opt.nro_size = 8192;
	is_err(with_opts(fd, big), -EMSGSIZE, "one option of 8192 bytes: EMSGSIZE");
	is_err(with_opts(fd, (void *)~0xfffull), -EFAULT, "options out of reach: EFAULT");
	is_err(with_opts(fd, &o), -EFAULT, "next option out of reach: EFAULT");
	is_err(with_opts(fd, NULL), 0, "then the fd binds without options");
	munmap(big, 16384);
	close(fd);
}

/* Options of the ABI that this request does not take are refused with a status. */
static void test_options_of_others(void)
{
	static const uint32_t types[] = { NETMAP_REQ_OPT_SYNC_KLOOP_EVENTFDS,
					  NETMAP_REQ_OPT_SYNC_KLOOP_MODE };
	union {
		struct nmreq_option o;
		char room[256];
	} u;
	int fd = dev_open();
	unsigned int i;

	for (i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		memset(&u, 0, sizeof(u));
		u.o.nro_reqtype = types[i];
		u.o.nro_status = 77;
		is_err(with_opts(fd, &u), -EOPNOTSUPP, "option %u: EOPNOTSUPP", types[i]);
		is_num(u.o.nro_status, EOPNOTSUPP, "option %u: status EOPNOTSUPP", types[i]);
		ok(has_reason(fd, NULL), "option %u: has a reason", types[i]);
	}
	close(fd);
}

static void test_requests_not_built(void)
{
	struct nm_ifreq ifr = { .nifr_name = "vale72" };
	struct port p;

	port_must(&p, "vale72:nb");
	is_err(do_ioctl(p.fd, NIOCCONFIG, &ifr), -EOPNOTSUPP, "NIOCCONFIG: EOPNOTSUPP");
	ok(has_reason(p.fd, NULL), "NIOCCONFIG: has a reason");
	is_err(rxsync(&p), 0, "the port goes on");
	port_close(&p);
}

static void test_refused_devices(void)
{
	struct nmreq_register reg = { .nr_mode = NR_REG_ALL_NIC };
	struct nmreq_vale_attach at = { .reg.nr_mode = NR_REG_ALL_NIC };
	int fd = dev_open();

	is_err(ctrl(fd, NETMAP_REQ_REGISTER, "lo", &reg), -EOPNOTSUPP,
	       "the loopback device: EOPNOTSUPP");
	ok(has_reason(fd, "lo"), "the loopback device: the reason names it");
	close(fd);
	fd = dev_open();
	is_err(ctrl(fd, NETMAP_REQ_VALE_ATTACH, "vale72:nosuchnic0", &at), -ENXIO,
	       "attach of no such device: ENXIO");
	ok(has_reason(fd, NULL), "attach of no such device: has a reason");
	close(fd);
}

int main(int argc, char **argv)
{
	test_start(argc, argv);
	test_versions();
	test_header();
	test_read_only_header();
	test_option_status();
	test_option_duplicate();
	test_option_bounds();
	test_options_of_others();
	test_requests_not_built();
	test_refused_devices();
	return test_done();
}
