/* SPDX-License-Identifier: BSD-2-Clause */
/* Opening the memory of processes through the broker (../broker/process_mem.c). */
#ifndef NETMAPD_PROCESS_MEM_H
#define NETMAPD_PROCESS_MEM_H

/* Open it through this socket from now on. Called before threads start. */
void process_mem_connect(int sock);

#endif
