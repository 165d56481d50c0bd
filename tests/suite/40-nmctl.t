#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# nmctl's output, with an engine of canned answers.
exec "$(dirname "$0")/../apps/nmctl/run"
