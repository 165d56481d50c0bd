/* SPDX-License-Identifier: BSD-2-Clause */
/* Ports through the public interface: see port.h. */
#include "port.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/vfs.h>
#include <unistd.h>

bool dev_is_process(void)
{
	struct statfs fs;

	return statfs(opt.device, &fs) == 0 && fs.f_type == FUSE_SUPER_MAGIC;
}

int dev_open(void)
{
	int fd = open(opt.device, O_RDWR | O_CLOEXEC);

	if (fd < 0)
		give_up("open %s", opt.device);
	return fd;
}

int do_ioctl(int fd, unsigned long cmd, void *arg)
{
	return ioctl(fd, cmd, arg) < 0 ? -errno : 0;
}

int ctrl_raw(int fd, struct nmreq_header *h)
{
	return do_ioctl(fd, NIOCCTRL, h);
}

int ctrl_opts(int fd, uint16_t type, const char *name, void *body, void *options)
{
	struct nmreq_header h = {
		.nr_version = NETMAP_API,
		.nr_reqtype = type,
		.nr_options = (uintptr_t)options,
		.nr_body = (uintptr_t)body,
	};

	strncpy(h.nr_name, name, sizeof(h.nr_name) - 1);
	return ctrl_raw(fd, &h);
}

int ctrl(int fd, uint16_t type, const char *name, void *body)
{
	return ctrl_opts(fd, type, name, body, NULL);
}

int ctrl_once(uint16_t type, const char *name, void *body)
{
	int fd = dev_open();
	int err = ctrl(fd, type, name, body);

	close(fd);
	return err;
}

const char *reason(int fd)
{
	static struct nmreq_reason r;
	int err;

	memset(&r, 0, sizeof(r));
	err = ctrl(fd, NETMAP_REQ_REASON_GET, "", &r);
	if (err)
		r.text[0] = 0;
	return r.text;
}

bool has_reason(int fd, const char *word)
{
	const char *text = reason(fd);

	return text[0] && (!word || strcasestr(text, word));
}

int port_map(struct port *p)
{
	p->mem = mmap(NULL, p->reg.nr_memsize, PROT_READ | PROT_WRITE, MAP_SHARED, p->fd, 0);
	if (p->mem == MAP_FAILED) {
		p->mem = NULL;
		return -errno;
	}
	p->nif = (struct netmap_if *)(p->mem + p->reg.nr_offset);
	return 0;
}

int port_try(struct port *p, const struct port_spec *s)
{
	int err;

	*p = (struct port){ .fd = dev_open() };
	p->reg = (struct nmreq_register){
		.nr_mode = s->mode ? s->mode : NR_REG_ALL_NIC,
		.nr_ringid = s->ringid,
		.nr_flags = s->flags,
		.nr_tx_slots = s->tx_slots,
		.nr_rx_slots = s->rx_slots,
		.nr_tx_rings = s->tx_rings,
		.nr_rx_rings = s->rx_rings,
		.nr_host_tx_rings = s->host_tx_rings,
		.nr_host_rx_rings = s->host_rx_rings,
		.nr_mem_id = s->mem_id,
		.nr_extra_bufs = s->extra,
	};
	err = ctrl(p->fd, NETMAP_REQ_REGISTER, s->name, &p->reg);
	if (!err)
		err = port_map(p);
	if (err) {
		close(p->fd);
		p->fd = -1;
	}
	return err;
}

void port_need(struct port *p, const struct port_spec *s)
{
	int err = port_try(p, s);

	if (err) {
		errno = -err;
		give_up("open port %s", s->name);
	}
}

uint64_t port_region(const struct port *p)
{
	struct nmreq_pools_info info = { 0 };

	return ctrl(p->fd, NETMAP_REQ_POOLS_INFO_GET, "", &info) ? 0 : info.nr_if_pool_offset;
}

void port_unmap(struct port *p)
{
	if (p->mem)
		munmap(p->mem, p->reg.nr_memsize);
	p->mem = NULL;
	p->nif = NULL;
}

void port_close(struct port *p)
{
	port_unmap(p);
	if (p->fd >= 0)
		close(p->fd);
	p->fd = -1;
}

static struct netmap_ring *ring_at(const struct port *p, unsigned int i)
{
	return p->nif->ring_ofs[i] ?
		(struct netmap_ring *)((char *)p->nif + p->nif->ring_ofs[i]) : NULL;
}

struct netmap_ring *port_tx(const struct port *p, unsigned int i)
{
	return ring_at(p, i);
}

struct netmap_ring *port_rx(const struct port *p, unsigned int i)
{
	return ring_at(p, p->nif->ni_tx_rings + p->nif->ni_host_tx_rings + i);
}

bool ring_put(struct netmap_ring *r, const void *data, uint32_t len, uint16_t flags)
{
	struct netmap_slot *s = &r->slot[r->head];

	if (!ring_space(r))
		return false;
	memcpy(ring_buf(r, s->buf_idx), data, len);
	s->len = len;
	s->flags = flags;
	ring_release(r, 1);
	return true;
}

bool ring_put_frags(struct netmap_ring *r, const void *data, uint32_t len, uint32_t chunk)
{
	uint32_t slots = (len + chunk - 1) / chunk, done;

	if (ring_space(r) < slots)
		return false;
	for (done = 0; done < len; done += chunk) {
		uint32_t n = len - done < chunk ? len - done : chunk;

		ring_put(r, (const char *)data + done, n, done + n < len ? NS_MOREFRAG : 0);
	}
	return true;
}

int ring_take(struct netmap_ring *r, void *data, uint32_t size)
{
	uint32_t done = 0, i = r->head, left = ring_space(r);

	while (left--) {
		const struct netmap_slot *s = &r->slot[i];

		if (done + s->len > size)
			return -EMSGSIZE;
		memcpy((char *)data + done, ring_buf(r, s->buf_idx), s->len);
		done += s->len;
		i = ring_next(r, i);
		if (!(s->flags & NS_MOREFRAG)) {
			r->head = r->cur = i;
			return done;
		}
	}
	return -EAGAIN;
}

int port_send(struct port *p, const void *data, uint32_t len)
{
	if (!ring_put(port_tx(p, 0), data, len, 0))
		return -EAGAIN;
	return txsync(p);
}

static unsigned int rx_count(const struct port *p)
{
	return p->nif->ni_rx_rings + p->nif->ni_host_rx_rings;
}

int port_recv(struct port *p, void *data, uint32_t size)
{
	int err = rxsync(p);
	unsigned int i;

	if (err)
		return err;
	for (i = 0; i < rx_count(p); i++) {
		struct netmap_ring *r = port_rx(p, i);

		if (r && ring_space(r))
			return ring_take(r, data, size);
	}
	return -EAGAIN;
}

unsigned int port_drain(struct port *p)
{
	unsigned int i, n = 0;

	if (rxsync(p))
		return 0;
	for (i = 0; i < rx_count(p); i++) {
		struct netmap_ring *r = port_rx(p, i);

		if (r) {
			n += ring_space(r);
			ring_release(r, ring_space(r));
		}
	}
	rxsync(p);
	return n;
}

int port_poll(const struct port *p, int events, int ms)
{
	struct pollfd pfd = { .fd = p->fd, .events = events };
	int n;

	do
		n = poll(&pfd, 1, ms);
	while (n < 0 && errno == EINTR);
	return n < 0 ? -errno : n ? pfd.revents : 0;
}
