#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# usage: includes.sh CORE
# core/ includes its own headers and those of the ABI, only os.h includes the platform's types,
# and nothing in it asks which system it is built for.
set -eu
cd "$1"

bad=$(find . -name '*.[ch]' | sed 's,^\./,,' | sort |
	xargs grep -Hn '^[[:space:]]*#[[:space:]]*include' -- | awk -F: '
	{
		what = $3
		sub(/^[ \t]*#[ \t]*include[ \t]*/, "", what)
		sub(/[ \t]*(\/\*.*)?$/, "", what)
		name = what
		gsub(/"/, "", name)
		if (what ~ /^"(\.\.\/)+include\/net\/netmap[a-z_]*\.h"$/) next
		if (what == "\"os_types.h\"" && $1 == "os.h") next
		if (what ~ /^"([a-z]+\/)?[a-z0-9_]+\.h"$/ && (getline line < name) >= 0) {
			close(name)
			next
		}
		print
	}')
systems=$(find . -name '*.[ch]' -exec grep -HnwE \
	'__linux__|__KERNEL__|__FreeBSD__|__NetBSD__|_KERNEL|LINUX_VERSION_CODE|__unix__|_WIN32' \
	{} + || true)
[ -z "$bad$systems" ] && exit 0
[ -z "$bad" ] || printf 'core/ includes something foreign:\n%s\n' "$bad" >&2
[ -z "$systems" ] || printf 'core/ asks for a system:\n%s\n' "$systems" >&2
exit 1
