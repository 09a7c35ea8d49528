#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""clock.py SCRATCH RESULT: how far this guest's clock is ahead of that of the machine outside.

SCRATCH is on the share that the machine outside serves: a touch there leaves that
machine's time M, as of its last timer tick.  With B and A this clock's readings before and
after, the touch was at M or later, so this clock is ahead by A - M at most.  The least
of many such bounds is that of a touch right behind a tick, and too high by no more than A - B
and what lay between tick and touch.  RESULT gets: LEAST MOST TIME  (ns; TIME is this clock's)
"""

import os
import random
import sys
import time

SECONDS = 0.6
# That none of hundreds of touches at random times came so soon after a tick, of 10 ms at
# most, is next to impossible.
TICK_TO_TOUCH = 500_000


def touch(fd):
    time.sleep(random.uniform(0, 0.001))
    before = time.clock_gettime_ns(time.CLOCK_REALTIME)
    os.utime(fd)
    after = time.clock_gettime_ns(time.CLOCK_REALTIME)
    return after - os.fstat(fd).st_mtime_ns, after - before, after


def sample(fd):
    touches = []
    end = time.monotonic() + SECONDS
    while time.monotonic() < end or len(touches) < 200:
        touches.append(touch(fd))
    most, took, when = min(touches)
    return most - took - TICK_TO_TOUCH, most, when


def main():
    scratch, result = sys.argv[1:]
    fd = os.open(scratch, os.O_CREAT | os.O_RDWR, 0o644)
    with open(result, "w", encoding="utf-8") as f:
        print(*sample(fd), file=f)


if __name__ == "__main__":
    main()
