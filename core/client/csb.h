/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * CSB mode: a client's ring pointers are in two blocks of its own memory, one entry for each ring
 * bound, tx rings first, and a loop in the engine (kloop.c) syncs the rings by them. The
 * order of what both sides write and read there is in docs/memory-model.md.
 */
#ifndef NM_CSB_H
#define NM_CSB_H

#include "client/client.h"
#include "base/options.h"

struct nm_csb {
	struct os_usermem *mem[2];	/* const, and so are all of these */
	struct nm_csb_atok *atok;	/* client-writable, untrusted: what the application says */
	struct nm_csb_ktoa *ktoa;	/* what it is told; never read here */
	uint32_t rings[2];		/* by enum nm_dir */
	uint32_t is_running;		/* set under the client's lock; atomic */
	uint32_t runner;		/* the process whose thread the loop has; atomic */
	uint32_t stop;			/* atomic */
	struct os_waitq stopped;	/* the loop sleeps here too */
	struct os_waitq ended;		/* who stops it sleeps here */
};

/* The ring at place i of the blocks. */
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
 * Enable the mode for b, which may not be published yet, by the option in opts. Client lock held, engine lock not:
 * memory of the caller is looked at. 0 or an error with a reason.
 */
int nm_csb_enable(struct nm_binding *b, struct os_caller *caller, struct nm_options *opts,
		  struct nm_reason *reason);
/* Ask the loop to stop; does not wait. */
void nm_csb_request_stop(struct nm_csb *csb);
/* No loop runs, nobody uses it any more. NULL is fine. */
void nm_csb_free(struct nm_csb *csb);

/* Tell the application how far the engine is with a ring. */
void nm_csb_publish(struct nm_csb_ktoa *to, const struct nm_kring *k);

#endif
