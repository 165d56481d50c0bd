/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The contract: every type and function that a platform (an operating system's kernel, a process,
 * a test program) provides to the engine. core/ uses nothing else.
 *
 * The platform's os_types.h, found by the include path, defines:
 *   uint8_t uint16_t uint32_t uint64_t int32_t int64_t uintptr_t size_t bool true false NULL,
 *   struct timeval {tv_sec, tv_usec; 16 bytes}, va_list va_start va_end,
 *   the errno names E*, POLLIN POLLOUT POLLERR POLLRDNORM POLLWRNORM,
 *   likely() unlikely(), and the complete types
 *   struct os_mutex, struct os_spin, struct os_waitq, struct os_timer.
 * It may define any function below as static inline; the prototypes here then check its signature.
 *
 * "May sleep" means: the engine never calls it with a spinlock held. Functions that do not say so
 * never sleep.
 */
#ifndef NM_OS_H
#define NM_OS_H

#include "os_types.h"

#ifndef NM_ENGINE
#error "the platform's os_types.h defines NM_ENGINE, which keeps system headers out of the ABI's"
#endif

#include "../include/net/netmap_inspect.h"

/* Opaque to the engine; the platform defines them. */
struct os_ns;		/* a network namespace: the scope of names */
struct os_domain;	/* a domain of trust: programs that may share memory */
struct os_caller;	/* the process that makes a request; its pointers refer to its memory */
struct os_mem;		/* the memory space of a process, which ends when it executes a program */
struct os_sleeper;	/* a thread that waits in the engine for several things */
struct os_event;	/* an eventfd of a caller */
struct os_poller;	/* one call of poll, select or epoll */
struct os_thread;	/* a thread of the engine */
struct os_space;	/* the range of a region in what clients map */
struct os_usermem;	/* user memory, pinned while a region or a CSB uses it */
struct os_netdev;	/* a network device of the system */
struct os_packet;	/* a frame of such a device, in the system's own form */
struct nm_frag;		/* a piece of a frame: frame.h */
struct nm_region;	/* memory that clients map: engine.h */
struct nm_client;	/* an open file of the device: engine.h */

/* ---- refusals --------------------------------------------------------------------- */

/**
 * struct nm_reason - reason of a failure; nm_refuse() of engine.h fills it
 * @err: for the program: a negative errno; 0 while nothing has been refused
 * @text: for the person: a sentence; valid only if @err is not 0
 */
struct nm_reason {
	int err;
	char text[NM_REASON_LEN];
};

/* ---- memory ---------------------------------------------------------------------- */

/**
 * os_alloc - allocate zeroed memory for the engine alone
 * @size: any
 *
 * May sleep. Return: memory aligned to a cache line; NULL if there is none.
 */
void *os_alloc(size_t size);

/**
 * os_free - free memory of os_alloc()
 * @p: may be NULL
 *
 * May sleep.
 */
void os_free(void *p);

/**
 * os_space_is_shared - return whether all regions lie in one map
 *
 * In a process each client maps one file that contains all regions.
 *
 * Return: true if they do; then a region begins at os_space_offset() of the map.
 */
bool os_space_is_shared(void);

/**
 * os_space_open - reserve a range of addresses for a region, without memory yet
 * @domain: only its programs map the region; NULL: the platform's first
 * @size: bytes of the region
 * @is_low: reserve below 4 GiB, the limit of old requests; such ranges are scarce
 *
 * May sleep. Return: the range; NULL if there is no room.
 */
struct os_space *os_space_open(struct os_domain *domain, uint64_t size, bool is_low);

/**
 * os_space_close - release a range of addresses
 * @s: all its pages have been freed
 */
void os_space_close(struct os_space *s);

/**
 * os_space_offset - return the offset of a range in what clients map
 * @s: the range
 *
 * The engine adds it to the offsets that clients see.
 */
uint64_t os_space_offset(const struct os_space *s);

/**
 * os_pages_alloc - allocate zeroed pages that clients will map
 * @s: range of the region
 * @off: offset in the range
 * @size: a multiple of the page size
 *
 * The memory is charged to the running process where the platform can do so. May sleep.
 *
 * Return: page-aligned memory, contiguous for the engine; NULL if there is none.
 */
void *os_pages_alloc(struct os_space *s, uint64_t off, size_t size);

/**
 * os_pages_limit - return the bytes that all memory of os_pages_alloc() together may take now
 *
 * Never sleeps; the caller may hold a spinlock.
 */
uint64_t os_pages_limit(void);

/**
 * os_pages_free - free memory of os_pages_alloc()
 * @s: range of the region; the engine frees all its pages just before it closes the range
 * @p: the memory
 * @size: as allocated
 *
 * No client maps the pages any more: a platform that sees clients' maps takes a reference to the
 * region for each, by nm_region_get(). May sleep.
 */
void os_pages_free(struct os_space *s, void *p, size_t size);

#define OS_PAGE_SIZE	4096u	/* unit of regions' layout; a platform's page may be a multiple */

/* Plain memory operations on memory that the engine trusts not to overlap. */
void os_memcpy(void *dst, const void *src, size_t n);
void os_memset(void *dst, int c, size_t n);
int os_memcmp(const void *a, const void *b, size_t n);
size_t os_strlen(const char *s);
int os_strcmp(const char *a, const char *b);

/* ---- the caller's memory ---------------------------------------------------------- */

/**
 * os_copyin - copy from the caller's memory
 * @caller: process that @src refers to
 * @dst: n bytes of the engine
 * @src: address in the caller
 * @n: bytes
 *
 * May sleep. Return: 0, or -EFAULT if any byte is inaccessible.
 */
int os_copyin(struct os_caller *caller, void *dst, uint64_t src, size_t n);

/**
 * os_copyout - copy to the caller's memory
 * @caller: process that @dst refers to
 * @dst: address in the caller
 * @src: n bytes of the engine
 * @n: bytes
 *
 * May sleep. Return: 0, or -EFAULT if any byte is inaccessible.
 */
int os_copyout(struct os_caller *caller, uint64_t dst, const void *src, size_t n);

/**
 * os_mem_get - remember the caller's memory space
 * @caller: the running process
 * @reason: set if the result is NULL
 *
 * It does not keep the memory: that ends with the processes that have it. May sleep.
 *
 * Return: the memory space, or NULL.
 */
struct os_mem *os_mem_get(struct os_caller *caller, struct nm_reason *reason);

/**
 * os_mem_put - end the use of a memory space
 * @mem: from os_mem_get()
 *
 * May sleep.
 */
void os_mem_put(struct os_mem *mem);

/**
 * os_copyin_nofault - copy from a memory space that the caller is in, without waiting for a page
 * @caller: the running process
 * @mem: what @src refers to
 * @dst: n bytes of the engine
 * @src: address
 * @n: bytes
 *
 * Return: 0; -EPERM if the caller is not in that memory space; -EFAULT if any byte is inaccessible
 * or not present now, or if the answer is not known: call os_fault_in(), then try again.
 */
int os_copyin_nofault(struct os_caller *caller, const struct os_mem *mem, void *dst, uint64_t src,
		      size_t n);

/**
 * os_fault_in - bring pages in, so that os_copyin_nofault() may succeed
 * @caller: the running process
 * @mem: what @src refers to
 * @src: address
 * @n: bytes
 *
 * May sleep, for as long as the caller's memory takes: hold no lock.
 *
 * Return: 0; -EPERM if the caller is not in that memory space; -EAGAIN if only a sync that the
 * process itself requests may read it; -EFAULT.
 */
int os_fault_in(struct os_caller *caller, const struct os_mem *mem, uint64_t src, size_t n);

/**
 * os_fault_end - end a series of os_fault_in() for a caller
 * @caller: the running process
 *
 * A platform may have kept a copy of what was brought in, which is out of date from now on. May
 * sleep.
 */
void os_fault_end(struct os_caller *caller);

/**
 * os_usermem_pin - pin a range of the caller's memory
 * @caller: process that @at refers to
 * @at: address of a page
 * @size: whole pages, all writable
 * @reason: set if the result is NULL: -EINVAL if that memory can never be pinned, -EFAULT, -ENOMEM
 *
 * The present pages stay until they are unpinned, whatever the caller does to its map of them and
 * even after it has ended. They are charged to the caller where the platform can do so. Pinning
 * the same memory again, at any address, returns the same object with one more reference. May
 * sleep for long: hold no lock.
 *
 * Return: the pinned memory, or NULL.
 */
struct os_usermem *os_usermem_pin(struct os_caller *caller, uint64_t at, uint64_t size,
				  struct nm_reason *reason);

/**
 * os_usermem_unpin - put a reference to user memory
 * @m: the memory; the last reference unpins it
 *
 * May sleep. The caller may hold the lock of the regions' list.
 */
void os_usermem_unpin(struct os_usermem *m);

/**
 * os_usermem_addr - return the engine's address of user memory
 * @m: pinned; all of it is contiguous
 */
void *os_usermem_addr(const struct os_usermem *m);

/**
 * os_caller_pid - return the caller's process id, for records of failures
 * @caller: the caller
 */
uint32_t os_caller_pid(struct os_caller *caller);

/**
 * os_caller_files - identify the caller's table of descriptors
 * @caller: the caller
 *
 * Return: a number, not 0, that callers with the same table share, as the threads of a process do.
 */
uint64_t os_caller_files(struct os_caller *caller);

/**
 * os_caller_has_closed - return whether the caller has closed the client's file meanwhile
 * @caller: the caller
 * @c: the client that it has called
 *
 * May sleep. Return: true if its table of descriptors has none of that file any more; a platform
 * that cannot find out returns false.
 */
bool os_caller_has_closed(struct os_caller *caller, const struct nm_client *c);

/**
 * os_caller_comm - copy the caller's command name, for records of failures
 * @caller: the caller
 * @comm: set, including a NUL
 */
void os_caller_comm(struct os_caller *caller, char comm[16]);

/* ---- namespaces ------------------------------------------------------------------- */

/**
 * os_ns_get - take a reference to a namespace
 * @ns: namespaces are compared by address; none reuses it while a reference is left
 *
 * Clients, ports, switches and regions have one each. It does not keep the system's namespace
 * alive: when that ends, the platform calls nm_engine_ns_gone().
 *
 * Return: @ns.
 */
struct os_ns *os_ns_get(struct os_ns *ns);

/**
 * os_ns_put - put a reference to a namespace
 * @ns: the namespace
 */
void os_ns_put(struct os_ns *ns);

/* ---- domains of trust -------------------------------------------------------------- */

/**
 * os_domain_get - take a reference to a domain of trust
 * @d: domains are compared by address; none reuses it while a reference is left
 *
 * A domain is what programs must have in common to map the same memory: by default the user and
 * the network namespace that opened. A client and a region belong to one.
 *
 * Return: @d.
 */
struct os_domain *os_domain_get(struct os_domain *d);

/**
 * os_domain_put - put a reference to a domain
 * @d: the domain
 */
void os_domain_put(struct os_domain *d);

/**
 * os_domain_is_shared - return whether programs of several users may be in a domain
 * @d: the domain
 */
bool os_domain_is_shared(const struct os_domain *d);

/**
 * os_domain_is_limited - return whether quotas limit what a domain uses
 * @d: the domain
 *
 * Return: false for the administrator's: the machine alone limits it.
 */
bool os_domain_is_limited(const struct os_domain *d);

/**
 * os_domain_user - return the user of a domain, for messages
 * @d: the domain
 *
 * Return: the user id as the initial user namespace has it; of a shared domain, 0.
 */
uint32_t os_domain_user(const struct os_domain *d);

/**
 * os_caller_is_of - return whether the caller acts as the user of a domain
 * @caller: the running process
 * @d: the domain
 *
 * A process that has got an open file from another user does not. May sleep; the caller may hold
 * mutexes.
 *
 * Return: true also if the domain is shared.
 */
bool os_caller_is_of(struct os_caller *caller, const struct os_domain *d);

/**
 * os_caller_is_admin - return whether the caller may administer a namespace's network
 * @caller: the running process
 * @ns: the namespace; NULL: every one, the machine's first included
 *
 * On Linux: CAP_NET_ADMIN in the user namespace that owns it. May sleep; the caller may hold
 * mutexes.
 */
bool os_caller_is_admin(struct os_caller *caller, struct os_ns *ns);

/* ---- locks ------------------------------------------------------------------------ */

/*
 * A mutex sleeps and is not recursive. Initialisation allocates nothing and cannot fail. name is a
 * string literal that names the lock's class for checkers of lock order: locks that are
 * initialised with the same name are of the same class.
 */
void os_mutex_init(struct os_mutex *m, const char *name);
void os_mutex_destroy(struct os_mutex *m);
void os_mutex_lock(struct os_mutex *m);
void os_mutex_unlock(struct os_mutex *m);
/* Report a bug, by os_bug(), if the running thread does not hold m. */
void os_assert_held(struct os_mutex *m);

/* A spinlock is held for tens of instructions; nothing under it sleeps. */
void os_spin_init(struct os_spin *s, const char *name);
void os_spin_destroy(struct os_spin *s);
void os_spin_lock(struct os_spin *s);
void os_spin_unlock(struct os_spin *s);

/* ---- shared words ----------------------------------------------------------------- */

/* One access each: the compiler neither tears, merges nor repeats it. */
uint32_t os_load32(const uint32_t *p);
uint64_t os_load64(const uint64_t *p);
void os_store32(uint32_t *p, uint32_t v);
void os_store64(uint64_t *p, uint64_t v);
/* Ordered: an acquire that reads the value of a release also sees what was written before it. */
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
/* Full memory barrier (the kernel's smp_mb()). */
void os_barrier(void);

/* ---- waiting ---------------------------------------------------------------------- */

/**
 * os_waitq_init - initialise a queue of pollers
 * @q: the queue
 * @name: as in os_mutex_init()
 *
 * A poller registers, then checks its condition; the waker makes the condition true, then wakes.
 * os_waitq_wake() has a full barrier between the condition and its read of the queue, so one of
 * the two sees the other.
 */
void os_waitq_init(struct os_waitq *q, const char *name);

/**
 * os_waitq_destroy - end a queue of pollers
 * @q: no poller is registered any more, except epoll sets, which the platform detaches here
 */
void os_waitq_destroy(struct os_waitq *q);

/**
 * os_waitq_wake - wake all pollers of a queue
 * @q: the queue
 *
 * The caller may hold a mutex or a spinlock. Return: whether there was a poller.
 */
bool os_waitq_wake(struct os_waitq *q);

/**
 * os_waitq_has_sleeper - return whether os_waitq_wake() would find a poller
 * @q: the queue
 *
 * Has a full barrier before it reads the queue.
 */
bool os_waitq_has_sleeper(struct os_waitq *q);

/**
 * os_poll_register - register a poller with a queue
 * @p: the running poll call, or a sleeper's poller
 * @q: the queue
 *
 * May sleep.
 */
void os_poll_register(struct os_poller *p, struct os_waitq *q);

/**
 * os_poller_may_skip - return whether a poller may wait again without a poll
 * @p: a poller
 *
 * False for poll() and select(), which poll at each wait, as far as the platform can tell them
 * from an epoll set, which polls after a wakeup only.
 */
bool os_poller_may_skip(const struct os_poller *p);

/**
 * os_sleeper_make - make an object for a thread that waits repeatedly for several things
 * @caller: the request that the thread serves; NULL for a thread of the engine
 *
 * The thread, or the one that starts it, registers the poller and events once. From then on a
 * wakeup of any of them ends the sleep or, between two sleeps, makes the next one return
 * immediately. Only one thread sleeps by it. May sleep.
 *
 * Return: the sleeper; NULL if there is no memory.
 */
struct os_sleeper *os_sleeper_make(struct os_caller *caller);

/**
 * os_sleeper_free - unregister a sleeper everywhere and free it
 * @s: the sleeper
 *
 * May sleep.
 */
void os_sleeper_free(struct os_sleeper *s);

/**
 * os_sleeper_poller - return the poller to register with queues
 * @s: the sleeper
 */
struct os_poller *os_sleeper_poller(struct os_sleeper *s);

/**
 * os_sleeper_watch - end sleeps when an eventfd is signalled
 * @s: the sleeper
 * @e: the eventfd
 *
 * May sleep. Return: 0 or an error.
 */
int os_sleeper_watch(struct os_sleeper *s, struct os_event *e);

/**
 * os_sleeper_sleep - sleep until a registered queue or eventfd wakes the thread
 * @s: the sleeper
 * @ns: limit in nanoseconds; OS_FOREVER: none; 0: only let other threads run
 *
 * May sleep. Return: 0; -EINTR if the caller must end or handle a signal.
 */
int os_sleeper_sleep(struct os_sleeper *s, uint64_t ns);
#define OS_FOREVER	UINT64_MAX

/**
 * os_event_get - take a reference to an eventfd of the caller
 * @caller: process whose descriptor @fd is
 * @fd: the descriptor, which the caller may close
 * @reason: set if the result is NULL
 *
 * May sleep. Return: the eventfd, or NULL.
 */
struct os_event *os_event_get(struct os_caller *caller, int32_t fd, struct nm_reason *reason);

/**
 * os_event_put - put the reference to an eventfd
 * @e: the eventfd
 *
 * May sleep.
 */
void os_event_put(struct os_event *e);

/**
 * os_event_signal - add 1 to an eventfd
 * @e: the eventfd
 *
 * May sleep, but does not wait for a reader.
 */
void os_event_signal(struct os_event *e);

/* ---- time ------------------------------------------------------------------------- */

/* Microseconds since the epoch; cheap enough for each sync. */
void os_wallclock(struct timeval *tv);
/* Monotonic, coarse, from any start; for ageing. */
uint32_t os_seconds(void);
/* Monotonic, fine, from any start; cheap enough for each wakeup, not for each frame. */
uint64_t os_nanoseconds(void);

/**
 * os_timer_init - initialise a timer
 * @t: the timer
 * @fn: called once for each time the timer is armed, in any context, interrupts included: it only
 *	loads and stores atomically, calls os_waitq_has_sleeper() and os_waitq_wake(), and arms the
 *	timer again
 * @arg: for @fn
 */
void os_timer_init(struct os_timer *t, void (*fn)(void *arg), void *arg);

/**
 * os_timer_arm - call a timer's function after a delay
 * @t: not armed
 * @ns: the delay; a platform may call the function earlier, even immediately
 *
 * The caller may hold a spinlock.
 */
void os_timer_arm(struct os_timer *t, uint64_t ns);

/**
 * os_timer_cancel - disarm a timer
 * @t: the timer
 *
 * When this returns, the timer's function is not running and will not run. May sleep.
 */
void os_timer_cancel(struct os_timer *t);

/* ---- threads ---------------------------------------------------------------------- */

/**
 * os_thread_start - start a thread
 * @fn: its function
 * @arg: for @fn
 * @cpu: the CPU that it runs on; negative: any
 * @name: for lists of threads
 *
 * May sleep. Return: the thread; NULL if it cannot be started.
 */
struct os_thread *os_thread_start(void (*fn)(void *arg), void *arg, int cpu, const char *name);

/**
 * os_thread_stop - make os_thread_should_stop() true and wait until the thread has ended
 * @t: the thread
 *
 * May sleep.
 */
void os_thread_stop(struct os_thread *t);

/* Return whether the running thread of the engine must end. */
bool os_thread_should_stop(void);

/**
 * os_thread_yield - let other threads run
 * @idle: the calling thread found nothing to do this time
 *
 * May sleep.
 */
void os_thread_yield(bool idle);

/* Return the number of CPUs; os_thread_start() accepts 0 to this - 1. */
uint32_t os_cpus(void);

/* ---- network devices --------------------------------------------------------------- */

/*
 * State of a device with a reference. Every state after DOWN is final: put the reference and look
 * the device up again.
 */
enum os_netdev_state {
	OS_NETDEV_UP,
	OS_NETDEV_DOWN,		/* switched off by the administrator */
	OS_NETDEV_RENAMED,
	OS_NETDEV_MOVED,	/* to another namespace */
	OS_NETDEV_REQUEUED,	/* its number of queues has changed */
	OS_NETDEV_GONE,		/* it, or its driver, was removed */
};

static inline bool os_netdev_is_final(enum os_netdev_state state)
{
	return state > OS_NETDEV_DOWN;
}

/* Source or destination of a frame. */
enum os_netdev_side { OS_NETDEV_WIRE, OS_NETDEV_STACK };

/**
 * struct os_netdev_ops - what the platform calls for an attached device
 *
 * The platform calls them from the start of os_netdev_attach() to the end of os_netdev_detach().
 * Except for @changed it may call them at any time on any CPU, several at a time, as from an
 * interrupt: they never sleep, and the spinlocks that they take are taken nowhere else.
 */
struct os_netdev_ops {
	/**
	 * @wants: called for each incoming frame from a side, by a queue. Returns false to let it
	 * continue to its normal destination.
	 */
	bool (*wants)(void *arg, enum os_netdev_side from, uint32_t queue);
	/**
	 * @deliver: called with n wanted frames, complete with checksums and VLAN tags. They are
	 * valid until it returns.
	 */
	void (*deliver)(void *arg, enum os_netdev_side from, uint32_t queue,
			const struct os_packet *const *pkt, uint32_t n);
	/**
	 * @deliver_open: called with a wanted frame that still needs segmentation or a checksum.
	 * frag[] are its n pieces, after a virtio-net header of the legacy form; pkt is only for
	 * os_packet_time(). Returns false if the engine does not do what the header asks for: the
	 * platform then does it and calls @deliver.
	 */
	bool (*deliver_open)(void *arg, enum os_netdev_side from, uint32_t queue,
			     const struct os_packet *pkt, const struct nm_frag *frag, uint32_t n);
	/**
	 * @has_backpressure: called before frames are delivered, with their number and total
	 * bytes. Returns true if their ring has no room now: the platform may put them into a
	 * backlog until os_netdev_resume(), asking again at least every OS_NETDEV_BACKLOG_NS; the
	 * engine returns false after a while if the reader makes no progress. A platform without
	 * a backlog does not call it. One call at a time for each queue, or there may be less room
	 * than the result says. With no frame: returns whether there could ever be backpressure
	 * for that side and queue while the device is attached.
	 */
	bool (*has_backpressure)(void *arg, enum os_netdev_side from, uint32_t queue,
				 uint32_t frames, uint32_t bytes);
	/** @lost: reports frames dropped because the platform's backlog was full. */
	void (*lost)(void *arg, enum os_netdev_side from, uint32_t queue, uint32_t frames);
	/**
	 * @changed: called after os_netdev_state() or the link has changed. May sleep, but takes no
	 * mutex: the platform holds locks of its own.
	 */
	void (*changed)(void *arg);
};

struct os_netdev_info {
	uint32_t queues[2];	/* to transmit, to receive; at least one each */
	bool device_bufs;	/* it may use buffers of its port's region */
};

/* A piece of a frame; the last piece of a frame has more == false. */
struct os_frag {
	const uint8_t *data;	/* a client may write there at any time */
	uint32_t len;
	bool more;
};

/**
 * os_netdev_get - take a reference to the device of a name, without attaching to it
 * @ns: namespace of the name
 * @name: the name
 * @info: set
 * @reason: set if the result is NULL, to a sentence without the name: -ENXIO if there is no such
 *	device, -EOPNOTSUPP if it is of a kind that cannot be attached, -ENOMEM
 *
 * May sleep. Return: the device, or NULL.
 */
struct os_netdev *os_netdev_get(struct os_ns *ns, const char *name, struct os_netdev_info *info,
				struct nm_reason *reason);

/**
 * os_netdev_put - put the reference to a device
 * @nd: the device, not attached
 *
 * May sleep.
 */
void os_netdev_put(struct os_netdev *nd);

/**
 * os_netdev_state - return the state of a device
 * @nd: the device
 *
 * Takes no lock.
 */
enum os_netdev_state os_netdev_state(const struct os_netdev *nd);

/**
 * os_netdev_traits - return what a device does now
 * @nd: the device
 *
 * Takes no lock.
 *
 * Return: flags of net/netmap_inspect.h: NM_INFO_NO_LINK, _XDP_TX, _XDP_RX, _ZERO_COPY, _LENT,
 * _LRO_OFF, _GRO_OFF.
 */
uint32_t os_netdev_traits(const struct os_netdev *nd);

/**
 * os_netdev_frame_max - return the length of the longest frame that a device sends now
 * @nd: the device
 */
uint32_t os_netdev_frame_max(const struct os_netdev *nd);

/**
 * os_netdev_xdp_reason - return the reason for not receiving frames by XDP
 * @nd: the device; not while it is being attached
 *
 * Return: a few words; "" if XDP is used to receive, or was not tried.
 */
const char *os_netdev_xdp_reason(const struct os_netdev *nd);

/**
 * os_netdev_refresh - bring os_netdev_state() and os_netdev_traits() up to date
 * @nd: the device
 *
 * On a system that reports changes by messages they may be a moment late: the engine calls this
 * before it refuses something because of them. May call the changed operation. May sleep; the
 * caller may hold a ring's mutex.
 */
void os_netdev_refresh(struct os_netdev *nd);

/**
 * os_netdev_attach - offer a device's frames to the engine first
 * @nd: the device
 * @ops: called from now on
 * @arg: for @ops
 * @bufs: region of the port. A platform may use its buffers for the device, see engine.h, and
 *	may keep a reference to it for longer than the device is attached
 * @reason: set in failure
 *
 * May sleep. Return: 0, or an error.
 */
int os_netdev_attach(struct os_netdev *nd, const struct os_netdev_ops *ops, void *arg,
		     struct nm_region *bufs, struct nm_reason *reason);

/**
 * os_netdev_wants_changed - ask the wants operation again, where the platform keeps its result
 * @nd: an attached device
 *
 * May sleep.
 */
void os_netdev_wants_changed(struct os_netdev *nd);

/**
 * os_netdev_resume - deliver what is in the backlog: a ring for frames from a side has room again
 * @nd: an attached device
 * @from: the side
 *
 * May sleep. Caller holds the ring's mutex.
 */
void os_netdev_resume(struct os_netdev *nd, enum os_netdev_side from);
#define OS_NETDEV_BACKLOG_NS	10000000u

/**
 * os_netdev_detach - stop offering a device's frames
 * @nd: an attached device
 *
 * When this returns, no operation is running or will be called. May sleep.
 */
void os_netdev_detach(struct os_netdev *nd);

/**
 * os_netdev_send - send frames to the wire, or to the stack as if received from the wire
 * @nd: an attached device
 * @to: the side
 * @queue: queue to send by
 * @frag: the pieces
 * @n: number of pieces; 0: only update *@in_flight
 * @in_flight: NULL: the data has been copied when this returns. Else a platform may read the data
 *	in place later. It adds the number of such pieces to *@in_flight, and subtracts them, with
 *	release, when it has read them: in the order in which they were sent, and none before
 *	those that were sent earlier with the same @in_flight. It does not touch *@in_flight once
 *	the device has been detached; pieces in flight then are still read, and the platform keeps
 *	their buffers from being allocated until they have been.
 *
 * Not with a spinlock held.
 *
 * Return: the number of pieces, in whole frames, that were sent or copied: less than @n if there
 * is no room, or no link, now.
 */
uint32_t os_netdev_send(struct os_netdev *nd, enum os_netdev_side to, uint32_t queue,
			const struct os_frag *frag, uint32_t n, uint32_t *in_flight);

/**
 * os_packet_data - return a frame's length
 * @pkt: the frame
 * @data: set to its bytes if they are contiguous, else to NULL: use os_packet_copy() then
 */
uint32_t os_packet_data(const struct os_packet *pkt, const uint8_t **data);

/**
 * os_packet_time - return the time of a frame's arrival, in nanoseconds since the epoch
 * @pkt: the frame
 *
 * Return: the device's timestamp if there is one, else the time now.
 */
uint64_t os_packet_time(const struct os_packet *pkt);

/**
 * os_packet_copy - copy bytes [off, off + n) of a frame
 * @pkt: the frame, which has them
 * @off: first byte
 * @dst: n bytes
 * @n: bytes
 */
void os_packet_copy(const struct os_packet *pkt, uint32_t off, void *dst, uint32_t n);

/**
 * os_packet_is_device_buf - tell whether a frame is at the start of a device buffer
 * @pkt: the frame
 *
 * A device buffer is a buffer of the port's region that is posted to the device.
 */
bool os_packet_is_device_buf(const struct os_packet *pkt);

/**
 * os_packet_exchange - exchange the buffer of a frame, instead of copying it
 * @pkt: a frame in a device buffer; not exchanged yet
 * @buf: index of the buffer that the device gets for it
 *
 * Caller holds a ring's spinlock.
 *
 * Return: index of the frame's buffer; 0 if the platform cannot use @buf.
 */
uint32_t os_packet_exchange(const struct os_packet *pkt, uint32_t buf);

/* ---- messages --------------------------------------------------------------------- */

/* Format into buf, always NUL terminated. Return: the bytes written, without the NUL. */
int os_vsnprintf(char *buf, size_t size, const char *fmt, va_list ap);
enum os_level { OS_ERR, OS_WARN, OS_INFO, OS_DEBUG };
/* Log a line. */
void os_log(enum os_level level, const char *fmt, ...) __attribute__((format(__printf__, 2, 3)));
/* Report a bug of the engine itself, once, with a stack trace, and go on. In every build. */
void os_bug(const char *what, const char *file, int line);
#define os_assert(cond)							\
	do {								\
		if (unlikely(!(cond)))					\
			os_bug(#cond, __FILE__, __LINE__);		\
	} while (0)

#endif
