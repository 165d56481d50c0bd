// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/*
 * Load and unload the module: nm_exit() undoes each step of nm_init() in reverse order.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/init.h>
#include <linux/module.h>
#include <linux/printk.h>

#include "platform.h"

static int __init nm_init(void)
{
	int err;

	err = nm_engine_init();
	if (err)
		goto no_engine;
	err = nm_params_start();
	if (err)
		goto no_params;
	err = nm_netdev_start();
	if (err)
		goto no_netdev;
	err = nm_netns_start();
	if (err)
		goto no_netns;
	err = nm_chardev_start();
	if (err)
		goto no_chardev;
	pr_info("loaded: version %s\n", NM_VERSION);
	return 0;

no_chardev:
	nm_netns_stop();
no_netns:
	nm_netdev_stop();
no_netdev:
	nm_params_stop();
no_params:
	nm_engine_exit();
no_engine:
	pr_err("not loaded: error %d\n", err);
	return err;
}

static void __exit nm_exit(void)
{
	uint64_t created, destroyed;

	nm_chardev_stop();
	nm_netns_stop();
	nm_netdev_stop();
	nm_params_stop();
	nm_engine_exit();
	nm_engine_totals(&created, &destroyed);
	/* The module's last message. Keep its words: tests and administrators search for it. */
	pr_info("unloaded: created %llu destroyed %llu\n", created, destroyed);
}

module_init(nm_init);
module_exit(nm_exit);

MODULE_DESCRIPTION("netmap: fast packet I/O, the VALE switch and pipes");
MODULE_AUTHOR("The netmap authors");
MODULE_LICENSE("Dual BSD/GPL");
MODULE_VERSION(NM_VERSION);
