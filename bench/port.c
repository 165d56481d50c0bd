// SPDX-License-Identifier: BSD-2-Clause
/* Ports that the bench itself opens. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <net/netmap.h>

#include "port.h"

#define FRAME_LEN	60

static int bind_port(struct bench_port *p, const char *name)
{
	struct nmreq_header hdr = {
		.nr_version = NETMAP_API,
		.nr_reqtype = NETMAP_REQ_REGISTER,
		.nr_body = (uintptr_t)&p->reg,
	};

	if (strlen(name) >= sizeof(hdr.nr_name))
		return -ENAMETOOLONG;
	strcpy(hdr.nr_name, name);
	return ioctl(p->fd, NIOCCTRL, &hdr) ? -errno : 0;
}

int bench_port_open(struct bench_port *p, const char *name, uint32_t slots, uint64_t flags)
{
	int err;

	*p = (struct bench_port){ .reg = {
		.nr_mode = NR_REG_ALL_NIC, .nr_flags = flags,
		.nr_tx_slots = slots, .nr_rx_slots = slots,
	} };
	p->fd = open("/dev/netmap", O_RDWR | O_CLOEXEC);
	if (p->fd < 0)
		return -errno;
	err = bind_port(p, name);
	if (err)
		close(p->fd);
	return err;
}

void bench_port_close(struct bench_port *p)
{
	close(p->fd);
}

static void fill_frame(struct netmap_ring *ring, const uint8_t station[6])
{
	struct netmap_slot *slot = &ring->slot[ring->head];
	uint8_t *buf = (uint8_t *)ring + ring->buf_ofs + (size_t)slot->buf_idx * ring->nr_buf_size;

	memset(buf, 0, FRAME_LEN);
	memset(buf, 0xff, 6);
	memcpy(buf + 6, station, 6);
	buf[12] = 0x88;		/* an ethertype reserved for experiments: 0x88b5 */
	buf[13] = 0xb5;
	slot->len = FRAME_LEN;
	ring->head = ring->cur = ring->head + 1 == ring->num_slots ? 0 : ring->head + 1;
}

int bench_port_announce(struct bench_port *p, const uint8_t station[6])
{
	char *map = mmap(NULL, p->reg.nr_memsize, PROT_READ | PROT_WRITE, MAP_SHARED, p->fd, 0);
	struct netmap_if *nifp;
	int err;

	if (map == MAP_FAILED)
		return -errno;
	nifp = (struct netmap_if *)(map + p->reg.nr_offset);
	fill_frame((struct netmap_ring *)((char *)nifp + nifp->ring_ofs[0]), station);
	err = ioctl(p->fd, NIOCTXSYNC) ? -errno : 0;
	munmap(map, p->reg.nr_memsize);
	return err;
}
