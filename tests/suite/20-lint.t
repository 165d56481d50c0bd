#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# What shows without running anything: the engine is portable; scripts, manuals and words are sound.
cd "$(dirname "$0")/../.." || exit 1
n=0

# One test point: what it says, and a command that is silent in success.
point() {
	local name=$1 out
	shift
	n=$((n + 1))
	if out=$("$@" 2>&1); then
		echo "ok $n - $name"
	else
		echo "not ok $n - $name"
		printf '%s\n' "$out" | tail -n 40 | sed 's/^/# /'
	fi
}

scripts() { git ls-files | xargs -r grep -lE '^#!/bin/(ba)?sh' -- ; }

manuals() {
	# References to manuals of other systems, and to ones not installed, are no fault.
	local out
	out=$(mandoc -T lint -W warning man/*.[1-9]) || { printf '%s\n' "$out"; return 1; }
}

# A name that no function has suppresses nothing: a rename would let a race through now and then.
suppressions() {
	local name out=
	for name in $(sed -n 's/^race://p' tests/sim/tsan.supp); do
		git grep -qE "\\b\\w*$name\\w*\\(" -- core os tests || out="$out $name"
	done
	[ -z "$out" ] || { echo "tests/sim/tsan.supp: there is no function$out"; return 1; }
}

# The program in README.md is examples/receive.c without its first lines, and compiles.
first_program() {
	diff <(sed -n '/^```c$/,/^```$/p' README.md | sed '1d;$d') <(sed 1,2d examples/receive.c) &&
		gcc -Wall -Wextra -Werror -Iinclude -fsyntax-only examples/receive.c
}

point "README's first program is the one in examples/ and compiles" first_program
point "core/ compiles without any system header, and needs only what os.h names" make -s -C os/lint
# Newer ones take a status of [ ] that is passed on for a mistake: SC2319.
# shellcheck disable=SC2046  # names of our own, without spaces
point "shellcheck finds nothing in the scripts" shellcheck -S warning -e SC2319 $(scripts)
point "mandoc finds nothing in the manuals" manuals
point "codespell finds nothing in prose and comments" \
	codespell -q 3 -L "ans,te,fo,ba,nd,conext" README.md docs man core lib os apps include tests
point "manuals and netmapd.conf list the settings of the tables" scripts/settings.sh check
# shellcheck disable=SC2046  # names of our own, without spaces
point "no line is longer than 100 columns" tests/lint/columns.pl $(tests/lint/files.sh)
# shellcheck disable=SC2046
point "words are those of the house style" tests/lint/words.pl $(tests/lint/files.sh)
# shellcheck disable=SC2046
point "functions and files that documents and comments name are there" \
	tests/lint/names.pl $(tests/lint/files.sh | grep -E '^core/.*[.][ch]$|[.]md$')
point "the suppressions of the thread sanitizer name functions" suppressions
point "each file of core/ has its tests" tests/unit/covers.sh
echo "1..$n"
