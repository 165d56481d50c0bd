# SPDX-License-Identifier: BSD-2-Clause
"""Joins TAP streams: numbers the points of all test programs and puts the program's name first."""

import re
import sys

POINT = re.compile(r"(not )?ok\b *(\d+)? *-? *(.*)")
PLAN = re.compile(r"1\.\.(\d+)(?:\s*#\s*skip\s*(.*))?", re.I)


class Report:
    """Writes the combined stream."""

    def __init__(self, prefix, out=sys.stdout):
        self.prefix = prefix
        self.out = out
        self.count = 0
        self.failed = 0
        self.line("TAP version 13")

    def line(self, text):
        print(text, file=self.out, flush=True)

    def note(self, lines):
        for line in lines:
            self.line(f"# {line}")

    def point(self, good, name, details=()):
        self.count += 1
        self.failed += not good and not re.search(r"#\s*(todo|skip)", name, re.I)
        self.line(f"{'' if good else 'not '}ok {self.count} - {self.prefix}{name}")
        self.note(details)

    def done(self):
        self.line(f"1..{self.count}")


class Program:
    """Reads the output of one test program, line by line."""

    def __init__(self, report, name):
        self.report = report
        self.name = name
        self.points = 0
        self.failed = 0
        self.plan = None
        self.bailed = None

    def line(self, text):
        point = POINT.match(text)
        plan = PLAN.match(text)
        if point:
            self.points += 1
            if point[1] and not re.search(r"#\s*(todo|skip)", point[3], re.I):
                self.failed += 1
            self.report.point(not point[1], f"/{self.name}: {point[3]}")
        elif plan:
            self.plan = int(plan[1])
            if self.plan == 0:
                self.report.point(True, f"/{self.name}: # SKIP {plan[2] or ''}")
        elif text.startswith("Bail out!"):
            self.bailed = text
        elif text and not text.startswith("TAP version"):
            self.report.note([text.removeprefix("#").removeprefix(" ")])

    def complaints(self, status):
        """What is wrong with the way the program ended, apart from points that failed."""
        if self.bailed:
            yield self.bailed
        if self.plan is None:
            yield "no plan was printed"
        elif self.plan != self.points:
            yield f"{self.plan} points were planned, {self.points} made"
        if status == 137:
            yield "killed: out of time or memory"
        elif status and not self.failed:
            yield f"exit status {status}"
        elif self.failed and not status:
            yield "exit status 0 though points failed"
