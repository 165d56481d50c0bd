#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# Builds netmap.ko for a cached guest kernel, out of the tree: the sources that
# kbuild reads are copied to build/guest/KERNEL/module and compiled there, so that
# several kernels can be built side by side and the tree stays clean. A warning
# of the compiler or of modpost is an error.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
top=$(dirname "$here")

usage() {
	cat <<'END'
usage: scripts/module.sh [-s SOURCE] [-b BUILD] KERNEL [MAKE-ARGUMENT...]

Prints the path of the module, made from SOURCE (default: this tree) below BUILD
(default: build/guest in SOURCE). Known kernels: scripts/kernel.sh list.
END
}

src=$top build=
while getopts hs:b: opt; do
	case $opt in
	h) usage; exit 0 ;;
	s) src=$OPTARG ;;
	b) build=$OPTARG ;;
	*) usage >&2; exit 2 ;;
	esac
done
shift $((OPTIND - 1))
[[ $# -gt 0 ]] || { usage >&2; exit 2; }
kernel=$1
shift
entry=$("$here/kernel.sh" dir "$kernel")
src=$(realpath "$src")
out=$(realpath -m "${build:-$src/build/guest}")/$kernel
mkdir -p "$out/module"
exec 9>"$out/module.lock"
flock 9

# What an external build needs, as it is in the tree now, committed or not.
sources() {
	local parts=(Kbuild VERSION core os/linux include)
	cd "$src"
	git ls-files -co --exclude-standard -- "${parts[@]}" 2>/dev/null ||
		find "${parts[@]}" -type f 2>/dev/null || true
}

# Copies only what differs, for make to see what is newer, and removes what is gone.
sync_sources() {
	local file
	sources | sort -u >"$out/sources"
	while read -r file; do
		[[ -f $src/$file ]] || continue
		cmp -s "$src/$file" "$out/module/$file" && continue
		mkdir -p "$out/module/$(dirname "$file")"
		cp "$src/$file" "$out/module/$file"
	done <"$out/sources"
	(cd "$out/module" &&
		find . -type f -name '*.[ch]' ! -name '*.mod.c' ! -name '.*' -printf '%P\n') |
		while read -r file; do
			[[ -f $src/$file ]] || rm -f "$out/module/$file"
		done
}

compile() {
	local args=(W=1 KCFLAGS=-Werror "-j$(nproc)" modules "$@")
	if [[ -d $entry/chroot ]]; then
		# shellcheck disable=SC2016  # expanded by the inner shell
		unshare -m --propagation unchanged sh -c '
			root=$1 module=$2 && shift 2
			# Cannot be done, nor is it needed, where the root is no mount of its own.
			mount --make-rprivate / 2>/dev/null
			mount -t proc proc "$root/proc" && mount --bind /dev "$root/dev" &&
			mount --bind "$module" "$root/mnt" &&
			exec chroot "$root" make -C "$(cat "$root/kdir")" M=/mnt "$@"
		' sh "$entry/chroot" "$out/module" "${args[@]}"
	elif [[ $kernel == uml* ]]; then
		make -C "$entry/kdir" ARCH=um M="$out/module" "${args[@]}"
	else
		make -C "$entry/kdir" M="$out/module" "${args[@]}"
	fi
}

sync_sources
if ! compile "$@" >"$out/module.log" 2>&1; then
	cat "$out/module.log" >&2
	echo "module: $kernel: the build failed" >&2
	exit 1
fi
# Said by kbuild about every module that is not built with the kernel itself.
known='(pahole version|the compiler) differs from the one used to build the kernel'
known="$known|Skipping BTF generation"
if grep -iE '(^|[^-a-z])warning:' "$out/module.log" | grep -vE "$known" >&2; then
	echo "module: $kernel: warnings, see above" >&2
	exit 1
fi
strip --strip-debug -o "$out/netmap.ko" "$out/module/netmap.ko"
echo "$out/netmap.ko"
