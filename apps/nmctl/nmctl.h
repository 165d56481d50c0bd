/* SPDX-License-Identifier: BSD-2-Clause */
/* What the verbs share: the command line, the open device, and requests. */
#ifndef NMCTL_H
#define NMCTL_H

#include <stddef.h>
#include <net/netmap_inspect.h>

#include "options.h"
#include "../common/tool.h"

struct nmctl {
	struct options opt;
	int fd;		/* the device, -1 until nmctl_connect() */
};

/* Return 0, or -errno after a message. */
int nmctl_connect(struct nmctl *n);

/* Open the device. Return 0 or -errno, without a message. */
int nmctl_connect_quietly(struct nmctl *n);

/*
 * Send one request on the connected device. name may be NULL. name_out, if given, has
 * NETMAP_REQ_IFNAMSIZ bytes for the name in the answer. Return 0 or -errno, without a message.
 */
int nmctl_request(struct nmctl *n, uint16_t type, const char *name, void *body, char *name_out);

/* Print the reason of the last request's failure, with @what in front. Return EXIT_FAILED. */
int nmctl_failed(struct nmctl *n, const char *what, int err);

/*
 * Read a whole listing. *out becomes an array of *count records of rec_size bytes, for the caller
 * to free. name may be NULL. Return 0 or -errno, without a message.
 */
int nmctl_inspect(struct nmctl *n, uint32_t what, const char *name, size_t rec_size, void **out,
		  size_t *count);

/* Connect and read a listing. Return 0, or -errno after a message. */
int nmctl_list(struct nmctl *n, uint32_t what, const char *name, size_t rec_size, void **out,
	       size_t *count);

/* Return the first operand as a port name, or NULL. */
const char *nmctl_port_operand(const struct nmctl *n);

/* The verbs, by file. Each returns an exit status. */

/* show_ports.c */
int show_ports(struct nmctl *n);
int show_rings(struct nmctl *n);
int show_stats(struct nmctl *n);
int show_switches(struct nmctl *n);

/* show_engine.c */
int show_regions(struct nmctl *n);
int show_objects(struct nmctl *n);
int show_settings(struct nmctl *n);
int show_failures(struct nmctl *n);
int show_why(struct nmctl *n);

/* status.c */
int show_status(struct nmctl *n);

/* top.c */
extern const struct opt_def top_opts[];
int show_top(struct nmctl *n);

/* vale.c */
extern const struct opt_def attach_opts[], new_opts[], poll_opts[];
int vale_attach(struct nmctl *n);
int vale_detach(struct nmctl *n);
int vale_new(struct nmctl *n);
int vale_delete(struct nmctl *n);
int vale_list(struct nmctl *n);
int port_header(struct nmctl *n);
int port_poll(struct nmctl *n);

#endif
