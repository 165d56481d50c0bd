/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Mirrors: what monitors have on the rings of other ports. A ring with mirrors has a struct nm_mirrors, whose
 * lists every sync of that ring walks; a ring without has none, and pays one branch for that.
 *
 * A copying mirror gets a copy of each frame: of a tx ring's before the port sees it, of an rx ring's
 * before its application does. A swapping mirror gets the buffers themselves, when they are given
 * back: from a tx ring when the port is done with them, from an rx ring when the application is.
 * Where the monitor has no room for them they stay where they are, and are not free to be used.
 *
 * Guard: the lock of the mirrored ring; the engine lock too for whoever changes the lists.
 */
#ifndef NM_MIRROR_H
#define NM_MIRROR_H

#include "ring/kring.h"
#include "ring/slot.h"

struct nm_mirror {
	struct nm_mirror *next;	/* copying: of the same ring */
	struct nm_kring *from;	/* the mirrored ring, NULL: none; guard: engine lock and to's */
	struct nm_kring *to;	/* the monitor's ring, with an inbox; const */
	uint16_t flags;		/* for each slot: NS_TXMON or 0; const */
	bool is_swap;		/* const */
};

/* One slot of a mirrored ring, copied and checked. Those of a frame are neighbours. */
struct nm_mirror_item {
	const uint8_t *data;	/* client-writable bytes, or bounce */
	uint32_t at;		/* the slot's place in the ring */
	uint32_t frags;		/* slots of the frame; in its first item */
	union nm_slot slot;
};

/* How far a ring's frames were passed on. */
struct nm_mirror_cursor {
	uint32_t at;
	bool is_skipping;	/* the slots to come end a frame that is not passed on */
};

struct nm_mirrors {
	struct nm_mirror *copies;
	struct nm_mirror *swap;	/* one at most */
	struct nm_mirror_cursor copied, swapped;
	uint32_t released;	/* rx: rhead, while the port's rxsync is shown less */
	uint32_t count;		/* of item[] */
	uint8_t *bounce;	/* for NS_INDIRECT data: NETMAP_MAX_FRAGS buffers, made when first wanted */
	struct nm_mirror_item item[NETMAP_MAX_FRAGS];
};

/* Put a mirror on a ring. -ENOMEM; -EBUSY if it swaps and there is one that does. Engine lock held. */
int nm_mirror_attach(struct nm_mirror *t, struct nm_kring *from, struct nm_reason *reason);
/* Take it off, if it is on: nothing comes by it any more. Engine lock held. */
void nm_mirror_detach(struct nm_mirror *t);

/* For a sync of a ring with mirrors: before the port acts, and before the application is told. Lock held. */
void nm_mirrors_before(struct nm_kring *k, struct nm_sync *s);
/* Returns the tail that the application may be told; *is_idle becomes false if buffers wait for a monitor. */
uint32_t nm_mirrors_after(struct nm_kring *k, bool *is_idle);
/* The application's part begins anew at hwcur. Lock held, or nobody uses k yet. */
void nm_mirrors_rewound(struct nm_kring *k);

/*
 * mirror_gather.c: whole frames of slots [c->at, end) into item[], up to NETMAP_MAX_FRAGS slots; moves
 * the cursor behind them, and over frames that cannot be passed on, which *bad counts. false at the end.
 * s: NULL where the data of an NS_INDIRECT frame is of no use. Lock of k held.
 */
bool nm_mirror_gather(struct nm_kring *k, struct nm_mirror_cursor *c, uint32_t end, struct nm_sync *s,
		   uint32_t *bad);

/* mirror_pass.c: the frames of item[] to one mirror's ring. Lock of the mirrored ring held. */
void nm_mirror_copy(const struct nm_mirror *t, const struct nm_mirrors *mirrors);
/* By exchange of buffers with k, as many as there is room for. Returns the items dealt with. */
uint32_t nm_mirror_swap(const struct nm_mirror *t, struct nm_kring *k);
void nm_mirror_drop(const struct nm_mirror *t, enum nm_drop cause, uint32_t frames);

#endif
