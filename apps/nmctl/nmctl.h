/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the verbs share: the command line, the open device, requests with explained
 * failures, and listings read page by page.
 */
#ifndef NMCTL_H
#define NMCTL_H

#include <stddef.h>
#include <net/netmap_inspect.h>

#include "args.h"

struct nmctl {
	struct args args;
	int fd;		/* the device, -1 until nmctl_connect() */
};

/* 0, or -errno after a message. */
int nmctl_connect(struct nmctl *n);

/* Opens the device without a word; 0 or -errno. */
int nmctl_connect_quietly(struct nmctl *n);

/*
 * One request on the connected device. name may be NULL; if it is not, it is checked for
 * length. name_out, if given, has NETMAP_REQ_IFNAMSIZ bytes for the name that came back.
 * 0 or -errno, without a message.
 */
int nmctl_request(struct nmctl *n, uint16_t type, const char *name, void *body, char *name_out);

/* Tells why the last request failed, in the engine's words if it has any. Returns EXIT_FAILED. */
int nmctl_failed(struct nmctl *n, const char *what, int err);

/*
 * A whole listing. *out is an array of *count records of rec_size bytes for the caller to
 * free. name may be NULL. 0 or -errno, without a message.
 */
int nmctl_inspect(struct nmctl *n, uint32_t what, const char *name, size_t rec_size, void **out,
		  size_t *count);

/* The same with a message that says "what", connecting first. */
int nmctl_list(struct nmctl *n, uint32_t what, const char *name, size_t rec_size, void **out,
	       size_t *count);

/* The first operand as a port name, NULL if there is none. */
const char *nmctl_port_operand(const struct nmctl *n);

#endif
