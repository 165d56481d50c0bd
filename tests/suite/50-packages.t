#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# The Debian packages, in a system of their own.
exec "$(dirname "$0")/../packages/run"
