/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef BROKER_PARALLEL_H
#define BROKER_PARALLEL_H

#include "messages.h"

/* Call fn(arg, 0) to fn(arg, n - 1) concurrently and wait for all; n is at most BROKER_FDS_MAX. */
void parallel(uint32_t n, void (*fn)(void *arg, uint32_t i), void *arg);

#endif
