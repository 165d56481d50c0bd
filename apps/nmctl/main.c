// SPDX-License-Identifier: BSD-2-Clause
/* nmctl: inspects a running netmap and administers its VALE switches. */
#include <stdio.h>

#include "../common/device.h"
#include "nmctl.h"

static const struct verb verbs[] = {
	{ "status", "", "the device, its server, and limits", 0, 0, NULL, show_status },
	{ "ports", "", "ports, their kind and shape", 0, 0, NULL, show_ports },
	{ "rings", "[PORT]", "rings, their positions and counters", 0, 1, NULL, show_rings },
	{ "stats", "[PORT]", "packets, bytes, and drops by cause", 0, 1, NULL, show_stats },
	{ "top", "[PORT]", "rates of the ports, repeated", 0, 1, top_opts, show_top },
	{ "regions", "", "memory regions and their use", 0, 0, NULL, show_regions },
	{ "switches", "", "VALE switches", 0, 0, NULL, show_switches },
	{ "objects", "", "engine objects created and destroyed", 0, 0, NULL, show_objects },
	{ "settings", "[NAME]", "settings and their bounds", 0, 1, NULL, show_settings },
	{ "failures", "", "the last failed requests, with reasons", 0, 0, NULL, show_failures },
	{ "why", "[PID]", "why the last request (of a process) failed", 0, 1, NULL, show_why },
	{ "attach", "valeS:IF", "add an interface to a switch", 1, 1, attach_opts, vale_attach },
	{ "detach", "valeS:IF", "remove an interface from a switch", 1, 1, NULL, vale_detach },
	{ "new", "IF", "create a persistent port", 1, 1, new_opts, vale_new },
	{ "delete", "IF", "delete a persistent port", 1, 1, NULL, vale_delete },
	{ "list", "[valeS:IF]", "ports of the switches, by number", 0, 1, NULL, vale_list },
	{ "header", "PORT [LEN]", "get or set the virtio-net header length", 1, 2, NULL,
	  port_header },
	{ "poll", "PORT on|off", "start or stop kernel threads that poll a port", 2, 2, poll_opts,
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
