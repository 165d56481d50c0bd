// SPDX-License-Identifier: BSD-2-Clause
/*
 * A ring of frames that the kernel sends. A batch is copied to its slots and sent by one call, through the
 * device's egress and its queueing discipline. What those had no room for is taken back; a slot
 * is free again when the kernel is done with its frame. A virtio-net header stands before each
 * frame: with it the kernel allows as many bytes as the driver does.
 */
#define OS_PLATFORM
#include <linux/if_packet.h>
#include <linux/virtio_net.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include "packet.h"

/* Where the kernel looks for a frame in its slot. */
#define DATA_AT	(TPACKET2_HDRLEN - sizeof(struct sockaddr_ll))
#define ROOM_AT	(DATA_AT + sizeof(struct virtio_net_hdr))

/* Of a frame as much is copied to where every driver finds it; more than that stays in pages of the ring. */
#define HEAD_MAX	2000u

int tx_ring_open(struct tx_ring *r, int fd, uint32_t slots, uint32_t slot_size)
{
	void *map = mmap(NULL, (size_t)slots * slot_size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	if (map == MAP_FAILED)
		return -errno;
	*r = (struct tx_ring){ .fd = fd, .map = map, .slots = slots, .slot_size = slot_size };
	pthread_mutex_init(&r->lock, NULL);
	return 0;
}

void tx_ring_close(struct tx_ring *r)
{
	munmap(r->map, (size_t)r->slots * r->slot_size);
	pthread_mutex_destroy(&r->lock);
	r->map = NULL;
}

uint32_t tx_ring_frame_max(const struct tx_ring *r)
{
	return r->slot_size - (uint32_t)ROOM_AT;
}

static struct tpacket2_hdr *slot_of(const struct tx_ring *r, uint32_t i)
{
	return (void *)(r->map + (size_t)i * r->slot_size);
}

static uint32_t status_of(const struct tx_ring *r, uint32_t i)
{
	return __atomic_load_n(&slot_of(r, i)->tp_status, __ATOMIC_ACQUIRE);
}

static void status_set(struct tx_ring *r, uint32_t i, uint32_t status)
{
	__atomic_store_n(&slot_of(r, i)->tp_status, status, __ATOMIC_RELEASE);
}

/* One frame to slot i; returns its pieces. */
static uint32_t put(struct tx_ring *r, uint32_t i, const struct os_frag *frag)
{
	struct tpacket2_hdr *slot = slot_of(r, i);
	struct virtio_net_hdr vh = { 0 };
	uint8_t *data = (uint8_t *)slot + ROOM_AT;
	uint32_t n = 0, len = 0;

	do {
		memcpy(data + len, frag[n].data, frag[n].len);
		len += frag[n].len;
	} while (frag[n++].more);
	vh.hdr_len = (uint16_t)(len < HEAD_MAX ? len : HEAD_MAX);
	memcpy(data - sizeof(vh), &vh, sizeof(vh));
	slot->tp_len = len + (uint32_t)sizeof(vh);
	status_set(r, i, TP_STATUS_SEND_REQUEST);
	return n;
}

static uint32_t next(const struct tx_ring *r, uint32_t i)
{
	return i + 1 == r->slots ? 0 : i + 1;
}

/* The pieces of the first so many frames. */
static uint32_t pieces_of(const struct os_frag *frag, uint32_t frames)
{
	uint32_t i = 0;

	while (frames)
		frames -= !frag[i++].more;
	return i;
}

/* Let the kernel send what is in slots [at, end). Returns how many it took. */
static uint32_t kick_locked(struct tx_ring *r, uint32_t end)
{
	uint32_t taken = 0;

	while (sendto(r->fd, NULL, 0, MSG_DONTWAIT, NULL, 0) < 0 && errno == EINTR)
		;
	while (r->at != end && status_of(r, r->at) != TP_STATUS_SEND_REQUEST) {
		/* What the kernel found no frame at all is dealt with too. */
		if (status_of(r, r->at) == TP_STATUS_WRONG_FORMAT)
			status_set(r, r->at, TP_STATUS_AVAILABLE);
		r->at = next(r, r->at);
		taken++;
	}
	for (; end != r->at; ) {
		end = end ? end - 1 : r->slots - 1;
		status_set(r, end, TP_STATUS_AVAILABLE);
	}
	return taken;
}

uint32_t tx_ring_send(struct tx_ring *r, const struct os_frag *frag, uint32_t n)
{
	uint32_t end, done = 0, put_in, frames, taken;

	pthread_mutex_lock(&r->lock);
	do {
		put_in = done;
		frames = 0;
		for (end = r->at; put_in < n && next(r, end) != r->at &&
		     status_of(r, end) == TP_STATUS_AVAILABLE; end = next(r, end)) {
			put_in += put(r, end, frag + put_in);
			frames++;
		}
		if (!frames)
			break;
		taken = kick_locked(r, end);
		done += pieces_of(frag + done, taken);
	} while (done < n && taken == frames);
	pthread_mutex_unlock(&r->lock);
	return done;
}
