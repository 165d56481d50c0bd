// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/*
 * /dev/netmap: each open file is a client of the engine.
 *
 * The kernel calls release once, after the last call on the file has returned, so closing the
 * client needs no lock. An open file holds a reference to this module, so nm_chardev_stop() runs
 * when no client is left.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/compat.h>
#include <linux/fdtable.h>
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/printk.h>
#include <linux/uaccess.h>

#include "compat.h"
#include "platform.h"

#define EVENTS	(POLLIN | POLLOUT | POLLRDNORM | POLLWRNORM)

/* The function that poll() and select() register with; const after start. */
static poll_queue_proc select_proc;

static int chardev_open(struct inode *inode, struct file *file)
{
	struct os_ns *ns = nm_current_ns();
	struct os_domain *domain = nm_domain_of_file(file, ns);
	struct nm_client *c;
	int err;

	if (!domain)
		return -ENOMEM;
	err = nm_client_open(ns, domain, nm_caller(), &c);
	os_domain_put(domain);
	if (err)
		return err;
	file->private_data = c;
	return stream_open(inode, file);
}

static int chardev_release(struct inode *inode, struct file *file)
{
	nm_client_close(file->private_data);
	return 0;
}

/*
 * Called when a descriptor of the file has been removed from a process's table: stop a sync loop of
 * the threads that share this table, which would otherwise keep the file open. A process that
 * inherited the file by fork has a table of its own, and may close it without effect on the loop.
 */
static int chardev_flush(struct file *file, fl_owner_t owner)
{
	nm_client_stop_loop(file->private_data, (uintptr_t)owner);
	return 0;
}

static noinline long chardev_ctrl(struct nm_client *c, void __user *arg)
{
	struct nmreq_header hdr;
	int err;

	if (copy_from_user(&hdr, arg, sizeof(hdr)))
		return -EFAULT;
	err = nm_client_ctrl(c, nm_caller(), &hdr);
	if (copy_to_user(arg, &hdr, sizeof(hdr)))
		return -EFAULT;
	return err;
}

static noinline long chardev_legacy(struct nm_client *c, unsigned int cmd, void __user *arg)
{
	struct nmreq req;
	int err;

	if (copy_from_user(&req, arg, sizeof(req)))
		return -EFAULT;
	err = nm_client_legacy(c, nm_caller(), cmd, &req);
	if (copy_to_user(arg, &req, sizeof(req)))
		return -EFAULT;
	return err;
}

/*
 * Check for the syncs first: they are called for each batch of packets, the other calls once. The
 * others are out of line, because their buffers would give the syncs a stack frame and a stack
 * protector.
 */
static long chardev_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	struct nm_client *c = file->private_data;

	if (likely(cmd == NIOCTXSYNC || cmd == NIOCRXSYNC))
		return nm_client_sync(c, nm_caller(), cmd == NIOCTXSYNC);
	switch (cmd) {
	case NIOCCTRL:
		return chardev_ctrl(c, (void __user *)arg);
	case NIOCREGIF:
	case NIOCGINFO:
		return chardev_legacy(c, cmd, (void __user *)arg);
	default:
		return nm_client_unknown(c, nm_caller(), cmd);
	}
}

#ifdef CONFIG_COMPAT
/* Refuse: rings contain 64-bit times and offsets, which a 32-bit program's structs lack. */
static long chardev_compat_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	pr_info_ratelimited("%s[%d]: 32-bit programs are not supported: run a 64-bit one\n",
			    current->comm, task_tgid_nr(current));
	return -EOPNOTSUPP;
}
#endif

static bool file_is_in_epoll_set(const struct file *file)
{
#ifdef CONFIG_EPOLL
	return READ_ONCE(file->f_ep);
#else
	return false;
#endif
}

/*
 * poll() and select() call again for each wait, so they need not register if something is ready.
 * Other pollers register only once, even if something is ready then. Epoll may change its events
 * later without another call, so it registers with every queue. Aio and io_uring keep their events,
 * and have room for one or two queues.
 */
static __poll_t chardev_poll(struct file *file, poll_table *table)
{
	struct nm_client *c = file->private_data;
	uint32_t wanted = (__force uint32_t)poll_requested_events(table) & EVENTS;
	poll_queue_proc proc = nm_poll_proc(table);
	struct os_poller poller = {
		.file = file, .table = table, .may_skip = proc != select_proc,
	};
	uint32_t events = wanted, ready;

	if (!proc || proc == select_proc) {
		ready = nm_client_poll(c, nm_caller(), wanted, NULL);
		if (ready || !proc)
			return (__force __poll_t)ready;
	} else if (file_is_in_epoll_set(file)) {
		events = EVENTS;
	}
	ready = nm_client_poll(c, nm_caller(), events, &poller) & (wanted | POLLERR);
	return (__force __poll_t)ready;
}

static const struct file_operations chardev_fops = {
	.owner = THIS_MODULE,
	.open = chardev_open,
	.release = chardev_release,
	.flush = chardev_flush,
	.unlocked_ioctl = chardev_ioctl,
#ifdef CONFIG_COMPAT
	.compat_ioctl = chardev_compat_ioctl,
#endif
	.poll = chardev_poll,
	.mmap = nm_mmap,
};

static struct miscdevice chardev_misc = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "netmap",
	.fops = &chardev_fops,
	.mode = 0660,
};

static int is_file_of(const void *client, struct file *file, unsigned int fd)
{
	return file->f_op == &chardev_fops && file->private_data == client;
}

bool nm_chardev_is_in_table(const struct nm_client *c)
{
	return iterate_fd(current->files, 0, is_file_of, c);
}

int nm_chardev_start(void)
{
	struct poll_wqueues example;

	poll_initwait(&example);
	select_proc = nm_poll_proc(&example.pt);
	poll_freewait(&example);
	return misc_register(&chardev_misc);
}

void nm_chardev_stop(void)
{
	misc_deregister(&chardev_misc);
}
