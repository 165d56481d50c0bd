/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * netmapd: /dev/netmap served by a process.
 *
 * It is three processes. The supervisor has the privileges that mounting needs: it mounts the
 * device, waits for the end of the server, however it ends, and unmounts. The server gives its
 * privileges up and answers clients; it dies with the supervisor. The broker opens network devices
 * for the server, and ends after it.
 */
#define OS_PLATFORM
#include <stdio.h>

#include "../../../core/engine.h"
#include "daemon.h"
#include "options.h"
#include "settings.h"
#include "settings_table.h"
#include "supervisor.h"

int main(int argc, char **argv)
{
	int status;

	if (nm_engine_init()) {
		fputs("netmapd: no memory\n", stderr);
		return 1;
	}
	nm_setting_set("region_mb", NETMAPD_REGION_MB);
	status = options_read(argc, argv);
	if (status >= 0)
		return status;
	return settings.is_foreground ? supervisor_run(-1) : daemon_run(supervisor_run);
}
