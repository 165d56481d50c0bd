/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Network devices of the kernel, made and changed by rtnetlink in the caller's network namespace.
 * Functions return 0 or -errno unless a comment says otherwise.
 */
#ifndef SYSTEST_LINK_H
#define SYSTEST_LINK_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* Switch IPv6, which sends on its own, off in this network namespace. */
void ns_be_quiet(void);
/* Enter a new network namespace, without IPv6, with its loopback up. */
void ns_enter_new(void);

int link_veth(const char *name, const char *peer);	/* both up when this returns */
/* The same or give up. Retries, as the kernel ends an earlier pair in the background. */
void link_pair(const char *a, const char *b);
int link_veth_queues(const char *name, const char *peer,
		     uint32_t queues); /* that many each way at both */
/* Make its sender complete checksums and tags, as on a wire. */
int link_complete(const char *name);
int link_dummy(const char *name);			/* up */
int link_vlan(const char *name, const char *lower, uint16_t id);	/* up */
int link_macvlan(const char *name, const char *lower);	/* up */
int link_kind(const char *name, const char *kind);	/* any kind that needs no parameter; up */
int link_join(const char *name, const char *master);	/* a port of a bridge, a member of a bond */
int link_tap(const char *name);				/* up; an fd, and the device ends with it */
int link_delete(const char *name);
int link_set_up(const char *name, int up);
bool link_wait(const char *name);	/* until there is a link; false after ten seconds */
int link_rename(const char *name, const char *to);	/* up or down */
int link_move(const char *name, pid_t pid);		/* to that process's namespace */
int link_mtu(const char *name, uint32_t mtu);
/* As ethtool -L, -K lro and -K gro. */
int link_queues(const char *name, uint32_t n);
int link_lro(const char *name);				/* 0 or 1 */
int link_set_lro(const char *name, bool on);
int link_gro(const char *name);				/* 0 or 1 */
int link_set_gro(const char *name, bool on);
int link_address(const char *name, const char *ipv4, unsigned int prefix);
/* Counters of the device by its name in /sys/class/net/NAME/statistics; 0 if there is none. */
uint64_t link_stat(const char *name, const char *counter);

#endif
