/* SPDX-License-Identifier: BSD-2-Clause */
/* The supervisor: mounts the device, starts the server and the broker, waits for them, unmounts. */
#define OS_PLATFORM
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../broker/broker.h"
#include "../netdev/ask.h"
#include "daemon.h"
#include "memory.h"
#include "mountpoint.h"
#include "process_mem.h"
#include "server.h"
#include "settings.h"
#include "supervisor.h"

static volatile sig_atomic_t server_pid;

static void on_terminate(int sig)
{
	(void)sig;
	if (server_pid > 0)
		kill(server_pid, SIGTERM);
}

static int process_wait(pid_t pid, int *status)
{
	while (waitpid(pid, status, 0) < 0)
		if (errno != EINTR)
			return -1;
	return 0;
}

static int server_wait(void)
{
	int status;

	if (process_wait(server_pid, &status))
		return 1;
	server_pid = 0;
	if (WIFSIGNALED(status)) {
		os_log(OS_ERR, "signal %d (%s) ended the server", WTERMSIG(status),
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

/* Caller has closed what the server has open, so that nothing of it stays open after the server. */
static pid_t broker_start(const int sock[BROKER_SOCKETS], int fuse, int ready, int started)
{
	pid_t pid = fork();

	if (pid)
		return pid;
	close(ready);
	if (started >= 0)
		close(started);
	if (!settings.is_foreground)
		daemon_detach();
	exit(broker_run(sock, fuse, mountpoint_dir()));
}

static int sockets_make(int ours[BROKER_SOCKETS], int theirs[BROKER_SOCKETS])
{
	int i, sock[2];

	for (i = 0; i < BROKER_SOCKETS; i++) {
		if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sock))
			return -1;
		ours[i] = sock[0];
		theirs[i] = sock[1];
	}
	return 0;
}

static void sockets_close(const int sock[BROKER_SOCKETS])
{
	int i;

	for (i = 0; i < BROKER_SOCKETS; i++)
		close(sock[i]);
}

int supervisor_run(int started)
{
	struct sigaction end = { .sa_handler = on_terminate };
	int server_sock[BROKER_SOCKETS], broker_sock[BROKER_SOCKETS];
	int ready[2], memory, fuse, status, ignored;
	pid_t broker;
	char ok;

	os_descriptors_set(settings.descriptors);
	/* To see early whether the settings can be met, and passthrough. */
	memory = memory_file_make(1);
	if (memory < 0 || pipe2(ready, O_CLOEXEC) || sockets_make(server_sock, broker_sock))
		return 1;
	fuse = mountpoint_open(settings.device);
	if (fuse < 0)
		return 1;
	sigaction(SIGTERM, &end, NULL);
	sigaction(SIGINT, &end, NULL);
	server_pid = fork();
	if (server_pid == 0) {
		close(ready[0]);
		sockets_close(broker_sock);
		broker_connect(server_sock[BROKER_DEVICES]);
		process_mem_connect(server_sock[BROKER_PROCESS_MEM]);
		memory_connect(server_sock[BROKER_MEMORY_FILES]);
		if (started >= 0)
			close(started);
		exit(server_run(fuse, memory, ready[1]));
	}
	close(memory);
	close(ready[1]);
	sockets_close(server_sock);
	broker = broker_start(broker_sock, fuse, ready[0], started);
	sockets_close(broker_sock);
	close(fuse);
	if (server_pid > 0 && read(ready[0], &ok, 1) == 1 && pid_write() == 0) {
		if (started >= 0 && write(started, &ok, 1) == 1) {
			close(started);
			daemon_detach();
		}
	} else {
		on_terminate(SIGTERM);
	}
	close(ready[0]);
	status = server_pid > 0 ? server_wait() : 1;
	if (broker > 0)
		process_wait(broker, &ignored);
	mountpoint_close(settings.device);
	if (*settings.pid_file)
		unlink(settings.pid_file);
	return status;
}
