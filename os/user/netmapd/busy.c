/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * See busy.h. The thread sleeps while there is no traffic; requests of clients wake it. With 'auto'
 * it also sleeps while there are no more CPUs than active clients: it would take turns with them.
 */
#define OS_PLATFORM
#include <linux/futex.h>
#include <sched.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "busy.h"
#include "file.h"
#include "settings.h"

#define IDLE_NS		200000u	/* it sleeps when no ring has moved for this time */
#define PAUSES		32u	/* after a poll of all rings that found nothing */

static pthread_t thread;
static bool has_started;	/* const once the workers run */
static uint32_t stop;		/* atomic */
static uint32_t is_asleep;	/* a futex; atomic */

void busy_note(void)
{
	if (!has_started || !__atomic_load_n(&is_asleep, __ATOMIC_RELAXED))
		return;
	if (__atomic_exchange_n(&is_asleep, 0, __ATOMIC_SEQ_CST))
		syscall(SYS_futex, &is_asleep, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
}

static void busy_sleep(void)
{
	__atomic_store_n(&is_asleep, 1, __ATOMIC_SEQ_CST);
	while (__atomic_load_n(&is_asleep, __ATOMIC_SEQ_CST) &&
	       !__atomic_load_n(&stop, __ATOMIC_ACQUIRE))
		syscall(SYS_futex, &is_asleep, FUTEX_WAIT_PRIVATE, 1, NULL, NULL, 0);
	__atomic_store_n(&is_asleep, 0, __ATOMIC_RELAXED);
}

/* True if there is a CPU for this thread, besides one for each client whose file moved. */
static bool busy_may_poll(uint32_t moved)
{
	return settings.busy == BUSY_ON || moved < os_cpus();
}

static void *busy_run(void *arg)
{
	uint64_t moved_at = os_nanoseconds();
	uint32_t moved, i;

	pthread_setname_np(pthread_self(), "nm-busy");
	while (!__atomic_load_n(&stop, __ATOMIC_ACQUIRE)) {
		moved = files_sync_moved();
		if (moved)
			moved_at = os_nanoseconds();
		if (!busy_may_poll(moved) || os_nanoseconds() - moved_at > IDLE_NS) {
			busy_sleep();
			moved_at = os_nanoseconds();
		}
		for (i = 0; !moved && i < PAUSES; i++)
			__builtin_ia32_pause();
		sched_yield();
	}
	return arg;
}

int busy_start(void)
{
	int err;

	if (settings.busy == BUSY_OFF)
		return 0;
	err = -pthread_create(&thread, NULL, busy_run, NULL);
	/* The workers, which read it, start later. */
	has_started = !err;
	return err;
}

void busy_stop(void)
{
	if (!has_started)
		return;
	__atomic_store_n(&stop, 1, __ATOMIC_RELEASE);
	__atomic_store_n(&is_asleep, 0, __ATOMIC_SEQ_CST);
	syscall(SYS_futex, &is_asleep, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
	pthread_join(thread, NULL);
}
