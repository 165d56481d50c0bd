/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Requests on an open device, and what to say when the engine refuses one. Nothing here prints.
 */
#ifndef APPS_REQUEST_H
#define APPS_REQUEST_H

#include <stdbool.h>
#include <stddef.h>

#include <net/netmap_inspect.h>

/*
 * One request. name may be NULL; if it is not, it is checked for length. name_out, if given,
 * has NETMAP_REQ_IFNAMSIZ bytes for the name that came back. 0 or -errno.
 */
int request_send(int fd, uint16_t type, const char *name, void *body, char *name_out);

/*
 * The engine's reason for this descriptor's last failure. False if it has none, or one of another
 * error than err (negative; 0: any).
 */
bool request_reason(int fd, int err, char *text, size_t size);

/* Why the last request failed with err (negative): in the engine's words if it has any. */
void request_explain(int fd, int err, char *text, size_t size);

/* What may be done about a device that cannot be opened: " (...)", or "". err is positive. */
const char *request_open_hint(int err);

/* The name as the engine knows it: without the library's prefix "netmap:". */
const char *request_port_name(const char *name);

/* Calls fn for all ports of all switches by number. 0 or -errno. */
typedef void request_port_fn(void *context, const struct nmreq_vale_list *at, const char *name);
int request_walk_ports(int fd, request_port_fn *fn, void *context);

/* Properties of one port; -ENXIO if there is none of that name. */
int request_port_info(int fd, const char *name, struct nm_info_port *info);

#endif
