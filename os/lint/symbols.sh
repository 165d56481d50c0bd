#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# usage: symbols.sh OS.H OBJECT...
# What the objects need beyond each other must be in the contract, or one of the four
# memory functions that compilers call of their own accord.
set -eu
contract=$1
shift
[ $# -gt 0 ] || exit 0

tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
nm -P -g --undefined-only "$@" | awk 'NF > 1 { print $1 }' | sort -u >"$tmp/needed"
nm -P -g --defined-only "$@" | awk 'NF > 2 { print $1 }' | sort -u >"$tmp/own"
{
	grep -oE '\bos_[a-z0-9_]+\(' "$contract" | tr -d '('
	printf '%s\n' memcpy memmove memset memcmp
} | sort -u >"$tmp/contract"
sort -u "$tmp/own" "$tmp/contract" >"$tmp/known"
foreign=$(comm -23 "$tmp/needed" "$tmp/known")
[ -z "$foreign" ] && exit 0
printf 'core/ needs what core/os.h does not offer:\n%s\n' "$foreign" >&2
exit 1
