# SPDX-License-Identifier: GPL-2.0
"""Shows the results of events.sh: the cost of an event, the rate that a reader keeps up with."""

import collections
import statistics

# A reader's cost is its state's cost less that of the state named here: marking packets is not a
# cost of reading.
BASE = {"stages": "context", "stuck": "context", "stopped": "context"}
NAMES = {
    "stages": "dtctl record", "every": "dtctl record", "ringbuf": "BPF ring buffer",
    "perf": "perf record", "stuck": "reader never reads", "stopped": "dtctl record, stopped",
}


def costs(boots):
    """state -> what each turn says: events of a round trip, instructions of an event, lost."""
    found = collections.defaultdict(list)
    for lines in boots:
        turns = {(line[1], line[2]): line[3:] for line in lines if line[0] == "cost"}
        for (state, turn), (median, mean, _, events, count, lost) in turns.items():
            if state not in NAMES:
                continue
            base = turns[BASE.get(state, "nothing"), turn]
            each = float(events) / float(count)
            found[state].append({
                "each": each, "tap": (float(median) - float(base[0])) / each,
                "whole": (float(mean) - float(base[1])) / each, "lost": int(lost),
                "ratio": float(mean) / float(base[1]),
            })
    return found


def cost_rows(found):
    for state, turns in found.items():
        whole = [turn["whole"] for turn in turns]
        ratios = [turn["ratio"] for turn in turns]
        yield {
            "work": "event", "state": state, "mean_ratio": round(statistics.median(ratios), 4),
            "mean_low": round(min(ratios), 4), "mean_high": round(max(ratios), 4),
            "events_per_round_trip": round(statistics.median(t["each"] for t in turns), 1),
            "insn_per_event": round(statistics.median(whole)),
            "insn_per_event_low": round(min(whole)), "insn_per_event_high": round(max(whole)),
            "insn_per_event_tap": round(statistics.median(t["tap"] for t in turns)),
            "lost": sum(t["lost"] for t in turns),
        }


def rates(boots):
    """state -> of each step of each boot, events per second, of them lost."""
    found = collections.defaultdict(list)
    for lines in boots:
        for _, state, _, megabytes, per_mb, events, lost in (li for li in lines if li[0] == "rate"):
            seconds = float(megabytes) * float(per_mb) / 1e9
            found[state].append(((int(events) + int(lost)) / seconds, int(lost)))
    return found


def rate_rows(found):
    for state, steps in found.items():
        good = [rate for rate, lost in steps if not lost]
        bad = [rate for rate, lost in steps if lost]
        yield {
            "work": "events", "state": state, "events_per_second": round(statistics.median(good)),
            "low": round(min(good)), "high": round(max(good)),
            "loses_from": round(min(bad)) if bad else None,
        }


def show(boots):
    """Prints tables; the rows."""
    rows = list(cost_rows(costs(boots)))
    print(f"{'reader':24} {'events':>7} {'ratio':>7} {'insn':>7} {'least':>7} {'most':>7} {'tap':>7} {'lost':>8}")
    for row in rows:
        print(f"{NAMES[row['state']]:24} {row['events_per_round_trip']:7.1f} {row['mean_ratio']:7.3f}"
              f" {row['insn_per_event']:7} {row['insn_per_event_low']:7} {row['insn_per_event_high']:7}"
              f" {row['insn_per_event_tap']:7} {row['lost']:8}")
    print("events: of a round trip; insn: of an event, all in all; tap: in the data path (of a median)")
    print(f"\n{'reader':24} {'events/s':>9} {'least':>9} {'most':>9}  without loss, at 1e9 instructions a second")
    more = list(rate_rows(rates(boots)))
    for row in more:
        loses = f"loses some from {row['loses_from']}" if row["loses_from"] else "no loss at full load"
        print(f"{NAMES[row['state']]:24} {row['events_per_second']:9} {row['low']:9} {row['high']:9}  {loses}")
    return rows + more


def unbounded(rows):
    """Complaints: a reader that does not read may cost a fifth more than one that does."""
    whole = {row["state"]: row["insn_per_event"] for row in rows if row["work"] == "event"}
    for state in ("stuck", "stopped"):
        if whole[state] > 1.2 * whole["stages"]:
            yield f"{NAMES[state]}: {whole[state]} an event, {whole['stages']} where it is read"
