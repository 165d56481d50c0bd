#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# The fuzzers: their corpora, and FUZZ_RUNS inputs more each, 1000 if not said otherwise; or inputs
# for FUZZ_SECONDS each.
cd "$(dirname "$0")/../.." || exit 1
n=0
targets=$(sed -n 's/^TARGETS.*?= //p' tests/fuzz/Makefile)
# shellcheck disable=SC2086  # several words
set -- $targets
echo "1..$#"
for target; do
	n=$((n + 1))
	if out=$(make -s -C tests/fuzz check TARGETS="$target" \
		RUNS="${FUZZ_RUNS:-1000}" SECONDS="${FUZZ_SECONDS:-}" 2>&1); then
		echo "ok $n - the fuzzer of $target finds nothing"
	else
		echo "not ok $n - the fuzzer of $target finds nothing"
		printf '%s\n' "$out" | tail -n 40 | sed 's/^/# /'
	fi
done
