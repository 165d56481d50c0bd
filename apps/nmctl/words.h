/* SPDX-License-Identifier: BSD-2-Clause */
/* Words for numbers of the interface. */
#ifndef NMCTL_WORDS_H
#define NMCTL_WORDS_H

#include <stddef.h>
#include <stdint.h>

const char *words_errno(int err);		/* "ENOMEM" */
const char *words_request(uint16_t type);	/* "register" */
const char *words_kind(uint32_t kind);		/* "vale" */
const char *words_drop(uint32_t cause);		/* "noroom" */
const char *words_listing(uint32_t what);	/* "ports" */

#define WORDS_MAX_FLAGS	14
/* List the words of NM_INFO_* flags. Return how many. */
size_t words_port_flags(uint32_t flags, const char *out[WORDS_MAX_FLAGS]);

#endif
