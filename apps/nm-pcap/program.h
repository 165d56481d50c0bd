/* SPDX-License-Identifier: BSD-2-Clause */
/* The program to run: where it is, and whether a library can be preloaded. */
#ifndef NM_PCAP_PROGRAM_H
#define NM_PCAP_PROGRAM_H

#include <limits.h>

#include "../common/errmsg.h"

/* Find the program as a shell does. Return 0, or -1 with errno set. */
int program_find(char path[PATH_MAX], const char *name);

/* Return 0, or -1 with err set if the system would not preload a library. */
int program_check(const char *path, struct errmsg *err);

/* The same for the helper that a program of this name runs to capture. */
int program_check_helper(const char *path, struct errmsg *err);

#endif
