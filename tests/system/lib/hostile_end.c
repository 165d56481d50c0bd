/* SPDX-License-Identifier: BSD-2-Clause */
#include "hostile.h"

#include <stdio.h>

#include "inspect.h"
#include "port.h"

void hostile_clean_up(void)
{
	static struct nm_info_port ports[512];
	int i, n = inspect(NM_INSPECT_PORTS, "", ports, sizeof(ports[0]), 512);

	for (i = 0; i < n; i++) {
		struct nmreq_vale_detach d = { 0 };
		struct nmreq_vale_polling off = { 0 };

		if (!(ports[i].flags & NM_INFO_PERSISTENT))
			continue;
		if (ports[i].flags & NM_INFO_POLLING)
			ctrl_once(NETMAP_REQ_VALE_POLLING_DISABLE, ports[i].name, &off);
		if (ports[i].flags & NM_INFO_ATTACHED) {
			char name[130];

			snprintf(name, sizeof(name), "%.60s:%.60s", ports[i].switch_name,
				 ports[i].name);
			if (ctrl_once(NETMAP_REQ_VALE_DETACH, name, &d))
				ctrl_once(NETMAP_REQ_VALE_DETACH, ports[i].name, &d);
		}
		ctrl_once(NETMAP_REQ_VALE_DELIF, ports[i].name, NULL);
	}
}
