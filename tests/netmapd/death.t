#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# How netmapd ends: its clients get errors and do not hang.
# shellcheck disable=SC2154  # variables of lib.sh
. "$(dirname "$0")/lib.sh"

needs_root_and_fuse
check "builds" make -s -C "$top/os/user" BUILD="$build"
check "builds its client" make -s -C "$top/tests/netmapd" BUILD="$build"
client=$build/tests/netmapd/client

# client_start NAME ARGUMENT...: in the background, until it says that it is ready.
client_start() {
	local name=$1
	shift
	mkfifo "$work/$name.in" 2>/dev/null
	: >"$work/$name.out"
	: >"$work/$name.out"
	"$client" "$device" "$@" <>"$work/$name.in" >"$work/$name.out" 2>&1 &
	eval "pid_$name=$!"
	adopt $!
	wait_for grep -q '^ready$' "$work/$name.out"
}

waiters_start() {
	local how
	for how in poll select epoll; do
		client_start "$how" wait "$how" "vale1:$how" || return
	done
}

# Each sleeper was woken with an error, and each call after that gives one.
waiters_got_errors() {
	local how pid
	for how in poll select epoll; do
		pid=pid_$how
		wait_for is_gone "${!pid}" || return
		disown_one "${!pid}"
		cat "$work/$how.out"
		grep -qE '^(POLLERR|EPOLLERR|select 1)$' "$work/$how.out" || return
		grep -qE '^sync: (ENOTCONN|ECONNABORTED|ENODEV)$' "$work/$how.out" || return
	done
}

serve() {
	start >"$work/start"
	point $? "serves" <"$work/start"
	server=$(server_of "$supervisor")
}

# ---- the server is killed ---------------------------------------------------------------

serve
check "clients sleep" waiters_start
kill -KILL "$server"
check "server killed: sleeping clients are woken with errors" waiters_got_errors
check "server killed: the supervisor ends with status 1" ended "$supervisor" 1
check "server killed: the log says so" grep -q 'signal 9 (Killed) ended the server' "$log"
check "server killed: neither mount nor file is left" left_nothing

serve
check "started again: it serves" "$client" "$device" rounds 10

# ---- the supervisor is killed ---------------------------------------------------------------

check "clients sleep" waiters_start
kill -KILL "$supervisor"
check "supervisor killed: the server ends too" wait_for is_gone "$server"
check "supervisor killed: sleeping clients are woken with errors" waiters_got_errors
disown_one "$supervisor"

# ---- both, at once: a dead mount --------------------------------------------------------

serve
check "recovered and started again: it serves" "$client" "$device" rounds 10
kill -STOP "$server"
kill -KILL "$supervisor" "$server"
check "both killed" wait_for is_gone "$server"
disown_one "$supervisor"
is_dead() { [[ $(stat -L "$device" 2>&1) == *"not connected"* ]]; }
check "both killed: a dead mount is left" wait_for is_dead
serve
check "the log says what was left behind" grep -q 'left behind by a netmapd that died' "$log"
check "it serves" "$client" "$device" rounds 10

# ---- told to end while it is used -------------------------------------------------------

check "a client holds a port" client_start held hold vale1:held
check "clients sleep" waiters_start
stop_and_check "used by clients"
check "used by clients: sleeping ones are woken with errors" waiters_got_errors
echo >"$work/held.in"
held_ends() {
	kill -0 "$pid_held" || { cat "$work/held.out"; return 1; }
}
check "used by clients: one that holds a map lives" held_ends
kill -KILL "$pid_held"
disown_one "$pid_held"

# ---- a client that holds requests up ----------------------------------------------------

serve
check "a client holds up forty requests" client_start stuck stuck 40
check "others are served" timeout 60 "$client" "$device" rounds 10
kill -KILL "$pid_stuck"
check "it is killed: others are served still" timeout 60 "$client" "$device" rounds 10
kill -TERM "$supervisor"
check "SIGTERM meanwhile: it ends" ended "$supervisor" 0
check "neither mount nor file is left" left_nothing
disown_one "$pid_stuck"

done_testing
