/* SPDX-License-Identifier: BSD-2-Clause */
/* Running in the background. See daemon.h. */
#define OS_PLATFORM
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <syslog.h>
#include <unistd.h>

#include "../os_user.h"
#include "daemon.h"

static int null_fd = -1;	/* opened while this process may open any file */

static void log_to_syslog(enum os_level level, const char *line)
{
	static const int priority[] = { LOG_ERR, LOG_WARNING, LOG_INFO, LOG_DEBUG };

	syslog(priority[level], "%s", line);
}

void daemon_detach(void)
{
	os_log_setup(log_to_syslog);
	dup2(null_fd, 0);
	dup2(null_fd, 1);
	dup2(null_fd, 2);
}

int daemon_run(int (*run)(int started))
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
		exit(run(started[1]));
	}
	close(started[1]);
	return read(started[0], &ok, 1) == 1 ? 0 : 1;
}
