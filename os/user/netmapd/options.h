/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef NETMAPD_OPTIONS_H
#define NETMAPD_OPTIONS_H

/*
 * Read the configuration file and the command line into the settings. Returns -1 to go on, or an
 * exit status with the output or the error printed.
 */
int options_read(int argc, char **argv);

#endif
