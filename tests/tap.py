# SPDX-License-Identifier: GPL-2.0
"""Reads TAP: what passed, failed and was skipped, and whether that was all of it."""

import os
import re

RESULT = re.compile(r"^(not )?ok\b\s*(\d*)\s*-?\s*(.*)$")
SKIP = re.compile(r"#\s*skip\b", re.IGNORECASE)
PLAN = re.compile(r"^1\.\.(\d+)\b(.*)$")
COMMENTS = 20  # beside a failure: so many before it, and after it, are shown


class Result:
    """One TAP file.  Lines that are not TAP are passed over."""

    def __init__(self, path, *logs):
        self.path = path
        self.other_logs = logs
        self.passed = self.failed = self.skipped = 0
        self.failures = []  # and the comments before and after each
        self.comments = []  # since the last test
        self.failing = False  # that one
        self.skips = []

    def fail(self, text):
        self.failed += 1
        name = os.path.basename(self.path).rsplit(".", 1)[0]
        self.failures.append(f"not ok: {name}: {text}")

    def logs(self):
        return [path for path in (self.path, *self.other_logs) if os.path.exists(path)]

    def take(self, match):
        failed, _, description = match.groups()
        self.failing = bool(failed)
        if failed:
            self.fail(description)
            self.failures += self.comments[-COMMENTS:]
        elif SKIP.search(description):
            self.skipped += 1
            self.skips.append(f"skipped: {description}")
        else:
            self.passed += 1
        self.comments = []

    def comment(self, line):
        self.comments.append(line)
        if self.failing and len(self.comments) <= COMMENTS:
            self.failures.append(line)

    def parse(self, lines):
        plan = None
        count = 0
        for line in lines:
            if line.startswith("#"):
                self.comment(line.rstrip())
            elif match := PLAN.match(line):
                plan = (plan or 0) + int(match[1])
            elif line.startswith("Bail out!"):
                self.fail(line.strip())
            elif match := RESULT.match(line.rstrip()):
                count += 1
                self.take(match)
        if plan is None:
            self.fail(f"no plan: died after {count} tests")
        elif plan != count:
            self.fail(f"{plan} tests were planned, {count} ran")
        elif not plan:
            self.fail("no tests")


def read(path, *logs):
    result = Result(path, *logs)
    try:
        with open(path, encoding="utf-8", errors="replace") as f:
            result.parse(f)
    except FileNotFoundError:
        result.fail("never ran")
    return result


def total(results):
    return tuple(sum(getattr(r, n) for r in results) for n in ("passed", "failed", "skipped"))
