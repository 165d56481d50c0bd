/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * netmapd: /dev/netmap served by a process.
 *
 * Three processes. The keeper has the rights that mounting needs, does that, and then only
 * waits: when the server ends, however it does, it takes the mount away. The server gives its
 * rights up and answers clients. If the keeper dies, so does the server. The broker opens network
 * devices for the server, and ends after it.
 */
#define OS_PLATFORM
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <syslog.h>
#include <unistd.h>

#include "busy.h"
#include "conn.h"
#include "doorbell.h"
#include "file.h"
#include "latency.h"
#include "../broker/broker.h"
#include "../netdev/ask.h"
#include "../netdev/device.h"
#include "../../../core/engine.h"
#include "memory.h"
#include "mountpoint.h"
#include "pager.h"
#include "privilege.h"
#include "serve.h"
#include "settings.h"
#include "settings_table.h"
#include "workers.h"

#define CONFIG		"/etc/netmap/netmapd.conf"
#define LINGER_S	5	/* for threads held up by a client when we are to end */

#ifndef NM_VERSION
#define NM_VERSION	"unversioned"
#endif

static volatile sig_atomic_t server_pid;

static void usage(FILE *f)
{
	fputs("usage: netmapd [-fv] [-c FILE] [-d PATH] [-g GROUP] [-m MODE] [-u USER] [-p FILE] [-s NAME=VALUE]\n"
	      "\n"
	      "Serves /dev/netmap from this process, on any kernel with FUSE, without a module.\n"
	      "Returns when the device is there.\n"
	      "\n"
	      "  -f, --foreground      stay, log to standard error\n"
	      "  -c, --config FILE     settings (" CONFIG ")\n"
	      "  -d, --device PATH     serve this file (/dev/netmap)\n"
	      "  -g, --group GROUP     whose members may use it (netmap)\n"
	      "  -m, --mode MODE       its permissions, octal (0660)\n"
	      "  -u, --user USER       whom to run as (netmap, or else nobody)\n"
	      "  -p, --pid-file FILE   write the process's number there\n"
	      "  -s, --set NAME=VALUE  any setting\n"
	      "  -S, --settings        print all settings and their values, and end\n"
	      "  -v, --verbose         log refusals and resets\n"
	      "  -V, --version\n"
	      "  -h, --help\n"
	      "\n"
	      "Exit status: 0 ended as asked, 1 could not serve, 2 wrong usage.\n", f);
}

static const struct option longs[] = {
	{ "foreground", no_argument, NULL, 'f' },
	{ "config", required_argument, NULL, 'c' },
	{ "device", required_argument, NULL, 'd' },
	{ "group", required_argument, NULL, 'g' },
	{ "mode", required_argument, NULL, 'm' },
	{ "user", required_argument, NULL, 'u' },
	{ "pid-file", required_argument, NULL, 'p' },
	{ "set", required_argument, NULL, 's' },
	{ "settings", no_argument, NULL, 'S' },
	{ "verbose", no_argument, NULL, 'v' },
	{ "version", no_argument, NULL, 'V' },
	{ "help", no_argument, NULL, 'h' },
	{ 0 },
};
#define SHORTS	"fc:d:g:m:u:p:s:SvVh"

static int set_pair(const char *pair)
{
	const char *eq = strchr(pair, '=');
	char name[64];

	if (!eq || (size_t)(eq - pair) >= sizeof(name)) {
		fprintf(stderr, "netmapd: --set takes NAME=VALUE, not \"%s\"\n", pair);
		return -1;
	}
	memcpy(name, pair, (size_t)(eq - pair));
	name[eq - pair] = '\0';
	return settings_set("--set", name, eq + 1);
}

static int apply(int c, const char *arg)
{
	switch (c) {
	case 'd': return settings_set("--device", "device", arg);
	case 'g': return settings_set("--group", "group", arg);
	case 'm': return settings_set("--mode", "mode", arg);
	case 'u': return settings_set("--user", "user", arg);
	case 'p': return settings_set("--pid-file", "pid_file", arg);
	case 's': return set_pair(arg);
	case 'v': return settings_set("--verbose", "verbose", "1");
	case 'f': settings.is_foreground = true; return 0;
	default: return 0;
	}
}

/* The file first, wherever it is named: the command line has the last word. -1: go on, else a status. */
static int options_read(int argc, char **argv)
{
	const char *config = NULL;
	bool print = false;
	int c;

	while ((c = getopt_long(argc, argv, SHORTS, longs, NULL)) != -1) {
		switch (c) {
		case 'c': config = optarg; break;
		case 'S': print = true; break;
		case 'h': usage(stdout); return 0;
		case 'V': puts("netmapd " NM_VERSION); return 0;
		case '?': fputs("netmapd: see netmapd --help\n", stderr); return 2;
		}
	}
	if (optind < argc) {
		fprintf(stderr, "netmapd: \"%s\" is no option: see netmapd --help\n", argv[optind]);
		return 2;
	}
	if (settings_read(config ? config : CONFIG, config))
		return 2;
	optind = 1;
	while ((c = getopt_long(argc, argv, SHORTS, longs, NULL)) != -1)
		if (apply(c, optarg))
			return 2;
	if (!print)
		return -1;
	settings_print(stdout);
	return 0;
}

static void to_syslog(enum os_level level, const char *line)
{
	static const int priority[] = { LOG_ERR, LOG_WARNING, LOG_INFO, LOG_DEBUG };

	syslog(priority[level], "%s", line);
}

/* Opened before rights are given up; from when it is used on, words go to the log of the system. */
static int null_fd = -1;

static void detach_from_terminal(void)
{
	os_log_setup(to_syslog);
	dup2(null_fd, 0);
	dup2(null_fd, 1);
	dup2(null_fd, 2);
}

/* ---- the server -------------------------------------------------------------------- */

/* The time that is left counts from here: workers may be held up already. */
static void on_end(int sig)
{
	(void)sig;
	alarm(LINGER_S);
	workers_end();
}

static void on_alarm(int sig)
{
	static const char words[] = "netmapd: a client holds a request up: ending all the same\n";

	(void)sig;
	if (write(STDERR_FILENO, words, sizeof(words) - 1))
		_exit(0);
	_exit(0);
}

static void signals_set(void)
{
	struct sigaction end = { .sa_handler = on_end }, alarmed = { .sa_handler = on_alarm };
	struct sigaction ignore = { .sa_handler = SIG_IGN };

	sigaction(SIGTERM, &end, NULL);
	sigaction(SIGINT, &end, NULL);
	sigaction(SIGALRM, &alarmed, NULL);
	sigaction(SIGPIPE, &ignore, NULL);
	sigaction(SIGHUP, &ignore, NULL);
}

static uint32_t worker_count(void)
{
	return settings.workers ? settings.workers : os_cpus() + 1;
}

/* Signals go to the main thread alone. */
static int threads_start(void)
{
	sigset_t all, before;
	int err;

	sigfillset(&all);
	/* What a client cuts off its lent memory is found out by whichever thread gets there. */
	sigdelset(&all, SIGBUS);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	err = conn_has_passthrough() ? 0 : pager_start();
	if (!err)
		err = busy_start();
	if (!err)
		err = workers_start(worker_count());
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return err;
}

static int serve_until_end(int ready)
{
	uint64_t created, destroyed;
	char ok = 0;

	signals_set();
	if (threads_start()) {
		os_log(OS_ERR, "cannot start threads");
		return 1;
	}
	os_log(OS_INFO, "serving %s: version %s, %s", settings.device, NM_VERSION,
	       conn_has_passthrough() ? "maps pass through to memory" : "maps through the kernel's cache");
	if (write(ready, &ok, 1) != 1)
		return 1;
	close(ready);
	if (!settings.is_foreground)
		detach_from_terminal();
	workers_wait();
	alarm(LINGER_S);
	busy_stop();
	conn_end();
	file_close_all();
	doorbells_end();
	deferred_close_end();
	nm_engine_exit();
	nm_engine_totals(&created, &destroyed);
	/* The last line, and always these words: tests and people look for it. */
	os_log(OS_INFO, "ended: created %llu destroyed %llu", (unsigned long long)created,
	       (unsigned long long)destroyed);
	return created != destroyed;
}

static int server_run(int fuse, int memory, int ready)
{
	unsigned int uid, gid, device_gid;
	int err;

	prctl(PR_SET_NAME, "netmapd");
	if (privilege_names(&uid, &gid, &device_gid))
		return 1;
	serve_setup(0, device_gid, settings.mode);
	err = conn_start(fuse, settings.has_passthrough ? memory : -1);
	if (err) {
		os_log(OS_ERR, "the kernel does not speak FUSE as we do: %s", strerror(-err));
		return 1;
	}
	if (memory_use(conn_has_passthrough() ? memory : -1, settings.device))
		return 1;
	latency_start();
	if (privilege_drop(uid, gid))
		return 1;
	/* Only now: a change of user forgets it. A keeper that has gone before is found when it is told. */
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	return serve_until_end(ready);
}

/* ---- the keeper -------------------------------------------------------------------- */

static void on_keeper_end(int sig)
{
	(void)sig;
	if (server_pid > 0)
		kill(server_pid, SIGTERM);
}

static int wait_for(pid_t pid, int *status)
{
	while (waitpid(pid, status, 0) < 0)
		if (errno != EINTR)
			return -1;
	return 0;
}

static int server_wait(void)
{
	int status;

	if (wait_for(server_pid, &status))
		return 1;
	server_pid = 0;
	if (WIFSIGNALED(status)) {
		os_log(OS_ERR, "the server was ended by signal %d (%s)", WTERMSIG(status),
		       strsignal(WTERMSIG(status)));
		return 1;
	}
	return WEXITSTATUS(status);
}

static int pid_write(void)
{
	FILE *f;

	if (!*settings.pid_file)
		return 0;
	f = fopen(settings.pid_file, "we");
	if (!f || fprintf(f, "%d\n", (int)getpid()) < 0 || fclose(f)) {
		os_log(OS_ERR, "cannot write %s: %s", settings.pid_file, strerror(errno));
		return -1;
	}
	return 0;
}

/* It has none of what the server has open, so that nothing of that stays when the server ends. */
static pid_t broker_start(int sock, int ready, int started)
{
	pid_t pid = fork();

	if (pid)
		return pid;
	close(ready);
	if (started >= 0)
		close(started);
	if (!settings.is_foreground)
		detach_from_terminal();
	exit(broker_run(sock));
}

/* Mount, let the server serve, unmount. started: tell the caller of a daemon. */
static int keep(int started)
{
	struct sigaction end = { .sa_handler = on_keeper_end };
	int ready[2], sock[2], memory, fuse, status, ignored;
	pid_t broker;
	char ok;

	memory = memory_open();
	if (memory < 0 || pipe2(ready, O_CLOEXEC) || socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sock))
		return 1;
	fuse = mountpoint_open(settings.device, settings.mode);
	if (fuse < 0)
		return 1;
	sigaction(SIGTERM, &end, NULL);
	sigaction(SIGINT, &end, NULL);
	server_pid = fork();
	if (server_pid == 0) {
		close(ready[0]);
		close(sock[1]);
		broker_connect(sock[0]);
		if (started >= 0)
			close(started);
		exit(server_run(fuse, memory, ready[1]));
	}
	close(fuse);
	close(memory);
	close(ready[1]);
	close(sock[0]);
	broker = broker_start(sock[1], ready[0], started);
	close(sock[1]);
	if (server_pid > 0 && read(ready[0], &ok, 1) == 1 && pid_write() == 0) {
		if (started >= 0 && write(started, &ok, 1) == 1) {
			close(started);
			detach_from_terminal();
		}
	} else {
		on_keeper_end(SIGTERM);
	}
	close(ready[0]);
	status = server_pid > 0 ? server_wait() : 1;
	if (broker > 0)
		wait_for(broker, &ignored);
	mountpoint_close(settings.device);
	if (*settings.pid_file)
		unlink(settings.pid_file);
	return status;
}

/* The parent waits until the daemon serves, and has its words on standard error until then. */
static int daemonize(void)
{
	int started[2];
	char ok;
	pid_t pid;

	if (pipe2(started, O_CLOEXEC))
		return 1;
	pid = fork();
	if (pid < 0) {
		fprintf(stderr, "netmapd: cannot fork: %s\n", strerror(errno));
		return 1;
	}
	if (pid == 0) {
		close(started[0]);
		openlog("netmapd", LOG_PID | LOG_NDELAY, LOG_DAEMON);
		null_fd = open("/dev/null", O_RDWR | O_CLOEXEC);
		setsid();
		if (null_fd < 0 || chdir("/")) {
			fprintf(stderr, "netmapd: cannot open /dev/null: %s\n", strerror(errno));
			exit(1);
		}
		exit(keep(started[1]));
	}
	close(started[1]);
	return read(started[0], &ok, 1) == 1 ? 0 : 1;
}

int main(int argc, char **argv)
{
	int status;

	if (nm_engine_init()) {
		fputs("netmapd: no memory\n", stderr);
		return 1;
	}
	nm_setting_set("region_mb", NETMAPD_REGION_MB);
	status = options_read(argc, argv);
	if (status >= 0)
		return status;
	return settings.is_foreground ? keep(-1) : daemonize();
}
