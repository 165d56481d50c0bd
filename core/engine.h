/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The functions that a platform may call. Each may sleep unless its comment says otherwise; errors
 * are negative errno values. A platform needs no other header of core/ but frame.h.
 */
#ifndef NM_ENGINE_H
#define NM_ENGINE_H

#include "os.h"
#include "settings_table.h"
#include "../include/net/netmap.h"

struct nm_client;	/* an open file of /dev/netmap */
struct nm_region;	/* memory that clients map */

/* ---- refusals --------------------------------------------------------------------- */

/**
 * nm_refuse - record the reason of a failure
 * @reason: set
 * @err: a negative errno
 * @fmt: a sentence, lower case, no full stop: what was refused, the value, the limit, what to do
 *
 * Never sleeps. Return: @err, so that a refusal is one statement.
 */
int nm_refuse(struct nm_reason *reason, int err, const char *fmt, ...)
	__attribute__((format(__printf__, 3, 4)));

/**
 * nm_refuse_nomem - refuse with -ENOMEM
 * @reason: set
 * @what: what the system has no memory for
 *
 * Never sleeps. Return: -ENOMEM.
 */
int nm_refuse_nomem(struct nm_reason *reason, const char *what);

/* ---- quotas ----------------------------------------------------------------------- */

/* What a quota limits for each user; core/base/domain.c names the settings. */
enum nm_quota {
	NM_QUOTA_CLIENTS,	/* open files */
	NM_QUOTA_DOMAINS,	/* network namespaces with open files or ports */
	NM_QUOTA_PORTS,
	NM_QUOTA_REGIONS,	/* including user memory */
	NM_QUOTA_MEMORY,	/* bytes of regions, without user memory */
	NM_QUOTA_EXTRA_BUFS,
	NM_QUOTA_DOORBELLS,
	NM_QUOTA_KLOOPS,	/* loops of NETMAP_REQ_SYNC_KLOOP_START that run */
	NM_QUOTA_PINS,		/* ranges of user memory */
	NM_QUOTA_PINNED,	/* bytes of user memory */
	NM_QUOTAS
};

/* ---- the engine ------------------------------------------------------------------- */

/**
 * nm_engine_init - initialise the engine, before any other call
 *
 * Return: 0 or -ENOMEM.
 */
int nm_engine_init(void);

/**
 * nm_engine_exit - end the engine, after every client and every map of memory has ended
 *
 * Ends persistent ports and uplinks.
 */
void nm_engine_exit(void);

/**
 * nm_engine_totals - count objects of all kinds
 * @created: set to the number that have been made
 * @destroyed: set to the number that have ended; equal to @created after nm_engine_exit()
 *
 * Never sleeps.
 */
void nm_engine_totals(uint64_t *created, uint64_t *destroyed);

/**
 * nm_engine_ns_gone - end the uplinks and persistent ports of a namespace
 * @ns: no client will be opened in it any more
 *
 * The ports are detached from their switches. A port that has clients ends with the last of them;
 * open clients are not affected.
 */
void nm_engine_ns_gone(struct os_ns *ns);

/* ---- clients ---------------------------------------------------------------------- */

/**
 * nm_client_open - make a client for an open file
 * @ns: where its names are looked up; the client takes a reference
 * @domain: the domain of trust that it is in; the client takes a reference
 * @caller: the running process; a refusal is recorded in the log of failures
 * @out: set to the client
 *
 * Return: 0, -ENOMEM or -EDQUOT.
 */
int nm_client_open(struct os_ns *ns, struct os_domain *domain, struct os_caller *caller,
		   struct nm_client **out);

/**
 * nm_client_detach - detach a client from its port, as the first part of its end
 * @c: the client: no other call on it but nm_client_close() is running or will be made
 *
 * The port is free when this returns. nm_client_close() does the rest, of which the client chooses
 * how long it takes: buffers and memory are freed.
 */
void nm_client_detach(struct nm_client *c);

/**
 * nm_client_close - end a client, detached or not
 * @c: the client: no other call on it is running or will be made
 */
void nm_client_close(struct nm_client *c);

/**
 * nm_client_ctrl - serve NIOCCTRL
 * @c: the client
 * @caller: the running process
 * @hdr: the caller's header. The platform copies it in, and out again whatever the result; the
 *	engine copies the body and the options behind its pointers
 *
 * Return: 0 or an error.
 */
int nm_client_ctrl(struct nm_client *c, struct os_caller *caller, struct nmreq_header *hdr);

/**
 * nm_client_legacy - serve NIOCGINFO and NIOCREGIF
 * @c: the client
 * @caller: the running process
 * @cmd: which of them
 * @req: the caller's struct, copied in and out by the platform as in nm_client_ctrl()
 *
 * Return: 0 or an error.
 */
int nm_client_legacy(struct nm_client *c, struct os_caller *caller, uint32_t cmd,
		     struct nmreq *req);

/**
 * nm_client_stop_loop - end the loop of NETMAP_REQ_SYNC_KLOOP_START, running or being started
 * @c: the client
 * @files: only if its caller's table of descriptors is this one, by os_caller_files(); 0: in any
 *	case
 *
 * The platform calls it when a descriptor of the client's file has been closed, after the removal
 * from that table. Does not wait for the loop. Never sleeps.
 */
void nm_client_stop_loop(struct nm_client *c, uint64_t files);

/**
 * nm_client_has_loop - return whether a loop runs or is being started
 * @c: the client
 *
 * Never sleeps.
 */
bool nm_client_has_loop(struct nm_client *c);

/**
 * nm_client_has_moved - guess whether a sync would find slots that moved since the last one
 * @c: the client
 * @tx: of its tx rings; false: of its rx rings
 *
 * Takes no lock, so the answer may be out of date. Never sleeps.
 */
bool nm_client_has_moved(struct nm_client *c, bool tx);

/**
 * nm_client_refuse - record a request that the platform itself refuses
 * @c: the client
 * @caller: the running process
 * @reqtype: the request
 * @err: a negative errno
 * @text: the reason
 *
 * Return: @err.
 */
int nm_client_refuse(struct nm_client *c, struct os_caller *caller, uint16_t reqtype, int err,
		     const char *text);

/**
 * nm_client_unknown - record an ioctl that is not one of netmap's
 * @c: the client
 * @caller: the running process
 * @cmd: its number
 *
 * Return: -ENOTTY; for NIOCCONFIG -EOPNOTSUPP.
 */
int nm_client_unknown(struct nm_client *c, struct os_caller *caller, uint32_t cmd);

/**
 * nm_client_sync - serve NIOCTXSYNC and NIOCRXSYNC
 * @c: the client
 * @caller: the running process
 * @tx: which of them
 *
 * Never waits for room in a ring.
 *
 * Return: 0; -ENXIO if the client is not bound or its network card is gone, -ENETDOWN if the card
 * is down, -EIO if a ring was corrupt and has been reset.
 */
int nm_client_sync(struct nm_client *c, struct os_caller *caller, bool tx);

/**
 * nm_client_poll - serve poll
 * @c: the client
 * @caller: the running process
 * @events: POLLIN, POLLRDNORM, POLLOUT and POLLWRNORM as asked for
 * @p: poller to register; NULL if the caller will not wait
 *
 * Return: the events that are ready; POLLERR for a client that is not bound or has failed.
 */
uint32_t nm_client_poll(struct nm_client *c, struct os_caller *caller, uint32_t events,
			struct os_poller *p);

/**
 * nm_client_region - return the region of a client, for mmap
 * @c: the client
 *
 * Return: the region, with a reference for the caller; NULL if the client is not bound.
 */
struct nm_region *nm_client_region(struct nm_client *c);

/**
 * nm_client_charge - count something of the platform's that a quota limits for the client's user
 * @c: the client
 * @quota: which
 * @reason: set in failure
 *
 * Return: 0, or -EDQUOT above the quota.
 */
int nm_client_charge(struct nm_client *c, enum nm_quota quota, struct nm_reason *reason);

/**
 * nm_client_uncharge - undo nm_client_charge()
 * @c: the client
 * @quota: which
 */
void nm_client_uncharge(struct nm_client *c, enum nm_quota quota);

/* ---- regions ---------------------------------------------------------------------- */

/**
 * nm_region_get - take a reference to a region, one for each map of it
 * @r: the region
 *
 * The caller may hold the platform's locks of maps.
 */
void nm_region_get(struct nm_region *r);

/**
 * nm_region_put - put a reference to a region
 * @r: the region; the last reference frees it
 *
 * The caller may hold the platform's locks of maps.
 */
void nm_region_put(struct nm_region *r);

/**
 * nm_region_size - return the bytes of a region
 * @r: the region
 *
 * Never sleeps.
 */
uint64_t nm_region_size(const struct nm_region *r);

/**
 * nm_region_is_user - return whether a region is user memory, which must not be mapped
 * @r: the region
 *
 * Never sleeps.
 */
bool nm_region_is_user(const struct nm_region *r);

/**
 * nm_region_page - return the address of a page of a region
 * @r: the region
 * @off: offset in it, a multiple of OS_PAGE_SIZE
 *
 * Never sleeps. Return: the address; NULL if the page has no memory yet.
 */
void *nm_region_page(const struct nm_region *r, uint64_t off);

/* ---- buffers of a region for a device ---------------------------------------------- */

/**
 * struct nm_device_bufs - the buffers of a region
 * @first: buffer 0; the others follow it, as far as the platform keeps the pages of a space
 *	contiguous
 * @unit: bytes of a buffer
 * @total: buffers that have memory now
 * @pairs: bit i % 64 of pairs[i / 64], which may change at any time, is set if the buffer before
 *	buffer i is on the same page and reserved with it: a device may write before the start of i
 * @posted: not 0, of buffer i, while a device may write it; atomic. A platform that is about to
 *	post another buffer sets this word from 0 to 1, executes a full barrier, and checks @pairs;
 *	it clears the word of a buffer that the device has given back, in a slot. So a buffer is
 *	posted once in all queues of all devices, and no client can free it
 */
struct nm_device_bufs {
	void *first;
	uint32_t unit, total;
	const uint64_t *pairs;
	uint32_t *posted;
};

/**
 * nm_region_device_bufs_enable - prepare a region for device buffers
 * @r: the region
 *
 * Return: true if a device can use its buffers: it is not user memory, a page is two buffers, and
 * there was memory for the bitmaps.
 */
bool nm_region_device_bufs_enable(struct nm_region *r);

/**
 * nm_region_device_bufs_alloc - allocate buffers for a device
 * @r: the region
 * @idx: set to the indexes of @n buffers
 * @n: number of buffers
 * @pairs: allocate buffers with a reserved buffer before them on their page, and mark them as
 *	posted
 *
 * Return: true, or false if no buffer was allocated because there are not @n.
 */
bool nm_region_device_bufs_alloc(struct nm_region *r, uint32_t *idx, uint32_t n, bool pairs);

/**
 * nm_region_device_bufs_free - free buffers of a device
 * @r: the region
 * @idx: indexes of @n buffers, posted or not: what the device has now
 * @n: number of buffers
 */
void nm_region_device_bufs_free(struct nm_region *r, const uint32_t *idx, uint32_t n);

/**
 * nm_region_device_bufs - describe the buffers of a region
 * @r: the region
 * @out: set
 *
 * Never sleeps.
 */
void nm_region_device_bufs(const struct nm_region *r, struct nm_device_bufs *out);

/**
 * nm_region_device_bufs_keep - keep buffers from being allocated, even when they are freed
 * @r: the region
 * @idx: indexes of @n buffers
 * @n: number of buffers
 * @on: false: let them be allocated again
 */
void nm_region_device_bufs_keep(struct nm_region *r, const uint32_t *idx, uint32_t n, bool on);

/* ---- settings --------------------------------------------------------------------- */

/**
 * struct nm_setting - a run-time value with a name
 * @name: the same in module parameters, netmapd's configuration and nmctl
 * @help: for people
 * @min: lower bound
 * @max: upper bound
 * @initial: value at the start
 * @value: guarded by the engine lock; read it with nm_setting_get()
 */
struct nm_setting {
	const char *name;
	const char *help;
	uint32_t min, max, initial;
	uint32_t value;
};
extern struct nm_setting nm_settings[];
extern const uint32_t nm_setting_count;

/**
 * nm_setting_get - read a setting
 * @name: its name
 *
 * Never sleeps. Return: its value; 0 for an unknown name.
 */
uint32_t nm_setting_get(const char *name);

/**
 * nm_setting_set - change a setting
 * @name: its name
 * @value: the new value
 *
 * Return: 0; -ENOENT if there is no such setting, -ERANGE if the value is out of bounds, -EBUSY
 * while the region that it sizes exists.
 */
int nm_setting_set(const char *name, uint32_t value);

#endif
