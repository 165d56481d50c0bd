#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# netmap: brings /dev/netmap up and down, by the kernel module where it can be loaded and by
# netmapd where it cannot, and tells which of the two serves it. See netmap(8).
set -u
export LC_ALL=C

version=@VERSION@
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd) || exit 1
standard=/dev/netmap
device=$standard home='' timeout=10 json='' verb=''

usage() {
	cat <<'END'
usage: netmap up [-m | -D] [-d PATH] [-t SECONDS] [NAME=VALUE ...]
       netmap down [-d PATH] [-t SECONDS]
       netmap status [-j] [-d PATH]

Brings /dev/netmap up or down, or tells who serves it: the kernel module, or netmapd, a process.

  -m, --module          up: the module, or fail
  -D, --daemon          up: netmapd, or fail
  -d, --device PATH     this file instead of /dev/netmap; only netmapd can serve another
  -t, --timeout SECONDS how long to wait for it (10)
  -j, --json            status: print a JSON object
  -V, --version
  -h, --help
  NAME=VALUE            a setting: a parameter of the module, or --set of netmapd

Exit status: 0 done, or up; 1 failed, or there but without an answer; 2 wrong usage; status: 3 not up.
END
}

say() { echo "netmap: $*"; }
warn() { echo "netmap: $*" >&2; }
die() { warn "$*"; exit 1; }
wrong() { warn "$*"; warn "see netmap --help"; exit 2; }

# Programs of ours: beside this one before anywhere else.
program() {
	if [ -x "$here/$1" ]; then
		echo "$here/$1"
	else
		PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin command -v "$1"
	fi
}

nmctl() {
	nmctl=$(program nmctl) || die "nmctl is not installed"
	timeout 5 "$nmctl" --device "$device" "$@"
}

# ---- what is there ------------------------------------------------------------------

# The device number of what a netmapd mounted last at a path, as the list of mounts in a file says.
mount_at() { # PATH FILE
	awk -v at="$1" '
		$5 == at { for (i = 7; $i != "-"; i++) continue; found = $(i + 1) == "fuse.netmap" ? $3 : "" }
		END { print found }' "$2" 2>/dev/null
}

# module, netmapd, dead (a mount whose process has gone), or nothing.
home_now() {
	if [ -c "$device" ]; then
		echo module
		return
	fi
	[ -n "$(mount_at "$device" /proc/self/mountinfo)" ] || return
	# A mount that is hidden by another has its line too. Of a dead one stat may still be answered
	# by the kernel, but not this; who is only slow is not dead.
	fs=$(timeout 5 stat -f -c %t "$device" 2>&1)
	case $?:$fs in
	0:65735546 | 124:*) echo netmapd ;;
	*"not connected" | *"connection abort") echo dead ;;
	esac
}

answers() { nmctl status >/dev/null 2>&1; }

# One file for each device, so that several instances do not meet.
pid_file() {
	if [ "$device" = "$standard" ]; then
		echo /run/netmapd.pid
	else
		echo "/run/netmapd$(echo "$device" | tr / -).pid"
	fi
}

# The device that a netmapd was told to serve on its command line, which cannot be read while the
# process waits for a page of its memory.
device_of() {
	timeout 2 tr '\0' '\n' <"/proc/$1/cmdline" 2>/dev/null | awk -v device="$standard" '
		wanted { device = $0; wanted = 0; next }
		/^(-d|--device)$/ { wanted = 1; next }
		/^--device=/ { device = substr($0, 10) }
		/^-d./ { device = substr($0, 3) }
		END { print device }'
}

# One that has ended may stay in the list of processes for a while, as Z.
is_running() {
	state=$(sed 's/.*) //' "/proc/$1/stat" 2>/dev/null | cut -d' ' -f1)
	[ -n "$state" ] && [ "$state" != Z ]
}

# Root's own process of this name. What anybody else calls netmapd is no concern of ours.
is_keeper() {
	{ read -r comm <"/proc/$1/comm"; } 2>/dev/null && [ "$comm" = netmapd ] &&
		[ "$(stat -c %u "/proc/$1" 2>/dev/null)" = 0 ] && is_running "$1"
}

# Is what this keeper mounted what we see at our device? Other daemons may have the same path elsewhere.
serves_us() {
	is_keeper "$1" || return 1
	theirs=$(mount_at "$(device_of "$1")" "/proc/$1/mountinfo")
	[ -n "$theirs" ] && [ "$theirs" = "$(mount_at "$device" /proc/self/mountinfo)" ]
}

# The keeper of the device: by its file, or else by its command line.
netmapd_pid() {
	pid=$(cat "$(pid_file)" 2>/dev/null)
	if [ -n "$pid" ] && serves_us "$pid"; then
		echo "$pid"
		return
	fi
	for dir in /proc/[0-9]*; do
		pid=${dir#/proc/}
		serves_us "$pid" || continue
		# The server is a child of the keeper and has the same command line.
		parent=$(awk '/^PPid:/ { print $2 }' "$dir/status" 2>/dev/null)
		is_keeper "$parent" || { echo "$pid"; return; }
	done
}

# "NAME (PID), ..." of those that have the device open.
users() {
	list=''
	for pid in $(ls -l /proc/[0-9]*/fd 2>/dev/null | awk -v device="$device" '
		/^\/proc\/[0-9]+\/fd:$/ { split($0, part, "/"); next }
		(at = index($0, " -> ")) && substr($0, at + 4) == device { print part[3] }' | uniq); do
		list="$list${list:+, }$(cat "/proc/$pid/comm" 2>/dev/null) ($pid)"
	done
	echo "$list"
}

must_be_root() { [ "$(id -u)" = 0 ] || die "$1 needs root"; }

# wait_until COMMAND...: for as long as we were told to.
wait_until() {
	left=$((timeout * 10))
	while ! "$@"; do
		[ "$left" -gt 0 ] || return 1
		left=$((left - 1))
		sleep 0.1
	done
}

# ---- up -----------------------------------------------------------------------------

has_capability() { # NUMBER
	caps=$(awk '/^CapEff:/ { print $2 }' /proc/self/status)
	[ $((0x$caps >> $1 & 1)) = 1 ]
}

# Prints why the module cannot be had; silent if it can.
module_obstacle() {
	if [ "$device" != "$standard" ]; then
		echo "the module serves $standard alone"
	elif ! [ -e /proc/modules ]; then
		echo "this kernel has no modules"
	elif [ "$(cat /proc/sys/kernel/modules_disabled 2>/dev/null)" = 1 ]; then
		echo "this kernel loads no more modules"
	elif ! has_capability 16; then
		echo "modules cannot be loaded from here (no CAP_SYS_MODULE)"
	elif ! modprobe=$(program modprobe); then
		echo "there is no modprobe"
	elif ! "$modprobe" -D netmap >/dev/null 2>&1; then
		echo "no module netmap is installed for kernel $(uname -r)"
	else
		for pair; do
			has_parameter "${pair%%=*}" || { echo "the module has no setting ${pair%%=*}"; break; }
		done
	fi
}

# Where modinfo is not there or is a small one, the kernel itself will tell.
has_parameter() {
	params=$(modinfo -p netmap 2>/dev/null)
	[ -z "$params" ] || echo "$params" | grep -q "^$1:"
}

# Prints why netmapd cannot be had.
netmapd_obstacle() {
	[ -e /dev/fuse ] || "$(program modprobe || echo false)" -q fuse
	if ! program netmapd >/dev/null; then
		echo "netmapd is not installed"
	elif ! [ -e /dev/fuse ]; then
		echo "there is no /dev/fuse"
	elif ! has_capability 21; then
		echo "nothing can be mounted from here (no CAP_SYS_ADMIN)"
	fi
}

up_module() {
	modprobe=$(program modprobe)
	"$modprobe" netmap "$@" && wait_until answers
}

up_netmapd() {
	netmapd=$(program netmapd)
	for pair; do
		set -- "$@" --set "$pair"
		shift
	done
	mkdir -p "$(dirname "$device")"
	"$netmapd" --device "$device" --pid-file "$(pid_file)" "$@" && wait_until answers
}

already_up() {
	now=$(home_now)
	case $now in
	module | netmapd) ;;
	*) return 1 ;;
	esac
	[ -z "$home" ] || [ "$home" = "$now" ] ||
		die "$device is served by $(words "$now") already; netmap down ends that"
	answers || die "$device is served by $(words "$now") already, but does not answer"
	say "already up: $device is served by $(words "$now")"
	[ $# = 0 ] || warn "settings were not changed: netmap down, then up with them"
}

words() {
	case $1 in
	module) echo "the kernel module" ;;
	netmapd) echo "netmapd" ;;
	esac
}

do_up() {
	must_be_root up
	already_up "$@" && return
	why_not=$(module_obstacle "$@")
	if [ "$home" = module ]; then
		[ -z "$why_not" ] || die "the module cannot be used: $why_not"
		up_module "$@" || die "the module does not serve $device: see dmesg"
		say "up: $device is served by the kernel module, as asked"
		return
	fi
	if [ "$home" = netmapd ]; then
		because="as asked"
	elif [ -n "$why_not" ]; then
		because="because $why_not"
	elif up_module "$@"; then
		say "up: $device is served by the kernel module, because it is installed for kernel $(uname -r)"
		return
	else
		because="because the module, though installed, was not loaded or does not answer"
	fi
	why_not=$(netmapd_obstacle)
	[ -z "$why_not" ] || die "netmapd, $because, cannot be used: $why_not"
	up_netmapd "$@" || die "netmapd, $because, does not serve $device"
	say "up: $device is served by netmapd, $because"
}

# ---- down ---------------------------------------------------------------------------

down_module() {
	modprobe=$(program modprobe) || die "there is no modprobe"
	"$modprobe" -r netmap 2>/dev/null && return
	in_use=$(users)
	if [ -n "$in_use" ]; then
		die "the module is in use by $in_use"
	elif [ "$(cat /sys/module/netmap/refcnt 2>/dev/null)" != 0 ]; then
		die "the module is in use: by a map of a program, or by ports that stay until nmctl delete"
	fi
	"$modprobe" -r netmap
}

has_ended() { ! is_running "$1" && [ -z "$(home_now)" ]; }

down_netmapd() {
	pid=$(netmapd_pid)
	[ -n "$pid" ] || die "$device is mounted, but no netmapd that serves it was found"
	in_use=$(users)
	kill -TERM "$pid" || die "cannot signal process $pid"
	wait_until has_ended "$pid" || die "process $pid still serves $device after $timeout s"
	[ -z "$in_use" ] || warn "$device was in use by $in_use: their calls fail from now on"
}

do_down() {
	must_be_root down
	now=$(home_now)
	case $now in
	module) down_module || die "the module was not unloaded" ;;
	netmapd) down_netmapd ;;
	dead)
		umount -l "$device" || die "cannot unmount $device"
		rm -f "$(pid_file)"
		[ -s "$device" ] || rm -f "$device"
		say "down: what a netmapd that died had left at $device is cleared"
		return
		;;
	*) say "not up: nobody serves $device"; return ;;
	esac
	say "down: $(words "$now") has ended"
}

# ---- status -------------------------------------------------------------------------

# When a process began: its start in ticks since boot, and the time of that.
process_since() {
	boot=$(awk '/^btime/ { print $2 }' /proc/stat)
	ticks=$(sed 's/.*) //' "/proc/$1/stat" 2>/dev/null | cut -d' ' -f20)
	[ -n "$ticks" ] && echo $((boot + ticks / $(getconf CLK_TCK 2>/dev/null || echo 100)))
}

# A map passes through to memory where a read does not come from the kernel's cache but is refused.
netmapd_maps() {
	[ -r "$device" ] || return
	if timeout 5 dd if="$device" of=/dev/null bs=1 count=1 2>/dev/null; then
		echo cache
	else
		echo passthrough
	fi
}

# Sets what is told: pid, since (seconds), release, maps; empty where it cannot be known.
look() {
	pid='' since='' release='' maps=''
	case $1 in
	module)
		since=$(stat -c %Y "$device")
		release=$(cat /sys/module/netmap/version 2>/dev/null)
		maps=kernel
		;;
	netmapd)
		pid=$(netmapd_pid)
		maps=$(netmapd_maps)
		[ -n "$pid" ] || return
		since=$(process_since "$pid")
		# The program that runs, whatever is installed by now; only root may ask.
		release=$("/proc/$pid/exe" --version 2>/dev/null | cut -d' ' -f2)
		;;
	esac
}

maps_words() {
	case $1 in
	kernel) echo "memory of the kernel" ;;
	passthrough) echo "pass through to memory" ;;
	cache) echo "the kernel's page cache" ;;
	*) echo "unknown: you may not open the device" ;;
	esac
}

line() { printf '%-20s %s\n' "$1" "$2"; }

print_text() { # HOME
	line "device" "$device"
	line "served by" "$(words "$1")"
	[ -z "$pid" ] || line "process" "$pid"
	[ -z "$since" ] || line "since" "$(date -d "@$since" '+%Y-%m-%d %H:%M:%S')"
	line "version" "${release:-unknown}"
	line "may use it" "$(stat -c 'user %U, members of %G (%A)' "$device")"
	line "maps" "$(maps_words "$maps")"
	nmctl status | sed '/^device \|^served by \|^module /d'
}

string() { printf '"%s"' "$(printf %s "$1" | sed 's/[\\"]/\\&/g' | tr -d '\000-\037')"; }

print_json() { # HOME
	printf '{"netmap":{"up":%s,"device":%s' "$([ -n "$1" ] && echo true || echo false)" "$(string "$device")"
	if [ -n "$1" ]; then
		printf ',"home":"%s","pid":%s,"since":%s' "$1" "${pid:-null}" "${since:-null}"
		printf ',"version":%s,"maps":%s' "$(string "$release")" "$(string "$maps")"
		printf ',"owner":%s,"group":%s,"mode":%s' "$(string "$(stat -c %U "$device")")" \
			"$(string "$(stat -c %G "$device")")" "$(string "$(stat -c %a "$device")")"
		engine=$(nmctl --json status 2>/dev/null) && printf ',"engine":%s' \
			"$(echo "$engine" | sed 's/^{"status"://; s/}$//')"
	fi
	printf '}}\n'
}

do_status() {
	now=$(home_now)
	if [ "$now" = dead ]; then
		[ -n "$json" ] && print_json ''
		die "$device was left behind by a netmapd that died; netmap up serves it again"
	fi
	[ -z "$now" ] || look "$now"
	if [ -n "$json" ]; then
		print_json "$now"
	elif [ -n "$now" ]; then
		print_text "$now"
	else
		say "not up: nobody serves $device"
	fi
	[ -n "$now" ] || exit 3
	# Who may not open the device is told what is known without.
	[ ! -r "$device" ] || answers || die "$device does not answer"
}

# ---- the command line ---------------------------------------------------------------

count=$#
while [ "$count" -gt 0 ]; do
	arg=$1
	shift
	count=$((count - 1))
	case $arg in
	-h | --help) usage; exit 0 ;;
	-V | --version) echo "netmap $version"; exit 0 ;;
	-m | --module) home=module ;;
	-D | --daemon) home=netmapd ;;
	-j | --json) json=1 ;;
	-d | --device) [ "$count" -gt 0 ] || wrong "$arg takes a path"
		device=$1; shift; count=$((count - 1)) ;;
	--device=*) device=${arg#*=} ;;
	-t | --timeout) [ "$count" -gt 0 ] || wrong "$arg takes seconds"
		timeout=$1; shift; count=$((count - 1)) ;;
	--timeout=*) timeout=${arg#*=} ;;
	-*) wrong "there is no option $arg" ;;
	[a-z]*=*) set -- "$@" "$arg" ;;
	*) [ -z "$verb" ] || wrong "\"$arg\" is no setting: NAME=VALUE"
		verb=$arg ;;
	esac
done

case $device in
/*) ;;
*) wrong "the device is a path from /, not \"$device\"" ;;
esac
case $timeout in
'' | *[!0-9]*) wrong "seconds are a number, not \"$timeout\"" ;;
esac
[ "$verb" = up ] || [ $# = 0 ] || wrong "settings go with up"

case $verb in
up) do_up "$@" ;;
down) do_down ;;
status) do_status ;;
'') wrong "what to do? up, down or status" ;;
*) wrong "there is no verb \"$verb\"" ;;
esac
