#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Every fact of the ABI; every header in every standard.
exec "$(dirname "$0")/../abi/run"
