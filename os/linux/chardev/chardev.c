// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/*
 * /dev/netmap: open files are clients of the engine.
 *
 * The kernel calls release once, after the last call on the file has returned and with no
 * other to come: the client's end needs no lock. An open file holds this module, so
 * nm_chardev_stop() runs when no client is left.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/compat.h>
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/printk.h>
#include <linux/uaccess.h>

#include "compat.h"
#include "platform.h"

#define EVENTS	(POLLIN | POLLOUT | POLLRDNORM | POLLWRNORM)

/* What poll() and select() register with; const after start. */
static poll_queue_proc one_call;

static int nm_open(struct inode *inode, struct file *file)
{
	struct nm_client *c;
	int err;

	err = nm_client_open(nm_current_ns(), nm_caller(), &c);
	if (err)
		return err;
	file->private_data = c;
	return stream_open(inode, file);
}

static int nm_release(struct inode *inode, struct file *file)
{
	nm_client_close(file->private_data);
	return 0;
}

/*
 * A descriptor of the file is closed: a loop that runs for that process ends, or the file would live
 * as long as the loop does. Processes that got the file by fork close it as they like.
 */
static int nm_flush(struct file *file, fl_owner_t owner)
{
	nm_client_stop_loop(file->private_data, os_caller_pid(nm_caller()));
	return 0;
}

static noinline long ioctl_ctrl(struct nm_client *c, void __user *arg)
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

static noinline long ioctl_legacy(struct nm_client *c, unsigned int cmd, void __user *arg)
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
 * The syncs first: they are called for each batch of packets, the rest once. The rest is kept
 * out of line, for its buffers would give the syncs a stack frame and its protector.
 */
static long nm_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	struct nm_client *c = file->private_data;

	if (likely(cmd == NIOCTXSYNC || cmd == NIOCRXSYNC))
		return nm_client_sync(c, nm_caller(), cmd == NIOCTXSYNC);
	switch (cmd) {
	case NIOCCTRL:
		return ioctl_ctrl(c, (void __user *)arg);
	case NIOCREGIF:
	case NIOCGINFO:
		return ioctl_legacy(c, cmd, (void __user *)arg);
	default:
		return nm_client_unknown(c, nm_caller(), cmd);
	}
}

#ifdef CONFIG_COMPAT
/* Rings hold 64-bit times and offsets, which a 32-bit program's structs have not. */
static long nm_compat_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	pr_info_ratelimited("%s[%d] refused: 32-bit programs lay rings out in another way\n",
			    current->comm, task_tgid_nr(current));
	return -EOPNOTSUPP;
}
#endif

static bool is_in_epoll_set(const struct file *file)
{
#ifdef CONFIG_EPOLL
	return READ_ONCE(file->f_ep);
#else
	return false;
#endif
}

/*
 * poll() and select() come again for each wait: nothing to register with when something is
 * ready at once. Others register one time only, whatever is ready then. Epoll may change the
 * events it wants later without telling, so it gets every queue now; aio and io_uring never
 * do, and have room for one or two queues.
 */
static __poll_t nm_poll(struct file *file, poll_table *table)
{
	struct nm_client *c = file->private_data;
	struct os_poller poller = { .file = file, .table = table };
	uint32_t wanted = (__force uint32_t)poll_requested_events(table) & EVENTS;
	poll_queue_proc proc = nm_poll_proc(table);
	uint32_t events = wanted, ready;

	if (!proc || proc == one_call) {
		ready = nm_client_poll(c, nm_caller(), wanted, NULL);
		if (ready || !proc)
			return (__force __poll_t)ready;
	} else if (is_in_epoll_set(file)) {
		events = EVENTS;
	}
	ready = nm_client_poll(c, nm_caller(), events, &poller) & (wanted | POLLERR);
	return (__force __poll_t)ready;
}

static const struct file_operations nm_fops = {
	.owner = THIS_MODULE,
	.open = nm_open,
	.release = nm_release,
	.flush = nm_flush,
	.unlocked_ioctl = nm_ioctl,
#ifdef CONFIG_COMPAT
	.compat_ioctl = nm_compat_ioctl,
#endif
	.poll = nm_poll,
	.mmap = nm_mmap,
};

static struct miscdevice nm_misc = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "netmap",
	.fops = &nm_fops,
	.mode = 0660,
};

int nm_chardev_start(void)
{
	struct poll_wqueues example;

	poll_initwait(&example);
	one_call = nm_poll_proc(&example.pt);
	poll_freewait(&example);
	return misc_register(&nm_misc);
}

void nm_chardev_stop(void)
{
	misc_deregister(&nm_misc);
}
