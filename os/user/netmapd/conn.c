/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The connection to the kernel. See conn.h. Static data is const from conn_start() to conn_end().
 */
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#include "conn.h"

#define ZERO_PARTS	18	/* of a message that stores zeros in the cache */

static int dev = -1;		/* atomic */
static bool has_passthrough;

int conn_fd(void)
{
	return __atomic_load_n(&dev, __ATOMIC_RELAXED);
}

bool conn_has_passthrough(void)
{
	return has_passthrough;
}

int conn_read(void *buf, struct request *rq)
{
	ssize_t n;

	do
		n = read(dev, buf, CONN_BUFFER);
	/* ENOENT: the request was cancelled while it was being read. */
	while (n < 0 && (errno == EINTR || errno == ENOENT));
	if (n < 0)
		return -errno;
	if ((size_t)n < sizeof(*rq->in))
		return -ENODEV;
	rq->in = buf;
	rq->body = rq->in + 1;
	rq->body_size = (size_t)n - sizeof(*rq->in);
	return 0;
}

/* Returns 0 or -errno. */
static int message_send(uint64_t unique, int error, struct iovec *part, int parts)
{
	struct fuse_out_header out = { .error = error, .unique = unique, .len = sizeof(out) };
	int i;

	part[0] = (struct iovec){ &out, sizeof(out) };
	for (i = 1; i < parts; i++)
		out.len += (uint32_t)part[i].iov_len;
	while (writev(conn_fd(), part, parts) < 0)
		if (errno != EINTR)
			return -errno;
	return 0;
}

/*
 * A reply fails only for a cancelled request, and at the end: there is no caller to receive it
 * then.
 */
void conn_reply(const struct request *rq, int err, const void *body, size_t size)
{
	struct iovec part[2] = { { 0 }, { (void *)(uintptr_t)body, size } };

	message_send(rq->in->unique, err, part, body && !err ? 2 : 1);
}

void conn_reply2(const struct request *rq, const void *body, size_t size, const void *more,
		 size_t more_size)
{
	struct iovec part[3] = {
		{ 0 }, { (void *)(uintptr_t)body, size }, { (void *)(uintptr_t)more, more_size },
	};

	message_send(rq->in->unique, 0, part, more_size ? 3 : 2);
}

void conn_reply_interrupted(uint64_t unique)
{
	struct iovec part[1];

	message_send(unique, -EINTR, part, 1);
}

/* A notification has its code in place of a reply's error. */
static void notification_send(int code, const void *body, size_t size)
{
	struct iovec part[2] = { { 0 }, { (void *)(uintptr_t)body, size } };

	message_send(0, code, part, 2);
}

void conn_notify_poll(uint64_t kh)
{
	const struct fuse_notify_poll_wakeup_out out = { .kh = kh };

	notification_send(FUSE_NOTIFY_POLL, &out, sizeof(out));
}

void conn_notify_forget(uint64_t node, uint64_t off, uint64_t size)
{
	const struct fuse_notify_inval_inode_out out = {
		.ino = node, .off = (int64_t)off, .len = (int64_t)size,
	};

	notification_send(FUSE_NOTIFY_INVAL_INODE, &out, sizeof(out));
}

const char conn_zeros[CONN_MAX_WRITE];

/* Pages that are stored in the cache like this are clean, and the kernel need not read them. */
int conn_notify_zero(uint64_t node, uint64_t off, uint64_t size)
{
	const uint64_t max = (ZERO_PARTS - 2) * sizeof(conn_zeros);
	struct fuse_notify_store_out store = { .nodeid = node };
	struct iovec part[ZERO_PARTS] = { { 0 }, { &store, sizeof(store) } };
	uint64_t piece, left;
	int n, err = 0;

	for (; size && !err; size -= piece, off += piece) {
		piece = left = size < max ? size : max;
		store.offset = off;
		store.size = (uint32_t)piece;
		for (n = 2; left; left -= part[n++].iov_len)
			part[n] = (struct iovec){ (void *)(uintptr_t)conn_zeros,
						  left < sizeof(conn_zeros) ? left :
									      sizeof(conn_zeros) };
		err = message_send(0, FUSE_NOTIFY_STORE, part, n);
	}
	return err;
}

/* Returns whether the kernel accepts a memory file. Needs CAP_SYS_ADMIN. */
static bool backing_works(int memory)
{
	const struct nmd_backing_map map = { .fd = memory };
	int id = ioctl(dev, NMD_BACKING_OPEN, &map);

	return id > 0 && ioctl(dev, NMD_BACKING_CLOSE, &id) == 0;
}

static int conn_init(int memory)
{
	static char buf[CONN_BUFFER];
	struct pollfd ready = { .fd = dev, .events = POLLIN };
	struct fuse_init_out out = { .major = FUSE_KERNEL_VERSION };
	const struct fuse_init_in *in;
	struct request rq;
	uint64_t flags;
	int err;

	if (poll(&ready, 1, 10000) != 1)
		return -ETIMEDOUT;
	err = conn_read(buf, &rq);
	if (err)
		return err;
	in = rq.body;
	if (rq.in->opcode != FUSE_INIT || in->major != FUSE_KERNEL_VERSION)
		return -EPROTO;
	flags = in->flags;
	if (in->flags & FUSE_INIT_EXT)
		flags |= (uint64_t)in->flags2 << 32;
	out.minor = in->minor < FUSE_KERNEL_MINOR_VERSION ? in->minor : FUSE_KERNEL_MINOR_VERSION;
	out.max_background = 1024;
	out.congestion_threshold = 1024;
	out.max_write = CONN_MAX_WRITE;
	out.max_pages = CONN_MAX_WRITE / 4096;
	out.max_readahead = in->max_readahead;
	out.time_gran = 1;
	out.flags = (uint32_t)flags & (FUSE_BIG_WRITES | FUSE_MAX_PAGES | FUSE_ASYNC_READ);
	if (memory >= 0 && flags & NMD_INIT_PASSTHROUGH) {
		out.flags |= FUSE_INIT_EXT;
		out.flags2 = NMD_INIT_PASSTHROUGH >> 32;
		nmd_init_set_stack_depth(&out, 1);
		/*
		 * The kernel reads the newer fields only from a server that reports their protocol.
		 */
		out.minor = in->minor;
	}
	conn_reply(&rq, 0, &out, sizeof(out));
	if (out.flags2)
		has_passthrough = backing_works(memory);
	return 0;
}

int conn_start(int fuse_fd, int memory)
{
	dev = fuse_fd;
	return conn_init(memory);
}

void conn_end(void)
{
	close(__atomic_exchange_n(&dev, -1, __ATOMIC_RELAXED));
}

void conn_open_reply(struct fuse_open_out *out, int32_t id, bool has_flush)
{
	out->open_flags = has_flush ? 0 : FOPEN_NOFLUSH;
	if (has_passthrough) {
		/* Direct I/O: reads and writes come here and are refused; maps pass through. */
		out->open_flags |= NMD_OPEN_PASSTHROUGH | FOPEN_DIRECT_IO;
		nmd_open_set_backing(out, id);
	} else {
		out->open_flags |= FOPEN_KEEP_CACHE;
	}
}
