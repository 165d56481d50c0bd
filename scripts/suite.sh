#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# Packages of another Debian suite, without touching this machine's own lists.
# A private apt state per suite is kept below the cache folder; its one source
# line is derived from the machine's own sources, so a mirror or a proxy that
# the machine is set up for is used here too.
set -eu

usage() {
	cat <<'END'
usage: scripts/suite.sh CACHE SUITE own             the suite of this machine
       scripts/suite.sh CACHE SUITE uri             the mirror's address
       scripts/suite.sh CACHE SUITE keyring         the keyring, if one is named
       scripts/suite.sh CACHE SUITE update          fetch the lists if older than a day
       scripts/suite.sh CACHE SUITE depends PKG     PKG's dependencies, a line each
       scripts/suite.sh CACHE SUITE version PKG     the version apt would take
       scripts/suite.sh CACHE SUITE fetch DIR PKG...  fetch and unpack into DIR
       scripts/suite.sh CACHE SUITE update-sources  as update, the lists of source packages
       scripts/suite.sh CACHE SUITE source-version PKG  the version of a source package
       scripts/suite.sh CACHE SUITE source DIR PKG  fetch a source package, unpack it as DIR
END
}

[ $# -ge 3 ] || { usage >&2; exit 2; }
cache=$1 suite=$2 action=$3
shift 3
state=$cache/apt/$suite type=deb
# The lists of sources are large and seldom wanted, so they are kept apart.
case $action in *source*) state=$state-src type=deb-src ;; esac

# Every source of this machine as "uri<TAB>suites<TAB>components<TAB>keyring", from both file
# formats.
sources() {
	cat /etc/apt/sources.list.d/*.sources 2>/dev/null | awk -v RS= -F'\n' '
		{
			split("", field)
			for (i = 1; i <= NF; i++) {
				if ($i ~ /^[# \t]/ || !(n = index($i, ":"))) continue
				value = substr($i, n + 1)
				gsub(/^[ \t]+|[ \t]+$/, "", value)
				field[tolower(substr($i, 1, n - 1))] = value
			}
			if (field["types"] !~ /(^| )deb( |$)/ || field["enabled"] == "no") next
			split(field["uris"], uris, " ")
			print uris[1] "\t" field["suites"] "\t" field["components"] "\t" \
				field["signed-by"]
		}'
	cat /etc/apt/sources.list /etc/apt/sources.list.d/*.list 2>/dev/null | awk '
		$1 == "deb" {
			key = ""
			if (match($0, /signed-by=[^] ]*/))
				key = substr($0, RSTART + 10, RLENGTH - 10)
			sub(/\[[^]]*\] */, "")
			print $2 "\t" $3 "\t" substr($0, index($0, $3) + length($3)) "\t" key
		}'
}

# The one that is Debian's own archive: component main, a mirror's usual path, and this release if
# one names it. sid calls itself by the next release's name, and others may say stable or testing.
own_source() {
	codename=$(sed -n 's/^VERSION_CODENAME=//p' /etc/os-release)
	sources | awk -F'\t' -v release="${codename:-none}" '
		index(" " $3 " ", " main ") && $1 ~ /\/debian\/?$|^mirror/ {
			n = index(" " $2 " ", " " release " ")
			if (found && !n) next
			split($2, suites, " ")
			line = $1 "\t" ($4 ~ /^\// ? $4 : "") "\t" (n ? release : suites[1])
			found = 1
			if (n) exit
		}
		END { if (found) print line }'
}

own=$(own_source)
uri=$(echo "$own" | cut -f1)
keyring=$(echo "$own" | cut -f2)
if [ -z "$uri" ]; then
	echo "suite: no Debian source found in /etc/apt, so $suite cannot be derived from it" >&2
	exit 1
fi

private() {
	tool=$1
	shift
	"$tool" -qq -o Dir::State="$state/state" -o Dir::State::status="$state/status" \
		-o Dir::Cache="$state/cache" -o Dir::Etc::sourcelist="$state/sources.list" \
		-o Dir::Etc::sourceparts=/dev/null -o Dir::Etc::preferences=/dev/null \
		-o Dir::Etc::preferencesparts=/dev/null -o APT::Default-Release= \
		-o Acquire::Languages=none -o Acquire::Retries=3 -o APT::Update::Error-Mode=any \
		-o APT::Sandbox::User=root -o Acquire::Check-Valid-Until=false "$@"
}

update() {
	mkdir -p "$state/state/lists/partial" "$state/cache/archives/partial"
	exec 8>"$state/lock"
	flock 8
	: >"$state/status"
	echo "$type ${keyring:+[signed-by=$keyring] }$uri $suite main" >"$state/sources.list"
	if [ -z "$(find "$state/updated" -mmin -1440 2>/dev/null)" ]; then
		private apt-get update
		touch "$state/updated"
	fi
	exec 8>&-
}

fetch() {
	dir=$1
	shift
	tmp=$(mktemp -d "$cache/fetch.XXXXXX")
	trap 'rm -rf "$tmp"' EXIT
	(cd "$tmp" && private apt-get download "$@" >/dev/null)
	mkdir -p "$dir"
	for deb in "$tmp"/*.deb; do
		dpkg -x "$deb" "$dir"
	done
}

# Signatures of uploaders are of no use here: apt has checked the archive's.
source_package() {
	tmp=$(mktemp -d "$cache/fetch.XXXXXX")
	trap 'rm -rf "$tmp"' EXIT
	(cd "$tmp" && private apt-get source --download-only "$2" >/dev/null)
	dpkg-source --no-check -x "$tmp"/*.dsc "$tmp/unpacked" >/dev/null
	mv -T "$tmp/unpacked" "$1"
}

case $action in
own) echo "$own" | cut -f3 ;;
uri) echo "$uri" ;;
keyring) echo "$keyring" ;;
update | update-sources) update ;;
source-version)
	private apt-cache showsrc --only-source "$1" | sed -n 's/^Version: *//p' | sort -V |
		tail -n 1
	;;
source) source_package "$@" ;;
depends) private apt-cache depends --important "$1" | sed -n 's/^ *Depends: *//p' ;;
version) private apt-cache show --no-all-versions "$1" | sed -n 's/^Version: *//p' ;;
fetch) fetch "$@" ;;
*) usage >&2; exit 2 ;;
esac
