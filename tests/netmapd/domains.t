#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Domains of trust: what one user's programs see and do of another's, with passthrough and without.
# SAN: asan or tsan, for a netmapd built so.
# shellcheck disable=SC2154  # variables of lib.sh
. "$(dirname "$0")/lib.sh"

needs_root_and_fuse
check "builds" make -s -C "$top/os/user" BUILD="$build" SAN="${SAN:-}"
check "builds its client" make -s -C "$top/tests/netmapd" BUILD="$build"
netmapd=$build/netmapd${SAN:+-$SAN}
[[ ${SAN:-} != tsan ]] || netmapd="setarch -R $netmapd"
client=$work/client	# where every user may run it
install -m 755 "$build/tests/netmapd/client" "$client"

as() { local uid=$1; shift; setpriv --reuid="$uid" --regid="$uid" --clear-groups "$@"; }
says() {
	local words=$1
	shift
	"$@" >"$work/out" 2>&1
	cat "$work/out"
	grep -qE -- "$words" "$work/out"
}
holder_start() {
	mkfifo "$work/in" 2>/dev/null
	: >"$work/held"
	setpriv --reuid=4001 --regid=4001 --clear-groups "$client" "$device" secret "$1" \
		<>"$work/in" >"$work/held" 2>&1 &
	holder=$!
	adopt "$holder"
	wait_for grep -q '^ready$' "$work/held"
	at=$(sed -n 's/^at //p' "$work/held")
}
still_there() {
	echo >"$work/in"
	wait_for grep -q '^unchanged$' "$work/held" && return
	cat "$work/held"
	return 1
}
holder_end() { kill -KILL "$holder"; disown_one "$holder"; }
link_of() { as "$1" readlink "$device.d/netmap"; }
is_refused() { ! as "$@" && return; echo "succeeded"; return 1; }
# Names go once nothing of the domain is used for some seconds.
name_changes() {
	local before
	before=$(link_of 4003)
	as 4003 "$client" "$device" rounds 1
	wait_for is_another "$before"
}
is_another() { sleep 7; [[ $(link_of 4003) != "$1" ]]; }

for way in yes no; do
	options=(-m 0666 -s "passthrough=$way" -s memory=512 -s domain_memory=64)
	[[ -z ${SAN:-} ]] || options+=(-s sandbox=no)
	start "${options[@]}" >"$work/start"
	point $? "passthrough=$way: serves" <"$work/start"
	check "a user fills buffers" holder_start vale0:secret
	check "its user finds it in the map" \
		says 'found [1-9]' as 4001 "$client" "$device" spy "$at"
	holder_end
	check "again" holder_start vale0:secret
	check "another user finds nothing" says '^found 0$' as 4002 "$client" "$device" spy "$at"
	check "nor does root" says '^found 0$' "$client" "$device" spy "$at"
	check "nor the same user in another network" says '^found 0$' \
		unshare --net setpriv --reuid=4001 --regid=4001 --clear-groups \
		"$client" "$device" spy "$at"
	other=$device.d/$(link_of 4001)
	check "another user may not open that file" is_refused 4002 cat "$other"
	check "root may" "$client" "$other" rounds 1
	check "but not without CAP_NET_ADMIN" says 'open: EACCES' \
		setpriv --bounding-set=-net_admin "$client" "$other" spy "$at"
	for what in "touch" "mkdir" "ln -s x"; do
		# shellcheck disable=SC2086  # words
		check "no user changes the directory: $what" is_refused 4002 $what "$device.d/new$$"
	done
	check "nor root" bash -c "! mkdir $device.d/new 2>/dev/null && ! rm $other 2>/dev/null"
	check "memory is removed, taken and truncated by another" says '^played$' \
		timeout 100 setpriv --reuid=4002 --regid=4002 --clear-groups \
		"$client" "$device" games 20
	check "that one is served again" as 4002 "$client" "$device" rounds 10
	check "as are others" as 4003 "$client" "$device" rounds 10
	check "users come and go" timeout 300 "$client" "$device" crowd \
		"$([[ -z ${SAN:-} ]] && echo 1000 || echo 8)" 3
	check "the buffers are as they were" still_there
	holder_end
	check "the name of an unused domain is not used again" name_changes
	stop_and_check "passthrough=$way"
	check "no fault in its log" bash -c "! grep -E 'Sanitizer|runtime error:|BUG' $log"
done

start -m 0666 -s domain=shared >"$work/start"
point $? "domain=shared: serves" <"$work/start"
check "a user fills buffers" holder_start vale0:secret
check "another user finds it" says 'found [1-9]' as 4002 "$client" "$device" spy "$at"
holder_end
stop_and_check "domain=shared"

done_testing
