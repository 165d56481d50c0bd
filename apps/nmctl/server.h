/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Who stands behind a device path.
 */
#ifndef NMCTL_SERVER_H
#define NMCTL_SERVER_H

#include <stddef.h>

enum server_kind {
	SERVER_NONE,		/* the path is not there, or leads nowhere */
	SERVER_MODULE,		/* a character device of the kernel */
	SERVER_PROCESS,		/* a file served by a process (FUSE, CUSE) */
	SERVER_UNKNOWN,
};

enum server_kind server_of(const char *path);
const char *server_words(enum server_kind kind);

/* The version of the loaded module, "" if it tells none, "not loaded" if there is none. */
void server_module_version(char *out, size_t size);

#endif
