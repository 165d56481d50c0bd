#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# Shows netmap at work: pkt-gen moves packets through a VALE switch and through a pipe. The module
# serves /dev/netmap if it is loaded. Otherwise netmapd does, started for the demonstration in a
# mount namespace of its own, so that nothing on the machine changes and no other netmap is used;
# or, with --guest and where FUSE is missing, the module in a guest's kernel.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
build=${BUILD:-$here/../build}
packets=1000000
no_fuse=9	# status of the part with netmapd where it cannot serve

usage() {
	cat <<'END'
usage: scripts/demo.sh [--guest]

  --guest   let the module serve, in the kernel of an emulated machine
END
}

# ---- what is shown, wherever it runs -------------------------------------------------

# pair WHAT FROM TO [TX-OPTION...]: two pkt-gens on two ports.
pair() {
	what=$1 from=$2 to=$3
	shift 3
	echo
	echo "== $what: pkt-gen sends $packets packets of 60 bytes from $from to $to"
	echo "   (lines of both, once a second: time, packets a second, bits a second," \
		"packets a system call)"
	pkt-gen -i "$to" -f rx &
	receiver=$!
	sleep 1
	pkt-gen -i "$from" -f tx -n "$packets" "$@"
	sleep 1
	# The counters of a port are those of its time; so while the receiver is still there.
	echo
	echo "-- nmctl stats: what went through the receiver's port"
	nmctl stats "$to"
	kill -INT "$receiver"
	wait "$receiver"
}

show() {
	# A switch drops what its receiver has no room for, so this sender keeps to a rate.
	pair "VALE switch" vale0:a vale0:b -R 200000 -b 128
	pair "pipe" "netmap:demo{1" "netmap:demo}1"
	echo
	echo "== nmctl objects: all that was made has ended, but for nmctl's own client"
	nmctl objects
}

# ---- where ---------------------------------------------------------------------------

in_guest() {
	"$here/deps.sh" guest
	"$here/kernel.sh" fetch debian-6.1
	exec "$here/../tests/guest/run" debian-6.1 --cpus 1 --time 300 --add "$here/demo.sh" -- \
		demo.sh --inside
}

# Programs and ports have names in this network namespace alone; the system's /dev stays as it is.
apart() {
	exec unshare --mount --net "$here/demo.sh" "$1"
}

# A /dev of ours with what programs need, in a mount namespace of ours.
private_dev() {
	dir=$(mktemp -d)
	mount -t tmpfs -o mode=755 tmpfs "$dir" || return 1
	for node in null zero urandom fuse tty; do
		[ -e "/dev/$node" ] || continue
		: >"$dir/$node"
		mount --bind "/dev/$node" "$dir/$node" || return 1
	done
	mount --move "$dir" /dev && rmdir "$dir"
}

with_netmapd() {
	PATH=$build:$PATH
	private_dev || exit "$no_fuse"
	netmapd --device /dev/netmap --set directory=/dev/netmap.d --pid-file /dev/netmapd.pid \
		--group "$(id -gn)" --config /dev/null || exit "$no_fuse"
	# A kill that fails must not become the status of all, as set -e would have it.
	trap 'kill "$(cat /dev/netmapd.pid)" || :' EXIT
	echo "kernel $(uname -r); /dev/netmap is served by netmapd, process $(cat /dev/netmapd.pid)"
	show
	echo
	echo "That was netmapd, a process: no module is loaded, and nothing stays behind. To have"
	echo "/dev/netmap for yourself: make install, then netmap up. First steps are in README.md;"
	echo "make demo-module shows the kernel module at work."
}

case ${1-} in
--inside)
	echo "kernel $(uname -r), /dev/netmap served by netmap.ko"
	show
	exit 0
	;;
--with-netmapd) with_netmapd; exit 0 ;;
--with-module)
	PATH=$build:$PATH
	echo "kernel $(uname -r); /dev/netmap is served by netmap.ko"
	show
	exit 0
	;;
--guest) in_guest ;;
-h | --help) usage; exit 0 ;;
'') ;;
*) usage >&2; exit 2 ;;
esac

if [ "$(id -u)" != 0 ]; then
	echo "demo: not root: serving a device and mounting need root (sudo make run)" >&2
	exit 1
fi
[ ! -c /dev/netmap ] || apart --with-module
status=0
if { [ -e /dev/fuse ] || modprobe -q fuse 2>/dev/null; } &&
	unshare --mount --net true 2>/dev/null; then
	(apart --with-netmapd) || status=$?
	[ "$status" = "$no_fuse" ] || exit "$status"
fi
echo "demo: netmapd cannot serve here (is there /dev/fuse, may this machine mount?):" \
	"taking an emulated machine" >&2
in_guest
