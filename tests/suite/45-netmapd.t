#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# The system tests against netmapd, natively: as installed, and under sanitizers.
exec "$(dirname "$0")/../netmapd/suite"
