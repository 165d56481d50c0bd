#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# The module in a guest with kernel debian-7.2: every test of tests/system.
exec "$(dirname "$0")/../guest/run" debian-7.2
