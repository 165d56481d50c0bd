// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/*
 * Choose whether a device's frames arrive by XDP: when it is attached, until it is detached. The
 * hooks stay registered and take the frames that the program passes to the stack.
 *
 * The program may be detached late: once its target is gone it passes all frames to the stack.
 */
#include <linux/delay.h>
#include <linux/workqueue.h>
#include <net/net_namespace.h>

#include "netdev.h"

/* The card strips VLAN tags, where XDP does not see them. */
#define TAGS_STRIPPED	(NETIF_F_HW_VLAN_CTAG_RX | NETIF_F_HW_VLAN_STAG_RX)

/* Attempts to detach the program from a device that is moving between namespaces. */
#define DETACH_TRIES	100

/* A step done by a worker. */
struct xdp_job {
	struct work_struct work;
	struct nm_xdp *x;
	struct net *net;
	int ifindex, target, err;
	u32 queues;
};

static void xdp_job_run(struct xdp_job *job, void (*fn)(struct work_struct *work))
{
	INIT_WORK_ONSTACK(&job->work, fn);
	schedule_work(&job->work);
	flush_work(&job->work);
	destroy_work_on_stack(&job->work);
}

static void xdp_job_attach(struct work_struct *work)
{
	struct xdp_job *job = container_of(work, struct xdp_job, work);
	struct nm_xdp *x = job->x;

	job->err = nm_xdp_prog_load(&x->prog, job->target, job->queues);
	if (job->err) {
		snprintf(x->reason, sizeof(x->reason),
			 "the kernel refused the program: error %d", -job->err);
		return;
	}
	job->err = nm_xdp_attach(job->net, job->ifindex, x->prog.file, x->reason,
				 sizeof(x->reason));
	if (job->err && !x->reason[0])
		snprintf(x->reason, sizeof(x->reason),
			 "the driver refused the program: error %d", -job->err);
}

static void xdp_job_detach(struct work_struct *work)
{
	struct xdp_job *job = container_of(work, struct xdp_job, work);

	job->err = nm_xdp_detach(job->net, job->ifindex, job->x->prog.file);
}

/*
 * Return the reason for not receiving by XDP, or NULL. A virtual device's frames come from another
 * stack, which may leave checksums and tags to the driver, and a program does not see that. Frames
 * from a wire are complete, except for tags that the card strips.
 */
static const char *xdp_refusal(struct net_device *dev, u32 mode)
{
	if (!mode)
		return "switched off: the setting 'xdp' is 0, or 'admode' is 2";
	if (!nm_dev_has_xdp_redirect(dev))
		return "its driver does not support it";
	if (dev_xdp_prog_count(dev))
		return "another program is attached";
	if (mode < 2 && !dev->dev.parent)
		return "a virtual device's frames may lack checksums and tags";
	if (dev->dev.parent && dev->features & TAGS_STRIPPED)
		return "the card strips VLAN tags (use ethtool -K NAME rxvlan off)";
	return NULL;
}

static bool xdp_frames_are_usable(const struct net_device *dev)
{
	return nm_dev_mtu_fits(dev) && !(dev->dev.parent && dev->features & TAGS_STRIPPED);
}

static u32 xdp_mode(void)
{
	return nm_setting_get("admode") == 2 ? 0 : nm_setting_get("xdp");
}

/* Make the target and reference the device. Returns false with x->reason set. */
static bool xdp_prepare_locked(struct os_netdev *nd, struct net_device *dev, struct xdp_job *job)
{
	struct nm_xdp *x = &nd->xdp;
	const char *reason = xdp_refusal(dev, x->mode);

	if (reason) {
		strscpy(x->reason, reason, sizeof(x->reason));
		return false;
	}
	x->target = nm_xdp_target_make_locked(nd);
	if (!x->target) {
		strscpy(x->reason, "no memory for a device to redirect to", sizeof(x->reason));
		return false;
	}
	netdev_hold(dev, &x->tracker, GFP_KERNEL);
	WRITE_ONCE(x->dev, dev);
	WRITE_ONCE(x->usable, xdp_frames_are_usable(dev));
	job->net = get_net(dev_net(dev));
	job->ifindex = dev->ifindex;
	job->target = x->target->ifindex;
	job->queues = dev->num_rx_queues;
	return true;
}

void nm_xdp_dev_put_locked(struct os_netdev *nd)
{
	struct net_device *dev = nd->xdp.dev;

	if (!dev)
		return;
	WRITE_ONCE(nd->xdp.usable, false);
	WRITE_ONCE(nd->xdp.dev, NULL);
	netdev_put(dev, &nd->xdp.tracker);
}

static void xdp_prog_pass_all(struct nm_xdp_prog *p, u8 pass)
{
	u32 i;

	for (i = 0; p->pass && i < p->queues; i++)
		WRITE_ONCE(p->pass[i], pass);
}

void nm_xdp_update_locked(struct os_netdev *nd)
{
	struct nm_xdp *x = &nd->xdp;

	if (!x->dev || x->usable == xdp_frames_are_usable(x->dev))
		return;
	WRITE_ONCE(x->usable, !x->usable);
	if (x->prog.file)
		xdp_prog_pass_all(&x->prog, !x->usable);
}

/* Release everything but the attached program. When it returns, no frame arrives by XDP. */
static void xdp_release(struct os_netdev *nd)
{
	struct nm_xdp *x = &nd->xdp;

	rtnl_lock();
	nm_xdp_target_free_locked(x->target);
	x->target = NULL;
	nm_xdp_dev_put_locked(nd);
	WRITE_ONCE(nd->xdp_pass, NULL);
	rtnl_unlock();
	/* Wait for hooks that read xdp_pass, and for receivers in the target. */
	synchronize_net();
	nm_xdp_prog_unload(&x->prog);
}

/* True if frames are sent by XDP, or, before the first attempt, if the driver says that it can. */
static bool xdp_is_sending(const struct os_netdev *nd, const struct net_device *dev)
{
	const enum nm_xdp_xmit xmit = READ_ONCE(nd->xdp_xmit);

	if (!nm_xdp_can_send(nd, dev))
		return false;
	if (xmit == NM_XDP_XMIT_UNTRIED)
		return nm_dev_xdp_xmit_ready(dev);
	return xmit == NM_XDP_XMIT_WORKS;
}

u32 nm_xdp_traits(const struct os_netdev *nd, const struct net_device *dev)
{
	u32 traits = xdp_is_sending(nd, dev) ? NM_INFO_XDP_TX : 0;

	if (READ_ONCE(nd->xdp_pass) && READ_ONCE(nd->xdp.usable))
		traits |= NM_INFO_XDP_RX;
	return traits;
}

const char *os_netdev_xdp_reason(const struct os_netdev *nd)
{
	if (READ_ONCE(nd->xdp_pass) && !READ_ONCE(nd->xdp.usable))
		return "frames may exceed a page or lack their VLAN tags";
	return nd->xdp.reason;
}

/* Let hooks clear pass[] of a queue whose frames the engine wants. */
static void xdp_publish(struct os_netdev *nd)
{
	rtnl_lock();
	xdp_prog_pass_all(&nd->xdp.prog, !nd->xdp.usable);
	WRITE_ONCE(nd->xdp_pass, nd->xdp.prog.pass);
	rtnl_unlock();
}

void nm_xdp_start(struct os_netdev *nd)
{
	struct xdp_job job = { .x = &nd->xdp };
	struct net_device *dev;
	bool is_prepared;

	nd->xdp.reason[0] = 0;
	nd->xdp_xmit = NM_XDP_XMIT_UNTRIED;
	WRITE_ONCE(nd->xdp.mode, xdp_mode());
	rtnl_lock();
	dev = rtnl_dereference(nd->dev);
	is_prepared = dev && xdp_prepare_locked(nd, dev, &job);
	rtnl_unlock();
	if (!is_prepared)
		return;
	WRITE_ONCE(nd->xdp_is_changing, true);
	xdp_job_run(&job, xdp_job_attach);
	put_net(job.net);
	if (job.err)
		xdp_release(nd);
	else
		xdp_publish(nd);
	nm_queues_update(nd);
}

/* Find the device's present namespace and ifindex. Returns false if it is removed or moving. */
static bool xdp_locate(struct nm_xdp *x, struct xdp_job *job)
{
	rtnl_lock();
	job->net = x->dev ? maybe_get_net(dev_net(x->dev)) : NULL;
	job->ifindex = x->dev ? x->dev->ifindex : 0;
	rtnl_unlock();
	return job->net;
}

static void xdp_detach(struct nm_xdp *x)
{
	struct xdp_job job = { .x = x };
	int tries;

	for (tries = 0; READ_ONCE(x->dev) && tries < DETACH_TRIES; tries++) {
		if (xdp_locate(x, &job)) {
			xdp_job_run(&job, xdp_job_detach);
			put_net(job.net);
			/*
			 * -ENODEV: it moved meanwhile. Any other error says that the program is
			 * no longer attached.
			 */
			if (job.err != -ENODEV)
				return;
		}
		msleep(10);
	}
}

void nm_xdp_stop(struct os_netdev *nd)
{
	if (!nd->xdp.prog.file)
		return;
	WRITE_ONCE(nd->xdp_is_changing, true);
	xdp_detach(&nd->xdp);
	xdp_release(nd);
	nm_queues_update(nd);
}
