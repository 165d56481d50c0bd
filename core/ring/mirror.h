/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Mirrors: a monitor's mirror of a ring passes that ring's traffic to the monitor. A ring with
 * mirrors has a struct nm_mirrors, whose lists every sync of the ring walks; a ring without mirrors
 * costs one branch.
 *
 * A copying mirror gets a copy of each frame: of a tx ring before the port sees the frame, of an rx
 * ring before the application does. A swapping mirror gets the buffers themselves once they are
 * released: by the port for a tx ring, by the application for an rx ring. While the monitor has no
 * room for them, they stay in their slots, and the slots are not available.
 *
 * Guard: the lock of the mirrored ring; changes of the lists need the engine lock too.
 */
#ifndef NM_MIRROR_H
#define NM_MIRROR_H

#include "ring/kring.h"
#include "ring/slot.h"

struct nm_mirror {
	struct nm_mirror *next;	/* copying: of the same ring */
	struct nm_kring *from;	/* the mirrored ring or NULL; guard: engine lock and to->lock */
	struct nm_kring *to;	/* the monitor's ring, with leases; const */
	uint16_t flags;		/* for each slot: NS_TXMON or 0; const */
	bool is_swap;		/* const */
};

/* A slot of a mirrored ring, copied and checked. A frame's items are adjacent. */
struct nm_mirror_item {
	const uint8_t *data;	/* client-writable bytes, or bounce */
	uint32_t at;		/* index of the slot in the ring */
	uint32_t frags;		/* slots of the frame; in its first item */
	union nm_slot slot;
};

/* Position up to which a ring's frames have been passed on. */
struct nm_mirror_cursor {
	uint32_t at;
	bool is_skipping;	/* the next slots end a frame that is not passed on */
};

struct nm_mirrors {
	struct nm_mirror *copies;
	struct nm_mirror *swap;	/* at most one */
	struct nm_mirror_cursor copied, swapped;
	uint32_t released;	/* rx: rhead, while the port's rxsync sees a smaller one */
	uint32_t count;		/* of item[] */
	uint8_t *bounce;	/* NETMAP_MAX_FRAGS buffers for NS_INDIRECT data; made on demand */
	struct nm_mirror_item item[NETMAP_MAX_FRAGS];
};

/*
 * Attach a mirror to a ring. Returns 0, -ENOMEM, or -EBUSY if it swaps and the ring has a swapping
 * mirror already. Caller holds the engine lock. May sleep.
 */
int nm_mirror_attach(struct nm_mirror *t, struct nm_kring *from, struct nm_reason *reason);
/* Detach a mirror if it is attached: it passes nothing after this. Caller holds the engine lock. */
void nm_mirror_detach(struct nm_mirror *t);

/* Sync a ring's mirrors, before the port's operation. Caller holds the ring's lock. */
void nm_mirrors_before(struct nm_kring *k, struct nm_sync *s);
/*
 * Sync a ring's mirrors, after the port's operation. Returns the tail to publish to the
 * application. Sets *is_idle to false if buffers wait for a monitor. Caller holds the ring's lock.
 */
uint32_t nm_mirrors_after(struct nm_kring *k, bool *is_idle);
/*
 * Note that the application's slots begin at hwcur again. Caller holds the ring's lock, or nothing
 * else uses k yet.
 */
void nm_mirrors_rewound(struct nm_kring *k);

/*
 * mirror_gather.c: gather whole frames of slots [c->at, end) into item[], up to NETMAP_MAX_FRAGS
 * slots. Moves the cursor past them and past frames that cannot be passed on, which it adds to
 * *bad. s is NULL where an NS_INDIRECT frame's data is not needed. Returns false if it gathered
 * nothing. Caller holds k's lock.
 */
bool nm_mirror_gather(struct nm_kring *k, struct nm_mirror_cursor *c, uint32_t end,
		      struct nm_sync *s, uint32_t *bad);

/* mirror_pass.c. Callers hold the lock of the mirrored ring. */

/* Copy the frames of item[] to a mirror's ring; count those that have no room there. */
void nm_mirror_copy(const struct nm_mirror *t, const struct nm_mirrors *mirrors);
/*
 * Exchange buffers of item[] with a mirror's ring, as far as it has room. Returns the items passed.
 */
uint32_t nm_mirror_swap(const struct nm_mirror *t, struct nm_kring *k);
/* Count frames that a mirror did not pass. */
void nm_mirror_drop(const struct nm_mirror *t, enum nm_drop cause, uint32_t frames);

#endif
