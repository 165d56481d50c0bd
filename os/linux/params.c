// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/*
 * The engine's settings as module parameters, at load and in /sys/module/netmap/parameters.
 *
 * Parameters arrive before the engine is ready, and by way of sysfs at any time up to the
 * module's end. Until nm_params_start() they are only remembered. All of params[] is
 * guarded by the kernel's lock of this module's parameters, which it holds around get and set.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/moduleparam.h>

#include "platform.h"

/* Names as in nm_settings[]; nm_params_start() compares the lists. */
#define PARAMS(P) \
	P(if_size, "bytes of an interface object of the global region") \
	P(if_num, "interface objects of the global region, at least") \
	P(ring_size, "bytes of a ring object of the global region") \
	P(ring_num, "ring objects of the global region, at least") \
	P(buf_size, "bytes of a buffer of the global region") \
	P(buf_num, "buffers of the global region, at least") \
	P(region_mb, "MiB that the global region may grow to") \
	P(priv_if_size, "bytes of an interface object of a private region") \
	P(priv_if_num, "interface objects of a private region, at least") \
	P(priv_ring_size, "bytes of a ring object of a private region") \
	P(priv_ring_num, "ring objects of a private region, at least") \
	P(priv_buf_size, "bytes of a buffer of a private region") \
	P(priv_buf_num, "buffers of a private region, at least") \
	P(priv_region_mb, "MiB that a private region may grow to") \
	P(bridge_batch, "slots that a VALE port forwards at a time") \
	P(wake_delay, "least us between two wakeups of a VALE receiver that gets bursts; 0: none") \
	P(default_pipes, "without effect, for old scripts") \
	P(admode, "network cards: 0 best, 1 native only, 2 emulated only") \
	P(xdp, "network cards: frames by XDP, 0 never, 1 where exact, 2 wherever it works") \
	P(fwd, "network cards: 1 forwards between card and host stack always") \
	P(mitigate, "network cards: 1 holds wakeups of a receiver apart by generic_mit") \
	P(generic_ringsize, "emulated cards: slots of a ring") \
	P(generic_rings, "emulated cards: rings, 0 for as many as the device has") \
	P(generic_mit, "emulated cards: least ns between two wakeups of a receiver; 0: none") \
	P(verbose, "1 logs refused requests and resets of rings")

#define PARAM_INDEX(n, help)	PARAM_##n,
enum { PARAMS(PARAM_INDEX) PARAM_COUNT };

struct param {
	const char *name;
	uint32_t value;		/* waits for the engine, if given */
	bool given;
};

#define PARAM_ENTRY(n, help)	[PARAM_##n] = { .name = #n },
static struct param params[] = { PARAMS(PARAM_ENTRY) };
static bool live;	/* the engine takes settings; guarded as params[] is */

static int param_set(const char *text, const struct kernel_param *kp)
{
	struct param *p = kp->arg;
	uint32_t value;
	int err;

	err = kstrtou32(text, 0, &value);
	if (err)
		return err;
	if (live)
		return nm_setting_set(p->name, value);
	p->value = value;
	p->given = true;
	return 0;
}

static int param_get(char *text, const struct kernel_param *kp)
{
	const struct param *p = kp->arg;

	return scnprintf(text, PAGE_SIZE, "%u\n", p->given ? p->value : nm_setting_get(p->name));
}

static const struct kernel_param_ops param_ops = {
	.set = param_set,
	.get = param_get,
};

#define PARAM_DECLARE(n, help) \
	module_param_cb(n, &param_ops, &params[PARAM_##n], 0644); \
	MODULE_PARM_DESC(n, help);
PARAMS(PARAM_DECLARE)

static int apply(struct param *p)
{
	int err;

	if (!p->given)
		return 0;
	p->given = false;
	err = nm_setting_set(p->name, p->value);
	if (err)
		pr_err("parameter %s=%u refused: error %d\n", p->name, p->value, err);
	return err;
}

static bool is_known(const char *name)
{
	unsigned int i;

	for (i = 0; i < PARAM_COUNT; i++) {
		if (!strcmp(params[i].name, name))
			return true;
	}
	return false;
}

int nm_params_start(void)
{
	unsigned int i;
	int err = 0;

	for (i = 0; i < nm_setting_count; i++)
		os_assert(is_known(nm_settings[i].name));
	kernel_param_lock(THIS_MODULE);
	for (i = 0; i < PARAM_COUNT && !err; i++)
		err = apply(&params[i]);
	live = !err;
	kernel_param_unlock(THIS_MODULE);
	return err;
}

/* What sysfs still writes between this and the module's end is remembered for nobody. */
void nm_params_stop(void)
{
	kernel_param_lock(THIS_MODULE);
	live = false;
	kernel_param_unlock(THIS_MODULE);
}
