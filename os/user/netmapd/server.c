/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The server's process: sets up memory and threads, gives up its privileges, and answers the
 * kernel's messages until a signal or the supervisor's end.
 */
#define OS_PLATFORM
#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "../../../core/engine.h"
#include "../netdev/device.h"
#include "busy.h"
#include "conn.h"
#include "daemon.h"
#include "domains.h"
#include "file.h"
#include "latency.h"
#include "memory.h"
#include "mountpoint.h"
#include "pager.h"
#include "privilege.h"
#include "serve.h"
#include "server.h"
#include "settings.h"
#include "workers.h"

#define BLOCKED_S	5	/* timeout at the end for threads that a client blocks */

/* The timeout starts here: a client may be blocking workers already. */
static void on_terminate(int sig)
{
	(void)sig;
	alarm(BLOCKED_S);
	workers_end();
}

static void on_alarm(int sig)
{
	static const char words[] = "netmapd: a client blocks a request: ending without it\n";

	(void)sig;
	if (write(STDERR_FILENO, words, sizeof(words) - 1))
		_exit(0);
	_exit(0);
}

static void server_set_signals(void)
{
	struct sigaction end = { .sa_handler = on_terminate }, alarmed = { .sa_handler = on_alarm };
	struct sigaction ignore = { .sa_handler = SIG_IGN };

	sigaction(SIGTERM, &end, NULL);
	sigaction(SIGINT, &end, NULL);
	sigaction(SIGALRM, &alarmed, NULL);
	sigaction(SIGPIPE, &ignore, NULL);
	sigaction(SIGHUP, &ignore, NULL);
}

static uint32_t server_worker_count(void)
{
	return settings.workers ? settings.workers : os_cpus() + 1;
}

/* Signals go to the main thread only. */
static int server_start_threads(void)
{
	sigset_t all, before;
	int err;

	sigfillset(&all);
	/* Except SIGBUS: any thread may touch memory that a client has truncated. */
	sigdelset(&all, SIGBUS);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	err = domains_start();
	if (!err && !conn_has_passthrough())
		err = pager_start();
	if (!err)
		err = busy_start();
	if (!err)
		err = workers_start(server_worker_count());
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return err;
}

static int server_serve(int ready)
{
	uint64_t created, destroyed;
	char ok = 0;

	server_set_signals();
	if (server_start_threads()) {
		os_log(OS_ERR, "cannot start threads");
		return 1;
	}
	os_log(OS_INFO, "serving %s: version %s, %s", settings.device, NM_VERSION,
	       conn_has_passthrough() ? "maps pass through to memory" :
					"maps through the kernel's cache");
	if (write(ready, &ok, 1) != 1)
		return 1;
	close(ready);
	if (!settings.is_foreground)
		daemon_detach();
	workers_wait();
	alarm(BLOCKED_S);
	busy_stop();
	memory_end();
	conn_end();
	file_close_all();
	deferred_close_end();
	nm_engine_exit();
	domains_end();
	alarm(0);
	nm_engine_totals(&created, &destroyed);
	/* The last line of the log. Tests and scripts search for these words. */
	os_log(OS_INFO, "ended: created %llu destroyed %llu", (unsigned long long)created,
	       (unsigned long long)destroyed);
	return created != destroyed;
}

int server_run(int fuse, int memory, int ready)
{
	unsigned int uid, gid, device_gid;
	int err;

	prctl(PR_SET_NAME, "netmapd");
	if (privilege_names(&uid, &gid, &device_gid))
		return 1;
	serve_setup(device_gid, settings.mode);
	err = conn_start(fuse, settings.has_passthrough ? memory : -1);
	if (err) {
		os_log(OS_ERR, "the kernel's FUSE protocol does not match: %s", strerror(-err));
		return 1;
	}
	close(memory);
	if (!conn_has_passthrough())
		mountpoint_cache_all();
	if (memory_setup(domain_reclaim)) {
		os_log(OS_ERR, "the broker does not answer");
		return 1;
	}
	latency_start();
	if (privilege_drop(uid, gid))
		return 1;
	/*
	 * Must follow setuid(), which clears PDEATHSIG. If the supervisor is already dead, the
	 * write to ready fails.
	 */
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	return server_serve(ready);
}
