#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# Shows netmap at work: boots a guest with the module in its kernel and lets pkt-gen move
# packets through a VALE switch and through a pipe. The machine's own kernel is not touched.
# With --inside it is the part that runs in the guest.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
packets=${NETMAP_DEMO_PACKETS:-2000000}

# Two pkt-gens on two ports; the receiver ends when nothing comes any more.
pair() {
	echo
	echo "== $1: pkt-gen sends $packets packets of 60 bytes from $2 to $3"
	pkt-gen -i "$3" -f rx -w 0 &
	receiver=$!
	sleep 1
	pkt-gen -i "$2" -f tx -n "$packets" -w 0
	sleep 1
	kill -INT "$receiver"
	wait "$receiver"
}

if [ "${1-}" = --inside ]; then
	echo "kernel $(uname -r), /dev/netmap served by netmap.ko"
	pair "VALE switch" vale0:a vale0:b
	pair "pipe" "netmap:demo{1" "netmap:demo}1"
	echo
	nmctl objects
	exit 0
fi

"$here/kernel.sh" fetch debian-6.1
exec "$here/../tests/guest/run" debian-6.1 --time 300 --add "$here/demo.sh" -- demo.sh --inside
