#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# The memory that netmapd gives out: how much, of what kind, and who sees it.
# shellcheck disable=SC2154  # variables of lib.sh
. "$(dirname "$0")/lib.sh"

needs_root_and_fuse
check "builds" make -s -C "$top/os/user" BUILD="$build"
check "builds its client" make -s -C "$top/tests/netmapd" BUILD="$build"
check "builds nmctl and pkt-gen" make -s -C "$top/apps" BUILD="$build"
check "builds a pkt-gen without libraries" \
	make -s -C "$top/apps" STATIC=1 BUILD="$build/tests/static" pkt-gen
client=$build/tests/netmapd/client
group=$(getent group netmap nogroup | head -n 1 | cut -d: -f3)
group_name=$(getent group "$group" | cut -d: -f1)

says() {
	local words=$1
	shift
	"$@" >"$work/out" 2>&1
	cat "$work/out"
	grep -qE -- "$words" "$work/out"
}

# background WORDS COMMAND...: run it in the background; return once it printed WORDS. holder is its
# pid.
background() {
	local words=$1
	shift
	: >"$work/background"
	"$@" >"$work/background" 2>&1 < <(exec sleep 600) &
	holder=$!
	wait_for grep -qE -- "$words" "$work/background" && return
	cat "$work/background"
	return 1
}

end_background() {
	kill -KILL "$holder"
	wait "$holder" 2>/dev/null
	return 0
}

# ---- an end to it -----------------------------------------------------------------------

start -s memory=64 >"$work/out"
point $? "serves with 64 MiB" <"$work/out"
check "more than that is refused with a reason" \
	says '^ENOMEM after [0-9]+ ports: .*no memory for more' "$client" "$device" fill
check "it serves on" "$client" "$device" rounds 10
check "a client that touches more gets SIGBUS" \
	background 'SIGBUS after [0-9]+ MiB' "$client" "$device" holes 200
touched() { [[ $(sed -nE 's/.*SIGBUS after ([0-9]+) MiB/\1/p' "$work/background") -le 64 ]]; }
check "at 64 MiB" touched
end_background
check "its memory is free again" "$client" "$device" rounds 10
stop_and_check "that one"

# ---- of what kind -----------------------------------------------------------------------

total() { awk -v name="$2:" '$1 == name { n += $2 } END { print n + 0 }' "/proc/$1/smaps"; }
is_more() {
	local n
	n=$(total "$1" "$2")
	echo "$2 $n kB"
	[[ $n -ge $3 ]]
}
if [[ -d /sys/kernel/mm/transparent_hugepage ]]; then
	start -s huge_pages=yes >"$work/out"
	point $? "serves with huge pages" <"$work/out"
	check "a client holds a port" background ready "$client" "$device" hold vale0:huge
	check "the server has huge pages" is_more "$(server_of "$supervisor")" ShmemPmdMapped 2048
	end_background
	stop_and_check "that one"
else
	skip "huge pages" "this kernel has none"
fi

start -s lock_memory=yes -s numa_node=0 >"$work/out"
point $? "serves with locked memory of node 0" <"$work/out"
check "a client holds a port" background ready "$client" "$device" hold vale0:locked
check "the server's memory is locked" is_more "$(server_of "$supervisor")" Locked 4096
end_background
stop_and_check "that one"

# ---- two side by side -------------------------------------------------------------------

first=$device
start >"$work/out"
point $? "serves" <"$work/out"
first_supervisor=$supervisor
check "a client of the first holds a port" background ready "$client" "$first" hold vale0:one
device=$work/second
start >"$work/out"
point $? "another serves beside it" <"$work/out"
check "the same name is free there" "$client" "$device" rounds 10
ports_of() { "$build/nmctl" --device "$1" --json ports; }
check "the first one's port is listed there" says '"vale0:one"' ports_of "$first"
is_unknown() { ! says '"vale0:one"' ports_of "$device"; }
check "and not at the other" is_unknown
stop_and_check "the second"
check "the first serves on" "$client" "$first" rounds 10
end_background
device=$first supervisor=$first_supervisor

# ---- from far away ----------------------------------------------------------------------

# The device at its usual place, in a mount namespace; then a user of the group in new user, network
# and process namespaces.
stop_and_check "the first"
start -g "$group_name" >"$work/out"
point $? "serves a group" <"$work/out"
far_away() {
	unshare -m sh -c '
		mount -t tmpfs none /dev && touch /dev/null && ln -s "$1" /dev/netmap &&
		exec setpriv --reuid=12345 --regid=12345 --groups="$2" \
			unshare --user --net --pid --fork \
				"$3" -i vale0:far -f tx -n 1000 -T 0 -w 0' \
		sh "$device" "$group" "$work/pkt-gen"
}
install -m 755 "$build/tests/static/pkt-gen" "$work"	# where every user may run it
check "a program without libraries, of a user of the group, in new namespaces" \
	says 'Total:.*1000 packets' far_away
stop_and_check "that one"

done_testing
