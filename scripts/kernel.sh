#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# Owns the cache of guest kernels: fetches Debian's, builds the user-mode ones,
# and tells where each lies. An entry is made in a temporary folder and renamed
# when it is whole; its name carries the version and a checksum of its recipe,
# so a newer package or another configuration makes a new entry. One lock per
# kernel keeps two runs from doing the same work.
#
# An entry holds: release (as uname -r says), image, modules/ (unless all is
# built in) and kdir or chroot, the place to build our module against.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
top=$(dirname "$here")
cache=${XDG_CACHE_HOME:-$HOME/.cache}/netmap
packaged="debian-6.1 debian-6.12 debian-7.2"
built="uml uml-debug"
all="$packaged $built"
# Minutes for which an entry is used without asking the mirror.
fresh=$((7 * 24 * 60))

usage() {
	cat <<END
usage: scripts/kernel.sh fetch [KERNEL...]   fetch or build what is missing (default: all)
       scripts/kernel.sh dir KERNEL          print the folder of a cached kernel
       scripts/kernel.sh list                list the kernels and what is cached
       scripts/kernel.sh clean               remove the cache

kernels: $all
         packaged: those of Debian, which are fetched; built: those that are compiled here
cache:   $cache (2 to 3 GB)
END
}

say() { echo "kernel: $*" >&2; }
die() { say "$*"; exit 1; }

suite_of() {
	case $1 in
	debian-6.1) echo bookworm ;;
	debian-6.12) echo bookworm-backports ;;
	debian-7.2 | uml | uml-debug) echo sid ;;
	*) die "unknown kernel '$1'; there are: $all" ;;
	esac
}

configs_of() {
	case $1 in
	uml) echo "$top/tests/guest/uml.config" ;;
	uml-debug) echo "$top/tests/guest/uml.config $top/tests/guest/uml-debug.config" ;;
	esac
}

# Raise a kernel's number when the steps below change what its entry holds.
step_of() {
	case $1 in
	debian-6.1 | uml-debug) echo 2 ;;
	*) echo 1 ;;
	esac
}

# The part of an entry's name that is known without a look at the mirror.
recipe_of() {
	local sum
	# shellcheck disable=SC2046  # a list of files
	sum=$(cat /dev/null $(configs_of "$1") | cksum | cut -d' ' -f1)
	echo "r$(step_of "$1")-$sum"
}

suite() { "$here/suite.sh" "$cache" "$@"; }

# Another tree may have made the link, with another recipe.
current() {
	local dir recipe
	recipe=$(recipe_of "$1")
	dir=$(readlink -f "$cache/$1" 2>/dev/null) || true
	[[ $dir == *"_$recipe" ]] ||
		dir=$(ls -td "$cache/$1"_*_"$recipe" 2>/dev/null | head -n 1) || true
	[[ -n $dir && -f $dir/release ]] || return 1
	echo "$dir"
}

# Keeps what guests may load and drops the other thousands of drivers.
install_modules() {
	local from=$1 to=$2 release=$3 part
	mkdir -p "$to/lib/modules/$release/kernel"
	for part in net lib crypto arch fs/fuse drivers/net drivers/virtio drivers/char \
		drivers/ptp drivers/pps drivers/i2c/algos drivers/dca drivers/mdio \
		drivers/firmware; do
		[[ -d $from/kernel/$part ]] || continue
		mkdir -p "$to/lib/modules/$release/kernel/$(dirname "$part")"
		cp -a "$from/kernel/$part" "$to/lib/modules/$release/kernel/$part"
	done
	rm -rf "$to/lib/modules/$release/kernel/drivers/net/wireless"
	cp -a "$from"/modules.builtin* "$from"/modules.order "$to/lib/modules/$release/"
	find "$to" -name '*.ko.xz' -exec xz -d {} +
	find "$to" -name '*.ko.zst' -exec zstd -q -d --rm {} +
	sed -i 's/\.ko\.\(xz\|zst\)$/.ko/' "$to/lib/modules/$release/modules.order"
	depmod -b "$to" "$release"
}

# Prints the packages that a meta package stands for and that are named like the pattern.
expand() {
	local suite=$1 pattern=$2 seen=" " todo=$3 p
	while [[ -n $todo ]]; do
		p=${todo%% *} todo=${todo#"$p"} todo=${todo# }
		[[ $seen == *" $p "* ]] && continue
		seen="$seen$p "
		todo="$todo${todo:+ }$(suite "$suite" depends "$p" | grep -E "$pattern" |
			tr '\n' ' ')"
		todo=${todo% }
	done
	echo "${seen# }"
}

make_debian() {
	local kernel=$1 suite=$2 tmp=$3 root=$3/root pkgs release lib headers="" chroot=""
	pkgs=$(expand "$suite" '^linux-(image|binary|modules|base)-' linux-image-amd64)
	release=$(grep -o 'linux-image-[0-9][^ ]*' <<<"$pkgs" | head -n 1) ||
		die "$kernel: $suite names no package with a kernel"
	release=${release#linux-image-}
	if [[ $kernel == debian-7.2 ]]; then
		make_chroot "$kernel" "$suite" "$tmp" "$release" &
		chroot=$!
	else
		headers=$(expand "$suite" '^linux-(headers|kbuild)-' "linux-headers-$release")
	fi
	say "$kernel: fetching $release"
	# shellcheck disable=SC2086  # lists of packages
	suite "$suite" fetch "$root" $pkgs $headers
	lib=$root/lib/modules/$release
	[[ -d $lib/kernel ]] || lib=$root/usr/lib/modules/$release
	if [[ -f $root/boot/vmlinuz-$release ]]; then
		cp "$root/boot/vmlinuz-$release" "$tmp/image"
	else
		cp "$lib/vmlinuz" "$tmp/image"
	fi
	install_modules "$lib" "$tmp/modules" "$release"
	[[ -z $headers ]] || take_headers "$root" "$tmp" "$release"
	rm -rf "$root"
	[[ -z $chroot ]] || wait "$chroot" || die "$kernel: no build environment"
	echo "$release" >"$tmp/release"
}

# The headers' links are relative, but their Makefile is not: made so, they work from any folder.
take_headers() {
	local root=$1 tmp=$2 release=$3
	mkdir -p "$tmp/usr"
	mv "$root/usr/src" "$root/usr/lib" "$tmp/usr/"
	sed -i 's,^include /usr/src/,include ../,' "$tmp/usr/src/linux-headers-$release/Makefile"
	ln -s "usr/src/linux-headers-$release" "$tmp/kdir"
}

# The newest kernel wants a newer compiler than this machine's. The packages are unpacked and
# not set up: nothing in there runs but make and the compiler.
make_chroot() {
	local kernel=$1 suite=$2 tmp=$3 release=$4 log=$3/chroot.log
	local uri keyring
	uri=$(suite "$suite" uri)
	keyring=$(suite "$suite" keyring)
	say "$kernel: unpacking a compiler for it"
	mmdebstrap --quiet --variant=extract ${keyring:+--keyring="$keyring"} \
		--include="gcc,make,dash,bash,coreutils,findutils,diffutils,grep,sed,mawk" \
		--include="perl-base" \
		--include="linux-headers-$release" \
		--aptopt='Acquire::Check-Valid-Until "false"' \
		--aptopt='APT::Install-Recommends "false"' \
		--hook-dir=/usr/share/mmdebstrap/hooks/merged-usr \
		"$suite" "$tmp/chroot" "$uri" >"$log" 2>&1 || { cat "$log" >&2; return 1; }
	ln -sf mawk "$tmp/chroot/usr/bin/awk"
	mkdir -p "$tmp/chroot/proc" "$tmp/chroot/mnt"
	echo "/usr/src/linux-headers-$release" >"$tmp/chroot/kdir"
}

# For each trace of its stack, one per allocation where those are checked, a user-mode kernel asks
# of every word there whether it is code, under a lock. The words that it keeps are those behind a
# frame pointer; asking of these alone gives the same trace in a fraction of the time.
trace_by_frames() {
	local is_code='__kernel_text_address(addr)' is_kept
	is_kept='(!IS_ENABLED(CONFIG_FRAME_POINTER) || (unsigned long)sp == bp + sizeof(long))'
	sed -i "s/\tif ($is_code) {\$/\tif ($is_kept \\&\\&\n\t\t    $is_code) {/" \
		"$1/arch/um/kernel/stacktrace.c"
}

# Unpacks the source once for both user-mode kernels; only its own lock guards it.
take_source() {
	local suite=$1 package=$2 version=$3 src=$cache/src_$3 tmp
	exec 7>"$cache/src.lock"
	flock 7
	if [[ ! -d $src ]]; then
		rm -rf "$cache"/tmp.src.*
		tmp=$(mktemp -d "$cache/tmp.src.XXXXXX")
		say "fetching $package $version"
		suite "$suite" fetch "$tmp" "$package"
		mkdir "$tmp/src"
		# The folders left out hold most of the bytes and nothing that is compiled here.
		tar -C "$tmp/src" --strip-components=1 --exclude='*/Documentation/*/*' \
			--exclude='*/tools/testing/*' --exclude='*/sound/*/*.[ch]' \
			--exclude='*/drivers/gpu/drm/*/*.[ch]' -xf "$tmp/usr/src/$package.tar.xz"
		mv -T "$tmp/src" "$src"
		rm -rf "$tmp"
	fi
	trace_by_frames "$src"
	exec 7>&-
}

make_uml() {
	local kernel=$1 suite=$2 tmp=$3 package version build=$3/kdir line name start=$SECONDS
	package=$(suite "$suite" depends linux-source | grep '^linux-source-') ||
		die "$kernel: $suite names no package with the kernel's source"
	version=$(suite "$suite" version "$package")
	take_source "$suite" "$package" "$version"
	mkdir "$build"
	# shellcheck disable=SC2046  # a list of files
	cat $(configs_of "$kernel") >"$tmp/wanted"
	make -s -C "$cache/src_$version" ARCH=um O="$build" KCONFIG_ALLCONFIG="$tmp/wanted" \
		allnoconfig >"$tmp/log" 2>&1 || { tail "$tmp/log" >&2; return 1; }
	while read -r line; do
		name=${line#\# }
		name=${name%%[= ]*}
		grep -qxF "$line" "$build/.config" ||
			die "$kernel: asked for '$line', got '$(grep -w "$name" "$build/.config")'"
	done < <(grep -E '^(# )?CONFIG_' "$tmp/wanted")
	say "$kernel: building $version, some minutes"
	nice -n 10 make -j"$(nproc)" -C "$build" ARCH=um linux modules >"$tmp/log" 2>&1 ||
		{ tail -n 30 "$tmp/log" >&2; return 1; }
	cp "$build/linux" "$tmp/image"
	# An external module needs headers, scripts and symbols, no objects.
	find "$build" -path "$build/scripts" -prune -o -path "$build/tools" -prune -o -type f \
		\( -name '*.o' -o -name '*.a' -o -name '*.cmd' -o -name 'vmlinux*' -o \
		-name linux \) \
		-exec rm -f {} +
	# The folder is about to be renamed.
	sed -i 's,^export KBUILD_OUTPUT = .*,export KBUILD_OUTPUT = .,' "$build/Makefile"
	cp "$build/include/config/kernel.release" "$tmp/release"
	say "$kernel: built in $((SECONDS - start)) s"
}

# The version that the mirror offers now: that of the package that the entry is made from.
offered() {
	local suite=$1 meta
	case $2 in uml*) meta=linux-source ;; *) meta=linux-image-amd64 ;; esac
	suite "$suite" version "$meta"
}

fetch_one() {
	local kernel=$1 suite dir entry tmp version
	suite=$(suite_of "$kernel")
	mkdir -p "$cache"
	if dir=$(current "$kernel") &&
		[[ -n $(find "$dir/checked" -mmin "-$fresh" 2>/dev/null) ]]; then
		return
	fi
	exec 9>"$cache/$kernel.lock"
	flock -n 9 || { say "$kernel: waiting for another run"; flock 9; }
	if ! suite "$suite" update >&2; then
		[[ -n $dir ]] && { say "$kernel: no package lists, taking the cached one"; return; }
		die "$kernel: no package lists of $suite"
	fi
	version=$(offered "$suite" "$kernel")
	entry=${kernel}_${version}_$(recipe_of "$kernel")
	if [[ ! -f $cache/$entry/release ]]; then
		# What a killed run left: this run has the lock.
		rm -rf "$cache/tmp.$kernel".*
		tmp=$(mktemp -d "$cache/tmp.$kernel.XXXXXX")
		# shellcheck disable=SC2064  # the name is wanted as it is now
		trap "kill \$(jobs -p) 2>/dev/null || :; wait; rm -rf '$tmp'" EXIT
		chmod 755 "$tmp"
		case $kernel in
		uml*) make_uml "$kernel" "$suite" "$tmp" ;;
		*) make_debian "$kernel" "$suite" "$tmp" ;;
		esac
		rm -rf "${cache:?}/$entry"
		mv -T "$tmp" "$cache/$entry"
	fi
	touch "$cache/$entry/checked"
	ln -sfn "$entry" "$cache/$kernel"
	say "$kernel: ready, $(cat "$cache/$entry/release")"
}

# Debian's kernels only wait for the mirror, so they go side by side; the user-mode ones use
# every CPU, so they follow each other.
fetch() {
	local kernel jobs=() failed=0 uml=()
	# shellcheck disable=SC2046  # a list of words
	set -- $(printf '%s\n' "$@" | sed "s/^packaged$/$packaged/;s/^built$/$built/")
	for kernel; do
		suite_of "$kernel" >/dev/null
		case $kernel in
		uml*) uml+=("$kernel") ;;
		*) (set -e; fetch_one "$kernel") & jobs+=($!) ;;
		esac
	done
	for kernel in "${uml[@]}"; do
		(set -e; fetch_one "$kernel") & wait $! || failed=1
	done
	for kernel in "${jobs[@]}"; do
		wait "$kernel" || failed=1
	done
	return $failed
}

list() {
	local kernel dir
	for kernel in $all; do
		if dir=$(current "$kernel"); then
			printf '%-12s cached   %s\n' "$kernel" "$(cat "$dir/release")"
		else
			printf '%-12s missing  (scripts/kernel.sh fetch %s)\n' "$kernel" "$kernel"
		fi
	done
}

case ${1-} in
-h | --help) usage ;;
fetch)
	shift
	# shellcheck disable=SC2086  # a list of words
	[[ $# -gt 0 ]] || set -- $all
	fetch "$@"
	;;
dir)
	suite_of "${2-}" >/dev/null
	current "$2" || die "$2 is not cached; run scripts/kernel.sh fetch $2"
	;;
list) list ;;
clean) rm -rf "$cache" ;;
*)
	usage >&2
	exit 2
	;;
esac
