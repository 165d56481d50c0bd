#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Random clients, hostile and well-behaved, on the engine in the test home.
exec "$(dirname "$0")/../sim/run" --seconds 10
