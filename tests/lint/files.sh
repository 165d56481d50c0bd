#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# usage: files.sh
# Prints the files that people write, one on a line: not data, fuzzers' inputs, pictures, kernel configurations or links.
git ls-files --cached --others --exclude-standard |
	grep -vE '^tests/fuzz/(corpus|found)/|\.(svg|tsv|pcap|png|config)$|^LICENSE$|^tests/lint/words' |
	while read -r file; do [ -L "$file" ] || [ ! -f "$file" ] || echo "$file"; done
