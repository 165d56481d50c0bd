# SPDX-License-Identifier: BSD-2-Clause
"""Runs netmap in a guest kernel and tells how it went."""
