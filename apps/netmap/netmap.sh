#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# netmap: brings /dev/netmap up and down, with the kernel module if it can be loaded and else with
# netmapd, and shows which of the two serves it. See netmap(8).
set -u
export LC_ALL=C

version=@VERSION@
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd) || exit 1
standard=/dev/netmap
device=$standard server='' timeout=10 json='' verb=''

usage() {
	cat <<'END'
usage: netmap up [-m | -D] [-d PATH] [-t SECONDS] [NAME=VALUE ...]
       netmap down [-d PATH] [-t SECONDS]
       netmap status [-j] [-d PATH]

Brings /dev/netmap up or down, or shows its server: the kernel module, or netmapd, a process.

  -m, --module          up: use the module or fail
  -D, --daemon          up: use netmapd or fail
  -d, --device PATH     a file other than /dev/netmap, which only netmapd can serve
  -t, --timeout SECONDS time to wait for the server (10)
  -j, --json            status: print a JSON object
  -V, --version         print the version
  -h, --help            print this text
  NAME=VALUE            a setting: a parameter of the module, or --set of netmapd

exit status: 0 done, or up; 1 failed, or no answer from the server; 2 wrong usage;
3 not up (status)
END
}

say() { echo "netmap: $*"; }
warn() { echo "netmap: $*" >&2; }
die() { warn "$*"; exit 1; }
wrong() { warn "$*"; echo "try 'netmap --help'" >&2; exit 2; }

# Find a program: first in the folder of this script.
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

# ---- the server --------------------------------------------------------------------

# Print the device number of the last netmapd mount at a path, from a list of mounts.
mount_at() { # PATH FILE
	awk -v at="$1" '
		$5 == at {
			for (i = 7; $i != "-"; i++) continue
			found = $(i + 1) == "fuse.netmap" ? $3 : ""
		}
		END { print found }' "$2" 2>/dev/null
}

# Print the directory that a link to a device of netmapd leads to.
dir_of() { # LINK
	to=$(readlink "$1" 2>/dev/null) || return
	[ "$to" = "${to%/netmap}" ] || echo "${to%/netmap}"
}

# Print module, netmapd, dead (a mount whose process has ended), or nothing.
current_server() {
	if [ -c "$device" ]; then
		echo module
		return
	fi
	dir=$(dir_of "$device")
	[ -n "$(mount_at "$dir" /proc/self/mountinfo)" ] || return
	# A mount that another one hides has a line, too. For a dead one the kernel may still answer
	# stat, but not stat -f. A timeout means a slow server, not a dead one.
	fs=$(timeout 5 stat -f -c %t "$dir" 2>&1)
	case $?:$fs in
	0:65735546 | 124:*) echo netmapd ;;
	*"not connected" | *"connection abort") echo dead ;;
	esac
}

answers() { nmctl status >/dev/null 2>&1; }

# One file per device, for several instances.
pid_file() {
	if [ "$device" = "$standard" ]; then
		echo /run/netmapd.pid
	else
		echo "/run/netmapd$(echo "$device" | tr / -).pid"
	fi
}

# Print the device on the command line of a netmapd. Reading it may block while the process waits
# for a page of its memory.
device_of() {
	timeout 2 tr '\0' '\n' <"/proc/$1/cmdline" 2>/dev/null | awk -v device="$standard" '
		wanted { device = $0; wanted = 0; next }
		/^(-d|--device)$/ { wanted = 1; next }
		/^--device=/ { device = substr($0, 10) }
		/^-d./ { device = substr($0, 3) }
		END { print device }'
}

# A process that has ended may stay in /proc for a while, as Z.
is_running() {
	state=$(sed 's/.*) //' "/proc/$1/stat" 2>/dev/null | cut -d' ' -f1)
	[ -n "$state" ] && [ "$state" != Z ]
}

# Only root's processes count: any user may run a program of this name.
is_supervisor() {
	{ read -r comm <"/proc/$1/comm"; } 2>/dev/null && [ "$comm" = netmapd ] &&
		[ "$(stat -c %u "/proc/$1" 2>/dev/null)" = 0 ] && is_running "$1"
}

# True if the mount of our device is this supervisor's. In another mount namespace, another daemon
# may serve the same path.
serves_device() {
	is_supervisor "$1" || return 1
	theirs=$(mount_at "$(dir_of "/proc/$1/root$(device_of "$1")")" "/proc/$1/mountinfo")
	[ -n "$theirs" ] &&
		[ "$theirs" = "$(mount_at "$(dir_of "$device")" /proc/self/mountinfo)" ]
}

# Print the pid of the supervisor of the device, found by its pid file or by its command line.
netmapd_pid() {
	pid=$(cat "$(pid_file)" 2>/dev/null)
	if [ -n "$pid" ] && serves_device "$pid"; then
		echo "$pid"
		return
	fi
	for dir in /proc/[0-9]*; do
		pid=${dir#/proc/}
		serves_device "$pid" || continue
		# The server is a child of the supervisor and has the same command line.
		parent=$(awk '/^PPid:/ { print $2 }' "$dir/status" 2>/dev/null)
		is_supervisor "$parent" || { echo "$pid"; return; }
	done
}

# Print "NAME (PID), ..." of the processes that have the device open.
users() {
	list=''
	dir=$(dir_of "$device")
	for pid in $(ls -l /proc/[0-9]*/fd 2>/dev/null | awk -v device="$device" \
		-v dir="${dir:-$device}/" '
		/^\/proc\/[0-9]+\/fd:$/ { split($0, part, "/"); next }
		{ at = index($0, " -> ") }
		at { file = substr($0, at + 4) }
		at && (file == device || index(file, dir) == 1) { print part[3] }' | uniq); do
		list="$list${list:+, }$(cat "/proc/$pid/comm" 2>/dev/null) ($pid)"
	done
	echo "$list"
}

must_be_root() { [ "$(id -u)" = 0 ] || die "$1 needs root"; }

# wait_until COMMAND...: until it succeeds; fails after --timeout.
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

# Print the reason why the module cannot be used, or nothing.
module_obstacle() {
	if [ "$device" != "$standard" ]; then
		echo "the module serves only $standard"
	elif ! [ -e /proc/modules ]; then
		echo "this kernel has no modules"
	elif [ "$(cat /proc/sys/kernel/modules_disabled 2>/dev/null)" = 1 ]; then
		echo "loading modules is disabled (kernel.modules_disabled)"
	elif ! has_capability 16; then
		echo "loading modules needs CAP_SYS_MODULE"
	elif ! modprobe=$(program modprobe); then
		echo "modprobe is not installed"
	elif ! "$modprobe" -D netmap >/dev/null 2>&1; then
		echo "no module netmap is installed for kernel $(uname -r)"
	else
		for pair; do
			has_parameter "${pair%%=*}" && continue
			echo "the module has no setting '${pair%%=*}'"
			break
		done
	fi
}

# Without a full modinfo, assume that the parameter exists: the kernel checks it.
has_parameter() {
	params=$(modinfo -p netmap 2>/dev/null)
	[ -z "$params" ] || echo "$params" | grep -q "^$1:"
}

# Print the reason why netmapd cannot be used, or nothing.
netmapd_obstacle() {
	[ -e /dev/fuse ] || "$(program modprobe || echo false)" -q fuse
	if ! program netmapd >/dev/null; then
		echo "netmapd is not installed"
	elif ! [ -e /dev/fuse ]; then
		echo "/dev/fuse does not exist"
	elif ! has_capability 21; then
		echo "mounting needs CAP_SYS_ADMIN"
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
	now=$(current_server)
	case $now in
	module | netmapd) ;;
	*) return 1 ;;
	esac
	[ -z "$server" ] || [ "$server" = "$now" ] ||
		die "$device is already served by $(words "$now"): run 'netmap down' first"
	answers || die "$device is already served by $(words "$now"), which does not answer"
	say "already up: $device is served by $(words "$now")"
	[ $# = 0 ] || warn "settings were not changed: run 'netmap down' first"
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
	obstacle=$(module_obstacle "$@")
	if [ "$server" = module ]; then
		[ -z "$obstacle" ] || die "the module cannot be used: $obstacle"
		up_module "$@" || die "the module does not serve $device: see dmesg"
		say "up: $device is served by the kernel module, as requested"
		return
	fi
	if [ "$server" = netmapd ]; then
		because="as requested"
	elif [ -n "$obstacle" ]; then
		because="because $obstacle"
	elif up_module "$@"; then
		say "up: $device is served by the kernel module, because it is installed for" \
			"kernel $(uname -r)"
		return
	else
		because="because the module is installed, but was not loaded or does not answer"
	fi
	obstacle=$(netmapd_obstacle)
	[ -z "$obstacle" ] || die "netmapd (tried $because) cannot be used: $obstacle"
	up_netmapd "$@" || die "netmapd (tried $because) does not serve $device"
	say "up: $device is served by netmapd, $because"
}

# ---- down ---------------------------------------------------------------------------

down_module() {
	modprobe=$(program modprobe) || die "modprobe is not installed"
	"$modprobe" -r netmap 2>/dev/null && return
	in_use=$(users)
	if [ -n "$in_use" ]; then
		die "the module is in use by $in_use"
	elif [ "$(cat /sys/module/netmap/refcnt 2>/dev/null)" != 0 ]; then
		die "the module is in use by a program's mapping or by a persistent port: see" \
			"'nmctl delete'"
	fi
	"$modprobe" -r netmap
}

has_ended() { ! is_running "$1" && [ -z "$(current_server)" ]; }

down_netmapd() {
	pid=$(netmapd_pid)
	[ -n "$pid" ] || die "$device is mounted, but its netmapd was not found"
	in_use=$(users)
	kill -TERM "$pid" || die "cannot signal process $pid"
	wait_until has_ended "$pid" || die "process $pid still serves $device after $timeout s"
	[ -z "$in_use" ] || warn "$device was in use by $in_use: their calls will fail"
}

do_down() {
	must_be_root down
	now=$(current_server)
	case $now in
	module) down_module || die "the module was not unloaded" ;;
	netmapd) down_netmapd ;;
	dead)
		dir=$(dir_of "$device")
		umount -l "$dir" || die "cannot unmount $dir"
		rm -f "$(pid_file)" "$device"
		rmdir "$dir" 2>/dev/null
		say "down: removed the mount that a dead netmapd left at $device"
		return
		;;
	*) say "not up: $device has no server"; return ;;
	esac
	say "down: $(words "$now") has ended"
}

# ---- status -------------------------------------------------------------------------

# Print the start time of a process, from its start in ticks since boot.
process_since() {
	boot=$(awk '/^btime/ { print $2 }' /proc/stat)
	ticks=$(sed 's/.*) //' "/proc/$1/stat" 2>/dev/null | cut -d' ' -f20)
	[ -n "$ticks" ] && echo $((boot + ticks / $(getconf CLK_TCK 2>/dev/null || echo 100)))
}

# If mappings pass through to memory, a read is refused; otherwise the page cache serves it.
netmapd_maps() {
	[ -r "$device" ] || return
	if timeout 5 dd if="$device" of=/dev/null bs=1 count=1 2>/dev/null; then
		echo cache
	else
		echo passthrough
	fi
}

# Set pid, since (seconds), release and maps; empty if unknown.
read_status() {
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
		# Of the running program, not of the installed one; only root may run it.
		release=$("/proc/$pid/exe" --version 2>/dev/null | cut -d' ' -f2)
		;;
	esac
}

maps_words() {
	case $1 in
	kernel) echo "memory of the kernel" ;;
	passthrough) echo "pass through to memory" ;;
	cache) echo "the kernel's page cache" ;;
	*) echo "unknown: no permission to open the device" ;;
	esac
}

line() { printf '%-20s %s\n' "$1" "$2"; }

print_text() { # SERVER
	line "device" "$device"
	line "served by" "$(words "$1")"
	[ -z "$pid" ] || line "process" "$pid"
	[ -z "$since" ] || line "since" "$(date -d "@$since" '+%Y-%m-%d %H:%M:%S')"
	line "version" "${release:-unknown}"
	line "may use it" "user $(rights OWNER), members of $(rights GROUP) ($(rights MODE))"
	line "maps" "$(maps_words "$maps")"
	nmctl status | sed '/^device \|^served by \|^module /d'
}

# Print who may use it, in a format of stat: for netmapd, what the directory's permissions mean.
rights() { # OWNER|GROUP|MODE
	case $1:$(readlink -f "$device") in
	*:*/u[0-9]*)
		case $1 in
		OWNER) stat -c %U "$(dir_of "$device")" ;;
		GROUP) stat -c %G "$(dir_of "$device")" ;;
		MODE) stat -c %a "$(dir_of "$device")" | tr 57 66 ;;
		esac
		;;
	OWNER:*) stat -L -c %U "$device" ;;
	GROUP:*) stat -L -c %G "$device" ;;
	MODE:*) stat -L -c %a "$device" ;;
	esac
}

string() { printf '"%s"' "$(printf %s "$1" | sed 's/[\\"]/\\&/g' | tr -d '\000-\037')"; }

print_json() { # SERVER
	printf '{"netmap":{"up":%s,"device":%s' "$([ -n "$1" ] && echo true || echo false)" \
		"$(string "$device")"
	if [ -n "$1" ]; then
		printf ',"served_by":"%s","pid":%s,"since":%s' "$1" "${pid:-null}" "${since:-null}"
		printf ',"version":%s,"maps":%s' "$(string "$release")" "$(string "$maps")"
		printf ',"owner":%s,"group":%s,"mode":%s' "$(string "$(rights OWNER)")" \
			"$(string "$(rights GROUP)")" "$(string "$(rights MODE)")"
		engine=$(nmctl --json status 2>/dev/null) && printf ',"engine":%s' \
			"$(echo "$engine" | sed 's/^{"status"://; s/}$//')"
	fi
	printf '}}\n'
}

do_status() {
	now=$(current_server)
	if [ "$now" = dead ]; then
		[ -n "$json" ] && print_json ''
		die "$device was left behind by a dead netmapd: run 'netmap up'"
	fi
	[ -z "$now" ] || read_status "$now"
	if [ -n "$json" ]; then
		print_json "$now"
	elif [ -n "$now" ]; then
		print_text "$now"
	else
		say "not up: $device has no server"
	fi
	[ -n "$now" ] || exit 3
	# Without permission to open the device, this is all.
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
	-V | --version) echo "netmap (netmap) $version"; exit 0 ;;
	-m | --module) server=module ;;
	-D | --daemon) server=netmapd ;;
	-j | --json) json=1 ;;
	-d | --device) [ "$count" -gt 0 ] || wrong "$arg: a path is missing"
		device=$1; shift; count=$((count - 1)) ;;
	--device=*) device=${arg#*=} ;;
	-t | --timeout) [ "$count" -gt 0 ] || wrong "$arg: a number of seconds is missing"
		timeout=$1; shift; count=$((count - 1)) ;;
	--timeout=*) timeout=${arg#*=} ;;
	-*) wrong "unknown option '$arg'" ;;
	[a-z]*=*) set -- "$@" "$arg" ;;
	*) [ -z "$verb" ] || wrong "unexpected argument '$arg': a setting is NAME=VALUE"
		verb=$arg ;;
	esac
done

case $device in
/*) ;;
*) wrong "--device: '$device' is not an absolute path" ;;
esac
case $timeout in
'' | *[!0-9]*) wrong "--timeout: '$timeout' is not a number of seconds" ;;
esac
[ "$verb" = up ] || [ $# = 0 ] || wrong "settings are possible with 'up' only"

case $verb in
up) do_up "$@" ;;
down) do_down ;;
status) do_status ;;
'') wrong "missing verb: up, down or status" ;;
*) wrong "unknown verb '$verb'" ;;
esac
