#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# The library without a device: its parts under sanitizers, its symbols, programs against it.
exec "$(dirname "$0")/../lib/run"
