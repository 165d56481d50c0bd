/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * netmapd's messages: serve() gets FUSE messages of the input's choice, of any kind and length, as
 * if the kernel had read them from a caller: a child process, whose memory requests point to. The
 * input also writes into the rings of what the caller has bound. Every message has one reply, of
 * the form that the kernel expects. What the kernel itself vouches for is right: its numbers of
 * open files, and a release as the last message of one.
 */
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "input.h"

#include "../../include/net/netmap_doorbell.h"
#include "../../os/user/netmapd/busy.h"
#include "../../os/user/netmapd/conn.h"
#include "../../os/user/netmapd/domains.h"
#include "../../os/user/netmapd/doorbell.h"
#include "../../os/user/netmapd/memory.h"
#include "../../os/user/netmapd/netns.h"
#include "../../os/user/netmapd/serve.h"
#include "../../os/user/netmapd/settings.h"

#define BLOCK	8192u		/* of the caller's memory; pages that cannot be read follow */
#define FILES	4u
#define REPLY	(200u << 10)

#define USERS	3u		/* that open files, root among them: each has a domain */

struct settings settings = { .has_doorbells = true, .busy = BUSY_OFF, .domain = DOMAIN_USER };

static uint8_t *block;
static pid_t caller_pid;
static int kernel;		/* our end of the connection */
static struct os_interrupt interrupt;	/* always raised: a loop makes one round */
static uint64_t open_file[FILES];	/* the kernel's numbers; 0: none */
static uint64_t node[USERS];		/* of the users' files */
static uint64_t unique;
static bool is_warm;

/* ---- in place of netmapd/memory.c ------------------------------------------------------- */

bool memory_is_broker(pid_t tid)
{
	return tid == 1;
}

struct os_arena *memory_open(const char *name, uint64_t of_node, bool is_limited, int32_t *id)
{
	(void)name;
	(void)of_node;
	(void)is_limited;
	*id = 0;
	return fuzz_arena();
}

void memory_close(struct os_arena *a, int32_t id)
{
	(void)id;
	os_arena_free(a);
}

/* ---- once --------------------------------------------------------------------------- */

/* It lives until the fuzzer ends. */
static void caller_start(void)
{
	block = mmap(NULL, 2 * BLOCK, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	os_assert(block != MAP_FAILED && mprotect(block + BLOCK, BLOCK, PROT_NONE) == 0);
	caller_pid = fork();
	os_assert(caller_pid >= 0);
	if (caller_pid)
		return;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (;;)
		pause();
}

static void caller_stop(void)
{
	kill(caller_pid, SIGKILL);
	waitpid(caller_pid, NULL, 0);
}

static void connect_kernel(void)
{
	struct {
		struct fuse_in_header in;
		struct fuse_init_in init;
	} first = { .in = { .len = sizeof(first), .opcode = FUSE_INIT, .unique = ++unique },
		    .init = { .major = FUSE_KERNEL_VERSION, .minor = FUSE_KERNEL_MINOR_VERSION } };
	static char reply[REPLY];
	int end[2], room = 4 << 20;

	os_assert(!socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, end));
	setsockopt(end[1], SOL_SOCKET, SO_SNDBUF, &room, sizeof(room));
	kernel = end[0];
	os_assert(write(kernel, &first, sizeof(first)) == (ssize_t)sizeof(first));
	os_assert(conn_start(end[1], -1) == 0);
	os_assert(read(kernel, reply, sizeof(reply)) > 0);
}

static void start(void)
{
	caller_start();
	atexit(caller_stop);
	connect_kernel();
	serve_setup(0, 0666);
	os_arenas_setup(UINT64_C(8) << 30, true, NULL);
	os_interrupt_begin(&interrupt);
	os_interrupt_raise(&interrupt, 0);
}

/* ---- messages ------------------------------------------------------------------------- */

struct message {
	struct fuse_in_header in;
	uint8_t body[4096];
};

/* Check a reply to m, of n bytes. */
static void reply_check(const struct message *m, const uint8_t *reply, size_t n, uint32_t which)
{
	const struct fuse_out_header *out = (const void *)reply;
	const void *body = out + 1;

	os_assert(out->unique == m->in.unique && out->error <= 0 && out->error > -1000);
	if (out->error) {
		os_assert(n == sizeof(*out));
	} else if (m->in.opcode == FUSE_OPEN) {
		os_assert(n == sizeof(*out) + sizeof(struct fuse_open_out));
		open_file[which] = ((const struct fuse_open_out *)body)->fh;
	} else if (m->in.opcode == FUSE_IOCTL) {
		const struct fuse_ioctl_in *in = (const void *)m->body;

		/* The kernel refuses a longer one. */
		os_assert(n >= sizeof(*out) + sizeof(struct fuse_ioctl_out));
		os_assert(n <= sizeof(*out) + sizeof(struct fuse_ioctl_out) + in->out_size);
	}
}

/* Read all that came; notifications have no unique number. */
static uint32_t replies_read(const struct message *m, uint32_t which)
{
	static _Alignas(8) uint8_t reply[REPLY];
	const struct fuse_out_header *out = (const void *)reply;
	uint32_t replies = 0;
	ssize_t n;

	while ((n = recv(kernel, reply, sizeof(reply), MSG_DONTWAIT)) >= 0) {
		os_assert((size_t)n >= sizeof(*out) && out->len == (uint32_t)n);
		if (!out->unique)
			continue;
		replies++;
		if (m)
			reply_check(m, reply, (size_t)n, which);
	}
	return replies;
}

/* Serve m with a body of n bytes, which lies at the end of its memory. */
static void send_message(struct message *m, size_t n, uint32_t which)
{
	struct fuse_in_header *copy = malloc(sizeof(m->in) + n);
	struct request rq = { .in = copy, .body_size = n, .interrupt = &interrupt };
	bool has_reply = m->in.opcode != FUSE_FORGET && m->in.opcode != FUSE_BATCH_FORGET;

	os_assert(copy);
	m->in.unique = ++unique;
	m->in.len = (uint32_t)(sizeof(m->in) + n);
	if (!m->in.nodeid)
		m->in.nodeid = FUSE_ROOT_ID;
	memcpy(copy, m, sizeof(m->in) + n);
	rq.body = copy + 1;
	serve_is_release(&rq);
	serve_is_paging(&rq);
	serve_needs_order(&rq);
	serve(&rq);
	free(copy);
	os_assert(replies_read(m, which) == has_reply);
	os_assert(os_test_locks_held() == 0);
}

static uint32_t caller_of(struct input *in)
{
	static const uint32_t odd[] = { 0, 1, 0x7ffffffe };
	uint8_t v = input_byte(in);

	return v < 240 ? (uint32_t)caller_pid : odd[v % 3];
}

static uint64_t address(struct input *in)
{
	uint16_t v = input_half(in);

	return v < 0xf000 ? (uintptr_t)block + v % BLOCK : v < 0xf800 ?
		(uintptr_t)block + BLOCK - v % 64 : v * 0x100000001ull;
}

/* A request in the form of the current ABI: header in the message, the rest in the caller. */
static void fill_request(struct nmreq_header *h, struct input *in)
{
	static const char *const names[] = { "valeF:a", "valeF:b", "x{1", "x}1", "card0", "pf",
		"lo", "" };
	uint8_t how = input_byte(in);
	struct nmreq_register reg = { .nr_mode = 1 + how % 8, .nr_tx_slots = 16, .nr_rx_slots = 16,
		.nr_mem_id = how & 16, .nr_extra_bufs = how & 3 };

	*h = (struct nmreq_header){ .nr_version = NETMAP_API };
	h->nr_reqtype = input_byte(in) % 24;
	if (how >= 250)
		h->nr_reqtype = input_half(in);
	if (how & 32)
		input_name(in, h->nr_name, sizeof(h->nr_name));
	else
		snprintf(h->nr_name, sizeof(h->nr_name), "%s", names[input_byte(in) % 8]);
	h->nr_body = how < 200 ? (uintptr_t)block : address(in);
	h->nr_options = how & 64 ? address(in) : 0;
	if (h->nr_reqtype == NETMAP_REQ_REGISTER || h->nr_reqtype == NETMAP_REQ_VALE_NEWIF)
		memcpy(block, &reg, sizeof(reg));
	else if (how & 128)
		input_take(in, block + input_byte(in) * 8, input_byte(in));
}

static void ioctl_message(struct input *in, uint32_t which)
{
	static const uint32_t cmds[] = { NIOCCTRL, NIOCCTRL, NIOCCTRL, NIOCTXSYNC, NIOCRXSYNC,
		NIOCREGIF, NIOCGINFO, NIOCCONFIG };
	struct message m = { .in = { .opcode = FUSE_IOCTL, .uid = input_byte(in) & 1,
				     .pid = caller_of(in) } };
	struct fuse_ioctl_in *i = (void *)m.body;
	uint8_t how = input_byte(in), size = input_byte(in);

	*i = (struct fuse_ioctl_in){ .fh = open_file[which], .cmd = cmds[how & 7],
				     .flags = how >= 250 ? input_byte(in) : 0 };
	if (how >= 240 && how < 250)
		i->cmd = input_word(in);
	i->in_size = i->out_size = i->cmd >> 16 & 0x3fff;
	if (i->cmd == NIOCCTRL)
		fill_request((void *)(i + 1), in);
	else
		input_take(in, i + 1, sizeof(struct nmreq));
	if (size >= 240)
		i->in_size = input_word(in);
	if (size >= 248)
		i->out_size = input_half(in);
	size = size >= 220 && size < 230 ? input_byte(in) : 0;
	send_message(&m, sizeof(*i) + size + (i->in_size <= 512 ? i->in_size : 100), which);
}

static void poll_message(struct input *in, uint32_t which)
{
	struct message m = { .in = { .opcode = FUSE_POLL, .pid = caller_of(in) } };
	struct fuse_poll_in *i = (void *)m.body;

	*i = (struct fuse_poll_in){ .fh = open_file[which], .kh = input_byte(in),
				    .flags = input_byte(in), .events = input_word(in) };
	send_message(&m, sizeof(*i), which);
}

/* The kernel lets only root open the files of others. */
static void open_message(struct input *in, uint32_t which)
{
	uint8_t how = input_byte(in);
	struct message m = { .in = { .opcode = FUSE_OPEN, .uid = how % USERS,
				     .pid = caller_of(in) } };

	m.in.nodeid = how < 200 ? node[how % USERS] : how < 240 ? node[how & 1] : how;
	send_message(&m, sizeof(struct fuse_open_in), which);
}

/* The kernel sends a flush for each close, and one release. */
static void close_message(uint32_t which, uint32_t opcode)
{
	struct message m = { .in = { .opcode = opcode, .pid = (uint32_t)caller_pid } };
	uint64_t *fh = (void *)m.body;

	if (!open_file[which])
		return;
	*fh = open_file[which];
	send_message(&m, sizeof(struct fuse_release_in), which);
	if (opcode == FUSE_RELEASE)
		open_file[which] = 0;
}

/* Another kind, or a message that is too short: no such message has a file's number in it. */
static void odd_message(struct input *in, uint32_t which)
{
	struct message m = { .in = { .pid = caller_of(in) } };
	uint8_t size = input_byte(in);

	m.in.opcode = input_byte(in) % 64;
	m.in.uid = input_byte(in) & 3;
	m.in.nodeid = m.in.uid < USERS ? node[m.in.uid] : input_half(in);
	input_take(in, m.body + 8, 64);
	switch (m.in.opcode) {
	case FUSE_LOOKUP:
		/* The kernel's names end. */
		send_message(&m, 1 + size % 64, which);
		break;
	case FUSE_OPEN:
	case FUSE_RELEASE:
	case FUSE_IOCTL:
	case FUSE_POLL:
	case FUSE_FLUSH:
		send_message(&m, size % 8, which);
		break;
	default:
		send_message(&m, size, which);
		break;
	}
}

/* ---- shared memory ------------------------------------------------------------------------ */

/* Write to what the last request left in the caller: a ring's word, or a page's. */
static void write_memory(struct input *in)
{
	uint64_t off;
	uint32_t at = input_half(in) % 4096, v = input_byte(in);
	uint8_t *word;

	memcpy(&off, block, sizeof(off));
	word = fuzz_memory(v % (USERS + 1), (off & ~3ull) + at * 4);
	if (word)
		*(uint32_t *)(void *)word = v < 200 ? v : input_word(in);
}

static void act(uint8_t what, uint32_t which, struct input *in)
{
	if (what == 0)
		odd_message(in, which);
	else if (what == 1)
		write_memory(in);
	else if (!open_file[which])
		open_message(in, which);
	else if (what == 2)
		close_message(which, FUSE_RELEASE);
	else if (what == 3)
		close_message(which, FUSE_FLUSH);
	else if (what < 6)
		poll_message(in, which);
	else
		ioctl_message(in, which);
}

static void end(void)
{
	struct os_ns *ns;
	uint32_t i;

	for (i = 0; i < FILES; i++)
		close_message(i, FUSE_RELEASE);
	os_assert(netns_of(caller_pid, &ns) == 0);
	nm_engine_ns_gone(ns);
	os_ns_put(ns);
	netns_sweep();
	replies_read(NULL, 0);
}

/* Walk by the link, as that user. */
static void node_find(uint32_t user)
{
	struct message m = { .in = { .opcode = FUSE_READLINK, .uid = user,
				     .pid = (uint32_t)caller_pid } };
	char name[DOMAIN_NAME_MAX];
	uint32_t uid;

	send_message(&m, 0, 0);
	os_assert(domain_name(user, caller_pid, name) == 0);
	node[user] = domain_node(name, &uid);
	os_assert(node[user] && uid == user);
}

static void open_as(uint32_t user, uint32_t which)
{
	struct message m = { .in = { .opcode = FUSE_OPEN, .uid = user, .nodeid = node[user],
				     .pid = (uint32_t)caller_pid } };

	send_message(&m, sizeof(struct fuse_open_in), which);
}

/* Have the domains, and the pages of their doorbells, which netmapd keeps. */
static void warm_up(void)
{
	struct message m = { .in = { .opcode = FUSE_IOCTL, .pid = (uint32_t)caller_pid } };
	struct fuse_ioctl_in *i = (void *)m.body;
	struct nmreq_header *h = (void *)(i + 1);
	const struct nmreq_register reg = { .nr_mode = NR_REG_NULL, .nr_tx_slots = 4,
		.nr_rx_slots = 4 };
	uint32_t f;

	for (f = 0; f < USERS; f++)
		node_find(f);
	for (f = 0; f < FILES * USERS; f++) {
		open_as(f / FILES, f % FILES);
		os_assert(open_file[f % FILES]);
		*i = (struct fuse_ioctl_in){ .fh = open_file[f % FILES], .cmd = NIOCCTRL,
			.in_size = sizeof(*h), .out_size = sizeof(*h) };
		*h = (struct nmreq_header){ .nr_version = NETMAP_API, .nr_name = "w",
			.nr_reqtype = NETMAP_REQ_REGISTER, .nr_body = (uintptr_t)block };
		memcpy(block, &reg, sizeof(reg));
		send_message(&m, sizeof(*i) + sizeof(*h), f % FILES);
		h->nr_reqtype = NETMAP_REQ_DOORBELL;
		send_message(&m, sizeof(*i) + sizeof(*h), f % FILES);
		if (f % FILES + 1 == FILES)
			end();
	}
	fuzz_adopt();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = { data, size };

	if (!block)
		start();
	memset(block, 0, BLOCK);
	fuzz_begin(NULL);
	if (!is_warm) {
		warm_up();
		is_warm = true;
		fuzz_begin(NULL);
	}
	while (in.left) {
		uint8_t what = input_byte(&in);

		act(what / FILES % 16, what % FILES, &in);
	}
	end();
	fuzz_end();
	return 0;
}
