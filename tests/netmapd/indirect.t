#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Memory that NS_INDIRECT slots point to, of a netmapd that syncs rings by itself.
# shellcheck disable=SC2154  # variables of lib.sh
. "$(dirname "$0")/lib.sh"

needs_root_and_fuse
check "builds" make -s -C "$top/os/user" BUILD="$build"
check "builds the test" make -s -C "$top/tests/system" BUILD="$build" "$build/tests/system/indirect"
start -s busy=on >"$work/start"
point $? "serves in busy mode" <"$work/start"
tap "busy" "$top/tests/netmapd/at-dev" "$device" "$build/tests/system/indirect"
stop_and_check "busy"
done_testing
