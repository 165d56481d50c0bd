/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef NETMAPD_MEMORY_LIMIT_H
#define NETMAPD_MEMORY_LIMIT_H

#include <stdint.h>

/*
 * Return the MiB that all regions may take: the setting, or by default half of the memory that this
 * process may use, that is, of the machine's and of the limits of its control groups.
 */
uint32_t memory_limit_mib(void);

#endif
