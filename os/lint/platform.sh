#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# usage: platform.sh OS CORE
# The platforms in the folder OS include three headers of CORE: os.h, which they implement, and
# engine.h and frame.h, which they call. Nothing else of the engine is theirs to use, whether they
# name it by a path or find it by the compiler's include path.
set -eu
core=$(cd "$2" && pwd)
cd "$1"

bad=$(find . -path ./lint -prune -o -name '*.[ch]' -exec \
	grep -HE '^[[:space:]]*#[[:space:]]*include[[:space:]]*"' {} + |
	sed -n 's,^\(\./[^:]*\):[^"]*"\([^"]*\)".*,\1 \2,p' |
	while read -r file name; do
		header=${name##*core/}
		[ "$header" != "$name" ] || [ ! -f "${file%/*}/$name" ] || continue
		case $header in (os.h | engine.h | frame.h) continue ;; esac
		[ ! -f "$core/$header" ] || echo "os/${file#./} includes $name"
	done)
[ -z "$bad" ] && exit 0
printf 'a platform includes more of core/ than os.h, engine.h and frame.h:\n%s\n' "$bad" >&2
exit 1
