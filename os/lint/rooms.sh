#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# usage: rooms.sh ROOMS CORE OBJECTS
# No room of core/ includes or calls a higher one, nor one on its own line of ROOMS. OBJECTS is a
# folder of objects laid out like CORE: includes show what a file says, symbols what it does.
set -eu
rooms=$1 core=$2 objects=$3

arrows() {
	(cd "$core" && grep -rHo '^#include "[a-z]*/[a-z0-9_]*\.h"' --include='*.[ch]' .) |
		sed -n 's,^\./\([^:]*\):#include "\(.*\)",\1 \2 include,p'
	(cd "$objects" && find . -name '*.o' | sed 's,^\./,,' | while read -r o; do
		nm -P -g "$o" | awk -v file="${o%.o}.c" \
			'{ print file, ($2 == "U" ? "needs" : "has"), $1 }'
	done) | awk '$2 == "has" { owner[$3] = $1 } $2 == "needs" { file[++n] = $1; name[n] = $3 }
		END {
			for (i = 1; i <= n; i++)
				if (name[i] in owner) print file[i], owner[name[i]], name[i]
		}'
}

arrows | awk -v rooms="$rooms" -v core="$core" '
	function room(path) { return index(path, "/") ? substr(path, 1, index(path, "/") - 1) : "" }
	BEGIN {
		while ((getline line < rooms) > 0) {
			if (line ~ /^#/) continue
			n = split(line, name, " ")
			level++
			for (i = 1; i <= n; i++) rank[name[i]] = level
		}
	}
	{
		from = room($1); to = room($2)
		if (from != "" && !(from in rank)) unknown[from] = 1
		if (from == "" || from == to) next
		if (to == "" || rank[to] >= rank[from]) {
			print $1 " -> " $2 " (" $3 ")"
			bad = 1
		}
	}
	END {
		for (r in unknown) { print "core/" r " is not in " rooms; bad = 1 }
		if (bad) print "these arrows run up or across the rooms of core/"
		exit bad
	}' >&2
