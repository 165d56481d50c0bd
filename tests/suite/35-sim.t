#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Random clients, hostile and well-behaved, on the engine on the platform of the tests.
exec "$(dirname "$0")/../sim/run" --seconds 10
