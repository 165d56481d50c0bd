// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/*
 * Whether a device's frames come by XDP: decided when it is taken, undone when it is given back. The hooks stay
 * in place beside it, and take what the program leaves alone.
 *
 * Nothing depends on the program being off a device in time: without its target it leaves all frames alone.
 */
#include <linux/delay.h>
#include <linux/workqueue.h>
#include <net/net_namespace.h>

#include "netdev.h"

#define TAG_TAKEN	(NETIF_F_HW_VLAN_CTAG_RX | NETIF_F_HW_VLAN_STAG_RX)

/* How often one tries to take the program off a device that is just moving between namespaces. */
#define DETACH_TRIES	100

/* A step that a worker does for us. */
struct job {
	struct work_struct work;
	struct nm_xdp *x;
	struct net *net;
	int ifindex, target, err;
	u32 queues;
};

static void job_run(struct job *job, void (*fn)(struct work_struct *work))
{
	INIT_WORK_ONSTACK(&job->work, fn);
	schedule_work(&job->work);
	flush_work(&job->work);
	destroy_work_on_stack(&job->work);
}

static void job_attach(struct work_struct *work)
{
	struct job *job = container_of(work, struct job, work);
	struct nm_xdp *x = job->x;

	job->err = nm_xdp_prog_load(&x->prog, job->target, job->queues);
	if (job->err) {
		snprintf(x->reason, sizeof(x->reason), "the kernel takes no program: error %d", -job->err);
		return;
	}
	job->err = nm_xdp_attach(job->net, job->ifindex, x->prog.file, x->reason, sizeof(x->reason));
	if (job->err && !x->reason[0])
		snprintf(x->reason, sizeof(x->reason), "the driver takes no program: error %d", -job->err);
}

static void job_detach(struct work_struct *work)
{
	struct job *job = container_of(work, struct job, work);

	job->err = nm_xdp_detach(job->net, job->ifindex, job->x->prog.file);
}

/*
 * Frames of a device without a bus come from another stack, which may have left their checksums and tags to
 * the driver: nothing of that is told to a program. Those of a wire are whole, but for tags that a card took out.
 */
static const char *refusal_of(struct net_device *dev, u32 mode)
{
	if (!mode)
		return "switched off by a setting";
	if (!nm_dev_redirects(dev))
		return "its driver has none";
	if (dev_xdp_prog_count(dev))
		return "another program is there";
	if (mode < 2 && !dev->dev.parent)
		return "a virtual device's frames may lack checksums and tags";
	if (dev->dev.parent && dev->features & TAG_TAKEN)
		return "the card takes VLAN tags out (ethtool -K NAME rxvlan off)";
	return NULL;
}

static bool is_usable(const struct net_device *dev)
{
	return nm_dev_mtu_fits(dev) && !(dev->dev.parent && dev->features & TAG_TAKEN);
}

static u32 mode_now(void)
{
	return nm_setting_get("admode") == 2 ? 0 : nm_setting_get("xdp");
}

/* Make the target, hold the device. False with x->why. */
static bool prepare_locked(struct os_netdev *nd, struct net_device *dev, struct job *job)
{
	struct nm_xdp *x = &nd->xdp;
	const char *reason = refusal_of(dev, x->mode);

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
	WRITE_ONCE(x->usable, is_usable(dev));
	job->net = get_net(dev_net(dev));
	job->ifindex = dev->ifindex;
	job->target = x->target->ifindex;
	job->queues = dev->num_rx_queues;
	return true;
}

void nm_xdp_leave_locked(struct os_netdev *nd)
{
	struct net_device *dev = nd->xdp.dev;

	if (!dev)
		return;
	WRITE_ONCE(nd->xdp.usable, false);
	WRITE_ONCE(nd->xdp.dev, NULL);
	netdev_put(dev, &nd->xdp.tracker);
}

static void pass_all(struct nm_xdp_prog *p, u8 pass)
{
	u32 i;

	for (i = 0; p->pass && i < p->queues; i++)
		WRITE_ONCE(p->pass[i], pass);
}

void nm_xdp_judge_locked(struct os_netdev *nd)
{
	struct nm_xdp *x = &nd->xdp;

	if (!x->dev || x->usable == is_usable(x->dev))
		return;
	WRITE_ONCE(x->usable, !x->usable);
	if (x->prog.file)
		pass_all(&x->prog, !x->usable);
}

/* Without the program: let the rest go. No frame comes by XDP when it returns. */
static void finish(struct os_netdev *nd)
{
	struct nm_xdp *x = &nd->xdp;

	rtnl_lock();
	nm_xdp_target_free_locked(x->target);
	x->target = NULL;
	nm_xdp_leave_locked(nd);
	WRITE_ONCE(nd->pass, NULL);
	rtnl_unlock();
	/* Who has seen pass in a hook, or is still in the target, is done after this. */
	synchronize_net();
	nm_xdp_prog_unload(&x->prog);
}

/* By what it did when it was tried, or else by what can be expected. */
static bool is_sending(const struct os_netdev *nd, const struct net_device *dev)
{
	const enum nm_sent sent = READ_ONCE(nd->sent);

	if (!nm_xdp_sends(nd, dev))
		return false;
	return sent == NM_SENT_FRAMES || (sent == NM_SENT_NOTHING && nm_dev_will_send_frames(dev));
}

u32 nm_xdp_traits(const struct os_netdev *nd, const struct net_device *dev)
{
	u32 traits = is_sending(nd, dev) ? NM_INFO_XDP_TX : 0;

	if (READ_ONCE(nd->pass) && READ_ONCE(nd->xdp.usable))
		traits |= NM_INFO_XDP_RX;
	return traits;
}

const char *os_netdev_xdp_reason(const struct os_netdev *nd)
{
	if (READ_ONCE(nd->pass) && !READ_ONCE(nd->xdp.usable))
		return "frames may be too long for a page, or without their tags";
	return nd->xdp.reason;
}

/* From now on frames that the program left alone and are wanted tell it otherwise. */
static void publish(struct os_netdev *nd)
{
	rtnl_lock();
	pass_all(&nd->xdp.prog, !nd->xdp.usable);
	WRITE_ONCE(nd->pass, nd->xdp.prog.pass);
	rtnl_unlock();
}

void nm_xdp_start(struct os_netdev *nd)
{
	struct job job = { .x = &nd->xdp };
	struct net_device *dev;
	bool go;

	nd->xdp.reason[0] = 0;
	nd->sent = NM_SENT_NOTHING;
	WRITE_ONCE(nd->xdp.mode, mode_now());
	rtnl_lock();
	dev = rtnl_dereference(nd->dev);
	go = dev && prepare_locked(nd, dev, &job);
	rtnl_unlock();
	if (!go)
		return;
	WRITE_ONCE(nd->is_settling, true);
	job_run(&job, job_attach);
	put_net(job.net);
	if (job.err)
		finish(nd);
	else
		publish(nd);
	nm_queues_settle(nd);
}

/* Where the device is now; false if it is gone or on its way. */
static bool locate(struct nm_xdp *x, struct job *job)
{
	rtnl_lock();
	job->net = x->dev ? maybe_get_net(dev_net(x->dev)) : NULL;
	job->ifindex = x->dev ? x->dev->ifindex : 0;
	rtnl_unlock();
	return job->net;
}

static void detach(struct nm_xdp *x)
{
	struct job job = { .x = x };
	int tries;

	for (tries = 0; READ_ONCE(x->dev) && tries < DETACH_TRIES; tries++) {
		if (locate(x, &job)) {
			job_run(&job, job_detach);
			put_net(job.net);
			/* Gone to another namespace in between; any other error says that the program is not there. */
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
	WRITE_ONCE(nd->is_settling, true);
	detach(&nd->xdp);
	finish(nd);
	nm_queues_settle(nd);
}
