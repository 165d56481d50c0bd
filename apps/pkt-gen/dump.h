/* SPDX-License-Identifier: BSD-2-Clause */
/* Packets in hexadecimal and as text. */
#ifndef PKTGEN_DUMP_H
#define PKTGEN_DUMP_H

#include <stdint.h>
#include <stdio.h>

/* Written at once, so that threads do not mix their lines. */
void dump_packet(FILE *out, const uint8_t *data, unsigned int len);

#endif
