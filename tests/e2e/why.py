#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Does "dtctl report --why" name the fault?

    why.py CAUSE NETNS DEVICE JSON

JSON: what "dtctl -j report --why" printed.  The stage that explains most has to be the only path's
first, stand out, have this cause, and begin in this namespace, at this device ("-": at none).
"""

import json
import sys


def main():
    cause, netns, device, report = sys.argv[1:]
    with open(report, encoding="utf-8") as f:
        paths = json.load(f)["paths"]
    if len(paths) != 1:
        print(f"{len(paths)} paths, should be one")
        return 1
    outstanding = [stage for stage in paths[0]["stages"] if stage["outstanding"]]
    best = outstanding[0] if outstanding else {"cause": "none"}
    said = (best["cause"], best.get("netns"), best.get("from", {}).get("device", "-"))
    if said == (cause, netns, device):
        return 0
    print(f"said {said}, should be {(cause, netns, device)}; "
          f"{paths[0]['requests']} requests, median {paths[0]['median_ns']} ns, "
          f"slow {paths[0]['slow_ns']} ns")
    for stage in paths[0]["stages"][:4]:
        print(f"{stage['share']:.2f} {stage['finding']}: {stage['usual_ns']} -> {stage['slow_ns']} ns")
    return 1


if __name__ == "__main__":
    sys.exit(main())
