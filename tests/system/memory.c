/* SPDX-License-Identifier: BSD-2-Clause */
/* Regions, pools, extra buffers and their way through other fds, limits that explain themselves. */
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include "frame.h"
#include "inspect.h"
#include "port.h"

static char buf[4096];

static void test_regions(void)
{
	struct port a, b, c, d;

	port_must(&a, "vale95:a");
	port_must(&b, "vale95:b");
	ok(a.reg.nr_mem_id != b.reg.nr_mem_id, "two ephemeral ports: two regions");
	is_err(port_open(&c, "vale95:c", .mem_id = a.reg.nr_mem_id), 0,
	       "a region asked for by its id");
	is_num(c.reg.nr_mem_id, a.reg.nr_mem_id, "a region asked for: given");
	is_err(port_open(&d, "vale95:d", .mem_id = 1), 0, "a switch port in the global region");
	is_num(d.reg.nr_mem_id, 1, "the global region has id 1");
	port_close(&d);
	is_err(port_open(&d, "mp{1"), 0, "a parentless pipe");
	is_num(d.reg.nr_mem_id, 1, "a parentless pipe is in the global region");
	port_close(&d);
	port_close(&a);
	frame_make(buf, 60, FRAME_BROADCAST, 1, 1, 1);
	is_err(port_send(&c, buf, 60), 0, "the region lives on with its second port");
	is_num(port_recv(&b, buf, sizeof(buf)), 60, "and works");
	port_close(&b);
	port_close(&c);
}

static void test_region_refused(void)
{
	struct nmreq_register reg = { .nr_mode = NR_REG_ALL_NIC, .nr_mem_id = 0xfff0 };
	int fd = dev_open();
	struct port a, b;

	is_err(ctrl(fd, NETMAP_REQ_REGISTER, "vale95:x", &reg), -EINVAL,
	       "a region that does not exist: EINVAL");
	ok(has_reason(fd, NULL), "a region that does not exist: has a reason");
	port_must(&a, "vale95:a");
	port_must(&b, "vale95:b");
	reg = (struct nmreq_register){ .nr_mode = NR_REG_ALL_NIC, .nr_mem_id = b.reg.nr_mem_id };
	is_err(ctrl(fd, NETMAP_REQ_REGISTER, "vale95:a", &reg), -EINVAL,
	       "another region than the port's: EINVAL");
	ok(has_reason(fd, NULL), "another region than the port's: has a reason");
	port_close(&b);
	port_close(&a);
	close(fd);
}

/* A buffer filled by one port is sent by another of the same region without a copy. */
static void test_shared_region(void)
{
	struct port a, b, r;
	struct netmap_ring *ta, *tb;
	uint32_t mine;

	port_must(&a, "vale95:a");
	port_must(&b, "vale96:b", .mem_id = a.reg.nr_mem_id);
	port_must(&r, "vale96:r");
	ta = port_tx(&a, 0);
	tb = port_tx(&b, 0);
	mine = ta->slot[0].buf_idx;
	frame_make(ring_buf(ta, mine), 90, FRAME_BROADCAST, 1, 1, 5);
	ok(ring_buf(tb, mine) - b.mem == ring_buf(ta, mine) - a.mem,
	   "the same buffer is at the same place in both maps");
	ta->slot[0].buf_idx = tb->slot[0].buf_idx;
	ta->slot[0].flags = NS_BUF_CHANGED;
	tb->slot[0].buf_idx = mine;
	tb->slot[0].flags = NS_BUF_CHANGED;
	tb->slot[0].len = 90;
	ring_release(tb, 1);
	is_err(txsync(&b), 0, "a buffer exchanged between two ports: sent");
	is_num(port_recv(&r, buf, sizeof(buf)), 90, "a buffer exchanged: arrives");
	ok(frame_is(buf, 90, FRAME_BROADCAST, 1, 1, 5), "a buffer exchanged: its bytes");
	ta->slot[0].len = 60;
	ring_release(ta, 1);
	is_err(txsync(&a), 0, "a buffer exchanged: the other ring syncs");
	port_close(&r);
	port_close(&b);
	port_close(&a);
}

static uint32_t *extra_word(const struct port *p, uint32_t idx)
{
	return (uint32_t *)ring_buf(port_tx(p, 0), idx);
}

/* Walks the list of extra buffers; how many, -1 if it is broken. */
static int extra_count(const struct port *p)
{
	uint32_t i = p->nif->ni_bufs_head;
	int n = 0;

	for (; i; i = *extra_word(p, i)) {
		if (i == 1 || ++n > 100000)
			return -1;
	}
	return n;
}

static uint32_t bufs_used(uint16_t region)
{
	struct nm_info_region r = { 0 };

	inspect_region(region, &r);
	return r.bufs.used;
}

static void test_extra(void)
{
	struct port p;
	uint32_t i, with, without;

	port_must(&p, "vale95:e", .extra = 100);
	is_num(p.reg.nr_extra_bufs, 100, "100 extra buffers granted");
	is_num(extra_count(&p), 100, "they are in the list at ni_bufs_head");
	for (i = 0; i < port_tx(&p, 0)->num_slots; i++)
		if (port_tx(&p, 0)->slot[i].buf_idx == p.nif->ni_bufs_head ||
		    port_tx(&p, 0)->slot[i].buf_idx < 2)
			break;
	is_num(i, port_tx(&p, 0)->num_slots,
	   "none of them is in a ring, and rings have no buffers 0 and 1");
	port_close(&p);
	port_must(&p, "me{1");
	without = bufs_used(1);
	port_close(&p);
	port_must(&p, "me{1", .extra = 50);
	with = bufs_used(1);
	is_num(with, without + 50, "extra buffers are taken from the pool");
	port_close(&p);
	port_must(&p, "me{1");
	is_num(bufs_used(1), without, "extra buffers are freed by close");
	port_close(&p);
}

/* Buffers granted to one fd are freed through another. */
static void test_carry_over(void)
{
	struct port a, b;
	struct nm_info_region r = { 0 };
	uint32_t before, head, last;
	int n;

	port_must(&b, "mc{2");
	before = bufs_used(1);
	port_must(&a, "mc}2", .extra = 10);
	is_num(bufs_used(1), before + 10, "carry over: ten more in use");
	head = a.nif->ni_bufs_head;
	a.nif->ni_bufs_head = 0;
	port_close(&a);
	is_num(bufs_used(1), before + 10, "carry over: taken off the list, they outlive their fd");
	for (last = head, n = 1; *extra_word(&b, last); last = *extra_word(&b, last))
		n++;
	is_num(n, 10, "carry over: the list is whole in the other fd's map");
	*extra_word(&b, last) = b.nif->ni_bufs_head;
	b.nif->ni_bufs_head = head;
	port_must(&a, "mc}2");
	port_close(&b);
	is_num(bufs_used(1), before, "carry over: freed by the other fd's close");
	inspect_region(1, &r);
	is_num(r.bad_frees, 0, "carry over: none freed twice");
	port_close(&a);
}

/* Lists with buffers out of range, in use, or in a circle: only valid ones are freed. */
static void test_bad_lists(void)
{
	struct nm_info_region r0 = { 0 }, r1 = { 0 };
	struct port keep, p;
	uint32_t used, head;

	port_must(&keep, "mb{3");
	port_must(&p, "mb{4", .extra = 1);
	used = bufs_used(1);
	inspect_region(1, &r0);
	head = p.nif->ni_bufs_head;
	*extra_word(&p, head) = 0x7ffffff0;
	port_close(&p);
	inspect_region(1, &r1);
	ok(r1.bad_frees > r0.bad_frees, "list with a buffer out of range: counted");
	port_must(&p, "mb{4", .extra = 2);
	head = p.nif->ni_bufs_head;
	*extra_word(&p, *extra_word(&p, head)) = head;
	port_close(&p);
	port_must(&p, "mb{4", .extra = 1);
	*extra_word(&p, p.nif->ni_bufs_head) = 1;
	port_close(&p);
	port_must(&p, "mb{4", .extra = 1);
	is_num(bufs_used(1), used, "after bad lists nothing is missing from the pool");
	port_close(&p);
	port_close(&keep);
}

/* Settings, where the platform has files for them. 0 or -errno; -ENOENT where it has none. */
static int setting_write(const char *name, unsigned int value)
{
	char path[80], text[16];
	int fd, n, err;

	snprintf(path, sizeof(path), "/sys/module/netmap/parameters/%s", name);
	fd = open(path, O_WRONLY);
	if (fd < 0)
		return -errno;
	n = snprintf(text, sizeof(text), "%u", value);
	err = write(fd, text, n) == n ? 0 : -errno;
	close(fd);
	return err;
}

static unsigned int setting_read(const char *name)
{
	struct nm_info_tunable t[64];
	int i, n = inspect(NM_INSPECT_TUNABLES, "", t, sizeof(t[0]), 64);

	for (i = 0; i < n; i++)
		if (!strcmp(t[i].name, name))
			return t[i].value;
	return 0;
}

static const char *const sizes[] = { "region_mb", "buf_num", "ring_num", "if_num" };
static const unsigned int small[] = { 16, 64, 1, 1 };
#define SIZES	4u

/* More than the smallest global region holds: fewer are granted. */
static void exhaust_buffers(void)
{
	struct nmreq_register reg = { .nr_mode = NR_REG_ALL_NIC, .nr_extra_bufs = 0xfffffff0 };
	int fd = dev_open();

	is_err(ctrl(fd, NETMAP_REQ_REGISTER, "ml{1", &reg), 0,
	       "more extra buffers than the region may have: bound");
	ok(reg.nr_extra_bufs > 0 && reg.nr_extra_bufs < 16384,
	   "more extra buffers than the region may have: fewer granted (%u)", reg.nr_extra_bufs);
	close(fd);
	fd = dev_open();
	reg = (struct nmreq_register){ .nr_mode = NR_REG_ALL_NIC };
	is_err(ctrl(fd, NETMAP_REQ_REGISTER, "ml{1", &reg), 0,
	       "then an ordinary request is granted");
	close(fd);
}

static void exhaust_rings(void)
{
	static struct port p[64];
	struct nmreq_register reg = { .nr_mode = NR_REG_ALL_NIC };
	char name[32];
	unsigned int n;
	int fd = dev_open();

	for (n = 0; n < 64; n++) {
		snprintf(name, sizeof(name), "ml{%u", n);
		if (port_open(&p[n], name))
			break;
	}
	ok(n > 0 && n < 64, "pipes until the region is full (%u)", n);
	is_err(ctrl(fd, NETMAP_REQ_REGISTER, "ml{more", &reg), -ENOMEM, "region full: ENOMEM");
	ok(has_reason(fd, "region_mb"), "region full: the reason names the setting");
	diag("reason: %s", reason(fd));
	is_num(setting_write("region_mb", 100), -EBUSY,
	   "a setting of a region in use cannot change: EBUSY");
	while (n)
		port_close(&p[--n]);
	is_err(ctrl(fd, NETMAP_REQ_REGISTER, "ml{more", &reg), 0, "region empty again: granted");
	close(fd);
}

static void test_limits(void)
{
	unsigned int old[SIZES], i;

	for (i = 0; i < SIZES; i++) {
		old[i] = setting_read(sizes[i]);
		if (setting_write(sizes[i], small[i])) {
			skip("no settings here", "limits of a small region");
			break;
		}
	}
	if (i == SIZES) {
		is_num(setting_read("region_mb"), 16, "a setting was changed");
		is_num(setting_write("region_mb", 1), -ERANGE, "a setting out of bounds: ERANGE");
		exhaust_buffers();
		exhaust_rings();
	}
	for (; i; i--)
		setting_write(sizes[i - 1], old[i - 1]);
}

static void test_info(void)
{
	struct nmreq_pools_info pi = { .nr_mem_id = 0 };
	struct nmreq_port_info_get info = { 0 };
	struct port p;

	port_must(&p, "vale95:i", .tx_rings = 2, .rx_slots = 128);
	is_err(ctrl(p.fd, NETMAP_REQ_PORT_INFO_GET, "vale95:i", &info), 0, "port info");
	is_num(info.nr_tx_rings, 2, "port info: tx rings");
	is_num(info.nr_rx_rings, 1, "port info: rx rings");
	is_num(info.nr_rx_slots, 128, "port info: rx slots");
	is_num(info.nr_mem_id, p.reg.nr_mem_id, "port info: region id");
	is_num(info.nr_memsize, p.reg.nr_memsize, "port info: memsize");
	is_err(ctrl(p.fd, NETMAP_REQ_POOLS_INFO_GET, "vale95:i", &pi), 0, "pools info of a port");
	is_num(pi.nr_mem_id, p.reg.nr_mem_id, "pools info: region id");
	is_num(pi.nr_memsize, p.reg.nr_memsize, "pools info: memsize");
	is_num(pi.nr_buf_pool_objsize, port_tx(&p, 0)->nr_buf_size, "pools info: buffer size");
	is_num(p.mem + pi.nr_buf_pool_offset - ring_buf(port_tx(&p, 0), 0), 0,
	   "pools info: where buffer 0 is");
	ok(pi.nr_buf_pool_objtotal >= 2 * 1024 + 128, "pools info: buffers for all rings");
	ok(pi.nr_if_pool_objtotal && pi.nr_ring_pool_objtotal, "pools info: if and ring objects");
	ok(pi.nr_if_pool_offset < pi.nr_memsize && pi.nr_ring_pool_offset < pi.nr_memsize &&
	   pi.nr_buf_pool_offset < pi.nr_memsize, "pools info: offsets inside the map");
	ok(p.reg.nr_offset >= pi.nr_if_pool_offset, "pools info: our netmap_if is in its pool");
	pi = (struct nmreq_pools_info){ .nr_mem_id = p.reg.nr_mem_id };
	is_err(ctrl_once(NETMAP_REQ_POOLS_INFO_GET, "", &pi), 0, "pools info by region id");
	is_num(pi.nr_memsize, p.reg.nr_memsize, "pools info by region id: memsize");
	port_close(&p);
}

static void test_map_outlives_fd(void)
{
	struct port p;
	struct netmap_ring *t;
	char *data;

	port_must(&p, "vale95:m");
	t = port_tx(&p, 0);
	data = ring_buf(t, t->slot[3].buf_idx);
	memset(data, 0x5a, 2048);
	close(p.fd);
	p.fd = -1;
	ok(data[0] == 0x5a && data[2047] == 0x5a, "the map outlives the fd: data is there");
	memset(data, 0xa5, 2048);
	ok(data[100] == (char)0xa5, "the map outlives the fd: it can be written");
	*(uint32_t *)data = t->num_slots;
	port_close(&p);
}

static void test_map_rules(void)
{
	struct port p, q;
	char *m;
	unsigned int i;

	port_must(&p, "vale95:mr");
	m = mmap(NULL, p.reg.nr_memsize, PROT_READ | PROT_WRITE, MAP_SHARED, p.fd, 0);
	ok(m != MAP_FAILED, "a second map of the same fd");
	if (m != MAP_FAILED) {
		p.mem[p.reg.nr_offset] = 'Q';
		ok(m[p.reg.nr_offset] == 'Q', "both maps show the same memory");
		munmap(m, p.reg.nr_memsize);
	}
	m = mmap(NULL, p.reg.nr_memsize + (1ul << 30), PROT_READ | PROT_WRITE, MAP_SHARED, p.fd, 0);
	if (dev_is_process())
		ok(m != MAP_FAILED, "a map longer than the region reaches into those behind it");
	else
		ok(m == MAP_FAILED, "a map longer than the region is refused");
	if (m != MAP_FAILED)
		munmap(m, p.reg.nr_memsize + (1ul << 30));
	m = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, p.fd, 0);
	ok(m != MAP_FAILED, "a map of one page");
	if (m != MAP_FAILED)
		munmap(m, 4096);
	m = mmap(NULL, p.reg.nr_memsize, PROT_READ, MAP_SHARED, p.fd, 0);
	ok(m != MAP_FAILED, "a read-only map");
	if (m != MAP_FAILED)
		munmap(m, p.reg.nr_memsize);
	for (i = 0; i < 200; i++) {
		if (port_open(&q, "vale95:mr"))
			break;
		port_close(&q);
	}
	is_num(i, 200, "map and unmap 200 times");
	port_close(&p);
}

/* Fresh buffers are zero: they show no data of other clients. */
static void test_no_leak(void)
{
	struct port p;
	size_t i, dirty = 0;
	struct netmap_ring *t;

	port_must(&p, "vale95:z", .extra = 20);
	t = port_tx(&p, 0);
	for (i = 0; i < t->num_slots; i++) {
		const char *b = ring_buf(t, t->slot[i].buf_idx);

		dirty += b[0] || memcmp(b, b + 1, 2047);
	}
	is_num(dirty, 0, "buffers of a fresh private region are zero");
	port_close(&p);
}

#define PIPES	1000

static void test_thousand_pipes(void)
{
	static struct port a[PIPES], b[PIPES];
	struct rlimit rl = { 4096, 4096 };
	struct port parent;
	char name[40];
	unsigned int i, n, good = 0;

	if (setrlimit(RLIMIT_NOFILE, &rl)) {
		skip("cannot open a thousand files", "a thousand pipes on one port");
		return;
	}
	port_must(&parent, "vale95:tp");
	for (n = 0; n < PIPES; n++) {
		int fd, err;

		snprintf(name, sizeof(name), "vale95:tp{%u", n);
		err = port_open(&a[n], name, .tx_slots = 32, .rx_slots = 32);
		if (err) {
			struct nmreq_register reg = { .nr_mode = NR_REG_ALL_NIC, .nr_tx_slots = 32,
				.nr_rx_slots = 32 };

			fd = dev_open();
			ctrl(fd, NETMAP_REQ_REGISTER, name, &reg);
			diag("pipe %u: %s: %s", n, strerror(-err), reason(fd));
			close(fd);
			break;
		}
		snprintf(name, sizeof(name), "vale95:tp}%u", n);
		if (port_open(&b[n], name, .tx_slots = 32, .rx_slots = 32)) {
			port_close(&a[n]);
			break;
		}
	}
	is_num(n, PIPES, "a thousand pipes on one port");
	for (i = 0; i < n; i++) {
		frame_make(buf, 64, 1, 2, 3, i);
		port_send(&a[i], buf, 64);
	}
	for (i = 0; i < n; i++) {
		int len = port_recv(&b[i], buf, sizeof(buf));

		good += len == 64 && frame_is(buf, 64, 1, 2, 3, i);
	}
	is_num(good, n, "each of them works");
	for (i = 0; i < n; i++) {
		port_close(&a[i]);
		port_close(&b[i]);
	}
	port_close(&parent);
}

static sigjmp_buf out_of_memory;

static void on_bus(int sig)
{
	(void)sig;
	siglongjmp(out_of_memory, 1);
}

/* Bytes of memory that a region has. */
static int64_t memory_of(uint32_t id)
{
	struct nm_info_region r;

	if (!inspect_region(id, &r))
		return -1;
	return (int64_t)r.ifs.total * r.ifs.unit + (int64_t)r.rings.total * r.rings.unit +
	       (int64_t)r.bufs.total * r.bufs.unit;
}

/* This process's memory that is shared, in bytes. */
static int64_t shared_memory(void)
{
	FILE *f = fopen("/proc/self/status", "re");
	long long file = 0, shmem = 0;
	char line[128];

	while (f && fgets(line, sizeof(line), f)) {
		sscanf(line, "RssFile: %lld", &file);
		sscanf(line, "RssShmem: %lld", &shmem);
	}
	if (f)
		fclose(f);
	return (file + shmem) << 10;
}

/*
 * A map is larger than the memory that its region has. A program that locks all of it, or reads
 * where there is no memory, gets nothing else.
 */
static void test_holes(void)
{
	static struct port p;
	static int64_t had, before;
	static volatile bool has_read;

	if (dev_is_process()) {
		skip("the file that clients map has memory wherever it is touched",
		     "pages without memory");
		return;
	}
	port_must(&p, "vale95:holes");
	had = memory_of(p.reg.nr_mem_id);
	ok(had > 0 && had < (int64_t)p.reg.nr_memsize / 2, "most of a map has no memory");
	before = shared_memory();
	is_num(mlockall(MCL_CURRENT | MCL_FUTURE), 0, "a program locks its memory");
	ok(shared_memory() - before <= had + (1 << 20), "which takes what the region has");
	port_unmap(&p);
	before = shared_memory();
	is_num(port_map(&p), 0, "a map while all memory is locked");
	ok(shared_memory() - before <= had + (1 << 20), "takes nothing else either");
	munlockall();
	signal(SIGBUS, on_bus);
	if (!sigsetjmp(out_of_memory, 1)) {
		buf[0] = ((volatile char *)p.mem)[p.reg.nr_memsize - 1];
		has_read = true;
	}
	signal(SIGBUS, SIG_DFL);
	ok(!has_read, "a page without memory cannot be read");
	is_num(memory_of(p.reg.nr_mem_id), had, "and the region has what it had");
	port_close(&p);
}

int main(int argc, char **argv)
{
	test_start(argc, argv);
	test_regions();
	test_region_refused();
	test_shared_region();
	test_extra();
	test_carry_over();
	test_bad_lists();
	test_limits();
	test_info();
	test_map_outlives_fd();
	test_map_rules();
	test_holes();
	test_no_leak();
	test_thousand_pipes();
	return test_done();
}
