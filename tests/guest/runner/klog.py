# SPDX-License-Identifier: BSD-2-Clause
"""The guest's kernel log as it comes from the console, and what in it is a fault."""

import re
import time

MARK = "@guest: "

FAULTS = re.compile("|".join((
    r"\bBUG\b", r"\bWARNING:", r"\bOops\b", r"general protection", r"Kernel panic",
    r"KASAN", r"UBSAN", r"KCSAN", r"ODEBUG", r"refcount_t:", r"list_(add|del) corruption",
    r"possible (recursive|circular|irq)", r"inconsistent lock state", r"suspicious RCU",
    r"INFO: possible", r"INFO: lockdep", r"lock held (when|at)", r"bad unlock balance",
    r"DEBUG_LOCKS_WARN", r"MAX_LOCKDEP", r"lockdep is turned off",
    r"sleeping function called", r"scheduling while atomic", r"voluntary context switch within RCU",
    r"rcu.*(stall|self-detected)", r"soft lockup", r"hard LOCKUP", r"hogged CPU",
    r"blocked for more than", r"workqueue lockup",
    r"unregister_netdevice: waiting", r"ref_tracker", r"kmemleak: \d+ new",
    r"page allocation failure", r"Out of memory: Killed", r"Bad page", r"usercopy:",
    r"stack (overflow|guard)",
)))
# Printed by a debug kernel at boot, or caused by a test that injects failures: not faults.
HARMLESS = re.compile(r"FAULT_INJECTION|kmemleak: Kernel memory leak detector")


class KernelLog:
    """Follows the console's file. The log is cut into sections by the marks of PID 1."""

    def __init__(self, path):
        self.path = path
        self.file = open(path, "rb")  # pylint: disable=consider-using-with
        self.rest = b""
        self.lines = []

    def read(self):
        """Takes in what has come since the last call."""
        parts = (self.rest + self.file.read()).split(b"\n")
        self.rest = parts.pop()
        self.lines += [part.decode(errors="replace").rstrip("\r") for part in parts]

    def section(self, first, last, patience=10):
        """The lines between two marks, or None. Waits: the log may lag behind the side port."""
        end = time.monotonic() + patience
        while True:
            self.read()
            begin = self.find(first)
            stop = self.find(last, begin + 1 if begin is not None else 0)
            if begin is not None and stop is not None:
                return self.lines[begin:stop]
            if time.monotonic() > end:
                return None
            time.sleep(0.01)

    def find(self, mark, start=0):
        for n in range(len(self.lines) - 1, start - 1, -1):
            if self.lines[n].endswith(MARK + mark):
                return n
        return None


def faults(lines):
    """The lines that tell of a fault, each with what follows it, to be shown to a reader."""
    found = []
    for n, line in enumerate(lines):
        if FAULTS.search(line) and not HARMLESS.search(line):
            found = lines[n:n + 60]
            break
    return found
