#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# netmapd's sockets of AF_XDP without copies, on the cards that have that in the newest kernel.
exec "$(dirname "$0")/../guest/run" debian-7.2 --platform netmapd --time 300 \
	--nic virtio-net,queues=2,iommu_platform=on,disable-legacy=on --only nic_zerocopy
