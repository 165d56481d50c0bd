#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Debian's tcpdump on what only the module has, network devices: by nm-pcap, and by libpcap's own
# netmap module.
here=$(dirname "$0")
libpcap=$("$here/../pcap/build-libpcap") || exit 1
exec "$here/../guest/run" uml --time 300 --only pcap --only pcap-module \
	--add "$(command -v tcpdump)" --add "$(command -v ip):usr/lib/iproute2/ip" \
	--add "$libpcap/libpcap.so.0.8:usr/lib/pcap-module/libpcap.so.0.8"
