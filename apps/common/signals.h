/* SPDX-License-Identifier: BSD-2-Clause */
/* SIGINT and SIGTERM as something to poll, so that none comes at a bad moment. */
#ifndef APPS_SIGNALS_H
#define APPS_SIGNALS_H

#include <stdbool.h>

#include "errmsg.h"

/* Blocks both in this thread and those it will start; a descriptor, or -1 with err set. */
int signals_open(struct errmsg *err);

/* Has one come? Does not wait. */
bool signals_has_come(int fd);

#endif
