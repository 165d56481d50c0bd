/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * See latency.h. With 'auto' a window starts with a message. After a window with many messages CPUs
 * are kept awake, until a window with few. A timer ends the windows; it runs only while messages
 * arrive.
 */
#define OS_PLATFORM
#include <fcntl.h>
#include <unistd.h>

#include "../os_user.h"
#include "latency.h"
#include "settings.h"

#define WINDOW_NS	50000000ull	/* 50 ms */
#define MANY		100u		/* messages in a window: 2000 per second */
#define RELAXED		INT32_MAX

static int dev = -1;		/* const after start */
static uint32_t count;		/* messages in this window; atomic */
static uint32_t is_open;	/* a window is open; atomic */
static uint32_t is_awake;	/* CPUs are kept awake; the timer's; atomic */
static struct os_timer timer;

static void latency_request(int32_t us)
{
	if (write(dev, &us, sizeof(us)) == sizeof(us))
		__atomic_store_n(&is_awake, us == 0, __ATOMIC_RELAXED);
}

static void window_end(void *arg)
{
	uint32_t n = __atomic_exchange_n(&count, 0, __ATOMIC_RELAXED);

	(void)arg;
	if ((n >= MANY) != is_awake)
		latency_request(n >= MANY ? 0 : RELAXED);
	/* Clear it first: a message that arrives now opens the next window itself. */
	__atomic_store_n(&is_open, 0, __ATOMIC_RELEASE);
	if (is_awake && !__atomic_exchange_n(&is_open, 1, __ATOMIC_ACQ_REL))
		os_timer_arm(&timer, WINDOW_NS);
}

void latency_start(void)
{
	if (settings.latency == LATENCY_OFF)
		return;
	dev = open("/dev/cpu_dma_latency", O_RDWR | O_CLOEXEC);
	if (dev < 0) {
		if (settings.latency == LATENCY_ON)
			os_log(OS_WARN, "cannot keep CPUs awake: /dev/cpu_dma_latency: %s",
			       strerror(errno));
		return;
	}
	os_timer_init(&timer, window_end, NULL);
	latency_request(settings.latency == LATENCY_ON ? 0 : RELAXED);
}

void latency_note(void)
{
	if (dev < 0 || settings.latency != LATENCY_AUTO)
		return;
	__atomic_fetch_add(&count, 1, __ATOMIC_RELAXED);
	if (!__atomic_load_n(&is_open, __ATOMIC_RELAXED) &&
	    !__atomic_exchange_n(&is_open, 1, __ATOMIC_ACQ_REL))
		os_timer_arm(&timer, WINDOW_NS);
}
