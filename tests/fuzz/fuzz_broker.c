/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * netmapd's broker, which has its privileges, and a hostile server: messages of any length with any
 * numbers, names and descriptors, on the sockets for devices and for memory. Replies have the form
 * of messages.h, a refusal comes without descriptors, files are only those of the served directory,
 * and nothing stays open. The devices are two in a network namespace that this program makes;
 * without the privileges to do so it does nothing.
 */
#include <stdlib.h>
#include <sys/mman.h>

#include "input.h"

#include "../../os/user/broker/broker.c"
#include "../../os/user/broker/memory_file.c"

#define MESSAGES	8u	/* at most in one input: attaching a device takes long */

struct settings settings = { .numa_node = -1 };

static int own, server, null, memory;	/* sockets of broker and server; descriptors to send */
static bool may_run, has_begun;
static char dir[] = "/tmp/fuzz-broker-XXXXXX";

static bool file_make(const char *name)
{
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	fd = open(path, O_CREAT | O_RDWR | O_CLOEXEC, 0600);
	return fd >= 0 && close(fd) == 0;
}

static void dir_remove(void)
{
	char line[128];

	snprintf(line, sizeof(line), "rm -rf %s", dir);
	if (system(line))
		perror(dir);
}

static bool begin(void)
{
	int end[2];

	signal(SIGPIPE, SIG_IGN);
	if (unshare(CLONE_NEWNET) || system("ip link add v0 type veth peer name v1 &&"
					    "ip link set v0 up && ip link set v1 up"))
		return false;
	own_ns = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	null = open("/dev/null", O_RDWR | O_CLOEXEC);
	memory = memfd_create("bufs", MFD_CLOEXEC);
	if (own_ns < 0 || null < 0 || memory < 0 || ftruncate(memory, 64 << 20) || !mkdtemp(dir) ||
	    !file_make("shared") || socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, end))
		return false;
	atexit(dir_remove);
	own = end[0];
	server = end[1];
	return true;
}

/* The lowest free descriptor. */
static int lowest_fd(void)
{
	int fd = dup(0);

	close(fd);
	return fd;
}

/* Send n bytes with some of the descriptors. */
static void message_send(const void *bytes, size_t n, uint8_t which)
{
	const int choice[] = { own_ns, memory, null };
	_Alignas(struct cmsghdr) char control[CMSG_SPACE(3 * sizeof(int))] = { 0 };
	struct iovec iov = { (void *)(uintptr_t)bytes, n };
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1 };
	int fd[3] = { own_ns, memory, null };
	uint32_t fds = which < 200 ? 2 : which % 4, i;
	struct cmsghdr *c;

	for (i = 0; which >= 220 && i < fds; i++)
		fd[i] = choice[which / (i + 2) % 3];
	if (fds) {
		m.msg_control = control;
		m.msg_controllen = CMSG_SPACE(fds * sizeof(int));
		c = CMSG_FIRSTHDR(&m);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(fds * sizeof(int));
		memcpy(CMSG_DATA(c), fd, fds * sizeof(int));
	}
	os_assert(sendmsg(server, &m, MSG_NOSIGNAL) == (ssize_t)n);
}

/* Receive a reply and its descriptors. Returns their number. */
static uint32_t reply_take(void *to, size_t n, int fd[BROKER_FDS_MAX])
{
	_Alignas(struct cmsghdr) char control[CMSG_SPACE(BROKER_FDS_MAX * sizeof(int))];
	struct iovec iov = { to, n };
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = control,
			    .msg_controllen = sizeof(control) };
	const struct cmsghdr *c;
	size_t bytes;

	os_assert(recvmsg(server, &m, MSG_CMSG_CLOEXEC | MSG_DONTWAIT) == (ssize_t)n);
	os_assert(!(m.msg_flags & (MSG_TRUNC | MSG_CTRUNC)));
	c = CMSG_FIRSTHDR(&m);
	if (!c)
		return 0;
	bytes = c->cmsg_len - CMSG_LEN(0);
	memcpy(fd, CMSG_DATA(c), bytes);
	return (uint32_t)(bytes / sizeof(int));
}

/* ---- devices -------------------------------------------------------------------------- */

static void device_request(struct input *in)
{
	static struct {
		struct broker_request rq;
		uint32_t fill[BROKER_QUEUES_MAX * BROKER_XDP_SLOTS];
	} m;
	static const char *const names[] = { "v0", "v1", "lo", "none" };
	uint8_t how = input_byte(in), size = input_byte(in);
	size_t n = sizeof(m.rq);
	struct broker_reply r;
	int fd[BROKER_FDS_MAX];
	uint32_t fds;

	m.rq = (struct broker_request){ .op = how % 7, .ifindex = input_byte(in) % 5,
		.id = input_byte(in) % 4, .xdp = how >> 4 & 3 };
	snprintf(m.rq.name, sizeof(m.rq.name), "%s", names[input_byte(in) % 4]);
	if (how >= 200) {
		input_take(in, m.rq.name, sizeof(m.rq.name));
		m.rq.ifindex = input_word(in);
	}
	if (size & 1) {
		m.rq.device_bufs.size = size & 2 ? 1 << 20 : input_word(in);
		m.rq.device_bufs.offset = size & 4 ? 0 : input_word(in);
		m.rq.device_bufs.queues = size & 8 ? 1 : input_byte(in) % 32;
		input_take(in, m.fill, 64);
		n += m.rq.device_bufs.queues % (BROKER_QUEUES_MAX + 1) * BROKER_XDP_SLOTS * 4;
	}
	message_send(&m, size < 240 ? n : n % (16u * (size - 239u)) + 1, input_byte(in));
	os_assert(request_serve(own));
	fds = reply_take(&r, sizeof(r), fd);
	os_assert(r.err <= 0 && r.err > -1000 && (!r.err || !fds));
	os_assert(memchr(r.reason, 0, sizeof(r.reason)));
	os_assert(r.links <= BROKER_LINKS && r.tx <= BROKER_TX_MAX && r.rx <= BROKER_RX_MAX &&
		  r.xdp.queues <= BROKER_QUEUES_MAX);
	while (fds)
		close(fd[--fds]);
}

/* ---- memory ----------------------------------------------------------------------------- */

static void memory_request(struct input *in)
{
	static const char *const names[] = { "shared", "../shared", "../../etc/passwd", "..", ".",
		"none", "a/b", "" };
	struct memory_files m = { .sock = own, .fuse = -1, .dir = dir };
	uint8_t how = input_byte(in);
	struct memory_request rq = { .op = how % 6, .mib = input_byte(in), .id = input_byte(in) };
	struct memory_reply r;
	char path[64], target[128] = "";
	int fd[BROKER_FDS_MAX];
	uint32_t fds;

	if (how < 200)
		snprintf(rq.name, sizeof(rq.name), "%s", names[input_byte(in) % 8]);
	else
		input_take(in, rq.name, sizeof(rq.name));
	memory_serve(&m, &rq);
	fds = reply_take(&r, sizeof(r), fd);
	os_assert(r.err <= 0 && r.err > -1000 && fds <= 1 && (!r.err || !fds));
	if (!fds)
		return;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd[0]);
	os_assert(readlink(path, target, sizeof(target) - 1) > 0);
	os_assert(rq.op != MEMORY_CACHED || (strncmp(target, dir, strlen(dir)) == 0 &&
					     strcmp(target + strlen(dir), "/shared") == 0));
	close(fd[0]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = { data, size };
	uint32_t n;
	int before;

	if (!has_begun) {
		has_begun = true;
		may_run = begin();
		if (!may_run)
			fprintf(stderr, "the broker needs root's privileges: nothing is tried\n");
	}
	if (!may_run)
		return 0;
	before = lowest_fd();
	for (n = 0; in.left && n < MESSAGES; n++) {
		if (input_byte(&in) < 160)
			device_request(&in);
		else
			memory_request(&in);
	}
	attach_close_all();
	os_assert(lowest_fd() == before);
	return 0;
}
