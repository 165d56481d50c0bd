/* SPDX-License-Identifier: BSD-2-Clause */
/* Frames, and copies of them into and out of rings. See client.h. */
#include "client.h"

bool client_put_frags(struct client *p, uint32_t i, const void *frame, size_t len, size_t frag,
		      uint16_t flags)
{
	struct netmap_ring *r = client_tx(p, i);
	const uint8_t *from = frame;
	uint32_t at;

	if (!r || (uint64_t)ring_space(r) * frag < len || (len == 0 && ring_space(r) == 0))
		return false;
	at = r->head;
	do {
		struct netmap_slot *s = &r->slot[at];
		size_t n = len < frag ? len : frag;

		memcpy(client_buf(p, r, s->buf_idx), from, n);
		from += n;
		len -= n;
		s->len = (uint16_t)n;
		s->flags = (uint16_t)(flags | (len ? NS_MOREFRAG : 0));
		at = ring_next(r, at);
	} while (len);
	r->head = r->cur = at;
	return true;
}

bool client_put(struct client *p, uint32_t i, const void *frame, size_t len, uint16_t flags)
{
	struct netmap_ring *r = client_tx(p, i);

	return r && client_put_frags(p, i, frame, len, r->nr_buf_size, flags);
}

long client_take(struct client *p, uint32_t i, void *frame, size_t room)
{
	struct netmap_ring *r = client_rx(p, i);
	uint32_t at;
	size_t got = 0;
	bool more;

	if (!r || ring_space(r) == 0)
		return -1;
	at = r->head;
	do {
		struct netmap_slot *s = &r->slot[at];
		size_t n = s->len < room - got ? s->len : room - got;

		memcpy((uint8_t *)frame + got, client_buf(p, r, s->buf_idx), n);
		got += n;
		more = s->flags & NS_MOREFRAG;
		at = ring_next(r, at);
	} while (more && at != r->tail);
	r->head = r->cur = at;
	return (long)got;
}

bool client_send(struct client *p, const void *frame, size_t len)
{
	return client_put(p, 0, frame, len, 0) && client_txsync(p) == 0;
}

long client_receive(struct client *p, void *frame, size_t room)
{
	return client_rxsync(p) == 0 ? client_take(p, 0, frame, room) : -1;
}

uint32_t client_drain(struct client *p)
{
	uint8_t frame[65536];
	uint32_t n = 0;

	client_rxsync(p);
	while (client_take(p, 0, frame, sizeof(frame)) >= 0)
		n++;
	return n;
}

static void station_put(uint8_t *mac, uint32_t station)
{
	if (station == STATION_ALL) {
		memset(mac, 0xff, 6);
		return;
	}
	mac[0] = station & STATION_GROUP ? 0x01 : 0x02;
	mac[1] = 0x5e;
	mac[2] = (uint8_t)(station >> 24);
	mac[3] = (uint8_t)(station >> 16);
	mac[4] = (uint8_t)(station >> 8);
	mac[5] = (uint8_t)station;
}

static uint8_t frame_byte(size_t i, uint32_t dst, uint32_t src, uint32_t number)
{
	return (uint8_t)(i * 31 + dst * 7 + src * 13 + number * 17 + (number >> 8) + (i >> 8));
}

void frame_make(uint8_t *frame, size_t len, uint32_t dst, uint32_t src, uint32_t number)
{
	uint8_t head[18];
	size_t i;

	station_put(head, dst);
	station_put(head + 6, src);
	head[12] = 0x88;
	head[13] = 0xb5;	/* for local experiments */
	memcpy(head + 14, &number, 4);
	for (i = 0; i < len; i++)
		frame[i] = i < sizeof(head) ? head[i] : frame_byte(i, dst, src, number);
}

bool frame_is(const uint8_t *frame, size_t len, uint32_t dst, uint32_t src, uint32_t number)
{
	uint8_t want[65536];

	frame_make(want, len, dst, src, number);
	return memcmp(frame, want, len) == 0;
}
