/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef NETMAPD_DAEMON_H
#define NETMAPD_DAEMON_H

/*
 * Call run() in a child process and return once it has written to `started`, with 0, or has ended,
 * with 1. Until daemon_detach() its messages go to standard error.
 */
int daemon_run(int (*run)(int started));
/* From now on log to syslog and leave the terminal alone. */
void daemon_detach(void);

#endif
