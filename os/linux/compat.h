/* SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0) */
/*
 * Newer interfaces for older kernels, down to 6.1. The rest of this folder is written for
 * the newest kernel and asks for no version; each entry says when its kernel came.
 */
#ifndef NM_COMPAT_H
#define NM_COMPAT_H

#include <linux/eventfd.h>
#include <linux/hrtimer.h>
#include <linux/mm.h>
#include <linux/netdevice.h>
#include <linux/poll.h>
#include <linux/version.h>
#include <net/xdp.h>

/* 6.3: vm_flags became read-only, changed by functions that know about the locks. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 3, 0)
static inline void vm_flags_set(struct vm_area_struct *vma, vm_flags_t flags)
{
	vma->vm_flags |= flags;
}

static inline void vm_flags_clear(struct vm_area_struct *vma, vm_flags_t flags)
{
	vma->vm_flags &= ~flags;
}
#endif

/* 6.5: segmentation got a header of its own. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 5, 0)
#include <net/gso.h>
#endif

/* 6.8: an eventfd is signalled once, not a number of times. */
static inline void nm_eventfd_signal(struct eventfd_ctx *ctx)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 8, 0)
	eventfd_signal(ctx);
#else
	eventfd_signal(ctx, 1);
#endif
}

/* 6.3: devices say what of XDP they can do now; before, by their operations alone, and by refusing. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 3, 0)
static inline bool nm_dev_sends_frames(const struct net_device *dev)
{
	return READ_ONCE(dev->xdp_features) & NETDEV_XDP_ACT_NDO_XMIT;
}

static inline bool nm_dev_will_send_frames(const struct net_device *dev)
{
	return nm_dev_sends_frames(dev);
}

static inline bool nm_dev_redirects(const struct net_device *dev)
{
	return READ_ONCE(dev->xdp_features) & NETDEV_XDP_ACT_REDIRECT;
}

static inline void nm_dev_takes_frames(struct net_device *dev)
{
	dev->xdp_features = NETDEV_XDP_ACT_NDO_XMIT;
}
#else
static inline bool nm_dev_sends_frames(const struct net_device *dev)
{
	return dev->netdev_ops->ndo_xdp_xmit;
}

/* Most want a program first. */
static inline bool nm_dev_will_send_frames(const struct net_device *dev)
{
	return nm_dev_sends_frames(dev) && dev->xdp_state[XDP_MODE_DRV].prog;
}

static inline bool nm_dev_redirects(const struct net_device *dev)
{
	return dev->netdev_ops->ndo_bpf && dev->netdev_ops->ndo_xdp_xmit;
}

static inline void nm_dev_takes_frames(struct net_device *dev)
{
}
#endif

/* 6.15: devices got locks of their own, for drivers that ask for them. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 15, 0)
#include <net/netdev_lock.h>
#else
static inline void netdev_lock_ops(struct net_device *dev)
{
}

static inline void netdev_unlock_ops(struct net_device *dev)
{
}
#endif

/* 6.13: a timer's function is told when it is set up; hrtimer_init() went with 6.15. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 13, 0)
static inline void hrtimer_setup(struct hrtimer *timer,
				 enum hrtimer_restart (*function)(struct hrtimer *),
				 clockid_t clock, enum hrtimer_mode mode)
{
	hrtimer_init(timer, clock, mode);
	timer->function = function;
}
#endif

/* 6.14: a frame's memory is told by its type alone. */
static inline void nm_frame_set_mem(struct xdp_frame *frame)
{
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 14, 0)
	frame->mem = (struct xdp_mem_info){ .type = MEM_TYPE_PAGE_ORDER0 };
#else
	frame->mem_type = MEM_TYPE_PAGE_ORDER0;
#endif
}

/* 6.14: poll_wait() got the full barrier that wq_has_sleeper() pairs with. */
static inline void nm_poll_wait(struct file *file, wait_queue_head_t *queue, poll_table *table)
{
	poll_wait(file, queue, table);
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 14, 0)
	smp_mb();	/* pairs with wq_has_sleeper() in os_waitq_wake() */
#endif
}

/* What programs are loaded with is in a namespace of symbols since 6.16 and 6.12's updates. 6.13: that is a string. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 13, 0)
#define NM_IMPORT_BPF	MODULE_IMPORT_NS("BPF_INTERNAL")
#else
#define NM_IMPORT_BPF	MODULE_IMPORT_NS(BPF_INTERNAL)
#endif

/* What table registers with; NULL: no wait. poll_does_not_wait() said so, and is gone by 7.2. */
static inline poll_queue_proc nm_poll_proc(const poll_table *table)
{
	return table ? table->_qproc : NULL;
}

#endif
