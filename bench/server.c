// SPDX-License-Identifier: BSD-2-Clause
/* The netmapd under test. See server.h. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "child.h"
#include "moment.h"
#include "server.h"

#define PID_FILE	"/dev/netmapd.pid"
#define LOG_FILE	"/dev/netmapd.log"
#define START_MS	15000
#define END_MS		10000

static const char *const nodes[] = {
	"/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom", "/dev/tty",
	"/dev/fuse", "/dev/cpu_dma_latency", "/dev/net/tun",
};
#define NODES	(sizeof(nodes) / sizeof(nodes[0]))

static pid_t supervisor;	/* netmapd's first process; 0: not started */

static int complain(const char *what)
{
	fprintf(stderr, "bench: %s: %s\n", what, strerror(errno));
	return -1;
}

static int has_fuse(void)
{
	int fd = open("/dev/fuse", O_RDWR | O_CLOEXEC);

	if (fd < 0) {
		fprintf(stderr, "bench: cannot open /dev/fuse, which netmapd needs: %s%s\n",
			strerror(errno),
			errno == ENOENT || errno == ENODEV || errno == ENXIO ?
			" (modprobe fuse)" : "");
		return 0;
	}
	close(fd);
	return 1;
}

/* Mount a /dev with only those nodes of the old one that the programs need. */
static int dev_make(void)
{
	struct stat st[NODES];
	unsigned int i;

	for (i = 0; i < NODES; i++)
		if (stat(nodes[i], &st[i]) || !S_ISCHR(st[i].st_mode))
			st[i].st_rdev = 0;
	if (mount("bench", "/dev", "tmpfs", MS_NOSUID | MS_NOEXEC, "mode=755,size=16m"))
		return complain("cannot mount a private /dev");
	if (mkdir("/dev/net", 0755))
		return complain("/dev/net");
	for (i = 0; i < NODES; i++)
		if (st[i].st_rdev && (mknod(nodes[i], st[i].st_mode, st[i].st_rdev) ||
				      chmod(nodes[i], st[i].st_mode & 07777)))
			return complain(nodes[i]);
	return 0;
}

static int loopback_up(void)
{
	struct ifreq ifr = { .ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), err;

	if (fd < 0)
		return complain("cannot open a socket");
	err = ioctl(fd, SIOCSIFFLAGS, &ifr) ? complain("cannot bring up the loopback device") : 0;
	close(fd);
	return err;
}

int server_unshare(void)
{
	if (geteuid()) {
		fputs("bench: must run as root, to mount a /dev and start netmapd there\n",
		      stderr);
		return -1;
	}
	if (!has_fuse())
		return -1;
	if (unshare(CLONE_NEWNS | CLONE_NEWNET))
		return complain("cannot create mount and network namespaces");
	if (mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL))
		return complain("cannot make the mounts private");
	return dev_make() || loopback_up() ? -1 : 0;
}

static void server_exec(const char *netmapd, const char *const settings[SERVER_SETTINGS])
{
	const char *argv[11 + 2 * SERVER_SETTINGS] = {
		netmapd, "-f", "-c", "/dev/null", "-d", "/dev/netmap", "-p", PID_FILE,
		"-s", "directory=/dev/netmap.d",
	};
	int log = open(LOG_FILE, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600), i, n = 10;

	dup2(log, STDOUT_FILENO);
	dup2(log, STDERR_FILENO);
	for (i = 0; i < SERVER_SETTINGS; i++) {
		if (settings[i]) {
			argv[n++] = "-s";
			argv[n++] = settings[i];
		}
	}
	execv(netmapd, (char *const *)(uintptr_t)argv);
	fprintf(stderr, "cannot run %s: %s\n", netmapd, strerror(errno));
	_exit(127);
}

static void log_show(void)
{
	FILE *f = fopen(LOG_FILE, "re");
	char line[512];

	while (f && fgets(line, sizeof(line), f))
		fprintf(stderr, "bench: netmapd said: %s", line);
	if (f)
		fclose(f);
}

static int wait_until_gone(int ms)
{
	const uint64_t end = moment_ms() + (uint64_t)ms;

	while (waitpid(supervisor, NULL, WNOHANG) == 0) {
		if (moment_ms() >= end)
			return -1;
		sleep_ms(5);
	}
	supervisor = 0;
	return 0;
}

/* Wait until netmapd serves: it then writes its process id to the file. Returns 0 or -1. */
static int wait_until_serving(void)
{
	const uint64_t end = moment_ms() + START_MS;

	while (access(PID_FILE, F_OK)) {
		if (moment_ms() >= end)
			return -1;
		if (!wait_until_gone(0))
			return -1;
		sleep_ms(5);
	}
	return 0;
}

int server_start(const char *netmapd, const char *const settings[SERVER_SETTINGS])
{
	const pid_t self = getpid();

	fflush(NULL);
	supervisor = fork();
	if (supervisor < 0)
		return complain("cannot fork");
	if (supervisor == 0) {
		child_follow(self, SIGTERM);
		server_exec(netmapd, settings);
	}
	if (!wait_until_serving())
		return 0;
	server_end();
	log_show();
	fputs("bench: netmapd did not start\n", stderr);
	return -1;
}

void server_end(void)
{
	if (supervisor <= 0)
		return;
	kill(supervisor, SIGTERM);
	if (!wait_until_gone(END_MS))
		return;
	fputs("bench: netmapd did not end and was killed\n", stderr);
	kill(supervisor, SIGKILL);
	wait_until_gone(END_MS);
}

static pid_t child_of(pid_t pid)
{
	char path[64];
	int child = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/children", (int)pid, (int)pid);
	f = fopen(path, "re");
	if (!f || fscanf(f, "%d", &child) != 1)
		child = 0;
	if (f)
		fclose(f);
	return child;
}

int server_pin(int cpu)
{
	pid_t server = child_of(supervisor);
	char path[64];
	struct dirent *e;
	int err = 0;
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%d/task", (int)server);
	dir = server ? opendir(path) : NULL;
	if (!dir)
		return -1;
	while ((e = readdir(dir)))
		if (e->d_name[0] != '.' && run_on_cpu(atoi(e->d_name), cpu))
			err = -1;
	closedir(dir);
	return err;
}
