// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/*
 * The engine's settings as module parameters, at load and in /sys/module/netmap/parameters; the
 * list is core/settings_table.h.
 *
 * A parameter may be set before the engine is ready, and through sysfs until the module is gone.
 * Before nm_params_start() its value is stored here. Guard of params[]: the kernel's lock of this
 * module's parameters, which the kernel holds around get and set.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/moduleparam.h>

#include "platform.h"

#define PARAM_INDEX(id, n, min, max, initial, help)	PARAM_##n,
enum { NM_SETTINGS(PARAM_INDEX) PARAM_COUNT };

struct param {
	const char *name;
	uint32_t value;		/* for the engine, once it is ready */
	bool is_given;
};

#define PARAM_ENTRY(id, n, min, max, initial, help)	[PARAM_##n] = { .name = #n },
static struct param params[] = { NM_SETTINGS(PARAM_ENTRY) };
static bool is_live;	/* the engine takes settings; guarded as params[] is */

static int param_set(const char *text, const struct kernel_param *kp)
{
	struct param *p = kp->arg;
	uint32_t value;
	int err;

	err = kstrtou32(text, 0, &value);
	if (err)
		return err;
	if (is_live)
		return nm_setting_set(p->name, value);
	p->value = value;
	p->is_given = true;
	return 0;
}

static int param_get(char *text, const struct kernel_param *kp)
{
	const struct param *p = kp->arg;

	return scnprintf(text, PAGE_SIZE, "%u\n", p->is_given ? p->value : nm_setting_get(p->name));
}

static const struct kernel_param_ops param_ops = {
	.set = param_set,
	.get = param_get,
};

#define PARAM_DECLARE(id, n, min, max, initial, help) \
	module_param_cb(n, &param_ops, &params[PARAM_##n], 0644); \
	MODULE_PARM_DESC(n, help);
NM_SETTINGS(PARAM_DECLARE)

static int param_apply(struct param *p)
{
	int err;

	if (!p->is_given)
		return 0;
	p->is_given = false;
	err = nm_setting_set(p->name, p->value);
	if (err)
		pr_err("parameter %s=%u refused: error %d\n", p->name, p->value, err);
	return err;
}

int nm_params_start(void)
{
	unsigned int i;
	int err = 0;

	kernel_param_lock(THIS_MODULE);
	for (i = 0; i < PARAM_COUNT && !err; i++)
		err = param_apply(&params[i]);
	is_live = !err;
	kernel_param_unlock(THIS_MODULE);
	return err;
}

/* A write through sysfs has no effect after this: the module is being unloaded. */
void nm_params_stop(void)
{
	kernel_param_lock(THIS_MODULE);
	is_live = false;
	kernel_param_unlock(THIS_MODULE);
}
