// SPDX-License-Identifier: BSD-2-Clause
/* The cases: bursts for each kind of path, then ports on the switch, then slots. */
#include "cases.h"

const struct bench_case bench_cases[] = {
	{ KIND_VALE, 1, 1024, 2, 4 },
	{ KIND_VALE, 16, 1024, 2, 1 },
	{ KIND_VALE, 128, 1024, 2, 1 },
	{ KIND_VALE, 1024, 1024, 2, 1 },
	{ KIND_TX_ONLY, 1, 1024, 1, 4 },
	{ KIND_TX_ONLY, 16, 1024, 1, 1 },
	{ KIND_TX_ONLY, 128, 1024, 1, 1 },
	{ KIND_TX_ONLY, 1024, 1024, 1, 1 },
	{ KIND_PIPE, 1, 1024, 0, 4 },
	{ KIND_PIPE, 16, 1024, 0, 1 },
	{ KIND_PIPE, 128, 1024, 0, 1 },
	{ KIND_PIPE, 1024, 1024, 0, 1 },

	{ KIND_UNICAST, 1024, 1024, 2, 1 },
	{ KIND_UNICAST, 1024, 1024, 16, 1 },
	{ KIND_UNICAST, 1024, 1024, 64, 1 },
	{ KIND_UNICAST, 1024, 1024, 254, 1 },

	{ KIND_UNICAST, 128, 256, 2, 1 },
	{ KIND_UNICAST, 128, 1024, 2, 1 },
	{ KIND_UNICAST, 128, 4096, 2, 1 },
	{ KIND_UNICAST, 128, 16384, 2, 1 },
	{ KIND_PIPE, 128, 256, 0, 1 },
	{ KIND_PIPE, 128, 4096, 0, 1 },
	{ KIND_PIPE, 128, 16384, 0, 1 },
};

const unsigned int bench_case_count = sizeof(bench_cases) / sizeof(bench_cases[0]);

const char *kind_name(enum kind kind)
{
	static const char *const names[] = {
		[KIND_VALE] = "vale", [KIND_UNICAST] = "unicast",
		[KIND_TX_ONLY] = "tx-only", [KIND_PIPE] = "pipe",
	};

	return names[kind];
}
