#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# Makes the group whose members may use /dev/netmap, and the user that netmapd runs as, both
# named netmap, unless they are there. They stay when netmap is uninstalled: others may be in the
# group.
set -eu

if command -v systemd-sysusers >/dev/null; then
	exec systemd-sysusers netmap.conf
fi
getent group netmap >/dev/null || groupadd --system netmap
getent passwd netmap >/dev/null ||
	useradd --system --gid netmap --home-dir / --no-create-home --shell /usr/sbin/nologin netmap
