#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# Debian's source packages of this machine's release, unpacked into the cache and never changed
# there. Fetched with a private apt state: the machine's own lists are not touched.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
cache=${XDG_CACHE_HOME:-$HOME/.cache}/netmap

usage() {
	cat <<END
usage: scripts/source.sh PACKAGE    print the folder of its source, fetched if need be

cache: $cache/source; the archive is asked for a newer version once a week
END
}

case ${1-} in
-h | --help) usage; exit 0 ;;
'' | -*) usage >&2; exit 2 ;;
esac
package=$1
release=$("$here/suite.sh" "$cache" - own)
link=$cache/source/$package

suite() { "$here/suite.sh" "$cache" "$release" "$@"; }

mkdir -p "$cache/source"
exec 9>"$cache/source/$package.lock"
flock 9
if [[ -z $(find "$link/debian" -maxdepth 0 2>/dev/null) ||
	-z $(find "$link.checked" -mmin -10080 2>/dev/null) ]]; then
	if suite update-sources >&2 && version=$(suite source-version "$package") &&
		[[ -n $version ]]; then
		dir=${package}_$version
		[[ -d $cache/source/$dir ]] || suite source "$cache/source/$dir" "$package" >&2
		ln -sfn "$dir" "$link"
		touch "$link.checked"
	elif [[ ! -d $link ]]; then
		echo "source: no source package $package of ${release:-this release} can be had" >&2
		exit 1
	fi
fi
readlink -f "$link"
