/* SPDX-License-Identifier: BSD-2-Clause */
/* Fences. See fence.h. lock guards which entries are free; the signal handler takes no lock. */
#define OS_PLATFORM
#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fence.h"

/* start and end are atomic; end is set first; start is 0 if the entry is free. */
static struct {
	uintptr_t start, end;
	struct fence_marks *marks;
} fences[FENCES_MAX];

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static int scrap_fd = -1;	/* const after once */

/*
 * Replace the pages around an address. A second thread that faulted there repeats its access and
 * finds the new ones.
 */
static bool fence_replace(uintptr_t at)
{
	struct fence_marks *marks;
	uintptr_t start, end, from;
	uint32_t i;

	for (i = 0; i < FENCES_MAX; i++) {
		start = __atomic_load_n(&fences[i].start, __ATOMIC_ACQUIRE);
		end = __atomic_load_n(&fences[i].end, __ATOMIC_RELAXED);
		if (!start || at < start || at >= end)
			continue;
		from = at & ~(FENCE_UNIT - 1);
		if (from < start)
			from = start;
		if (end > (at | (FENCE_UNIT - 1)))
			end = (at | (FENCE_UNIT - 1)) + 1;
		if (mmap((void *)from, end - from, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED,
			 scrap_fd, 0) == MAP_FAILED)
			return false;
		marks = fences[i].marks;
		if (marks) {
			__atomic_store_n(&marks->unit[(from - start) / FENCE_UNIT], 1,
					 __ATOMIC_RELAXED);
			__atomic_store_n(&marks->any, 1, __ATOMIC_RELEASE);
		}
		return true;
	}
	return false;
}

static void on_bus_error(int sig, siginfo_t *info, void *context)
{
	const int err = errno;

	(void)context;
	/*
	 * Any other address: the instruction is repeated, and ends the program as without this
	 * handler.
	 */
	if (!fence_replace((uintptr_t)info->si_addr))
		signal(sig, SIG_DFL);
	errno = err;
}

static void sigbus_setup(void)
{
	struct sigaction sa = { .sa_sigaction = on_bus_error, .sa_flags = SA_SIGINFO | SA_NODEFER };

	scrap_fd = memfd_create("netmap scrap", MFD_CLOEXEC);
	if (scrap_fd >= 0 && ftruncate(scrap_fd, (off_t)FENCE_UNIT) == 0)
		sigaction(SIGBUS, &sa, NULL);
}

int fence_add(void *start, uint64_t size, struct fence_marks *marks)
{
	int fence = -ENOMEM, i;

	pthread_once(&once, sigbus_setup);
	pthread_mutex_lock(&lock);
	for (i = 0; i < (int)FENCES_MAX && fence < 0; i++) {
		if (fences[i].start)
			continue;
		fence = i;
		fences[i].marks = marks;
		__atomic_store_n(&fences[i].end, (uintptr_t)start + size, __ATOMIC_RELAXED);
		__atomic_store_n(&fences[i].start, (uintptr_t)start, __ATOMIC_RELEASE);
	}
	pthread_mutex_unlock(&lock);
	return fence;
}

/* Another map may get the addresses. */
void fence_remove(int fence)
{
	pthread_mutex_lock(&lock);
	__atomic_store_n(&fences[fence].start, 0, __ATOMIC_RELEASE);
	pthread_mutex_unlock(&lock);
}
