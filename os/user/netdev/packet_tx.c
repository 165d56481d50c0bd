// SPDX-License-Identifier: BSD-2-Clause
/*
 * A packet socket's transmit ring. A batch is copied to its slots and sent by one call, through the
 * device's egress and its queueing discipline. Frames that these had no room for are taken back; a
 * slot is free again once the kernel has sent its frame. Each frame has a virtio-net header,
 * because with it the kernel allows frames as long as the driver's limit.
 */
#define OS_PLATFORM
#include <linux/if_packet.h>
#include <linux/virtio_net.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include "packet.h"

/*
 * Offsets in a slot: where the kernel expects data (the virtio-net header), and the frame after it.
 */
#define DATA_OFFSET	(TPACKET2_HDRLEN - sizeof(struct sockaddr_ll))
#define FRAME_OFFSET	(DATA_OFFSET + sizeof(struct virtio_net_hdr))

/*
 * Bytes that the kernel copies to the linear part of the skb; the rest stays in pages of the ring.
 */
#define HEAD_MAX	2000u

int tx_ring_open(struct tx_ring *r, int fd, uint32_t slots, uint32_t slot_size)
{
	void *map =
		mmap(NULL, (size_t)slots * slot_size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

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
	return r->slot_size - (uint32_t)FRAME_OFFSET;
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

/* Copy one frame to slot i. Returns the number of its pieces. */
static uint32_t slot_put(struct tx_ring *r, uint32_t i, const struct os_frag *frag)
{
	struct tpacket2_hdr *slot = slot_of(r, i);
	struct virtio_net_hdr vh = { 0 };
	uint8_t *data = (uint8_t *)slot + FRAME_OFFSET;
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

static uint32_t slot_next(const struct tx_ring *r, uint32_t i)
{
	return i + 1 == r->slots ? 0 : i + 1;
}

/* Return the number of pieces of the first `frames` frames. */
static uint32_t pieces_of(const struct os_frag *frag, uint32_t frames)
{
	uint32_t i = 0;

	while (frames)
		frames -= !frag[i++].more;
	return i;
}

/* Make the kernel send slots [next, end). Returns how many it took; the others are free again. */
static uint32_t ring_kick_locked(struct tx_ring *r, uint32_t end)
{
	uint32_t taken = 0;

	while (sendto(r->fd, NULL, 0, MSG_DONTWAIT, NULL, 0) < 0 && errno == EINTR)
		;
	while (r->next != end && status_of(r, r->next) != TP_STATUS_SEND_REQUEST) {
		/* A frame that the kernel found invalid counts as sent. */
		if (status_of(r, r->next) == TP_STATUS_WRONG_FORMAT)
			status_set(r, r->next, TP_STATUS_AVAILABLE);
		r->next = slot_next(r, r->next);
		taken++;
	}
	for (; end != r->next; ) {
		end = end ? end - 1 : r->slots - 1;
		status_set(r, end, TP_STATUS_AVAILABLE);
	}
	return taken;
}

uint32_t tx_ring_send(struct tx_ring *r, const struct os_frag *frag, uint32_t n)
{
	uint32_t end, done = 0, copied, frames, taken;

	pthread_mutex_lock(&r->lock);
	do {
		copied = done;
		frames = 0;
		for (end = r->next; copied < n && slot_next(r, end) != r->next &&
		     status_of(r, end) == TP_STATUS_AVAILABLE; end = slot_next(r, end)) {
			copied += slot_put(r, end, frag + copied);
			frames++;
		}
		if (!frames)
			break;
		taken = ring_kick_locked(r, end);
		done += pieces_of(frag + done, taken);
	} while (done < n && taken == frames);
	pthread_mutex_unlock(&r->lock);
	return done;
}
