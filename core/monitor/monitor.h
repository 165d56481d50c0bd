/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Monitors: ports whose rx rings get what passes through the rings of another port, by mirrors (mirror.h).
 * A monitor is one client's, and found by no name. It can be had while the port it monitors has
 * clients; when the last of them leaves it gets nothing more, and says so once all is read.
 */
#ifndef NM_MONITOR_H
#define NM_MONITOR_H

#include "port/port.h"

/* The rings to monitor: krings [first, end) of the subject, by enum nm_dir; none where they are equal. */
struct nm_monitor_want {
	struct nm_port *subject;
	uint32_t first[2], end[2];
	bool is_swap;			/* zero copy */
	struct nm_port_spec spec;
};

/* Held; its rings are made with its first client. NULL with a reason. Engine lock held. */
struct nm_port *nm_monitor_make(const struct nm_monitor_want *want, struct nm_reason *reason);
bool nm_is_monitor(const struct nm_port *p);
/* Which of its own rings its client gets: like those of the subject's. */
void nm_monitor_rings(const struct nm_port *p, uint32_t first[2], uint32_t end[2]);
/* The last client of p leaves: its monitors get nothing more. Engine lock held. */
void nm_monitors_detach(struct nm_port *p);

#endif
