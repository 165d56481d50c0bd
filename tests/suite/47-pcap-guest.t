#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# nm-pcap with Debian's tcpdump on what only the module has: network devices.
exec "$(dirname "$0")/../guest/run" uml --time 300 --only pcap \
	--add "$(command -v tcpdump)" --add "$(command -v ip):usr/lib/iproute2/ip"
