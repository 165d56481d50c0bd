/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A client in CSB mode, as the driver of a virtual machine's guest would be: one thread runs the
 * loop, another moves frames by the pointers in the shared blocks.
 */
#ifndef SYSTEST_CSB_H
#define SYSTEST_CSB_H

#include "port.h"

#include <pthread.h>

#define CSB_RINGS	16u	/* at most */

struct csb_mode {
	const char *name;
	uint32_t sleep_us;
	bool has_events;
	uint32_t direct;	/* NM_OPT_SYNC_KLOOP_DIRECT_* */
};
extern const struct csb_mode csb_modes[];
extern const unsigned int csb_mode_count;

struct csb {
	struct port port;	/* its rings' own head, cur and tail mean nothing */
	struct nm_csb_atok *atok;
	struct nm_csb_ktoa *ktoa;
	const struct csb_mode *mode;
	unsigned int rings[2];
	int fd;			/* of the blocks' memory */
	int kick[CSB_RINGS], call[CSB_RINGS];	/* eventfds, -1 without */
	pthread_t loop;
	int result;		/* of the loop, once it has ended */
	uint32_t has_ended;	/* atomic */
};

/* The blocks, and the option that names them. Memory that every platform takes. */
struct nmreq_opt_csb csb_memory(struct csb *c);
/* Bind exclusively and enter the mode; a failure ends the program. */
void csb_open(struct csb *c, const char *name, const struct csb_mode *mode, uint32_t slots);
void csb_start(struct csb *c);		/* a thread with the loop; returns when it runs */
int csb_loop(struct csb *c);		/* the loop in this thread: its result */
int csb_stop(struct csb *c);		/* by request; the loop's result */
int csb_join(struct csb *c);		/* wait for its end, of any cause: its result */
void csb_close(struct csb *c);

/*
 * Queue a frame on tx ring 0; false if there is no room. csb_push() kicks the loop, once for many.
 */
bool csb_put(struct csb *c, const void *frame, uint32_t len);
void csb_push(struct csb *c);
/* Take a frame off rx ring 0; -EAGAIN if there is none. csb_pull() releases those taken. */
int csb_take(struct csb *c, void *frame, uint32_t size);
void csb_pull(struct csb *c);
/* Wait until there is room, or a frame; false after five seconds: a wakeup was lost. */
bool csb_wait(struct csb *c, bool tx);

#endif
