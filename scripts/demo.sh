#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# Shows netmap at work: boots a guest with the module in its kernel and lets pkt-gen move
# packets through a VALE switch and through a pipe. The machine's own kernel is not touched.
# With --inside it is the part that runs in the guest.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
packets=1000000

# pair WHAT FROM TO [TX-OPTION...]: two pkt-gens on two ports.
pair() {
	what=$1 from=$2 to=$3
	shift 3
	echo
	echo "== $what: pkt-gen sends $packets packets of 60 bytes from $from to $to"
	pkt-gen -i "$to" -f rx &
	receiver=$!
	sleep 1
	pkt-gen -i "$from" -f tx -n "$packets" "$@"
	sleep 1
	kill -INT "$receiver"
	wait "$receiver"
}

if [ "${1-}" = --inside ]; then
	echo "kernel $(uname -r), /dev/netmap served by netmap.ko"
	# A switch drops what its receiver has no room for, so this sender keeps to a rate.
	pair "VALE switch" vale0:a vale0:b -R 200000 -b 128
	pair "pipe" "netmap:demo{1" "netmap:demo}1"
	echo
	echo "== nmctl objects: all that was made has ended, but for nmctl's own client"
	nmctl objects
	exit 0
fi

"$here/kernel.sh" fetch debian-6.1
exec "$here/../tests/guest/run" debian-6.1 --cpus 1 --time 300 --add "$here/demo.sh" -- demo.sh --inside
