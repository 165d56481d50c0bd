#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Network devices that netmapd holds: clients in other namespaces, TCP through a bridge of card and
# stack, and devices, stack and tc as they were after each kind of end. MIB: how much is sent (32).
# shellcheck disable=SC2154  # variables of lib.sh
. "$(dirname "$0")/lib.sh"

needs_root_and_fuse
[[ -c /dev/net/tun ]] || skip_all "there is no /dev/net/tun"
check "builds" make -s -C "$top/os/user" BUILD="$build"
check "builds its clients" make -s -C "$top/tests/netmapd" BUILD="$build"
check "builds bridge and nmctl" make -s -C "$top" all
client=$build/tests/netmapd/client
stream=$build/tests/netmapd/stream
mib=${MIB:-32}

# ---- two namespaces and a wire ------------------------------------------------------------

namespaces_make() {
	unshare --net sleep infinity &
	near=$!
	adopt "$near"
	unshare --net sleep infinity &
	far=$!
	adopt "$far"
	wait_for is_apart "$near" && wait_for is_apart "$far" || return
	in_ns "$near" ip link add va type veth peer name vb netns "$far" &&
		in_ns "$near" ip addr add 10.9.0.1/24 dev va && in_ns "$near" ip link set va up &&
		in_ns "$far" ip addr add 10.9.0.2/24 dev vb && in_ns "$far" ip link set vb up
}

is_apart() { [[ $(readlink "/proc/$1/ns/net") != "$(readlink /proc/self/ns/net)" ]]; }
in_ns() { local ns=$1; shift; nsenter --net="/proc/$ns/ns/net" "$@"; }

# What a person sees there: devices, queueing disciplines, filters, packet sockets.
state() {
	in_ns "$near" ip -d -o link
	in_ns "$near" tc qdisc show dev va
	in_ns "$near" tc filter show dev va ingress 2>/dev/null
	in_ns "$near" tc filter show dev va egress 2>/dev/null
	in_ns "$near" tail -n +2 /proc/net/packet
}
is_as_before() { diff "$work/before" <(state); }
# What is closed in the background has a moment for that.
as_before() {
	local tries
	for ((tries = 0; tries < 50; tries++)); do
		is_as_before >/dev/null && return
		sleep 0.1
	done
	is_as_before
}

# From Linux 6.6 on, BPF links detach a program when the process ends that attached it; on older
# kernels the broker, which ends last, detaches it.
has_links() { [[ $(printf '%s\n' 6.6 "$(uname -r)" | sort -V | head -n 1) == 6.6 ]]; }

# ---- clients ------------------------------------------------------------------------------

# background NAME WORD NS COMMAND...: there; returns when it says WORD, if that is not empty.
background() {
	local name=$1 word=$2 ns=$3
	shift 3
	mkfifo "$work/$name.in" 2>/dev/null
	: >"$work/$name.out"
	: >"$work/$name.out"
	nsenter --net="/proc/$ns/ns/net" "$@" <>"$work/$name.in" >"$work/$name.out" 2>&1 &
	eval "pid_$name=$!"
	adopt $!
	[[ -z $word ]] || wait_for grep -q "$word" "$work/$name.out" && return
	cat "$work/$name.out"
	return 1
}

finish() { kill -TERM "$1" 2>/dev/null; disown_one "$1"; }

hold() { background "$1" '^ready$' "$2" "$client" "${3:-$device}" hold va; }
refused() {
	local ns=$1 err=$2 path=${3:-$device}
	in_ns "$ns" "$client" "$path" hold va </dev/null >"$work/refused" 2>&1
	cat "$work/refused"
	grep -qE "$err" "$work/refused"
}
bridge_start() {
	background bridge 'zero copy' "$near" "$top/tests/netmapd/at-dev" "$device" \
		"$build/bridge" -w 0 -i netmap:va -i netmap:va^
}

# transfer MIB: from near to far, whatever happens meanwhile; each byte in its place.
receive_start() { background receive '^ready$' "$far" "$stream" receive 7777 "$1"; }
transfer_ends() {
	wait_for is_gone "$pid_receive"
	wait "$pid_receive"
	local status=$?
	unset "started[$pid_receive]"
	cat "$work/receive.out"
	return "$status"
}
transfer() {
	receive_start "$1" || return
	timeout 100 nsenter --net="/proc/$near/ns/net" "$stream" send 10.9.0.2 7777 "$1" || return
	transfer_ends
}
# frames_passed N: the card sent more than N frames.
frames_passed() {
	"$top/tests/netmapd/at-dev" "$device" \
		nsenter --net="/proc/$near/ns/net" "$build/nmctl" stats >"$work/stats"
	cat "$work/stats"
	awk -v n="$1" '$1 == "va" && $2 == "tx" && $3 > n { found = 1 } END { exit !found }' \
		"$work/stats"
}

serve() {
	start "$@" >"$work/start"
	point $? "serves" <"$work/start"
	server=$(server_of "$supervisor")
	broker=$(cut -d' ' -f2 "/proc/$supervisor/task/$supervisor/children")
}

# ---- names, and sharing ---------------------------------------------------------------------

check "two namespaces, a veth pair between them" namespaces_make
check "the stack's own way: TCP" transfer 1
state >"$work/before"
serve
check "a client in another namespace than netmapd's holds its device" hold one "$near"
check "a client in another namespace has no such device" refused "$far" ENXIO
check "a second exclusive client is refused" refused "$near" EBUSY
other=$work/other
"$netmapd" -f -d "$other" 2>"$work/other.log" </dev/null &
pid_other=$!
adopt "$pid_other"
check "another netmapd serves" wait_for grep -q ': serving ' "$work/other.log"
check "it is refused the device" refused "$near" EBUSY "$other"
told_why() {
	in_ns "$near" "$top/tests/netmapd/at-dev" "$other" "$build/nmctl" why | tee "$work/why"
	grep -q 'another netmapd' "$work/why"
}
check "with a reason" told_why
finish "$pid_one"
check "the client is gone: all is as before" as_before
check "then the other one gets it" hold two "$near" "$other"
finish "$pid_two"
finish "$pid_other"

# ---- a bridge of card and stack --------------------------------------------------------------

check "a bridge of card and stack" bridge_start
check "TCP through it: each byte as it was sent" transfer "$mib"
check "and it was the bridge that moved it" frames_passed "$((mib * 100))"
kill -KILL "$broker"
check "the broker is killed: what is open goes on" transfer 1
check "but no device can be opened" refused "$far" 'ENXIO|EACCES|ENOMEM'
finish "$pid_bridge"
if has_links; then
	check "the bridge has ended: all is as before" as_before
else
	skip "the bridge has ended: all is as before" "tc holds the programs in this kernel"
fi
check "TCP without it" transfer 1
in_ns "$near" tc qdisc del dev va clsact 2>/dev/null
stop_and_check "without its broker"

# ---- device buffers, without a broker that knows whether the kernel still has them ---------

look() { in_ns "$near" "$build/nmctl" -D "$device" "$@"; }
has_bufs() { look ports | grep -w device-bufs; }
keeps_bufs() {
	wait_for is_gone "$broker" || return
	finish "$pid_one"
	# Only these buffers keep the region. Freeing them would take less than this.
	sleep 1
	look regions | tee "$work/regions"
	grep -q '^ *1 ' "$work/regions"
}

serve -s xdp=2
check "a client holds a device" hold one "$near"
if has_bufs >/dev/null; then
	kill -KILL "$broker"
	check "the broker is killed: device buffers are not freed" keeps_bufs
else
	skip "the broker is killed: device buffers are not freed" "there are none in this kernel"
	finish "$pid_one"
fi
stop_and_check "with device buffers that are not freed"

# ---- ends ------------------------------------------------------------------------------------

# killed_during WHOM NAME...: kill the processes whose pids are in the variables NAME..., while TCP
# passes the bridge.
killed_during() {
	local whom=$1 name pids=()
	shift
	serve
	check "a bridge of card and stack" bridge_start
	check "a receiver waits" receive_start "$mib"
	background send '' "$near" "$stream" send 10.9.0.2 7777 "$mib"
	for name; do
		pids+=("${!name}")
	done
	kill -KILL "${pids[@]}"
	check "$whom killed: TCP goes on without it" transfer_ends
	check "$whom killed: the others end too" wait_for all_gone
	disown_one "$pid_send"
	finish "$pid_bridge"
	check "$whom killed: all is as before" as_before
	disown_one "$supervisor"
	umount -l "$device.d" 2>/dev/null
}
all_gone() { is_gone "$server" && is_gone "$broker" && is_gone "$supervisor"; }

killed_during server server
killed_during supervisor supervisor
if has_links; then
	killed_during "each process" supervisor server broker
else
	skip "each process killed" "tc holds the programs in this kernel"
fi

serve
check "a bridge of card and stack" bridge_start
stop_and_check "told to end while a device is held"
finish "$pid_bridge"
check "told to end: all is as before" as_before
done_testing
