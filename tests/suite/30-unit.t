#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# The engine on the platform of the tests: address and undefined, thread, and no sanitizer.
exec "$(dirname "$0")/../unit/run" --san all
