/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the home in a process offers to the program around it, beside the contract of
 * core/os.h: the objects that the engine only knows by name, and the file that the
 * engine's pages live in, by which another process or another place can map them.
 */
#ifndef OS_USER_H
#define OS_USER_H

#include <sys/types.h>

#include "../../core/engine.h"

/* A namespace of port names. refs is atomic; the program owns the memory. */
struct os_ns {
	uint32_t refs;
};

/*
 * Bytes of a caller's memory that os_fault_in() has fetched for os_copyin_nofault(). To read another
 * process's memory may take as long as that process likes, so it is never done with a lock held:
 * what was not fetched before counts as absent. Begin with n = 0, end with os_fetched_end().
 */
struct os_fetched {
	uint32_t n;
	struct {
		uint64_t at;
		size_t size;
		void *bytes;
	} piece[NETMAP_MAX_FRAGS];
};
void os_fetched_end(struct os_fetched *f);

/*
 * What ends a request that waits: raised when its caller gets a signal or is to end. One belongs to a
 * thread that carries out requests, and is set to the number of each; 0 is none.
 */
struct os_interrupt {
	pthread_mutex_t lock;
	struct os_sleeper *sleeper;	/* guarded by lock, and so is what */
	uint64_t what;
	uint32_t is_raised;		/* atomic */
};
void os_interrupt_begin(struct os_interrupt *i);
void os_interrupt_end(struct os_interrupt *i);
void os_interrupt_set(struct os_interrupt *i, uint64_t what);
/* Any thread. Whether it is set to that; 0 raises whatever it is set to. */
bool os_interrupt_raise(struct os_interrupt *i, uint64_t what);

/* Who makes a request: pointers mean that process's memory. fetched: NULL for this process itself. */
struct os_caller {
	pid_t pid;
	struct os_fetched *fetched;
	struct os_interrupt *interrupt;	/* NULL: none */
};

/* A poller's place in one queue. */
struct os_wait_entry {
	struct os_waitq *queue;
	struct os_poller *poller;
	struct os_wait_entry *next, **link;	/* in the queue, or NULL; guarded by its lock */
	struct os_wait_entry *more;		/* in the poller; its owner's alone */
};

/*
 * One call of poll(). Begin, hand it to nm_client_poll(), wait if nothing was ready, end.
 * woken and wakeups are guarded by lock.
 *
 * With fire set after begin, it is a watcher: nobody waits, fire is called instead, once for each
 * queue that wakes it, and that queue then forgets it. It may be handed to nm_client_poll() again and
 * again, by one thread at a time, which makes the queues remember it again. fire runs with a
 * queue's lock held: it must not sleep for long, nor come back here.
 */
struct os_poller {
	pthread_mutex_t lock;
	pthread_cond_t cond;
	bool woken;
	uint32_t wakeups;
	struct os_wait_entry *entries;
	void (*fire)(struct os_poller *p);
	bool stays;		/* with fire: queues do not forget it */
};

void os_poller_begin(struct os_poller *p);
/* Wait until woken since the last wait, at most so long (-1: for ever). Returns whether woken. */
bool os_poller_wait(struct os_poller *p, int timeout_ms);
/* Leave all queues; no waker touches p afterwards. */
void os_poller_end(struct os_poller *p);

/* Where lines of the log go, without "netmap: " and a line's end; NULL: standard error. Before threads are started. */
void os_log_setup(void (*sink)(enum os_level level, const char *line));

/* Call a timer's function, in the thread of timers. */
void os_timer_fire(struct os_timer *t);

/* How far the file of all pages reaches, most of it without memory; fits thread sanitizer's room for mappings. */
#define OS_PAGES_WINDOW	(UINT64_C(1) << 38)

/*
 * What is behind all pages. forget is for a file whose pages the kernel only caches: it makes
 * the kernel drop a piece; NULL: a file in memory, where holes can be punched.
 */
struct os_pages_backing {
	int fd;			/* OS_PAGES_WINDOW long; -1: a memory file, made when first wanted */
	bool is_mapped_whole;	/* clients map the file from its beginning, whatever their region */
	bool is_huge;		/* its memory comes in huge pages */
	bool is_locked;		/* keep it from being swapped out */
	uint64_t limit;		/* bytes that may have memory; 0: as the file allows */
	/* Where it is no file but the kernel's cache of one, of both kinds or neither: */
	void (*forget)(uint64_t off, uint64_t size);
	int (*zero)(uint64_t off, uint64_t size);	/* now all of it is there; 0 or -errno */
};
/* Before the first region, or not at all. -EBUSY when it is too late. */
int os_pages_setup(const struct os_pages_backing *b);

/*
 * The file behind all pages of os_pages_alloc(), and the place of one of them in it; is it memory, which a device
 * may be given, and not the kernel's cache of something else?
 */
int os_pages_file(void);
bool os_pages_are_memory(void);
off_t os_pages_offset(const void *page);

#endif
