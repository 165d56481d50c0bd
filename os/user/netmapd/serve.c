/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Replies to the kernel's messages. The root of the file system is a directory with a symbolic
 * link and the file of each domain, which behaves as the module's character device, as far as FUSE
 * passes calls to a process. The link leads each caller to the file of its own domain. Static data
 * is const after serve_setup().
 */
#define OS_PLATFORM
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "../../../include/net/netmap_doorbell.h"
#include "busy.h"
#include "domains.h"
#include "file.h"
#include "memory.h"
#include "serve.h"
#include "settings.h"
#include "workers.h"

#define VALID_S		(365 * 86400)	/* the kernel may cache attributes: they never change */
#define EVENTS		(POLLIN | POLLOUT | POLLRDNORM | POLLWRNORM)

/* Nodes: the directory, the link in it, and the files of domains (domains.c). */
#define NODE_LINK	2u
#define LINK_NAME	"netmap"

static struct fuse_attr attr;		/* of the file of domain=shared */
static uint32_t dir_mode;

/* The directory admits those whose bits of mode let them write. */
static mode_t dir_mode_of(mode_t mode)
{
	if (settings.domain == DOMAIN_SHARED)
		return 0755;
	return 0700 | (mode & 0020 ? 0050 : 0) | (mode & 0002 ? 0005 : 0);
}

void serve_setup(gid_t gid, mode_t mode)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	attr = (struct fuse_attr){
		.size = OS_PAGES_WINDOW,
		.atime = (uint64_t)now.tv_sec,
		.mtime = (uint64_t)now.tv_sec,
		.ctime = (uint64_t)now.tv_sec,
		.mode = S_IFREG | mode,
		.nlink = 1,
		.gid = gid,
		.blksize = 4096,
	};
	dir_mode = dir_mode_of(mode);
}

/* Get the attributes of a node. Returns false if there is none. */
static bool node_attr(uint64_t node, struct fuse_attr *a)
{
	*a = attr;
	a->ino = node;
	if (node == FUSE_ROOT_ID || node == NODE_LINK)
		a->size = 0;
	if (node == FUSE_ROOT_ID)
		a->mode = S_IFDIR | dir_mode;
	else if (node == NODE_LINK)
		a->mode = S_IFLNK | 0777;
	else if (!domain_user(node, &a->uid))
		return false;
	else if (settings.domain != DOMAIN_SHARED)
		a->mode = S_IFREG | 0600;
	return true;
}

/*
 * Any user may learn of the files of others, and not open them. The kernel keeps what it looked up:
 * a name and a node always mean the same domain.
 */
static void serve_lookup(const struct request *rq)
{
	struct fuse_entry_out out = { .attr_valid = VALID_S, .entry_valid = VALID_S };
	char *name = rq->body;
	uint32_t uid;

	name[rq->body_size - 1] = '\0';
	out.nodeid = strcmp(name, LINK_NAME) ? domain_node(name, &uid) : NODE_LINK;
	if (!out.nodeid || !node_attr(out.nodeid, &out.attr))
		conn_reply(rq, -ENOENT, NULL, 0);
	else
		conn_reply(rq, 0, &out, sizeof(out));
}

/* The kernel asks on each walk by the link, and does not keep the answer. */
static void serve_readlink(const struct request *rq)
{
	char name[DOMAIN_NAME_MAX];
	int err = domain_name(rq->in->uid, (pid_t)rq->in->pid, name);

	conn_reply(rq, err, name, err ? 0 : strlen(name));
}

/* ---- the directory ------------------------------------------------------------------- */

struct listing {
	char bytes[4096];
	size_t size, room;
};

/* Returns false if it has no room. next: where the list goes on after it. */
static bool listing_add(struct listing *l, uint64_t node, uint32_t type, uint64_t next,
			const char *name)
{
	struct fuse_dirent d = { .ino = node, .off = next, .namelen = (uint32_t)strlen(name),
				 .type = type >> 12 };
	const size_t n = FUSE_DIRENT_ALIGN(FUSE_NAME_OFFSET + d.namelen);

	if (n > l->room - l->size)
		return false;
	memset(l->bytes + l->size, 0, n);
	memcpy(l->bytes + l->size, &d, FUSE_NAME_OFFSET);
	memcpy(l->bytes + l->size + FUSE_NAME_OFFSET, name, d.namelen);
	l->size += n;
	return true;
}

/* The caller's own files; root sees all. */
static void serve_readdir(const struct request *rq)
{
	static const char *const fixed[] = { ".", "..", LINK_NAME };
	const struct fuse_read_in *in = rq->body;
	struct listing l = { .size = 0 };
	char name[DOMAIN_NAME_MAX];
	uint32_t at, uid;
	uint64_t node, i;
	bool has_room = true;

	l.room = in->size < sizeof(l.bytes) ? in->size : sizeof(l.bytes);
	for (i = in->offset; i < 3 && has_room; i++)
		has_room = listing_add(&l, i < 2 ? FUSE_ROOT_ID : NODE_LINK,
				       i < 2 ? S_IFDIR : S_IFLNK, i + 1, fixed[i]);
	at = i < UINT32_MAX ? (uint32_t)(i - 3) : UINT32_MAX;
	while (has_room && domain_next(&at, &node, &uid, name))
		if (!rq->in->uid || uid == rq->in->uid || settings.domain == DOMAIN_SHARED)
			has_room = listing_add(&l, node, S_IFREG, 3 + (uint64_t)at, name);
	conn_reply(rq, 0, l.bytes, l.size);
}

static void serve_opendir(const struct request *rq)
{
	const struct fuse_open_out out = { .fh = 0 };

	conn_reply(rq, 0, &out, sizeof(out));
}

/* ---- files --------------------------------------------------------------------------- */

static struct file *file_from_fh(uint64_t fh)
{
	return (struct file *)(uintptr_t)fh;
}

static void serve_getattr(const struct request *rq)
{
	struct fuse_attr_out out = { .attr_valid = VALID_S };

	if (node_attr(rq->in->nodeid, &out.attr))
		conn_reply(rq, 0, &out, sizeof(out));
	else
		conn_reply(rq, -ESTALE, NULL, 0);
}

/*
 * Refuse to change mode and owner. Accept and ignore all else, as a device does: an open with
 * O_TRUNC sets the size.
 */
static void serve_setattr(const struct request *rq)
{
	const struct fuse_setattr_in *in = rq->body;

	if (in->valid & (FATTR_MODE | FATTR_UID | FATTR_GID))
		conn_reply(rq, -EPERM, NULL, 0);
	else
		serve_getattr(rq);
}

static void serve_statfs(const struct request *rq)
{
	const struct fuse_statfs_out out = {
		.st = { .bsize = 4096, .frsize = 4096, .namelen = 255 }
	};

	conn_reply(rq, 0, &out, sizeof(out));
}

static void serve_open(const struct request *rq)
{
	struct fuse_open_out out = { 0 };
	struct domain *d = NULL;
	struct file *f = NULL;
	int err = 0;

	/* The broker opens the file for this process to map its memory: no client. */
	if (!memory_is_broker((pid_t)rq->in->pid)) {
		err = domain_open(rq->in->nodeid, rq->in->uid, (pid_t)rq->in->pid, &d);
		if (!err)
			err = file_open(d, (pid_t)rq->in->pid, rq->in->uid, &f);
	}
	if (!err) {
		out.fh = (uintptr_t)f;
		conn_open_reply(&out, d ? d->memory_id : 0, f);
	}
	conn_reply(rq, err, &out, sizeof(out));
}

static void serve_release(const struct request *rq)
{
	const struct fuse_release_in *in = rq->body;

	if (in->fh)
		file_close(file_from_fh(in->fh));
	conn_reply(rq, 0, NULL, 0);
}

/* The argument of an ioctl; its number says which, and how long it is. */
union argument {
	struct nmreq_header hdr;
	struct nmreq req;
};

/*
 * A descriptor has been closed. The kernel waits for the reply. The file itself is released when no
 * process has a descriptor and no request of it is in progress: a loop has to end first.
 */
static void serve_flush(const struct request *rq)
{
	const struct fuse_flush_in *in = rq->body;

	if (in->fh)
		file_descriptor_closed(file_from_fh(in->fh), (pid_t)rq->in->pid);
	conn_reply(rq, 0, NULL, 0);
}

static int serve_ioctl_cmd(struct file *f, struct os_caller *caller, uint32_t cmd,
			   union argument *arg)
{
	struct nm_client *c = file_client(f);

	switch (cmd) {
	case NIOCCTRL:
		if (arg->hdr.nr_reqtype == NETMAP_REQ_DOORBELL)
			return file_doorbell(f, caller, &arg->hdr);
		return nm_client_ctrl(c, caller, &arg->hdr);
	case NIOCREGIF:
	case NIOCGINFO:
		return nm_client_legacy(c, caller, cmd, &arg->req);
	default:
		return nm_client_unknown(c, caller, cmd);
	}
}

static bool is_sync(uint32_t cmd)
{
	return cmd == NIOCTXSYNC || cmd == NIOCRXSYNC;
}

/*
 * The request is over, but for its reply: it cannot be abandoned from here on, as the file may be
 * released after the reply.
 */
static void serve_done(const struct request *rq, struct file *f)
{
	if (rq->interrupt && os_interrupt_set(rq->interrupt, 0))
		file_put(f);
}

bool serve_abandon(void *message)
{
	const struct fuse_in_header *in = message;

	if (in->opcode == FUSE_IOCTL)
		file_get(file_from_fh(((const struct fuse_ioctl_in *)(in + 1))->fh));
	else if (in->opcode == FUSE_POLL)
		file_get(file_from_fh(((const struct fuse_poll_in *)(in + 1))->fh));
	else
		return false;
	return true;
}

static void serve_ioctl(const struct request *rq)
{
	const struct fuse_ioctl_in *in = rq->body;
	struct os_caller caller = { .pid = (pid_t)rq->in->pid,
				    .interrupt = rq->interrupt,
				    .has_closed = file_is_closed_by };
	struct file *f = file_from_fh(in->fh);
	struct fuse_ioctl_out out = { 0 };
	union argument arg = { 0 };
	size_t n = 0;

	if (is_sync(in->cmd)) {
		busy_note();
		out.result = file_sync(f, caller.pid, in->cmd == NIOCTXSYNC);
	} else if (in->flags & FUSE_IOCTL_COMPAT) {
		/* Rings have 64-bit times and offsets; a 32-bit program's structs differ. */
		out.result = -EOPNOTSUPP;
	} else {
		n = in->out_size;
		if (in->in_size <= sizeof(arg) && in->in_size <= rq->body_size - sizeof(*in))
			memcpy(&arg, in + 1, in->in_size);
		out.result = serve_ioctl_cmd(f, &caller, in->cmd, &arg);
		/* Unknown ioctl: write nothing back into the caller's struct. */
		if (n > sizeof(arg) || out.result == -ENOTTY)
			n = 0;
	}
	serve_done(rq, f);
	conn_reply2(rq, &out, sizeof(out), &arg, n);
}

static void serve_poll(const struct request *rq)
{
	const struct fuse_poll_in *in = rq->body;
	struct file *f = file_from_fh(in->fh);
	struct fuse_poll_out out = { 0 };

	out.revents = file_poll(f, (pid_t)rq->in->pid, in->events & EVENTS, in->kh,
				in->flags & FUSE_POLL_SCHEDULE_NOTIFY);
	out.revents &= in->events | POLLERR;
	serve_done(rq, f);
	conn_reply(rq, 0, &out, sizeof(out));
}

/*
 * A caller got a signal while its request is in progress. If no worker has the request yet, one
 * will soon: EAGAIN makes the kernel send the interrupt again. Otherwise there is no reply.
 */
static void serve_interrupt(const struct request *rq)
{
	const struct fuse_interrupt_in *in = rq->body;

	if (!workers_interrupt(in->unique))
		conn_reply(rq, -EAGAIN, NULL, 0);
}

void serve_touch(void)
{
	size_t i;

	for (i = 0; i < sizeof(conn_zeros); i += OS_PAGE_SIZE)
		(void)*(const volatile char *)&conn_zeros[i];
}

/*
 * Without passthrough the memory is the kernel's cache of the file, which it fills by reads: all
 * zeros. Data that it writes back stays in its cache too, so a write needs only a reply.
 */
static void serve_read(const struct request *rq)
{
	const struct fuse_read_in *in = rq->body;

	if (conn_has_passthrough()) {
		conn_reply(rq, -EINVAL, NULL, 0);
		return;
	}
	conn_reply(rq, 0, conn_zeros,
		   in->size < sizeof(conn_zeros) ? in->size : sizeof(conn_zeros));
}

static void serve_write(const struct request *rq)
{
	const struct fuse_write_in *in = rq->body;
	const struct fuse_write_out out = { .size = in->size };

	conn_reply(rq, conn_has_passthrough() ? -EINVAL : 0, &out, sizeof(out));
}

static void serve_success(const struct request *rq)
{
	conn_reply(rq, 0, NULL, 0);
}

/* Names come and go by themselves. */
static void serve_refuse_change(const struct request *rq)
{
	conn_reply(rq, -EPERM, NULL, 0);
}

/* These messages have no reply. */
static void serve_no_reply(const struct request *rq)
{
	(void)rq;
}

static const struct {
	void (*run)(const struct request *rq);
	size_t size;		/* minimum size of its body */
} messages[] = {
	[FUSE_FORGET] = { serve_no_reply, 0 },
	[FUSE_BATCH_FORGET] = { serve_no_reply, 0 },
	[FUSE_INTERRUPT] = { serve_interrupt, sizeof(struct fuse_interrupt_in) },
	[FUSE_LOOKUP] = { serve_lookup, 1 },
	[FUSE_READLINK] = { serve_readlink, 0 },
	[FUSE_OPENDIR] = { serve_opendir, 0 },
	[FUSE_READDIR] = { serve_readdir, sizeof(struct fuse_read_in) },
	[FUSE_RELEASEDIR] = { serve_success, 0 },
	[FUSE_FSYNCDIR] = { serve_success, 0 },
	[FUSE_MKNOD] = { serve_refuse_change, 0 },
	[FUSE_MKDIR] = { serve_refuse_change, 0 },
	[FUSE_SYMLINK] = { serve_refuse_change, 0 },
	[FUSE_LINK] = { serve_refuse_change, 0 },
	[FUSE_UNLINK] = { serve_refuse_change, 0 },
	[FUSE_RMDIR] = { serve_refuse_change, 0 },
	[FUSE_RENAME] = { serve_refuse_change, 0 },
	[FUSE_RENAME2] = { serve_refuse_change, 0 },
	[FUSE_GETATTR] = { serve_getattr, 0 },
	[FUSE_SETATTR] = { serve_setattr, sizeof(struct fuse_setattr_in) },
	[FUSE_STATFS] = { serve_statfs, 0 },
	[FUSE_OPEN] = { serve_open, sizeof(struct fuse_open_in) },
	[FUSE_RELEASE] = { serve_release, sizeof(struct fuse_release_in) },
	[FUSE_IOCTL] = { serve_ioctl, sizeof(struct fuse_ioctl_in) },
	[FUSE_POLL] = { serve_poll, sizeof(struct fuse_poll_in) },
	[FUSE_READ] = { serve_read, sizeof(struct fuse_read_in) },
	[FUSE_WRITE] = { serve_write, sizeof(struct fuse_write_in) },
	[FUSE_FSYNC] = { serve_success, 0 },
	[FUSE_FLUSH] = { serve_flush, sizeof(struct fuse_flush_in) },
	[FUSE_DESTROY] = { serve_success, 0 },
};

bool serve_is_release(const struct request *rq)
{
	return rq->in->opcode == FUSE_RELEASE;
}

bool serve_is_paging(const struct request *rq)
{
	/* Without a lock that is held for long: see domains.c. */
	return rq->in->opcode == FUSE_READ || rq->in->opcode == FUSE_WRITE ||
	       memory_is_broker((pid_t)rq->in->pid);
}

bool serve_may_refuse(const struct request *rq)
{
	return rq->in->opcode == FUSE_IOCTL || rq->in->opcode == FUSE_POLL ||
	       rq->in->opcode == FUSE_OPEN;
}

void serve_refuse(const struct request *rq)
{
	conn_reply(rq, -EAGAIN, NULL, 0);
}

bool serve_needs_order(const struct request *rq)
{
	const struct fuse_ioctl_in *in = rq->body;

	return rq->in->opcode == FUSE_IOCTL && rq->body_size >= sizeof(*in) && !is_sync(in->cmd);
}

void serve(const struct request *rq)
{
	uint32_t op = rq->in->opcode;

	if (op >= sizeof(messages) / sizeof(messages[0]) || !messages[op].run)
		conn_reply(rq, -ENOSYS, NULL, 0);
	else if (rq->body_size < messages[op].size)
		conn_reply(rq, -EINVAL, NULL, 0);
	else
		messages[op].run(rq);
}
