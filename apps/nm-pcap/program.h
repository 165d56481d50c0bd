/* SPDX-License-Identifier: BSD-2-Clause */
/* A program that is about to be run: where it is, and whether a library can be loaded before it. */
#ifndef NM_PCAP_PROGRAM_H
#define NM_PCAP_PROGRAM_H

#include <limits.h>

#include "../common/errmsg.h"

/* As the shell would find it. 0, or -1 with errno. */
int program_find(char path[PATH_MAX], const char *name);

/* 0, or -1 with the reason why the system would not load a library. */
int program_check(const char *path, struct errmsg *err);

/* Those that a program of this name starts to capture for it: checked too. */
int program_check_helper(const char *path, struct errmsg *err);

#endif
