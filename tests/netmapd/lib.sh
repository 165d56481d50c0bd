# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
#
# For tests of netmapd, sourced: TAP points, and instances of netmapd that serve a file in a
# folder of the test's own. Nothing waits for a time: waits end when what they wait for is there,
# or fails after a minute that no machine is too busy for.

top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
build=${BUILD:-$top/build}
netmapd=$build/netmapd
work=$(mktemp -d /tmp/netmapd-test.XXXXXX)
chmod 755 "$work"
device=$work/netmap
log=$work/log
supervisor=
points=0
failures=0
declare -A started=()

skip_all() {
	echo "1..0 # SKIP $*"
	exit 0
}

needs_root_and_fuse() {
	[[ $(id -u) == 0 ]] || skip_all "mounting needs root"
	[[ -c /dev/fuse ]] || skip_all "there is no /dev/fuse"
}

# point STATUS NAME...: one TAP point, with what stands on stdin below it if it failed.
point() {
	local status=$1
	shift
	points=$((points + 1))
	if [[ $status == 0 ]]; then
		echo "ok $points - $*"
	else
		failures=$((failures + 1))
		echo "not ok $points - $*"
		tail -n 60 | sed 's/^/# /'
	fi
}

# check NAME COMMAND...: the command succeeds; what it says is shown if not.
check() {
	local name=$1
	shift
	# No subshell: what it starts and remembers is ours.
	"$@" >"$work/said" 2>&1 </dev/null
	point $? "$name" <"$work/said"
}

# pass_on NAME: print the points and comments of the test program on stdin with our numbers and its
# name, and write "POINTS FAILED PLAN LAST_NUMBER" to $work/counts.
pass_on() {
	awk -v name="$1" -v n="$points" -v counts="$work/counts" '
		BEGIN { plan = -1; first = n; failed = 0 }
		/^(not )?ok / {
			text = $0
			good = sub(/^ok +[0-9]*( +-)? */, "", text)
			if (!good) sub(/^not ok +[0-9]*( +-)? */, "", text)
			if (!good && text !~ /# *(TODO|SKIP)/) failed++
			printf "%sok %d - %s: %s\n", good ? "" : "not ", ++n, name, text
			next
		}
		/^1\.\.[0-9]+/ {
			plan = substr($1, 4) + 0
			if (!plan) printf "ok %d - %s%s\n", ++n, name, substr($0, 5)
			if (!plan) first++
			next
		}
		/^TAP version/ || /^$/ { next }
		{ sub(/^# ?/, ""); print "# " $0 }
		END { print n - first, failed, plan, n >counts }'
}

# tap NAME COMMAND...: run a test program that prints TAP: its points become ours, and one more says
# whether it kept its plan and its exit status agrees with its points.
tap() {
	local name=$1 status made failed plan
	shift
	"$@" >"$work/tap" 2>&1 </dev/null
	status=$?
	pass_on "$name" <"$work/tap"
	read -r made failed plan points <"$work/counts"
	failures=$((failures + failed))
	if [[ $plan == "$made" && $status == $((failed > 0)) ]]; then
		point 0 "$name: ended as planned"
		return $((failed > 0))
	fi
	{
		echo "$made points, $plan planned, $failed failed, exit status $status; last lines:"
		tail -n 5 "$work/tap"
		echo "netmapd's:"
		tail -n 40 "$log"
	} >"$work/said" 2>&1
	point 1 "$name: ended as planned" <"$work/said"
}

skip() { points=$((points + 1)); echo "ok $points - $1 # SKIP $2"; }

done_testing() {
	echo "1..$points"
	[[ $failures == 0 ]]
}

# wait_for COMMAND...: until it succeeds, for a minute.
wait_for() {
	local tries
	for ((tries = 0; tries < 600; tries++)); do
		"$@" >/dev/null 2>&1 && return
		sleep 0.1
	done
	echo "waited in vain for: $*"
	return 1
}

is_gone() { [[ ! -d /proc/$1 || $(cut -d' ' -f3 "/proc/$1/stat" 2>/dev/null) == Z ]]; }
# Whether there is a mount for the device at this path.
is_mounted() { grep -q " $1.d " /proc/self/mounts; }
serves_or_ended() { grep -q ': serving ' "$log" || is_gone "$supervisor"; }

# start [OPTION...]: netmapd on $device with its log in $log; supervisor is its number then. The
# command that $netmapd begins with may be longer than one word.
start() {
	: >"$log"
	# shellcheck disable=SC2086  # a list of words
	$netmapd -f -d "$device" "$@" 2>"$log" </dev/null &
	supervisor=$!
	started[$supervisor]=$device
	wait_for serves_or_ended && ! is_gone "$supervisor" && return
	cat "$log"
	return 1
}

server_of() { cut -d' ' -f1 "/proc/$1/task/$1/children"; }

# ended PID WANTED: it ends within a minute, with that status.
ended() {
	local status
	wait_for is_gone "$1" || return
	wait "$1"
	status=$?
	unset "started[$1]"
	[[ $status == "$2" ]] && return
	echo "exit status $status, wanted $2"
	return 1
}

# The last line of the log counts as many created as destroyed.
counts_match() {
	local last
	last=$(tail -n 1 "$log")
	[[ $last =~ ended:\ created\ ([0-9]+)\ destroyed\ ([0-9]+)$ &&
		${BASH_REMATCH[1]} == "${BASH_REMATCH[2]}" && ${BASH_REMATCH[1]} != 0 ]] && return
	cat "$log"
	return 1
}

left_nothing() {
	! is_mounted "$device" && [[ ! -L $device && ! -e $device && ! -e $device.d ]] && return
	echo "left behind: $(grep " $device.d " /proc/self/mounts) $(ls -ld "$device"* 2>&1)"
	return 1
}

# adopt PID: at the end, kill this process too, which start() did not start.
# disown_one PID, disown_all: do not kill these at the end.
adopt() { started[$1]=$device; }
disown_one() { wait "$1" 2>/dev/null; unset "started[$1]"; }
disown_all() { started=(); }

# A clean end, as three points.
stop_and_check() {
	kill -TERM "$supervisor"
	ended "$supervisor" 0 >"$work/end"
	point $? "$1: ends with status 0 when told to" < <(cat "$work/end" "$log")
	check "$1: its last line counts as many created as destroyed" counts_match
	check "$1: neither mount nor file is left" left_nothing
}

# shellcheck disable=SC2329  # called at the end
clean_up() {
	local pid
	for pid in "${!started[@]}"; do
		kill -KILL "$pid" 2>/dev/null
		wait "$pid" 2>/dev/null
		umount -l "${started[$pid]}.d" 2>/dev/null
	done
	umount -l "$device.d" 2>/dev/null
	rm -rf "$work"
}
trap clean_up EXIT
