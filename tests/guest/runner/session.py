# SPDX-License-Identifier: BSD-2-Clause
"""Follows one guest from boot to end by its side port and reports failures.

The guest's PID 1 sends marks, one per step. Each mark must come: a guest that falls silent,
panics or ends early is a failure whatever its tests printed before.
"""

import os
import re
import select
import time
from typing import NamedTuple

from .klog import KernelLog, faults
from .tap import Program


class Platform(NamedTuple):
    """What serves /dev/netmap, what starts and ends it, and what it prints at the end."""
    name: str
    start: str
    starting: str
    end: str
    ending: str
    ended: re.Pattern


PLATFORMS = {
    "module": Platform("the module", "the module loads", "insmod", "the module unloads", "rmmod",
                       re.compile(r"netmap: unloaded: created (\d+) destroyed (\d+)")),
    "netmapd": Platform("netmapd", "netmapd serves", "netmapd", "netmapd ends and leaves nothing",
                        "netmapd", re.compile(r"netmap: ended: created (\d+) destroyed (\d+)")),
}


class Dead(Exception):
    """The guest ended, or its time did, before the last mark."""


class SidePort:
    """Cuts the stream into pieces ("text", bytes) and ("mark", words)."""

    def __init__(self, machine, secret, seconds):
        self.start = f"\n@{secret}: ".encode()
        self.mark = re.compile(re.escape(self.start) + rb"([^\n]*)\n")
        self.fd = machine.side.fileno()
        self.deadline = time.monotonic() + seconds
        self.seconds = seconds
        self.buffer = b"\n"

    def pieces(self):
        while True:
            mark = self.mark.search(self.buffer)
            if mark:
                if mark.start():
                    yield "text", self.buffer[:mark.start()]
                self.buffer = self.buffer[mark.end():]
                yield "mark", mark[1].decode(errors="replace").split()
                continue
            keep = len(self.buffer) - self.begun()
            if keep:
                yield "text", self.buffer[:keep]
                self.buffer = self.buffer[keep:]
            self.fill()

    def begun(self):
        """How many bytes at the end of the buffer may be the start of a mark."""
        begun = self.buffer.rfind(self.start)
        if begun >= 0:
            return len(self.buffer) - begun
        return next(n for n in range(len(self.start), -1, -1)
                    if self.buffer.endswith(self.start[:n]))

    def fill(self):
        left = self.deadline - time.monotonic()
        if left <= 0 or not select.select([self.fd], [], [], left)[0]:
            raise Dead(f"out of time after {self.seconds} s")
        data = os.read(self.fd, 65536)
        if not data:
            raise Dead("the guest ended before its work did")
        self.buffer += data


class Session:
    """Base: walks through the marks. Subclasses say what the steps mean."""

    def __init__(self, machine, console, task):
        self.port = SidePort(machine, task.secret, task.time)
        self.log = KernelLog(console)
        self.platform = PLATFORMS[task.platform]
        self.steps = {"load-end": self.loaded, "begin": self.begin, "end": self.end,
                      "leaks-end": self.leaks, "unload-end": self.unloaded}
        self.step = "boot"
        self.output = b""

    def run(self):
        """Returns when the guest has sent its last mark; raises Dead if that never comes."""
        for kind, piece in self.port.pieces():
            if kind == "text":
                self.text(piece)
            elif piece[0] == "finished":
                return
            else:
                self.step = " ".join(piece)
                self.steps.get(piece[0], self.between)(*piece[1:])

    def text(self, data):
        self.output += data

    def between(self, *_):
        self.output = b""

    def faults_between(self, first, last):
        lines = self.log.section(first, last)
        if lines is None:
            return [f"the kernel log does not show the marks '{first}' and '{last}'"]
        return faults(lines)

    def last_words(self):
        """For a dead guest: its fault if there is one, else the end of its log."""
        time.sleep(0.2)
        self.log.read()
        start = self.log.find("load-begin")
        return faults(self.log.lines[start:]) or self.log.lines[-40:]

    def unload_complaints(self, status):
        """What is wrong with the end of the module or of netmapd."""
        lines = self.log.section("unload-begin", "unload-end " + status) or []
        said = self.output.decode(errors="replace").strip()
        if status != "0":
            yield f"{self.platform.ending}: {said}"
        counts = [self.platform.ended.search(line) for line in (*lines, *said.splitlines())]
        counts = [found for found in counts if found]
        if not counts:
            yield f"{self.platform.name} did not count what it created and destroyed"
        elif counts[-1][1] != counts[-1][2]:
            yield f"created {counts[-1][1]}, destroyed {counts[-1][2]}"
        yield from faults(lines)


class TestSession(Session):
    """Turns what happens into points of one TAP report."""

    def __init__(self, machine, console, task, report):
        super().__init__(machine, console, task)
        self.machine = machine
        self.report = report
        self.program = None
        self.started = (0, 0)

    def run(self):
        try:
            super().run()
            self.report.point(True, ": the guest came to its end")
        except Dead as reason:
            self.report.point(False, ": the guest came to its end",
                              [f"{reason}; the last mark was '{self.step}'", *self.last_words()])

    def loaded(self, status):
        wrong = self.faults_between("load-begin", "load-end " + status)
        text = self.output.decode(errors="replace").splitlines()
        self.report.point(status == "0" and not wrong, f": {self.platform.start}",
                          text + wrong if status != "0" or wrong else ())

    def begin(self, name):
        self.program = Program(self.report, name)
        self.output = b""
        self.started = time.monotonic(), self.machine.cpu_seconds()

    def text(self, data):
        super().text(data)
        if self.program:
            *lines, self.output = self.output.split(b"\n")
            for line in lines:
                self.program.line(line.decode(errors="replace").rstrip("\r"))

    def end(self, name, status):
        if self.output:
            self.program.line(self.output.decode(errors="replace"))
        wrong = list(self.program.complaints(int(status)))
        seconds = time.monotonic() - self.started[0]
        busy = self.machine.cpu_seconds() - self.started[1]
        self.report.point(
            not wrong, f"/{name}: ended as planned, in {seconds:.1f} s, {busy:.1f} s of CPU", wrong)
        wrong = self.faults_between(f"begin {name}", f"end {name} {status}")
        self.report.point(not wrong, f"/{name}: no fault in the kernel log", wrong)
        self.program = None
        self.output = b""

    def leaks(self, when):
        text = self.output.decode(errors="replace").strip().splitlines()
        self.report.point(not text, f": kmemleak finds nothing ({when})", text[:100])
        self.output = b""

    def unloaded(self, status):
        wrong = list(self.unload_complaints(status))
        self.report.point(not wrong, f": {self.platform.end}, created == destroyed", wrong)


class CommandSession(Session):
    """Passes the output of one command through; collects complaints about all else."""

    def __init__(self, machine, console, task, out):
        super().__init__(machine, console, task)
        self.out = out
        self.running = False
        self.status = None
        self.dead = False
        self.wrong = []

    def run(self):
        try:
            super().run()
        except Dead as reason:
            self.dead = True
            self.wrong += [f"{reason}; the last mark was '{self.step}'", *self.last_words()]

    def loaded(self, status):
        self.wrong += self.faults_between("load-begin", "load-end " + status)
        if status != "0":
            said = self.output.decode(errors="replace").strip()
            self.wrong.append(f"{self.platform.starting}: {said}")

    def begin(self, _):
        self.running = True

    def text(self, data):
        if self.running:
            self.out.write(data)
            self.out.flush()
        else:
            super().text(data)

    def end(self, name, status):
        self.running = False
        self.output = b""
        self.status = int(status)
        self.wrong += self.faults_between(f"begin {name}", f"end {name} {status}")

    def leaks(self, _):
        self.output = b""

    def unloaded(self, status):
        self.wrong += self.unload_complaints(status)
