/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Streams of checked frames between processes: a sender, a receiver and a forwarder. The
 * sender never overruns a switch port, which would drop: it counts the slots it
 * sent, and the receiver counts in shared memory those it released.
 */
#ifndef SYSTEST_FLOW_H
#define SYSTEST_FLOW_H

#include <stdbool.h>
#include <stdint.h>

#include "port.h"

#define FLOWS	4u	/* numbered flows in one stream; order holds within each */

struct flow_credit {
	uint64_t released;	/* slots, written by the receiver */
	uint64_t frames;	/* frames checked so far, written by the receiver */
	uint32_t stop;		/* set by any process: end early */
	uint32_t wake;		/* futex: grows with released */
};

struct flow {
	struct port *port;
	unsigned int ring;
	uint32_t dst, src;	/* stations in the frames */
	uint32_t flow0;		/* number of the first flow */
	uint32_t min, max;	/* frame length, random between them */
	uint32_t chunk;		/* bytes in a slot; frames over it take several */
	uint32_t slot_flags;	/* more flags, and a port number, for each frame's slots */
	uint32_t batch;		/* frames for each sync; 0: all that fit */
	uint64_t count;		/* frames, 0: until credit->stop */
	struct flow_credit *credit;	/* of the receiver; NULL where the ring itself waits */
	uint32_t window;	/* slots that may be in flight, with credit */
	uint64_t seed;
};

struct flow_result {
	uint64_t frames, bytes;
	uint64_t bad;		/* a byte was wrong */
	uint64_t lost;		/* sequence numbers skipped */
	uint64_t back;		/* sequence numbers that came late or twice */
	int err;		/* of a call that failed */
};

/* Count slots that the receiver released, and wake the sender. */
void flow_release(struct flow_credit *c, uint64_t slots);

/* Each returns 0 if all went well. They wait in poll(). */
int flow_send(const struct flow *f);
int flow_receive(const struct flow *f, struct flow_result *res);
/* From rx ring 0 of one port to tx ring 0 of another of the same region, by exchange of buffers. */
int flow_forward(struct port *in, struct port *out, uint64_t count, struct flow_credit *credit,
		 uint32_t window);

#endif
