/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The interface of the platform in a process to the program around it, beside core/os.h: the
 * objects that the engine knows only by name, and the file that has the engine's pages, so that
 * another process can map them.
 */
#ifndef OS_USER_H
#define OS_USER_H

#include <sys/types.h>

#include "../../core/engine.h"

/* A namespace of port names. refs is atomic. The program owns the memory. */
struct os_ns {
	uint32_t refs;
};

/*
 * A domain of trust. refs is atomic. The program owns the memory. The domain of a program that has
 * no others is os_domain_first.
 */
struct os_domain {
	uint32_t refs;
	uint32_t uid;		/* const */
	bool is_shared;		/* programs of several users are in it; const */
	bool is_limited;	/* quotas apply; const */
	struct os_arena *arena;	/* const while a space is open; NULL: os_domain_first's */
};
extern struct os_domain os_domain_first;
/*
 * Set a function that is called when the last reference to some domain has been put, possibly with
 * locks of the engine held. Called before threads start.
 */
void os_domain_setup(void (*unused)(void));

/* Open the memory of a thread's process, to read. Returns a descriptor or -errno. */
int os_mem_open(pid_t tid);
/* Open it in another way, where this process may not. Called before threads start. */
void os_mem_setup(int (*open_fn)(pid_t tid));

/*
 * Interrupts a request that waits, when its caller gets a signal or the program ends. Each thread
 * that serves requests has one, and sets it to the number of each request; 0: none.
 */
struct os_interrupt {
	pthread_mutex_t writing;	/* held while memory of the caller is written; above lock */
	pthread_mutex_t lock;
	struct os_sleeper *sleeper;	/* guarded by lock */
	uint64_t request;		/* its number; guarded by lock */
	uint32_t is_raised;		/* atomic */
	uint32_t is_abandoned;		/* atomic; the request's caller waits no longer */
};
void os_interrupt_begin(struct os_interrupt *i);
void os_interrupt_end(struct os_interrupt *i);
/* Returns whether the request that it was set to is abandoned. */
bool os_interrupt_set(struct os_interrupt *i, uint64_t request);
/* Raise i if it is set to that request (0: any), and return whether it was. Any thread. */
bool os_interrupt_raise(struct os_interrupt *i, uint64_t request);
/*
 * Abandon the request, if i is raised and set to one for which fn(arg) returns true: no more memory
 * of the caller is copied. Returns its number, or 0.
 */
uint64_t os_interrupt_abandon(struct os_interrupt *i, bool (*fn)(void *arg), void *arg);

/*
 * The process that makes a request: pointers are to its memory. One request uses it, or one thread;
 * all but pid may be 0.
 */
struct os_caller {
	pid_t pid;			/* of the calling thread */
	bool is_server;			/* this process syncs by itself: no memory may be read */
	struct os_interrupt *interrupt;	/* NULL: none */
	/* Whether it has closed the file that its request is for; NULL: it has not. */
	bool (*has_closed)(const struct os_caller *caller);
	const struct os_mem *may_read;	/* mem.c's: the caller is in it; NULL: not known */
	struct os_fetched *fetched;	/* mem.c's: what os_fault_in() has fetched */
	uint64_t waits_since;	/* a fetch began then, in os_nanoseconds(); 0: none runs; atomic */
};

/*
 * Return whether the caller waits for its request no longer: its number may be another process's.
 * So whatever is found by that number is to be discarded if this is true afterwards.
 */
bool os_caller_is_gone(const struct os_caller *caller);

/* A poller's entry in one wait queue. */
struct os_wait_entry {
	struct os_waitq *queue;
	struct os_poller *poller;
	struct os_wait_entry *next, **link;	/* in the queue, or NULL; guarded by its lock */
	struct os_wait_entry *more;		/* in the poller's list; its owner's */
};

/*
 * One call of poll(): begin, pass it to nm_client_poll(), wait if nothing was ready, end. lock
 * guards woken and wakeups.
 *
 * With fire set after os_poller_begin() it is a watcher: no thread waits, but each queue that wakes
 * it calls fire once and then removes it (see stays). It may be passed to nm_client_poll() again,
 * by one thread at a time, to join the queues again. fire runs with a queue's lock held: it must
 * not sleep for long, and must not call functions of pollers or wait queues.
 */
struct os_poller {
	pthread_mutex_t lock;
	pthread_cond_t cond;
	bool woken;
	uint32_t wakeups;
	struct os_wait_entry *entries;
	void (*fire)(struct os_poller *p);
	bool stays;		/* with fire: queues do not remove it */
	bool is_blind;		/* for lack of memory it is not in all of its queues */
};

void os_poller_begin(struct os_poller *p);
/* Wait until woken since the last wait, or the timeout (-1: none). Returns whether it was woken. */
bool os_poller_wait(struct os_poller *p, int timeout_ms);
/* Remove p from all queues; no waker touches it afterwards. */
void os_poller_end(struct os_poller *p);

/*
 * Set the function that gets the lines of the log, without "netmap: " and the newline; NULL:
 * standard error. Called before threads start.
 */
void os_log_setup(void (*sink)(enum os_level level, const char *line));

/*
 * Set the limit of open descriptors of this process and its children: 0 for the hard limit, or
 * more where that is small and may be raised.
 */
void os_descriptors_set(uint32_t n);
/*
 * Refuse with err because a descriptor could not be opened; `what` is what it is of. The text names
 * the limit if that is why. Returns err.
 */
int os_refuse_descriptor(struct nm_reason *reason, int err, const char *what);

/* Call a timer's function, in the timers' thread. */
void os_timer_fire(struct os_timer *t);

/*
 * Size of a file of pages, most of it without memory. The thread sanitizer can map a dozen of them.
 */
#define OS_PAGES_WINDOW	(UINT64_C(1) << 38)

/*
 * The file of an arena: in memory, where holes can be punched; or, with forget and zero, a file of
 * which only the kernel's cache has memory.
 */
struct os_arena_backing {
	int fd;			/* OS_PAGES_WINDOW long; the arena closes it */
	bool is_huge;		/* its memory is in huge pages */
	bool is_locked;		/* lock it in memory */
	uint64_t limit;		/* bytes that may have memory; 0: no limit but the file's */
	/* For the kernel's cache of a file; both are set, or both NULL: */
	void (*forget)(void *arg, uint64_t off, uint64_t size);	/* drop a part from the cache */
	int (*zero)(void *arg, uint64_t off, uint64_t size);	/* fill with zeros; 0 or -errno */
	void *arg;
};

/*
 * An arena: a file that holds the pages of all regions of a domain, and the engine's map of it.
 * Return NULL, with the file still open, if there are no addresses.
 */
struct os_arena *os_arena_make(const struct os_arena_backing *b);
/* Free an arena. All its spaces have been closed. Clients' maps keep what they show. */
void os_arena_free(struct os_arena *a);
/*
 * Map the file's memory again where it was missing when the engine accessed it, because clients
 * have removed it and the file system was full: see fence.h. Cheap if there is nothing to do.
 */
void os_arena_mend(struct os_arena *a);
/*
 * Clients of this program map the file of their domain from its start, whatever their region.
 * limit: bytes of all arenas together that may have memory. reclaim: called when that is exceeded,
 * to free an arena that is not used; returns whether it has. Called before the first region exists.
 */
void os_arenas_setup(uint64_t limit, bool are_memory, bool (*reclaim)(void));

/* Return the file behind a page of os_pages_alloc(). */
int os_pages_file(const void *page);
/* True if files are memory, which a device may use, and not the kernel's cache of others. */
bool os_pages_are_memory(void);
/* Return the offset of a page in the file. */
off_t os_pages_offset(const void *page);

#endif
