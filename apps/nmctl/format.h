/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Numbers and texts for people.
 */
#ifndef NMCTL_FORMAT_H
#define NMCTL_FORMAT_H

#include <stdint.h>

#define FORMAT_LEN	32	/* room for any number formatted here */

void format_bytes(char out[FORMAT_LEN], uint64_t v);	/* 512 B, 2.0 KiB, 1.5 GiB */
void format_rate(char out[FORMAT_LEN], double v);	/* 0, 950, 14.88 M */
/* Local time of microseconds since the epoch: 2026-01-31 12:00:00.123456 */
void format_time(char out[FORMAT_LEN], uint64_t us);
/* Bytes that could steer a terminal become '?'. Port names and program names come from anybody. */
void format_clean(char *s);

#endif
