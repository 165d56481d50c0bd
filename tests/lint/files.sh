#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# usage: files.sh
# Prints the files that people write, one on a line: no data, inputs of fuzzers, pictures,
# configurations of kernels, or links.
git ls-files --cached --others --exclude-standard |
	grep -vE '\.(svg|tsv|pcap|png|config)$|^LICENSE$|^tests/lint/words' |
	grep -vE '^tests/fuzz/(corpus|found)/|^tests/mutants/list$|^tests/unit/COVERS$' |
	while read -r file; do [ -L "$file" ] || [ ! -f "$file" ] || echo "$file"; done
