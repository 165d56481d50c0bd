#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# usage: scripts/settings.sh check|write
# The lists of settings in man/netmap.4, man/netmapd.8 and etc/netmapd.conf are made of two tables,
# core/settings_table.h and os/user/netmapd/settings_table.h: check shows where a list differs from
# them, write corrects it. A list stands between the comments "settings: begin" and "settings: end".
set -eu
cd "$(dirname "$0")/.."

case ${1-} in
check | write) ;;
*) sed -n 's/^# \(usage.*\)/\1/p' "$0" >&2; exit 2 ;;
esac

tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
"${CC:-cc}" -Wall -Wextra -Werror -o "$tmp/print" scripts/settings.c

failed=0
for file in man/netmap.4 man/netmapd.8 etc/netmapd.conf; do
	"$tmp/print" "$(basename $file)" >"$tmp/list"
	awk -v list="$tmp/list" '
		/settings: end/ { inside = 0; ended = 1 }
		!inside { print }
		/settings: begin/ { inside = 1; while ((getline line < list) > 0) print line }
		END { exit !ended }' "$file" >"$tmp/new" || {
		echo "$file: no list of settings" >&2
		exit 1
	}
	cmp -s "$tmp/new" "$file" && continue
	if [ "$1" = write ]; then
		cat "$tmp/new" >"$file"
		echo "$file: written"
	else
		diff -u "$file" "$tmp/new" >&2 || true
		failed=1
	fi
done
[ $failed = 0 ] || echo "settings: run 'scripts/settings.sh write'" >&2
exit $failed
