// SPDX-License-Identifier: BSD-2-Clause
/* See hostile_pcap.h. */
#include "hostile_pcap.h"

#include "../../pcap/shim.h"

void hostile_pcap_read(struct ring *ring)
{
	static struct handle h = { .header = 10 };
	static struct rx rx;
	static volatile uint8_t sink;
	enum frame_state state;
	struct frame f;
	uint32_t next;

	rx.ring = *ring;
	while ((state = frame_read(&h, &rx, &f)) != FRAME_NONE) {
		for (; state == FRAME_WHOLE && f.len > 0; f.len--)
			sink = f.data[f.len - 1];
		next = ring_forward(&rx.ring, rx.ring.head, f.span);
		ring_set(&rx.ring, next, next);
	}
	next = ring_forward(&rx.ring, rx.ring.head, ring_there(&rx.ring));
	ring_set(&rx.ring, next, next);
	ring->head = next;
	(void)sink;
}
