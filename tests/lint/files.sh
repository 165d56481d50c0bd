#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# usage: files.sh
# Prints the files that people write, one on a line: all but data, fuzzers' inputs and pictures.
git ls-files --cached --others --exclude-standard | grep -vE '^tests/fuzz/(corpus|found)/|\.(svg|tsv|pcap|png)$|^LICENSE$|^tests/lint/words'
