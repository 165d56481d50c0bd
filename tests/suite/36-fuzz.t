#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# The fuzzers, a short while each: FUZZ_SECONDS, 10 if not said otherwise.
cd "$(dirname "$0")/../.." || exit 1
n=0
echo 1..4
for target in names requests rings frames; do
	n=$((n + 1))
	if out=$(make -s -C tests/fuzz check TARGETS="$target" \
		SECONDS="${FUZZ_SECONDS:-10}" 2>&1); then
		echo "ok $n - the fuzzer of $target finds nothing"
	else
		echo "not ok $n - the fuzzer of $target finds nothing"
		printf '%s\n' "$out" | tail -n 40 | sed 's/^/# /'
	fi
done
