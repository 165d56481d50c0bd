#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# Builds the Debian packages from a copy of this tree, into DIR.
set -eu

[ $# = 1 ] || { echo "usage: scripts/packages.sh DIR" >&2; exit 2; }
top=$(cd "$(dirname "$0")/.." && pwd)
mkdir -p "$1"
rm -rf "$1/netmap"
mkdir "$1/netmap"
tar -C "$top" --exclude=./build --exclude=./.git -cf - . | tar -C "$1/netmap" -xf -
cd "$1/netmap"
dpkg-buildpackage --no-sign --build=binary
cd ..
rm -rf netmap
ls ./*.deb
