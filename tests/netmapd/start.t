#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# How netmapd starts, or why it does not; with which rights it runs and which users it serves.
# shellcheck disable=SC2154  # variables of lib.sh
. "$(dirname "$0")/lib.sh"

needs_root_and_fuse
check "builds" make -s -C "$top/os/user" BUILD="$build"
check "builds its client" make -s -C "$top/tests/netmapd" BUILD="$build"
client=$work/client	# where every user may run it
install -m 755 "$build/tests/netmapd/client" "$client"
group=$(getent group netmap nogroup | head -n 1 | cut -d: -f3)
group_name=$(getent group "$group" | cut -d: -f1)

# refused STATUS WORDS OPTION...: it ends with that status and these words, and leaves nothing.
refused() {
	local wanted=$1 words=$2 out status
	shift 2
	out=$("$netmapd" -f -d "$device" "$@" 2>&1 </dev/null)
	status=$?
	echo "$out"
	[[ $status == "$wanted" ]] || { echo "status $status, wanted $wanted"; return 1; }
	grep -qE -- "$words" <<<"$out" || { echo "no word of: $words"; return 1; }
	left_nothing
}

config() {
	printf '%s\n' "$@" >"$work/conf"
	echo "$work/conf"
}

# ---- what cannot be ---------------------------------------------------------------------

check "an unknown option" refused 2 'see netmapd --help' --nonsense
check "a word too many" refused 2 "unexpected operand 'word'" word
check "a setting without value" refused 2 'takes NAME=VALUE' -s workers
check "an unknown setting" refused 2 "there is no setting 'nonsense'" -s nonsense=1
check "text for a number" refused 2 "workers must be 0 to 256, not 'many'" -s workers=many
check "a number out of bounds" refused 2 'workers must be 0 to 256' -s workers=257
check "a negative number" refused 2 'memory must be 0 to' -s memory=-1
check "a mode that is not octal" refused 2 "mode must be 0 to 777, not '0888'" -m 0888
check "neither yes nor no" refused 2 "must be yes or no, not 'maybe'" -s huge_pages=maybe
check "a setting of the engine out of bounds" refused 2 "buf_size must be .* not '1'" -s buf_size=1
check "a path too long" refused 2 'is longer than' -d "/$(printf 'x%.0s' {1..300})"
check "a configuration file that is not there" refused 2 'cannot read' -c "$work/none"
check "a line of it without a value" \
	refused 2 'conf:2: a line must be' -c "$(config 'workers = 2' 'nonsense')"
check "an unknown setting in it" \
	refused 2 "conf: there is no setting 'x'" -c "$(config 'x = 1')"
check "an unknown user" refused 1 'there is no user nosuchuser' -u nosuchuser
check "an unknown group" refused 1 'there is no group nosuchgroup' -g nosuchgroup
check "a folder that is not there" refused 1 'cannot make' -d "$work/none/netmap"
check "a NUMA node that is not there" refused 1 'numa|mpol|tmpfs' -s numa_node=1023

no_fuse() {
	unshare -m sh -c "mount -t tmpfs none /dev && exec $netmapd -f -d $device"
}
hidden() {
	local out status
	out=$(no_fuse 2>&1)
	status=$?
	echo "$out"
	[[ $status == 1 && $out == *"cannot open /dev/fuse"*modprobe* ]] && left_nothing
}
check "no /dev/fuse" hidden

not_a_file() {
	mkdir "$device"
	! "$netmapd" -f -d "$device" 2>"$work/out"
	local status=$?
	rmdir "$device"
	cat "$work/out"
	[[ $status == 0 ]] && grep -q 'exists and is not a link to .*: cannot serve it' "$work/out"
}
check "a folder where the file should be" not_a_file

is_settings_list() {
	"$netmapd" -c "$(config '# words' 'workers = 7' '[part]' 'buf_size=4096')" -s mode=0600 \
		--settings >"$work/out"
	grep -qE '^workers +7 ' "$work/out" && grep -qE '^buf_size +4096 ' "$work/out" &&
		grep -qE '^mode +0600 ' "$work/out" && return
	cat "$work/out"
	return 1
}
check "settings come from the file and the command line" is_settings_list

# ---- as whom ----------------------------------------------------------------------------

start -g "$group_name" >"$work/out"
point $? "serves" <"$work/out"
server=$(server_of "$supervisor")

status_has() {
	local line
	line=$(grep "^$2:" "/proc/$1/status")
	echo "$line"
	[[ $line =~ $3 ]]
}
user=$(id -u netmap 2>/dev/null || id -u nobody)
check "the server runs without privileges" status_has "$server" Uid "^Uid:(.${user}){4}\$"
for set in CapEff CapPrm; do
	check "it has CAP_SYS_PTRACE alone: $set" status_has "$server" $set '0000000000080000$'
done
for set in CapInh CapAmb; do
	check "it has no capability to pass on: $set" status_has "$server" $set '0000000000000000$'
done
check "its system calls are filtered" status_has "$server" Seccomp '2$'
check "it cannot gain privileges" status_has "$server" NoNewPrivs '1$'
check "it is in no group beside its own" status_has "$server" Groups '^Groups:[[:space:]]*$'
check "another netmapd does not take the path" \
	bash -c "$netmapd -f -d $device 2>&1 | grep 'served by another netmapd already'"
check "nor does it disturb the first" "$client" "$device" rounds 10

# ---- for whom ---------------------------------------------------------------------------

stranger() {
	local out
	out=$(setpriv --reuid=12345 --regid=12345 --clear-groups "$client" "$device" rounds 1 2>&1)
	echo "$out"
	[[ $out == *EACCES* ]]
}
check "a user outside the group is refused" stranger
check "a user in the group is served" setpriv --reuid=12345 --regid=12345 --groups="$group" \
	"$client" "$device" rounds 10
stop_and_check "that one"

start -g "$group_name" -m 0666 >"$work/out"
point $? "serves with mode 0666" <"$work/out"
check "now others are served too" setpriv --reuid=12345 --regid=12345 --clear-groups \
	"$client" "$device" rounds 10
stop_and_check "that one"

# ---- as a daemon ------------------------------------------------------------------------

daemon() {
	# This would not return while a process had its output open.
	: "$("$netmapd" -d "$device" -p "$work/pid" 2>&1)"
	is_mounted "$device" || { echo "no mount"; return 1; }
	"$client" "$device" rounds 10
}
check "a daemon returns when it serves, and leaves the terminal" daemon
supervisor=$(cat "$work/pid")
adopt "$supervisor"
check "the pid file holds its number" test -d "/proc/$supervisor"
kill -TERM "$supervisor"
check "it ends on SIGTERM" wait_for is_gone "$supervisor"
check "it removes the mount and the file" left_nothing
check "it removes the pid file" test ! -e "$work/pid"
disown_all

done_testing
