#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# The parts of pkt-gen that need no device.
exec "$(dirname "$0")/../apps/run"
