/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a home may call. All functions may sleep unless said otherwise; errors are
 * negative errno values. A platform needs no other header of core/ but frame.h.
 */
#ifndef NM_ENGINE_H
#define NM_ENGINE_H

#include "os.h"
#include "settings_table.h"
#include "../include/net/netmap.h"

struct nm_client;	/* an open file of /dev/netmap */
struct nm_region;	/* memory that clients map */

/* ---- refusals --------------------------------------------------------------------- */

/* Fill *reason; returns err (negative), so that a refusal is one statement. Never sleeps. */
int nm_refuse(struct nm_reason *reason, int err, const char *fmt, ...) __attribute__((format(__printf__, 3, 4)));
/* Refuse with -ENOMEM: the system has no memory for `what`. */
int nm_refuse_nomem(struct nm_reason *reason, const char *what);

/* ---- the engine ------------------------------------------------------------------- */

/* Once, before anything else, and once after every client, map and persistent object is gone. */
int nm_engine_init(void);
/* Ends persistent ports itself; reports created and destroyed objects on the log. */
void nm_engine_exit(void);
/* Objects of all kinds made and ended so far; equal once nm_engine_exit() has run. */
void nm_engine_totals(uint64_t *created, uint64_t *destroyed);

/*
 * No client will be opened in this namespace any more: its persistent ports leave their switches
 * and end, with their last client if they have one. Clients that are open go on.
 */
void nm_engine_ns_gone(struct os_ns *ns);

/* ---- clients ---------------------------------------------------------------------- */

/*
 * An open file: ns is where its names are looked up (held by the client until close).
 * The home calls close once, when no other call on this client is running or will come.
 */
int nm_client_open(struct os_ns *ns, struct nm_client **out);
void nm_client_close(struct nm_client *c);

/*
 * NIOCCTRL: hdr is the caller's header, copied in by the home, which copies it out
 * again whatever the result; body and options behind its pointers are the engine's business.
 */
int nm_client_ctrl(struct nm_client *c, struct os_caller *caller, struct nmreq_header *hdr);

/* NIOCGINFO and NIOCREGIF: likewise, cmd says which. */
int nm_client_legacy(struct nm_client *c, struct os_caller *caller, uint32_t cmd, struct nmreq *req);

/*
 * The loop of NETMAP_REQ_SYNC_KLOOP_START, if one runs, shall end: this does not wait. pid: only if a
 * thread of that process has it; 0: whoever has. Never sleeps.
 */
void nm_client_stop_loop(struct nm_client *c, uint32_t pid);

/* Would a sync of this direction find that something moved since the last one? A guess, without locks. */
bool nm_client_has_moved(struct nm_client *c, bool tx);

/* A request that the home itself refuses: records the reason, returns err (negative). */
int nm_client_refuse(struct nm_client *c, struct os_caller *caller, uint16_t reqtype, int err, const char *text);

/* A request number that is none of ours: records the reason, returns -ENOTTY (NIOCCONFIG: -EOPNOTSUPP). */
int nm_client_unknown(struct nm_client *c, struct os_caller *caller, uint32_t cmd);

/*
 * NIOCTXSYNC (tx) and NIOCRXSYNC. -ENXIO unbound, or the network card is gone; -ENETDOWN it is down;
 * -EIO for a ring that was garbled and is now reset. Never blocks for room.
 */
int nm_client_sync(struct nm_client *c, struct os_caller *caller, bool tx);

/*
 * poll: events as asked (POLLIN|POLLRDNORM|POLLOUT|POLLWRNORM), returns those ready, POLLERR for
 * an unbound or broken client. p may be NULL when the caller will not wait.
 */
uint32_t nm_client_poll(struct nm_client *c, struct os_caller *caller, uint32_t events, struct os_poller *p);

/* mmap: the region of a bound client, held for the caller; NULL if unbound. */
struct nm_region *nm_client_region(struct nm_client *c);

/* ---- regions ---------------------------------------------------------------------- */

/* One hold per map; may be called with the home's own map locks held. release may free the region. */
void nm_region_get(struct nm_region *r);
void nm_region_put(struct nm_region *r);
uint64_t nm_region_size(const struct nm_region *r);
bool nm_region_is_user(const struct nm_region *r);	/* a program's own memory: not to be mapped */
/* Address of the page at off (a multiple of OS_PAGE_SIZE), NULL if there is no memory behind it (yet). Never sleeps. */
void *nm_region_page(const struct nm_region *r, uint64_t off);

/* ---- buffers of a region for a device ---------------------------------------------- */

/*
 * Where the buffers are: unit bytes each, buffer 0 first, in a row as far as the home lays the pages of a space in
 * a row; total of them are there now. Bit i % 64 of pairs[i / 64], which may change at any time, says that
 * buffer i has a buffer before it on the same page that is nobody's: a device may write before the start of i.
 */
struct nm_device_bufs {
	void *first;
	uint32_t unit, total;
	const uint64_t *pairs;
};

/*
 * Can it be done with this region: it is no program's own memory, and a page is two buffers? Then there is
 * what else is wanted for it.
 */
bool nm_region_device_bufs_enable(struct nm_region *r);
/* n buffers, or none; pairs: such as pairs[] says. They are in use until nm_region_device_bufs_free(). Both may sleep. */
bool nm_region_device_bufs_alloc(struct nm_region *r, uint32_t *idx, uint32_t n, bool pairs);
void nm_region_device_bufs_free(struct nm_region *r, const uint32_t *idx, uint32_t n);
void nm_region_device_bufs(const struct nm_region *r, struct nm_device_bufs *out);
/* From now on nobody gets these buffers anew, whoever has them and frees them; or they may be had again. May sleep. */
void nm_region_device_bufs_keep(struct nm_region *r, const uint32_t *idx, uint32_t n, bool on);

/* ---- settings --------------------------------------------------------------------- */

/* One list for every home: module parameters, netmapd's file and nmctl show the same names. */
struct nm_setting {
	const char *name;
	const char *help;
	uint32_t min, max, initial;
	uint32_t value;		/* guarded by the engine's lock; read it with nm_setting_get() */
};
extern struct nm_setting nm_settings[];
extern const uint32_t nm_setting_count;
uint32_t nm_setting_get(const char *name);	/* 0 for an unknown name */
/* -ENOENT unknown, -ERANGE out of bounds, -EBUSY while what it sizes is in use. */
int nm_setting_set(const char *name, uint32_t value);

#endif
