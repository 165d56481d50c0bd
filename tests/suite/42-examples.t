#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# The examples in the tools' manual pages, run against netmapd on this machine's own kernel.
exec "$(dirname "$0")/../apps/examples"
