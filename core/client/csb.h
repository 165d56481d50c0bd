/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * CSB mode (communication status block): a client's ring pointers are in two blocks of its own
 * memory, with one entry for each bound ring, tx rings first. A loop in the engine
 * (request/kloop.c) reads them and syncs the rings. docs/memory-model.md gives the order of writes
 * and reads on both sides.
 */
#ifndef NM_CSB_H
#define NM_CSB_H

#include "client/client.h"
#include "base/options.h"

#define NM_CSB_PINS	2	/* ranges of user memory */

struct nm_csb {
	struct os_usermem *mem[NM_CSB_PINS];	/* const, like the next three */
	struct nm_csb_atok *atok;	/* client-writable, untrusted: the application's pointers */
	struct nm_csb_ktoa *ktoa;	/* the engine's pointers; never read here */
	uint32_t rings[2];		/* by enum nm_dir */
	uint32_t is_running;		/* set under the client's lock; atomic */
	uint32_t stop;			/* by a request, not yet obeyed; atomic */
	struct os_waitq stopped;	/* wakes the loop */
	struct os_waitq ended;		/* wakes the thread that stops the loop */
	struct nm_domain *domain;	/* charged; the region's, which lives longer; const */
};

/*
 * A call of NETMAP_REQ_SYNC_KLOOP_START, from its start to the end of its loop. In its client's
 * list while it lasts, so that a close finds it: see nm_client_stop_loop().
 */
struct nm_loop_call {
	struct nm_loop_call *next;	/* guard: the client's calls_lock, like link */
	struct nm_loop_call **link;
	uint64_t files;			/* the caller's table of descriptors; const */
	uint32_t is_closed;		/* its loop must end; atomic */
};

/* Begin a call, before anything else of it reads the caller's memory. May sleep. */
void nm_loop_call_begin(struct nm_loop_call *call, struct nm_client *c, struct os_caller *caller);
void nm_loop_call_end(struct nm_loop_call *call, struct nm_client *c);

/* Return the ring of entry i. */
static inline struct nm_kring *nm_csb_ring(const struct nm_binding *b, const struct nm_csb *csb,
					   uint32_t i)
{
	const uint32_t tx = csb->rings[NM_TX];

	return i < tx ? &b->port->kring[NM_TX][b->first[NM_TX] + i] :
			&b->port->kring[NM_RX][b->first[NM_RX] + i - tx];
}

static inline uint32_t nm_csb_count(const struct nm_csb *csb)
{
	return csb->rings[NM_TX] + csb->rings[NM_RX];
}

/*
 * Enable CSB mode for b, which may be unpublished yet, by the option in opts. Returns 0 or an error
 * with a reason. Caller holds the client lock but not the engine lock, because this reads user
 * memory.
 */
int nm_csb_enable(struct nm_binding *b, struct os_caller *caller, struct nm_options *opts,
		  struct nm_reason *reason);
/* Ask the loop to stop. Does not wait. */
void nm_csb_request_stop(struct nm_csb *csb);
/* Free csb, which may be NULL. No loop runs and no thread uses it. */
void nm_csb_free(struct nm_csb *csb);

/* Write the engine's pointers of a ring for the application. */
void nm_csb_publish(struct nm_csb_ktoa *to, const struct nm_kring *k);

#endif
