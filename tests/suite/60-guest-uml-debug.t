#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# The module in a guest with kernel uml-debug: every test of tests/system.
exec "$(dirname "$0")/../guest/run" uml-debug
