#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# What netmapd can run out of: it says so, names the limit, and serves others as before.
# shellcheck disable=SC2154  # variables of lib.sh
. "$(dirname "$0")/lib.sh"

needs_root_and_fuse
check "builds" make -s -C "$top/os/user" BUILD="$build"
check "builds its client" make -s -C "$top/tests/netmapd" BUILD="$build"
client=$build/tests/netmapd/client

says() {
	local words=$1
	shift
	"$@" >"$work/out" 2>&1
	cat "$work/out"
	grep -qE -- "$words" "$work/out"
}

# limits: the soft and the hard limit of each process of netmapd.
limits() {
	local pid
	for pid in "$supervisor" $(cat "/proc/$supervisor/task/$supervisor/children"); do
		awk '/Max open files/ { print $4, $5 }' "/proc/$pid/limits"
	done
}

start_with_few() {
	local netmapd="prlimit --nofile=64: $netmapd"
	start
}

soft_is_hard() { limits | awk '{ print } $1 != $2 { bad = 1 } END { exit bad || NR != 3 }'; }
soft_is() { limits | awk -v n="$1" '{ print } $1 != n { bad = 1 } END { exit bad || NR != 3 }'; }

check "serves, started with few descriptors" start_with_few
check "all of its processes may have the most" soft_is_hard
check "a client is served" says '^done' "$client" "$device" rounds 10
stop_and_check "many descriptors"

check "serves with 40 descriptors" start -s descriptors=40
check "all of its processes may have that many" soft_is 40
check "a request is refused when they are used up" \
	says 'EMFILE.* all 40 descriptors .*RLIMIT_NOFILE' "$client" "$device" many 40
check "so is an open" grep '^open: ENFILE' "$work/out"
check "for a reason that is logged" grep 'all 40 descriptors .*RLIMIT_NOFILE' "$log"
check "another one is served after that" says '^done' "$client" "$device" rounds 10
stop_and_check "few descriptors"

check "builds the test of quotas" make -s -C "$top/tests/system" BUILD="$build"
check "serves with small quotas" start -m 0666 -s user_clients=20 -s user_ports=4 \
	-s user_regions=3 -s user_memory_mb=40 -s user_pins=2 -s user_kloops=0 \
	-s user_extra_bufs=100 -s user_doorbells=1
tap "quotas" "$top/tests/netmapd/at-dev" "$device" "$build/tests/system/quota"
stop_and_check "quotas"

done_testing
