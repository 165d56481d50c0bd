#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# What network devices send and receive, as tcpdump on the peer and tshark see it, with netmapd.
exec "$(dirname "$0")/../wire/run"
