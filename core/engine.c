// SPDX-License-Identifier: BSD-2-Clause
/*
 * The engine as a whole: start and end, which are the same steps in opposite orders; the end of a
 * namespace; settings.
 */
#include "base/domain.h"
#include "base/lock.h"
#include "base/objects.h"
#include "base/settings.h"
#include "port/port.h"
#include "uplink/uplink.h"

int nm_engine_init(void)
{
	int err;

	nm_objects_init();
	err = nm_failures_init();
	if (err) {
		nm_objects_exit();
		return err;
	}
	nm_domains_init();
	nm_lock_init();
	nm_regions_init();
	nm_ports_init();
	vale_init();
	return 0;
}

void nm_engine_ns_gone(struct os_ns *ns)
{
	nm_lock();
	nm_uplinks_end(ns);
	vale_ports_end(ns);
	nm_unlock();
}

void nm_engine_exit(void)
{
	nm_lock();
	nm_uplinks_end(NULL);
	vale_ports_end(NULL);
	nm_unlock();
	vale_exit();
	nm_ports_exit();
	nm_regions_exit();
	nm_lock_exit();
	nm_domains_exit();
	nm_failures_exit();
	nm_objects_exit();
}

int nm_setting_set(const char *name, uint32_t value)
{
	int err;
	struct nm_setting *t = nm_setting_check(name, value, &err);

	if (!t)
		return err;
	if (t <= &nm_settings[NM_SET_REGION_MB])
		return nm_region_global_resize(&t->value, value);
	os_store32(&t->value, value);
	return 0;
}
