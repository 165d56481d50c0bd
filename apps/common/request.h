/* SPDX-License-Identifier: BSD-2-Clause */
/* Requests on an open device, and the reasons of refusals. Nothing here prints. */
#ifndef APPS_REQUEST_H
#define APPS_REQUEST_H

#include <stdbool.h>
#include <stddef.h>

#include <net/netmap_inspect.h>

/*
 * Send one request. name may be NULL. name_out, if not NULL, has NETMAP_REQ_IFNAMSIZ bytes for the
 * name in the answer. Return 0 or -errno; -ENAMETOOLONG if the name is too long.
 */
int request_send(int fd, uint16_t type, const char *name, void *body, char *name_out);

/*
 * Get the engine's reason of this descriptor's last failure. Return false if it has none, or one of
 * another error than err (negative; 0: any).
 */
bool request_reason(int fd, int err, char *text, size_t size);

/* Describe err (negative) of the last request: by the engine's reason if it has one. */
void request_explain(int fd, int err, char *text, size_t size);

/* Return advice about a device that cannot be opened: " (...)", or "". err is positive. */
const char *request_open_hint(int err);

/* Return the name as the engine knows it: without the prefix "netmap:". */
const char *request_port_name(const char *name);

/* Call fn for all ports of all switches, in the order of their numbers. Return 0 or -errno. */
typedef void request_port_fn(void *context, const struct nmreq_vale_list *at, const char *name);
int request_walk_ports(int fd, request_port_fn *fn, void *context);

/* Get the properties of one port. Return 0 or -errno; -ENXIO if there is no such port. */
int request_port_info(int fd, const char *name, struct nm_info_port *info);

#endif
