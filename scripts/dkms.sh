#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# Hands the installed sources of the module to DKMS, which builds it for the running kernel
# and again for each new one; or takes them back. The module is not loaded: modprobe netmap does.
set -eu

case ${1-} in
install | remove) ;;
*) echo "usage: scripts/dkms.sh install|remove VERSION" >&2; exit 2 ;;
esac
if ! command -v dkms >/dev/null; then
	echo "dkms is not installed: the module's sources are in /usr/src/netmap-$2; install dkms" \
		"and run 'dkms install netmap/$2', or 'make module'" >&2
	exit 0
fi
if [ "$1" = remove ]; then
	dkms remove "netmap/$2" --all || echo "netmap/$2 was not known to DKMS" >&2
	exit 0
fi
dkms status "netmap/$2" | grep -q . || dkms add "netmap/$2"
dkms install --force "netmap/$2"
if command -v udevadm >/dev/null; then
	udevadm control --reload ||
		echo "udev does not run: /dev/netmap stays root's until it does" >&2
fi
echo "netmap: netmap up brings /dev/netmap up; members of group netmap may use it"
