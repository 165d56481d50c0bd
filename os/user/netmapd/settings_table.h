/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The one table of netmapd's own settings: S(KIND, name, field, initial, min, max, help).
 * settings.c, etc/netmapd.conf and the list in netmapd(8) are made of it; the engine's settings are
 * in core/settings_table.h.
 */
#ifndef NETMAPD_SETTINGS_TABLE_H
#define NETMAPD_SETTINGS_TABLE_H

#define NETMAPD_SETTINGS(S) \
	S(TEXT, device, device, "/dev/netmap", 0, 0, "path at which clients find the device") \
	S(TEXT, directory, directory, "", 0, 0, \
	  "directory to serve; empty: /run/netmap for /dev/netmap, or else PATH.d") \
	S(TEXT, user, user, "", 0, 0, \
	  "user to run as after start-up; empty: netmap if it exists, or else nobody") \
	S(TEXT, group, group, "", 0, 0, \
	  "group that may open the device; empty: netmap if it exists, or else root") \
	S(OCTAL, mode, mode, 0660, 0, 0777, "permissions of the device, octal") \
	S(TEXT, pid_file, pid_file, "", 0, 0, \
	  "file to write the process id to; empty: none") \
	S(DOMAIN, domain, domain, DOMAIN_USER_NET, 0, 0, \
	  "programs that share memory: shared (all), uid, uid+net (of a user and network)") \
	S(NUMBER, memory, memory, 0, 0, 1 << 30, NM_MEMORY_HELP) \
	S(NUMBER, domain_memory, domain_memory, 0, 0, 1 << 30, \
	  "MiB that the regions of a domain may take, except root's; 0: half of memory") \
	S(YES_NO, huge_pages, has_huge_pages, false, 0, 1, "make regions of pages of 2 MiB") \
	S(YES_NO, lock_memory, has_locked_memory, false, 0, 1, \
	  "keep regions from being swapped out") \
	S(NUMBER, numa_node, numa_node, -1, -1, 1023, \
	  "NUMA node that the memory comes from; -1: any") \
	S(NUMBER, workers, workers, 0, 0, 256, \
	  "threads that serve requests; 0: one per CPU and one more") \
	S(NUMBER, descriptors, descriptors, 0, 0, 1 << 30, \
	  "descriptors that may be open, one for each client; 0: 524288 or the hard limit") \
	S(ON_OFF_AUTO, latency, latency, LATENCY_AUTO, 0, 0, \
	  "keep idle CPUs from deep sleep: on, off, auto (while busy)") \
	S(ON_OFF_AUTO, busy, busy, BUSY_OFF, 0, 0, \
	  "sync rings without requests: on, off, auto (while CPUs are idle)") \
	S(YES_NO, passthrough, has_passthrough, true, 0, 1, \
	  "map memory directly into clients, where the kernel can") \
	S(YES_NO, sandbox, has_sandbox, true, 0, 1, \
	  "give up privileges and system calls that are not needed") \
	S(YES_NO, doorbells, has_doorbells, true, 0, 1, \
	  "let clients sync through shared memory") \
	S(YES_NO, lend_buffers, has_device_bufs, true, 0, 1, \
	  "give slots' buffers to network devices, by AF_XDP")

/*
 * The initial region_mb: old requests reach 4 GiB of the one map, of which the global region takes
 * a part.
 */
#define NETMAPD_REGION_MB	1024

#endif
