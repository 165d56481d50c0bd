#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# nm-pcap: Debian's tcpdump, dumpcap, tshark, bittwist and tcpreplay, and programs of our own, with
# netmapd.
exec "$(dirname "$0")/../pcap/run"
