#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# The netmap command with netmapd, on this machine's own kernel.
exec "$(dirname "$0")/../apps/netmap/run"
