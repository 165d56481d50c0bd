#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# Checks tests/unit/COVERS: each C file of core/ has one line, each line names a file of core/ and
# at least one unit test, and each test named exists. Prints what is wrong and fails if anything is.
set -eu
cd "$(dirname "$0")/../.."
table=tests/unit/COVERS

faults=$(
	find core -name '*.c' | sort | while read -r file; do
		grep -q "^$file	" $table || echo "$file: no line in $table"
	done
	grep -v '^#' $table | cut -f 1 | sort | uniq -d | sed "s|\$|: two lines in $table|"
	grep -v '^#' $table | while IFS='	' read -r file tests; do
		[ -e "$file" ] || echo "$table: no file $file"
		case " $tests" in
		*' unit/test_'*) ;;
		*) echo "$table: no unit test for $file" ;;
		esac
		for test in $tests; do
			[ -e "tests/$test" ] || echo "$table: no test tests/$test, named for $file"
		done
	done
)
[ -z "$faults" ] || { echo "$faults"; exit 1; }
