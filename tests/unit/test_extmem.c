/* SPDX-License-Identifier: BSD-2-Clause */
/* Ports in user memory. */
#include <sys/mman.h>
#include <unistd.h>

#include "subject.h"

#define MIB	(1u << 20)

/* User memory: a memfd, mapped as shared memory. */
struct memory {
	int fd;
	char *at;
	size_t size;
};

static struct memory memory_make(size_t size)
{
	struct memory m = { .fd = memfd_create("user", MFD_CLOEXEC), .size = size };

	os_assert(m.fd >= 0 && ftruncate(m.fd, (off_t)size) == 0);
	m.at = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, m.fd, 0);
	os_assert(m.at != MAP_FAILED);
	return m;
}

static void memory_end(struct memory *m)
{
	munmap(m->at, m->size);
	close(m->fd);
}

static struct nmreq_opt_extmem opt;

static int bind_in(struct client *p, const char *name, const void *at, uint64_t size)
{
	opt.nro_opt =
		(struct nmreq_option){ .nro_reqtype = NETMAP_REQ_OPT_EXTMEM, .nro_status = 0xdead };
	p->reg.nr_mode = NR_REG_ALL_NIC;
	opt.nro_usrptr = (uintptr_t)at;
	opt.nro_info.nr_memsize = size;
	return client_ctrl(p, NETMAP_REQ_REGISTER, name, &p->reg, &opt.nro_opt);
}

/* A client of that port in the memory, with default pools. */
static struct client *client_in(const char *name, const struct memory *m)
{
	struct client *p = client_new();

	memset(&opt, 0, sizeof(opt));
	if (!is_err(bind_in(p, name, m->at, m->size), 0, "%s is made in user memory", name))
		diag("%s", client_reason(p));
	is_num(opt.nro_opt.nro_status, 0, "%s: the option's status is 0", name);
	return p;
}

static struct netmap_ring *ring_of(const struct client *p, const struct memory *m, bool tx)
{
	struct netmap_if *nifp = (struct netmap_if *)(void *)(m->at + p->reg.nr_offset);

	return (struct netmap_ring *)(void *)((char *)nifp +
					      nifp->ring_ofs[tx ? 0 : nifp->ni_tx_rings]);
}

static bool is_inside(const struct netmap_ring *r, const struct memory *m)
{
	const char *first =
		(const char *)r + r->buf_ofs + r->slot[0].buf_idx * (uint64_t)r->nr_buf_size;

	return (const char *)r > m->at && (const char *)r < m->at + m->size && first > m->at &&
	       first < m->at + m->size;
}

static bool send_one(struct client *p, const struct memory *m, const void *frame, uint16_t len)
{
	struct netmap_ring *r = ring_of(p, m, true);

	memcpy((char *)r + r->buf_ofs + r->slot[r->head].buf_idx * (uint64_t)r->nr_buf_size, frame,
	       len);
	r->slot[r->head].len = len;
	r->head = r->cur = ring_next(r, r->head);
	return client_txsync(p) == 0;
}

/* The frame got, as bytes; NULL if there is none. */
static const uint8_t *receive_one(struct client *p, const struct memory *m, uint16_t *len)
{
	struct netmap_ring *r = ring_of(p, m, false);
	const struct netmap_slot *slot;

	if (client_rxsync(p) || r->head == r->tail)
		return NULL;
	slot = &r->slot[r->head];
	*len = slot->len;
	r->head = r->cur = ring_next(r, r->head);
	return (const uint8_t *)r + r->buf_ofs + slot->buf_idx * (uint64_t)r->nr_buf_size;
}

static void layout(void)
{
	struct memory m = memory_make(16 * MIB);
	struct client *p = client_in("valeM:a", &m);
	const struct nmreq_pools_info *i = &opt.nro_info;

	is_num(i->nr_mem_id, p->reg.nr_mem_id, "the answer names the region");
	ok(i->nr_mem_id > 1, "which is not the global one");
	ok(i->nr_memsize <= m.size && i->nr_memsize > m.size / 2, "and says how much is used");
	is_num((long long)p->reg.nr_memsize, (long long)i->nr_memsize, "as register does");
	ok(i->nr_buf_pool_offset + (uint64_t)i->nr_buf_pool_objtotal * i->nr_buf_pool_objsize <=
		   m.size,
	   "the buffers end inside");
	ok(is_inside(ring_of(p, &m, true), &m) && is_inside(ring_of(p, &m, false), &m),
	   "rings and buffers are inside");
	client_end(p);

	memset(&opt, 0, sizeof(opt));
	opt.nro_info = (struct nmreq_pools_info){
		.nr_if_pool_objtotal = 4, .nr_if_pool_objsize = 1000,
		.nr_ring_pool_objtotal = 4, .nr_ring_pool_objsize = 9000,
		.nr_buf_pool_objtotal = 640, .nr_buf_pool_objsize = 4096,
	};
	p = client_new();
	p->reg.nr_tx_slots = p->reg.nr_rx_slots = 256;
	is_err(bind_in(p, "valeM:a", m.at, m.size), 0, "a port with pools as wanted");
	is_num(i->nr_if_pool_objtotal, 4, "interface objects as wanted");
	is_num(i->nr_if_pool_objsize, 1024, "their size, rounded up");
	is_num(i->nr_ring_pool_objtotal, 4, "rings as wanted");
	is_num(i->nr_ring_pool_objsize, 12288, "their size, rounded up");
	is_num(i->nr_buf_pool_objtotal, 640, "buffers as wanted");
	is_num(i->nr_buf_pool_objsize, 4096, "their size");
	is_num(ring_of(p, &m, true)->nr_buf_size, 4096, "as the ring says");
	client_end(p);
	memory_end(&m);
}

static void traffic(void)
{
	struct memory m = memory_make(16 * MIB);
	struct client *p = client_in("valeM:a", &m), *q = client_bound("valeM:b");
	uint8_t frame[600], got[2048];
	const uint8_t *bytes;
	uint16_t len = 0;

	frame_make(frame, sizeof(frame), STATION_ALL, 1, 7);
	ok(send_one(p, &m, frame, sizeof(frame)), "a frame is sent from user memory");
	is_num(client_receive(q, got, sizeof(got)), sizeof(frame), "and arrives elsewhere");
	ok(frame_is(got, sizeof(frame), STATION_ALL, 1, 7), "as it was");
	frame_make(frame, sizeof(frame), 1, 2, 8);
	ok(client_send(q, frame, sizeof(frame)), "one is sent back");
	bytes = receive_one(p, &m, &len);
	ok(bytes && len == sizeof(frame) && frame_is(bytes, len, 1, 2, 8),
	   "and arrives in user memory");
	client_end(p);
	client_end(q);
	memory_end(&m);
}

static void sharing(void)
{
	struct memory m = memory_make(32 * MIB), again = m;
	struct client *p = client_in("valeM:a", &m), *q, *r = client_new(), *s;
	struct os_test_counts before, after;

	again.at = mmap(NULL, m.size, PROT_READ | PROT_WRITE, MAP_SHARED, m.fd, 0);
	os_test_counts(&before);
	q = client_in("valeN:b", &again);
	is_num(q->reg.nr_mem_id, p->reg.nr_mem_id,
	       "another map of the same memory is the same region");
	os_test_counts(&after);
	is_num(after.spaces, before.spaces, "no region was made for it");
	r->reg.nr_mode = NR_REG_ALL_NIC;
	is_err(client_ctrl(r, NETMAP_REQ_REGISTER, "valeM:a", &r->reg, NULL), -EINVAL,
	       "a client without the memory is refused");
	ok(strstr(client_reason(r), "NETMAP_REQ_OPT_EXTMEM") != NULL, "with a reason");
	r->reg.nr_mem_id = p->reg.nr_mem_id;
	is_err(client_ctrl(r, NETMAP_REQ_REGISTER, "valeM:a", &r->reg, NULL), 0,
	       "a client that names the region's number is not");
	s = client_in("valeM:a{1", &m);
	is_num(s->reg.nr_mem_id, p->reg.nr_mem_id, "a pipe on the port is in the same region");
	client_end(p);
	client_end(r);
	client_end(s);
	ok(ring_of(q, &again, true)->num_slots == 1024, "the region lives as long as one port");
	client_end(q);
	munmap(again.at, again.size);
	memory_end(&m);
}

static void refuse(const char *what, const char *name, const void *at, uint64_t size, int want)
{
	struct client *p = client_new();

	is_err(bind_in(p, name, at, size), want, "%s is refused", what);
	is_num(opt.nro_opt.nro_status, -want, "%s: the option's status says why", what);
	ok(strlen(client_reason(p)) > 20, "%s: %s", what, client_reason(p));
	client_end(p);
}

static void refusals(void)
{
	struct memory m = memory_make(4 * MIB), hole = memory_make(4 * MIB),
		      end = memory_make(4 * MIB);
	void *anon =
		mmap(NULL, 4 * MIB, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	void *view = mmap(NULL, 4 * MIB, PROT_READ, MAP_SHARED, m.fd, 0);
	struct client *used = client_bound("valeM:used"), *p;

	memset(&opt, 0, sizeof(opt));
	munmap(hole.at + 2 * MIB, OS_PAGE_SIZE);
	os_assert(ftruncate(end.fd, MIB) == 0);
	refuse("nothing", "valeM:a", NULL, m.size, -EINVAL);
	refuse("no size", "valeM:a", m.at, 0, -EINVAL);
	refuse("less than a page", "valeM:a", m.at, 4095, -EINVAL);
	refuse("a size beyond all", "valeM:a", m.at, ~UINT64_C(0), -EINVAL);
	refuse("a size that wraps", "valeM:a", m.at, -(uint64_t)(uintptr_t)m.at, -EINVAL);
	refuse("more than is mapped", "valeM:a", m.at, UINT64_C(1) << 33, -EFAULT);
	refuse("an odd address", "valeM:a", m.at + 64, MIB, -EINVAL);
	refuse("an unmapped address", "valeM:a", (void *)(uintptr_t)4096, MIB, -EFAULT);
	refuse("private memory", "valeM:a", anon, 4 * MIB, -EINVAL);
	refuse("memory to be read only", "valeM:a", view, 4 * MIB, -EFAULT);
	refuse("memory with a hole", "valeM:a", hole.at, hole.size, -EFAULT);
	refuse("memory beyond its file's end", "valeM:a", end.at, end.size, -EFAULT);
	refuse("too little", "valeM:a", m.at, 4 * OS_PAGE_SIZE, -EINVAL);
	memset(&opt, 0, sizeof(opt));
	opt.nro_info.nr_ring_pool_objsize = 2 * MIB;
	refuse("rings of 2 MiB", "valeM:a", m.at, m.size, -EINVAL);
	opt.nro_info.nr_ring_pool_objsize = 4096;
	opt.nro_info.nr_ring_pool_objtotal = UINT32_MAX;
	refuse("4000000000 rings", "valeM:a", m.at, m.size, -ENOMEM);
	memset(&opt, 0, sizeof(opt));
	opt.nro_info.nr_if_pool_objtotal = 4000;
	refuse("interface objects that leave no room", "valeM:a", m.at, m.size, -ENOMEM);

	p = client_new();
	memset(&opt, 0, sizeof(opt));
	is_err(bind_in(p, "valeM:used", m.at, m.size), -EINVAL,
	       "a port in another region is refused");
	ok(strstr(client_reason(p), "uses memory region") != NULL, "%s", client_reason(p));
	p->reg.nr_mem_id = 1;
	is_err(bind_in(p, "valeM:a", m.at, m.size), -EINVAL, "another region's number is refused");
	memset(&p->reg, 0, sizeof(p->reg));
	p->reg.nr_tx_slots = p->reg.nr_rx_slots = 2048;
	is_err(bind_in(p, "valeM:a", m.at, m.size), -ENOMEM, "rings without buffers are refused");
	ok(strstr(client_reason(p), "external memory") != NULL, "%s", client_reason(p));
	memset(&opt, 0, sizeof(opt));
	memset(&p->reg, 0, sizeof(p->reg));
	p->reg.nr_tx_slots = p->reg.nr_rx_slots = 512;
	is_err(bind_in(p, "valeM:a", m.at, m.size), 0, "after these refusals the memory is taken");
	client_end(p);
	client_end(used);
	munmap(anon, 4 * MIB);
	munmap(view, 4 * MIB);
	memory_end(&m);
	memory_end(&hole);
	memory_end(&end);
}

/* A program that unmaps or cuts its user memory harms no other client. */
static void taken_away(void)
{
	struct memory m = memory_make(16 * MIB), cut = memory_make(16 * MIB);
	struct client *p = client_in("valeM:a", &m), *q = client_in("valeM:b", &cut);
	struct client *other = client_bound("valeM:c");
	uint8_t frame[600], got[2048];
	uint32_t i;

	munmap(m.at, m.size);
	is_err(client_txsync(p), 0, "a sync of a port whose memory is unmapped");
	os_assert(ftruncate(cut.fd, 0) == 0);
	frame_make(frame, sizeof(frame), STATION_ALL, 3, 1);
	for (i = 0; i < 3; i++) {
		client_txsync(q);
		client_rxsync(q);
		ok(client_send(other, frame, sizeof(frame)), "another client goes on sending");
	}
	client_end(q);
	client_end(p);
	q = client_bound("valeM:d");
	ok(client_send(other, frame, sizeof(frame)) &&
		   client_receive(q, got, sizeof(got)) == sizeof(frame),
	   "and everything works afterwards");
	client_end(q);
	client_end(other);
	close(m.fd);
	memory_end(&cut);
}

/* Every program that has the memory can write a slot there, so none may point elsewhere. */
static void indirect(void)
{
	static uint8_t data[100];
	struct memory m = memory_make(16 * MIB);
	struct client *p = client_in("valeM:p", &m), *q = client_bound("valeM:q");
	struct netmap_ring *r = ring_of(p, &m, true);

	r->slot[r->head].len = sizeof(data);
	r->slot[r->head].flags = NS_INDIRECT;
	r->slot[r->head].ptr = (uintptr_t)data;
	r->head = r->cur = ring_next(r, r->head);
	is_err(client_txsync(p), -EIO, "NS_INDIRECT in user memory is illegal");
	ok(strstr(client_reason(p), "that other users can join") != NULL, "with a reason");
	is_num(client_drain(q), 0, "nothing arrives");
	client_end(p);
	client_end(q);
	memory_end(&m);
}

SUBJECTS({ "layout", layout }, { "traffic", traffic }, { "sharing", sharing },
	 { "refusals", refusals }, { "indirect", indirect }, { "taken away", taken_away })
