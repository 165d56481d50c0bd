#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# libpcap's own netmap module, from Debian's source package, with netmapd.
exec "$(dirname "$0")/../pcap/libpcap"
