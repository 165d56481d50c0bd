#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# The checks of 20-lint.t find what they are for: each runs on a copy of the tree with one fault.
cd "$(dirname "$0")/../.." || exit 1
n=0
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

git ls-files --cached --others --exclude-standard | tar -cf - -T - 2>/dev/null | tar -xf - -C "$tmp"
(cd "$tmp" && git init -q && git add -A) || exit 1

# fault WHAT WANTED COMMAND...: the command fails in the copy, and its output matches WANTED.
fault() {
	local what=$1 wanted=$2 out rc
	shift 2
	n=$((n + 1))
	out=$(cd "$tmp" && LINT_PART=1 "$@" 2>&1)
	rc=$?
	if [ $rc != 0 ] && grep -q -- "$wanted" <<<"$out"; then
		echo "ok $n - $what"
	else
		echo "not ok $n - $what"
		printf 'exit status %s, wanted %s in:\n%s\n' "$rc" "$wanted" "$out" | tail -n 20 |
			sed 's/^/# /'
	fi
}

# sound WHAT COMMAND...: the command finds nothing once the fault is gone.
sound() {
	local what=$1
	shift
	n=$((n + 1))
	if (cd "$tmp" && LINT_PART=1 "$@" >/dev/null 2>&1); then
		echo "ok $n - $what"
	else
		echo "not ok $n - $what"
	fi
}

f=core/ring/sync.c
lint=(make -s -C os/lint BUILD="$tmp/lint" CCS=gcc)
back() { cp "$f" "$tmp/$f"; }

echo "/* Whoever is told, wakes. */" >>"$tmp/$f"
fault "a comment that says 'whoever is told'" "$f:.*is told" tests/lint/words.pl $f
back
sound "without it" tests/lint/words.pl $f

printf '/* %0100d */\n' 0 >>"$tmp/$f"
fault "a line of more than 100 columns" "$f:.*columns" tests/lint/columns.pl $f
back
sound "without it" tests/lint/columns.pl $f

echo '#include "request/request.h"' >>"$tmp/$f"
fault "an include of a higher room" 'ring/sync.c -> request/request.h' "${lint[@]}"
back
printf '%s\n' 'void *sync_up(void);' 'void *sync_up(void)' '{' \
	'	return nm_client_region((void *)0);' '}' >>"$tmp/$f"
fault "a call of a higher room" 'ring/sync.c -> client/client.c' "${lint[@]}"
back
sound "without them" "${lint[@]}"

cp core/port/null.c "$tmp/core/port/untested.c"
fault "a file of core/ without a test" 'core/port/untested.c' tests/unit/covers.sh
rm "$tmp/core/port/untested.c"
sound "without it" tests/unit/covers.sh

echo 'See nm_no_such_thing() in core/ring/nothing.c.' >>"$tmp/docs/architecture.md"
fault "a document that names what is not there" 'no nm_no_such_thing()' \
	tests/lint/names.pl docs/architecture.md
cp docs/architecture.md "$tmp/docs/architecture.md"

sed -i 's/S(BUF_NUM, buf_num, 64,/S(BUF_NUM, buf_num, 65,/' "$tmp/core/settings_table.h"
fault "a list of settings that is not the table's" 'from 65 to' scripts/settings.sh check

echo "1..$n"
