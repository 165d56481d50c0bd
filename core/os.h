/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The contract: every type and function that a home (an operating system's kernel, a
 * process, a test program) provides to the engine. core/ uses nothing else.
 *
 * The home's os_types.h, found by the include path, gives:
 *   uint8_t uint16_t uint32_t uint64_t int32_t int64_t uintptr_t size_t bool true false NULL,
 *   struct timeval {tv_sec, tv_usec; 16 bytes}, va_list va_start va_end,
 *   the errno names E*, POLLIN POLLOUT POLLERR POLLRDNORM POLLWRNORM,
 *   likely() unlikely(), and the complete types
 *   struct os_mutex, struct os_spin, struct os_waitq, struct os_timer.
 * It may define any function below as static inline beforehand; the prototypes here then
 * check its signature. "May sleep" means: never called with an os_spin held.
 */
#ifndef NM_OS_H
#define NM_OS_H

#include "os_types.h"

#ifndef NM_ENGINE
#error "the home's os_types.h defines NM_ENGINE: it keeps system headers out of the ABI headers"
#endif

#include "../include/net/netmap_inspect.h"

/* Opaque to the engine; the home defines them. */
struct os_ns;		/* a network namespace: where names live */
struct os_caller;	/* who makes a request: whose memory its pointers mean */
struct os_sleeper;	/* a thread that waits in the engine for several things */
struct os_event;	/* an eventfd of a caller */
struct os_poller;	/* one call of poll, select or epoll */
struct os_thread;	/* a thread of the engine */
struct os_space;	/* a region's place in what clients map */
struct os_usermem;		/* memory of a caller, lent for as long as a region or a port lives */
struct os_netdev;	/* a network device of the system */
struct os_packet;	/* a frame of such a device, in the system's own form */
struct nm_frag;		/* a piece of a frame: frame.h */
struct nm_region;	/* memory that clients map: engine.h */

/* ---- refusals --------------------------------------------------------------------- */

#define OS_REASON_LEN	160u

/* Why a call failed: an errno for the program, a sentence for the person. nm_refuse() of engine.h fills it. */
struct nm_reason {
	int err;		/* negative errno; 0 while nothing was refused */
	char text[OS_REASON_LEN];	/* valid only if err is not 0 */
};

/* ---- memory ---------------------------------------------------------------------- */

/* Zeroed memory for the engine alone, any size, aligned for a cache line. May sleep. NULL if none. */
void *os_alloc(size_t size);
void os_free(void *p);		/* NULL is fine; may sleep */

/*
 * Room for one region in what clients map: addresses, no memory yet. Where every client maps one
 * thing for all regions, as from a process, the region begins somewhere in it: at
 * os_space_offset(), which clients are told. is_low asks for a place below 4 GiB, as far as old
 * requests can tell: those are few. May sleep. NULL if there is no room. Closed when all its pages
 * are freed.
 */
bool os_space_is_shared(void);	/* do all regions lie in one map? */
struct os_space *os_space_open(uint64_t size, bool is_low);
void os_space_close(struct os_space *s);
uint64_t os_space_offset(const struct os_space *s);

/*
 * Zeroed pages that clients will map, at an offset of their region: contiguous for the engine, page
 * aligned, size a multiple of the page. Charged to whoever causes it where the home can. May
 * sleep. NULL if none. They are freed only when no client maps them any more (a home where maps can
 * be told holds the region by nm_region_get() for each). They are all freed just before their space is
 * closed, and not earlier.
 */
void *os_pages_alloc(struct os_space *s, uint64_t off, size_t size);
void os_pages_free(struct os_space *s, void *p, size_t size);
#define OS_PAGE_SIZE	4096u	/* what regions are laid out in; a multiple of it is fine for a home */

/* Plain memory operations on memory the engine trusts not to overlap. */
void os_memcpy(void *dst, const void *src, size_t n);
void os_memset(void *dst, int c, size_t n);
int os_memcmp(const void *a, const void *b, size_t n);
size_t os_strlen(const char *s);
int os_strcmp(const char *a, const char *b);

/* ---- the caller's memory ---------------------------------------------------------- */

/* Copy between engine and caller. 0, or -EFAULT if any byte is out of reach. May sleep. */
int os_copyin(struct os_caller *caller, void *dst, uint64_t src, size_t n);
int os_copyout(struct os_caller *caller, uint64_t dst, const void *src, size_t n);
/* As os_copyin, but never sleeps and never waits for a page: -EFAULT also for what is not there now. */
int os_copyin_nofault(struct os_caller *caller, void *dst, uint64_t src, size_t n);
/* Bring the caller's pages in, so that os_copyin_nofault may work. 0 or -EFAULT. May sleep for long: hold no lock. */
int os_fault_in(struct os_caller *caller, uint64_t src, size_t n);
/*
 * Memory that the caller lends: [at, at + size), whole pages that it can write, as they are now. They
 * stay as they are until the loan is returned, whatever the caller does to its map of them, and even
 * when it has ended; charged to it where the home can. Who lends the same memory again, at
 * whatever address, gets the same loan, with one more to return. NULL with a reason (-EINVAL it can never
 * be lent, -EFAULT, -ENOMEM). May sleep for long: hold no lock.
 */
struct os_usermem *os_usermem_pin(struct os_caller *caller, uint64_t at, uint64_t size,
				  struct nm_reason *reason);
void os_usermem_unpin(struct os_usermem *l);		/* may sleep; the lock of the regions' list may be held */
void *os_usermem_addr(const struct os_usermem *l);	/* its first byte, all of it in a row */
/* The process, for records of failures. comm gets at most 16 bytes, NUL included. */
uint32_t os_caller_pid(struct os_caller *caller);
void os_caller_comm(struct os_caller *caller, char comm[16]);

/* ---- namespaces ------------------------------------------------------------------- */

/*
 * Compared by address: no other takes it while a hold is left. Clients, ports, switches and regions
 * hold theirs. A hold does not keep the system's namespace: when that ends, the home says so
 * by nm_engine_ns_gone().
 */
struct os_ns *os_ns_get(struct os_ns *ns);
void os_ns_put(struct os_ns *ns);

/* ---- locks ------------------------------------------------------------------------ */

/*
 * Mutex: sleeps, not recursive. Initialisation allocates nothing and cannot fail. name is a string literal naming
 * the lock's class, for checkers of lock order: two locks initialised with one name are of one class.
 */
void os_mutex_init(struct os_mutex *m, const char *name);
void os_mutex_destroy(struct os_mutex *m);
void os_mutex_lock(struct os_mutex *m);
void os_mutex_unlock(struct os_mutex *m);
void os_assert_held(struct os_mutex *m);

/* Spin lock: held for tens of instructions; nothing under it sleeps. */
void os_spin_init(struct os_spin *s, const char *name);
void os_spin_destroy(struct os_spin *s);
void os_spin_lock(struct os_spin *s);
void os_spin_unlock(struct os_spin *s);

/* ---- shared words ----------------------------------------------------------------- */

/* One access each, never torn, merged or repeated by the compiler. */
uint32_t os_load32(const uint32_t *p);
uint64_t os_load64(const uint64_t *p);
void os_store32(uint32_t *p, uint32_t v);
void os_store64(uint64_t *p, uint64_t v);
/* Ordered: what was written before a release is seen after the acquire that read it. */
uint32_t os_load32_acquire(const uint32_t *p);
void os_store32_release(uint32_t *p, uint32_t v);
void *os_loadp_acquire(void *const *p);
void os_storep_release(void **p, void *v);
/* The same for a pointer field of any type; p is its address, and the result has its type. */
#define os_load_ptr_acquire(p)	((__typeof__(*(p)))os_loadp_acquire((void *const *)(p)))
#define os_store_ptr_release(p, v)			\
	do {						\
		__typeof__(*(p)) os_value_ = (v);	\
		os_storep_release((void **)(p), os_value_); \
	} while (0)
/* All that was read and written before is so for everybody, before what comes after. */
void os_barrier(void);

/* ---- waiting ---------------------------------------------------------------------- */

/*
 * A queue of pollers. The sleeper registers, then checks its condition; the waker makes
 * the condition true, then wakes: os_waitq_wake orders the condition before its look at the
 * queue (full barrier), so one of the two sees the other.
 */
void os_waitq_init(struct os_waitq *q, const char *name);
/* Nobody may be registered any more, except epoll sets that the home detaches here. */
void os_waitq_destroy(struct os_waitq *q);
/* Wake all. Returns whether anybody slept. Never sleeps; may be called with a mutex or spin held. */
bool os_waitq_wake(struct os_waitq *q);
/* Full barrier, then: would os_waitq_wake find anybody? */
bool os_waitq_has_sleeper(struct os_waitq *q);
/* Register the running poll call, or a sleeper's poller, with q. May sleep. */
void os_poll_register(struct os_poller *p, struct os_waitq *q);

/*
 * A sleeper: one thread that waits for several things, again and again. It registers with queues and
 * events once; whatever happens in one of them from then on, even between two sleeps, ends the
 * sleep, or the next one at once. It leaves them all when it is freed. May sleep, all of them.
 */
struct os_sleeper *os_sleeper_make(struct os_caller *caller);	/* for a request of who; NULL: no memory */
void os_sleeper_free(struct os_sleeper *s);
struct os_poller *os_sleeper_poller(struct os_sleeper *s);
int os_sleeper_watch(struct os_sleeper *s, struct os_event *e);	/* 0 or an error */
/* At most so long; 0: only let others run. -EINTR if its caller is to end or to look at a signal. */
int os_sleeper_sleep(struct os_sleeper *s, uint64_t ns);
#define OS_FOREVER	UINT64_MAX

/* An eventfd of the caller's: what wakes it, and by what it wakes us. Held beyond its closing. */
struct os_event *os_event_get(struct os_caller *caller, int32_t fd, struct nm_reason *reason);
void os_event_put(struct os_event *e);
void os_event_signal(struct os_event *e);	/* adds 1; may sleep, but does not wait for a reader */

/* ---- time ------------------------------------------------------------------------- */

void os_wallclock(struct timeval *tv);	/* microseconds since the epoch; cheap enough for each sync */
uint32_t os_seconds(void);		/* monotonic, coarse, may start anywhere; for ageing */

uint64_t os_nanoseconds(void);		/* monotonic, fine, may start anywhere; for each wakeup at most */

/*
 * A timer calls fn(arg) once, some nanoseconds after it was armed, or sooner: a home may call it at
 * once. fn may run anywhere, interrupts included: it does nothing but atomic stores and os_waitq_wake.
 */
void os_timer_init(struct os_timer *t, void (*fn)(void *arg), void *arg);
void os_timer_arm(struct os_timer *t, uint64_t ns);	/* not while it is armed; a spin may be held */
void os_timer_cancel(struct os_timer *t);		/* after this fn is not running and will not; may sleep */

/* ---- threads ---------------------------------------------------------------------- */

/* Run fn(arg) in a thread, on that CPU if cpu >= 0. NULL if it cannot. May sleep. */
struct os_thread *os_thread_start(void (*fn)(void *arg), void *arg, int cpu, const char *name);
/* Ask it to end, wait until it has. May sleep. */
void os_thread_stop(struct os_thread *t);
bool os_thread_should_stop(void);	/* asked by the thread itself */
void os_thread_yield(bool idle);	/* let others run; idle: there was nothing to do this time */
uint32_t os_cpus(void);			/* CPUs that os_thread_start accepts: 0 to this - 1 */

/* ---- network devices --------------------------------------------------------------- */

/* What became of a device that is held. All but the first two are for ever: release it, hold it anew. */
enum os_netdev_state {
	OS_NETDEV_UP,
	OS_NETDEV_DOWN,		/* its administrator switched it off */
	OS_NETDEV_RENAMED,
	OS_NETDEV_MOVED,	/* to another namespace */
	OS_NETDEV_REQUEUED,	/* it has more or fewer queues now */
	OS_NETDEV_GONE,		/* removed, or its driver was */
};

static inline bool os_netdev_is_final(enum os_netdev_state state)
{
	return state > OS_NETDEV_DOWN;
}

/* Where a frame comes from or goes to. */
enum os_netdev_side { OS_NETDEV_WIRE, OS_NETDEV_STACK };

/*
 * What the engine wants to be told of a device it has taken, from the start of os_netdev_attach()
 * to the end of os_netdev_detach(). wants and deliver come at any time on any CPU, several
 * at once, as from an interrupt: they never sleep, and no spin that they take is taken elsewhere.
 */
struct os_netdev_ops {
	/* A frame came in from that side, by that queue: false leaves it to whom it was for. */
	bool (*wants)(void *arg, enum os_netdev_side from, uint32_t queue);
	/*
	 * They were wanted, and are complete now: n frames, their checksums and VLAN tags in them. They are
	 * good until this returns.
	 */
	void (*deliver)(void *arg, enum os_netdev_side from, uint32_t queue,
			const struct os_packet *const *pkt, uint32_t n);
	/*
	 * It was wanted, but is to be cut into segments, or summed, first: frag[] are its n pieces behind a virtio-net
	 * header of the legacy form, pkt tells its time alone. False: what the header asks for is not done here, the
	 * home does it by itself.
	 */
	bool (*deliver_open)(void *arg, enum os_netdev_side from, uint32_t queue, const struct os_packet *pkt,
			     const struct nm_frag *frag, uint32_t n);
	/*
	 * So many frames are to come, of so many bytes in all. True: there is no room in their ring now, the home
	 * may keep them back until os_netdev_resume(), asking again every OS_NETDEV_BACKLOG_NS at least; not for ever,
	 * this sees to that. Who keeps nothing back need not ask. One at a time for a queue, or there may be less room.
	 * For no frame: could that be at all, for that side and queue, as long as the device is taken?
	 */
	bool (*has_backpressure)(void *arg, enum os_netdev_side from, uint32_t queue, uint32_t frames, uint32_t bytes);
	/* So many frames were lost on their way here, for want of room where the home kept them back. */
	void (*lost)(void *arg, enum os_netdev_side from, uint32_t queue, uint32_t frames);
	/* os_netdev_state() or the link changed. May sleep, but takes no mutex: the home holds locks of its own. */
	void (*changed)(void *arg);
};

struct os_netdev_info {
	uint32_t queues[2];	/* to transmit, to receive; one at least */
	bool device_bufs;		/* it may come to borrow buffers of its port's region */
};

/* A frame's piece; the last one of a frame has not more. */
struct os_frag {
	const uint8_t *data;	/* another may write there at any time */
	uint32_t len;
	bool more;
};

/*
 * The device of that name, not yet touched. NULL with a reason, a sentence without the name: -ENXIO there is
 * none, -EOPNOTSUPP it is of a kind that cannot be taken, -ENOMEM. May sleep.
 */
struct os_netdev *os_netdev_get(struct os_ns *ns, const char *name, struct os_netdev_info *info,
				struct nm_reason *reason);
void os_netdev_put(struct os_netdev *nd);	/* not while it is taken; may sleep */
enum os_netdev_state os_netdev_state(const struct os_netdev *nd);
/*
 * Returns what the device does now, as flags of net/netmap_inspect.h: NM_INFO_NO_LINK, _XDP_TX, _XDP_RX,
 * _ZERO_COPY, _LENT, _LRO_OFF, _GRO_OFF. Takes no lock.
 */
uint32_t os_netdev_traits(const struct os_netdev *nd);
uint32_t os_netdev_frame_max(const struct os_netdev *nd);	/* bytes of the longest frame it sends now */
/* Why frames do not come by XDP, in a few words; "" if they do, or nobody asked. Not while it is being taken. */
const char *os_netdev_xdp_reason(const struct os_netdev *nd);
/*
 * Where the system tells of changes by messages, these two may be a moment late: catch up, before something is
 * refused because of them. May call changed. May sleep; a ring's mutex may be held.
 */
void os_netdev_refresh(struct os_netdev *nd);
/*
 * From now on frames are offered to ops first. bufs is the region of the port: a home may borrow buffers of it
 * for the device, see engine.h, and hold it for longer than the device. 0, or an error with a reason. May
 * sleep.
 */
int os_netdev_attach(struct os_netdev *nd, const struct os_netdev_ops *ops, void *arg,
		     struct nm_region *bufs, struct nm_reason *reason);
/* wants() may answer otherwise than before: a home may have asked beforehand. Taken; may sleep. */
void os_netdev_wants_changed(struct os_netdev *nd);
/* A ring for frames from that side has room again. Taken; may sleep; the ring's mutex is held. */
void os_netdev_resume(struct os_netdev *nd, enum os_netdev_side from);
#define OS_NETDEV_BACKLOG_NS	10000000u
/* No call of ops runs or comes when this returns. May sleep. */
void os_netdev_detach(struct os_netdev *nd);

/*
 * Send frames by a queue to the wire, or hand them to the stack as if they had come from there.
 * Returns how many pieces of frag[] are dealt with, in whole frames: less than n means that
 * there is no room, or no link, now. Not with a spin held.
 *
 * in_flight NULL: the data was copied when this returns. Else a home may read it later, where it lies. It
 * adds the pieces of which that is so to *in_flight, and takes them off, by a release, when it has read them: the
 * first ones first, and none before what was sent before it with the same in_flight. n may be 0: only to have
 * those taken off that can be. Nothing touches *in_flight once the device was given back; what is under way
 * then is still read, but the home sees to it that nobody else gets those buffers until it has been.
 */
uint32_t os_netdev_send(struct os_netdev *nd, enum os_netdev_side to, uint32_t queue,
			const struct os_frag *frag, uint32_t n, uint32_t *in_flight);

/* A frame's length. *data is where it lies, all of it in a row, or NULL: then os_packet_copy() puts it together. */
uint32_t os_packet_look(const struct os_packet *pkt, const uint8_t **data);
/* When it was received, in ns since the epoch: by the device's own clock where that told, else now. */
uint64_t os_packet_time(const struct os_packet *pkt);
/* Bytes [off, off + n) of the frame, which has them. */
void os_packet_copy(const struct os_packet *pkt, uint32_t off, void *dst, uint32_t n);
/* It lies at the start of a buffer of the port's region, which the home has borrowed. */
bool os_packet_is_device_buf(const struct os_packet *pkt);
/*
 * Instead of a copy of such a frame, once at most: its buffer, against that one, which is the home's then. 0:
 * the home has no use for that one. A ring's short lock is held.
 */
uint32_t os_packet_exchange(const struct os_packet *pkt, uint32_t buf);

/* ---- words for people ------------------------------------------------------------- */

/* Always NUL terminated; returns bytes written. */
int os_vsnprintf(char *buf, size_t size, const char *fmt, va_list ap);
enum os_level { OS_ERR, OS_WARN, OS_INFO, OS_DEBUG };
void os_log(enum os_level level, const char *fmt, ...) __attribute__((format(__printf__, 2, 3)));
/* A broken promise of the engine itself: report loudly with a trace, once; go on. Real in every build. */
void os_bug(const char *what, const char *file, int line);
#define os_assert(cond)	do { if (unlikely(!(cond))) os_bug(#cond, __FILE__, __LINE__); } while (0)

#endif
