// SPDX-License-Identifier: BSD-2-Clause
/*
 * nmctl: the administrator's view of netmap.
 */
#include <stdio.h>

#include "../common/device.h"
#include "nmctl.h"

static const struct verb verbs[] = {
	{ "status", "", "is netmap there, who serves it, its limits", 0, 0, NULL, show_status },
	{ "ports", "", "the ports, their kind and shape", 0, 0, NULL, show_ports },
	{ "rings", "[PORT]", "the rings, their positions and counters", 0, 1, NULL, show_rings },
	{ "stats", "[PORT]", "packets, bytes, and drops by cause", 0, 1, NULL, show_stats },
	{ "top", "[PORT]", "rates of the ports, again and again", 0, 1, top_opts, show_top },
	{ "regions", "", "the memory regions and what is in use", 0, 0, NULL, show_regions },
	{ "switches", "", "the VALE switches", 0, 0, NULL, show_switches },
	{ "objects", "", "engine objects created and destroyed", 0, 0, NULL, show_objects },
	{ "tunables", "[NAME]", "the settings and their bounds", 0, 1, NULL, show_tunables },
	{ "failures", "", "requests that failed lately, and why", 0, 0, NULL, show_failures },
	{ "why", "[PID]", "why the last request (of a process) failed", 0, 1, NULL, show_why },
	{ "attach", "valeS:IF", "add an interface to a switch", 1, 1, attach_opts, vale_attach },
	{ "detach", "valeS:IF", "take it off the switch", 1, 1, NULL, vale_detach },
	{ "new", "IF", "make a port that stays until deleted", 1, 1, new_opts, vale_new },
	{ "delete", "IF", "delete such a port", 1, 1, NULL, vale_delete },
	{ "list", "[valeS:IF]", "ports of the switches by number", 0, 1, NULL, vale_list },
	{ "header", "PORT [LEN]", "show or set the virtio-net header length", 1, 2, NULL,
	  port_header },
	{ "poll", "PORT on|off", "polling of a port by kernel threads", 2, 2, poll_opts,
	  port_poll },
	{ NULL, NULL, NULL, 0, 0, NULL, NULL },
};

int main(int argc, char **argv)
{
	struct nmctl n = { .fd = -1 };
	int status = options_parse(&n.opt, argc, argv, verbs);

	if (status >= 0)
		return status;
	status = n.opt.verb->run(&n);
	if (n.fd >= 0)
		device_close(n.fd);
	if (fflush(stdout) || ferror(stdout)) {
		perror("nmctl: standard output");
		return EXIT_FAILED;
	}
	return status;
}
