/* SPDX-License-Identifier: BSD-2-Clause */
/* The types that a home gives the engine, as far as the ABI headers need them. */
#ifndef TESTS_ABI_ENGINE_TYPES_H
#define TESTS_ABI_ENGINE_TYPES_H

typedef __UINT8_TYPE__ uint8_t;
typedef __UINT16_TYPE__ uint16_t;
typedef __UINT32_TYPE__ uint32_t;
typedef __INT32_TYPE__ int32_t;
typedef __UINT64_TYPE__ uint64_t;
typedef __INT64_TYPE__ int64_t;

struct timeval {
	long tv_sec;
	long tv_usec;
};

#endif /* TESTS_ABI_ENGINE_TYPES_H */
