// SPDX-License-Identifier: BSD-2-Clause
/* The engine comes and goes: the same steps, in opposite orders. */
#include "base/objects.h"
#include "port/port.h"
#include "uplink/vale_cable.h"

int nm_engine_init(void)
{
	int err;

	nm_objects_init();
	err = nm_failures_init();
	if (err) {
		nm_objects_exit();
		return err;
	}
	nm_regions_init();
	nm_ports_init();
	vale_init();
	return 0;
}

void nm_engine_ns_gone(struct os_ns *ns)
{
	nm_lock();
	vale_cables_end(ns);
	vale_ports_end(ns);
	nm_unlock();
}

void nm_engine_exit(void)
{
	nm_lock();
	vale_cables_end(NULL);
	vale_ports_end(NULL);
	nm_unlock();
	vale_exit();
	nm_ports_exit();
	nm_regions_exit();
	nm_failures_exit();
	nm_objects_exit();
}
