# SPDX-License-Identifier: GPL-2.0
"""Which states are measured on which network, and in which order: a plan for guest.sh."""

NETWORKS = ("flannel", "plain", "calico")
WORKS = ("64", "1200", "bulk")
# Other tools, which one would run instead of Causeway.
ANCHORS = ("hook", "nftcounter", "conntrack", "sockops_write", "sockops_parse", "tcpdump",
           "bpftrace_count", "bpftrace_hist")
MODULE = ("loaded", "elsewhere", "nomatch", "sampled", "context", "histograms", "stages")
STATES = ("nothing",) + ANCHORS + MODULE

WORK_NAMES = {"64": "64 B", "1200": "1200 B", "bulk": "bulk"}


def states(network, full):
    """The states that are measured over a network, "nothing" included."""
    return STATES if full or network == "flannel" else ("nothing",) + MODULE


def rotated(names, by):
    by %= len(names)
    return names[by:] + names[:by]


def lines(boot, full, networks=NETWORKS, works=WORKS):
    """The plan of a boot, rotated from turn to turn and from boot to boot."""
    for network in rotated(networks, boot):
        for turn in range(2 if full else 1):
            for state in rotated(states(network, full), boot * 5 + turn * 3):
                yield f"{network} {state} {turn} {' '.join(works)}"


def work_name(network, work):
    return f"{network} {WORK_NAMES[work]}"


def order(work, state):
    """For tables: by network, work, state."""
    network, rest = work.split(" ", 1)
    works = list(WORK_NAMES.values())
    return NETWORKS.index(network), works.index(rest), STATES.index(state)
