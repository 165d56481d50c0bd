/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The one table of the engine's settings: S(ID, name, min, max, initial, help). It makes the enum
 * in base/settings.h, the engine's list, the module's parameters, netmapd's settings,
 * etc/netmapd.conf and the list in netmap(4). help has at most 79 characters:
 * nm_info_tunable.help.
 *
 * Settings up to REGION_MB size the global region, and cannot change while that region exists.
 */
#ifndef NM_SETTINGS_TABLE_H
#define NM_SETTINGS_TABLE_H

#define NM_SETTINGS(S) \
	S(IF_SIZE, if_size, 256, 65536, 1024, \
	  "bytes of an interface object of the global region") \
	S(IF_NUM, if_num, 1, 16384, 100, \
	  "minimum number of interface objects in the global region") \
	S(RING_SIZE, ring_size, 4096, 1048576, 36864, \
	  "bytes of a ring object of the global region; longer rings take several") \
	S(RING_NUM, ring_num, 1, 65536, 200, \
	  "minimum number of ring objects in the global region") \
	S(BUF_SIZE, buf_size, 64, 65536, 2048, "bytes of a packet buffer of the global region") \
	S(BUF_NUM, buf_num, 64, 16777216, 163840, \
	  "minimum number of buffers in the global region") \
	S(REGION_MB, region_mb, 16, 4095, 4032, \
	  "MiB the global region may grow to, if that is more than its objects need") \
	S(PRIV_IF_SIZE, priv_if_size, 256, 65536, 1024, \
	  "bytes of an interface object of a private region") \
	S(PRIV_IF_NUM, priv_if_num, 1, 16384, 2, \
	  "minimum number of interface objects in a private region") \
	S(PRIV_RING_SIZE, priv_ring_size, 4096, 1048576, 20480, \
	  "bytes of a ring object of a private region") \
	S(PRIV_RING_NUM, priv_ring_num, 1, 65536, 4, \
	  "minimum number of ring objects in a private region") \
	S(PRIV_BUF_SIZE, priv_buf_size, 64, 65536, 2048, \
	  "bytes of a packet buffer of a private region") \
	S(PRIV_BUF_NUM, priv_buf_num, 64, 16777216, 4098, \
	  "minimum number of buffers in a private region") \
	S(PRIV_REGION_MB, priv_region_mb, 16, 4095, 1024, \
	  "MiB a private region may grow to, if that is more than its objects need") \
	S(BRIDGE_BATCH, bridge_batch, 1, 4096, 1024, "slots a VALE port forwards at a time") \
	S(WAKE_DELAY, wake_delay, 0, 1000, 50, \
	  "min us between two wakeups of a VALE receiver that gets bursts; 0: no limit") \
	S(DEFAULT_PIPES, default_pipes, 0, 65535, 0, \
	  "no effect, accepted for old scripts: pipes need no reservation") \
	S(ADMODE, admode, 0, 2, 0, "network cards: 0 best tier, 1 native only, 2 emulated only") \
	S(XDP, xdp, 0, 2, 1, \
	  "network cards: frames by XDP, 0 never, 1 where exact, 2 wherever it works") \
	S(FWD, fwd, 0, 1, 0, "network cards: 1 always forwards NS_FORWARD slots") \
	S(MITIGATE, mitigate, 0, 1, 1, \
	  "network cards: 1 spaces wakeups of a receiver by generic_mit") \
	S(GENERIC_RINGSIZE, generic_ringsize, 64, 16384, 1024, "network cards: slots of a ring") \
	S(GENERIC_RINGS, generic_rings, 0, 256, 0, \
	  "network cards: max rings per direction; 0: one per queue") \
	S(GENERIC_MIT, generic_mit, 0, 1000000000, 100000, \
	  "network cards: min ns between two wakeups of a receiver; 0: no limit") \
	S(USER_CLIENTS, user_clients, 1, 1000000, 4096, "quota of each user but root: open files") \
	S(USER_NAMESPACES, user_namespaces, 1, 65536, 64, \
	  "quota of each user but root: network namespaces in use") \
	S(USER_PORTS, user_ports, 1, 1000000, 4096, "quota of each user but root: ports") \
	S(USER_REGIONS, user_regions, 1, 65535, 2048, \
	  "quota of each user but root: memory regions") \
	S(USER_MEMORY_MB, user_memory_mb, 0, 16777216, 0, \
	  "quota of each user but root: MiB of regions; 0: half of what all may take") \
	S(USER_EXTRA_BUFS, user_extra_bufs, 0, 4294967295u, 1048576, \
	  "quota of each user but root: extra buffers") \
	S(USER_DOORBELLS, user_doorbells, 0, 4096, 256, "quota of each user but root: doorbells") \
	S(USER_KLOOPS, user_kloops, 0, 65536, 64, \
	  "quota of each user but root: sync loops (kloops) that run") \
	S(USER_PINS, user_pins, 0, 65536, 256, \
	  "quota of each user but root: ranges of user memory") \
	S(USER_PINNED_MB, user_pinned_mb, 0, 16777216, 16384, \
	  "quota of each user but root: MiB of user memory") \
	S(VERBOSE, verbose, 0, 2, 0, "1 logs refused requests and ring resets")

/* The help of memory, a setting that each platform has of its own. */
#define NM_MEMORY_HELP	"MiB that all regions may take; 0: half of the machine's"

#endif
