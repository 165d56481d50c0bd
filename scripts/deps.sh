#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# Installs the Debian packages that a group of make targets needs. Nothing is
# touched, not even the package lists, when all of them are there already.
# The groups below are the one list of what this project needs.
set -eu

usage() {
	cat <<'END'
usage: scripts/deps.sh [-n] GROUP...

Installs what the groups need; -n only prints what is missing.

  build   compile the programs and the user-space tests, run prove
  guest   fetch and build the guest kernels, run them
  lint    static checks of code, scripts, prose and manual pages
  docs    render the manual pages
  pcap    programs that use libpcap, for the tests of nm-pcap
  package build and check the Debian packages
  bench   measure: build, guest, and what netmapd is linked with
  check   make check: build, guest, lint, docs and pcap
  all     all of the above
END
}

packages() {
	case $1 in
	build) echo "gcc libc6-dev make clang llvm pkg-config libjson-c-dev libpcap-dev" \
		"libinih-dev libseccomp-dev libcap-dev libbpf-dev libxdp-dev libmnl-dev" \
		"libclang-rt-dev util-linux mount perl" ;;
	guest) echo "gcc libc6-dev make qemu-system-x86 busybox-static kmod mmdebstrap" \
		"flex bison bc pahole libelf-dev libssl-dev xz-utils zstd util-linux mount" \
		"iproute2 python3 perl ca-certificates" ;;
	lint) echo "git sparse mandoc shellcheck codespell clang clang-format" ;;
	docs) echo "mandoc" ;;
	pcap) echo "jq tcpdump tshark tcpreplay bittwist python3 iproute2 libcap2-bin libpcap-dev" \
		"gcc dpkg-dev flex bison" ;;
	package) echo "debhelper dh-dkms dpkg-dev fakeroot lintian mmdebstrap" ;;
	bench) packages build; packages guest ;;
	check) for g in build guest lint docs pcap; do packages "$g"; done ;;
	all) for g in build guest lint docs pcap package bench; do packages "$g"; done ;;
	*) echo "deps: unknown group '$1' (see --help)" >&2; return 1 ;;
	esac
}

dry=
case ${1-} in
-h|--help) usage; exit 0 ;;
-n) dry=1; shift ;;
esac
[ $# -gt 0 ] || { usage >&2; exit 2; }

wanted=
for group; do
	list=$(packages "$group") || exit 2
	wanted="$wanted $list"
done

if ! command -v dpkg-query >/dev/null; then
	echo "deps: this is not a Debian system; please install: $wanted" >&2
	exit 1
fi

missing=
for p in $wanted; do
	case " $missing " in *" $p "*) continue ;; esac
	dpkg-query -W -f='${Status}' "$p" 2>/dev/null | grep -q ' installed$' ||
		missing="$missing $p"
done
[ -n "$missing" ] || exit 0

if [ -n "$dry" ]; then
	echo "missing:$missing"
	exit 0
fi
if [ "$(id -u)" != 0 ]; then
	echo "deps: not root, so these packages cannot be installed; please run" >&2
	echo "    sudo apt-get install --no-install-recommends$missing" >&2
	exit 1
fi

# Several make targets may ask at the same time; apt itself would only wait.
cache=${XDG_CACHE_HOME:-$HOME/.cache}/netmap
mkdir -p "$cache"
exec 9>"$cache/deps.lock"
flock 9

install_missing() {
	# shellcheck disable=SC2086  # a list of words
	DEBIAN_FRONTEND=noninteractive apt-get -qq -y -o Dpkg::Use-Pty=0 \
		-o DPkg::Lock::Timeout=300 install --no-install-recommends $missing </dev/null
}

echo "deps: installing$missing" >&2
log=$(mktemp)
trap 'rm -f "$log"' EXIT
# The lists of a fresh machine are missing, those of an old one name packages that have gone.
if ! install_missing >"$log" 2>&1; then
	if ! { apt-get -qq update && install_missing; } >"$log" 2>&1; then
		cat "$log" >&2
		exit 1
	fi
fi
