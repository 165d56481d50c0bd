/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef NETMAPD_SUPERVISOR_H
#define NETMAPD_SUPERVISOR_H

/*
 * Serve the device until the end. started: written to once clients can use it, then closed; -1 in
 * the foreground. Returns the exit status.
 */
int supervisor_run(int started);

#endif
