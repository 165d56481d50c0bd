#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# netmapd in the oldest kernel it is for, where maps go through the kernel's cache.
exec "$(dirname "$0")/../guest/run" debian-6.1 --platform netmapd --time 600 \
	--only forward --only poll --only register --only request --only ring --only hostile \
	--args hostile="--seconds 5 --deadline 280" \
	--only nic --only nic_host --only nic_vale
