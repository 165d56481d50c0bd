// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/*
 * Takes the place of netmap.ko in the runner's own test: a module that does, when its device is
 * opened, the one thing wrong that its parameter names. The runner must notice each.
 */
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/string.h>

static char *fault = "none";
module_param(fault, charp, 0400);

static DEFINE_SPINLOCK(first);
static DEFINE_SPINLOCK(second);
static unsigned int destroyed = 3;

static void fault_warn(void)
{
	WARN(1, "faulty: on purpose\n");
}

static void fault_oops(void)
{
	int *nowhere = (int *)8;

	WRITE_ONCE(*nowhere, 1);
}

static void fault_count(void)
{
	destroyed--;
}

static void fault_overrun(void)
{
	char *object = kmalloc(100, GFP_KERNEL);

	if (object)
		WRITE_ONCE(object[101], 1);
	kfree(object);
}

/* Several, for a stale pointer on some stack may hide one of them. */
static void fault_leak(void)
{
	unsigned int i, leaked = 0;

	for (i = 0; i < 16; i++) {
		if (kmalloc(100, GFP_KERNEL))
			leaked++;
	}
	pr_info("%u leaked\n", leaked);
}

static void fault_lock_order(void)
{
	spin_lock(&first);
	spin_lock(&second);
	spin_unlock(&second);
	spin_unlock(&first);
	spin_lock(&second);
	spin_lock(&first);
	spin_unlock(&first);
	spin_unlock(&second);
}

static void fault_sleep(void)
{
	rcu_read_lock();
	might_sleep();
	rcu_read_unlock();
}

static const struct {
	const char *name;
	void (*commit)(void);
} faults[] = {
	{ "warn", fault_warn },
	{ "oops", fault_oops },
	{ "count", fault_count },
	{ "overrun", fault_overrun },
	{ "leak", fault_leak },
	{ "lock-order", fault_lock_order },
	{ "sleep", fault_sleep },
};

static int faulty_open(struct inode *inode, struct file *file)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(faults); i++) {
		if (!strcmp(fault, faults[i].name))
			faults[i].commit();
	}
	return 0;
}

static const struct file_operations faulty_fops = {
	.owner = THIS_MODULE,
	.open = faulty_open,
};

static struct miscdevice faulty_device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "netmap",
	.fops = &faulty_fops,
};

static int __init faulty_init(void)
{
	return misc_register(&faulty_device);
}

static void __exit faulty_exit(void)
{
	misc_deregister(&faulty_device);
	pr_info("netmap: unloaded: created 3 destroyed %u\n", destroyed);
}

module_init(faulty_init);
module_exit(faulty_exit);

MODULE_DESCRIPTION("A module with faults, for the test of the guest runner");
MODULE_LICENSE("Dual BSD/GPL");
