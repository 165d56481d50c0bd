/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Monitors: ports whose rx rings get the traffic of another port's rings, by mirrors (mirror.h). A
 * monitor belongs to one client, and lookups by name do not find it. It can be made while the port
 * that it monitors has clients. After the last of them has closed it receives nothing, and its
 * rxsync returns an error once all frames have been read.
 */
#ifndef NM_MONITOR_H
#define NM_MONITOR_H

#include "port/port.h"

/* Rings to monitor: krings [first, end) of the subject, by enum nm_dir; none if they are equal. */
struct nm_monitor_want {
	struct nm_port *subject;
	uint32_t first[2], end[2];
	bool is_swap;			/* zero copy */
	struct nm_port_spec spec;
};

/*
 * Make a monitor; its rings are made with its first client. Returns it with a reference for the
 * caller, or NULL with a reason. Caller holds the engine lock.
 */
struct nm_port *nm_monitor_make(const struct nm_monitor_want *want, const struct nm_scope *scope,
				struct nm_reason *reason);
/* Return the port that a monitor is for; without a reference. Valid until the port ends. */
struct nm_port *nm_monitor_subject(const struct nm_port *p);
bool nm_is_monitor(const struct nm_port *p);
/* Set the monitor's own rings that its client gets: those for the subject's monitored rings. */
void nm_monitor_rings(const struct nm_port *p, uint32_t first[2], uint32_t end[2]);
/* Detach the monitors of p, whose last client closes. Caller holds the engine lock. */
void nm_monitors_detach(struct nm_port *p);

#endif
