#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# The fuzzers of requests and of rings, a short while each.
cd "$(dirname "$0")/../.." || exit 1
echo 1..1
if out=$(make -s -C tests/fuzz check SECONDS=15 2>&1); then
	echo "ok 1 - the fuzzers of requests and of rings find nothing"
else
	echo "not ok 1 - the fuzzers of requests and of rings find nothing"
	printf '%s\n' "$out" | tail -n 40 | sed 's/^/# /'
fi
