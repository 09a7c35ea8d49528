# SPDX-License-Identifier: GPL-2.0
"""Adds up the counts of insn.so by function: blocks of instructions and the guest's symbols."""

import bisect
import collections


def symbols(path):
    """Addresses in order, and the name of each."""
    found = []
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            words = line.split()
            if words[1] in "tTwW":
                module = " " + words[3] if len(words) > 3 else ""
                found.append((int(words[0], 16), words[2] + module))
    found.sort(key=lambda symbol: symbol[0])
    return [address for address, _ in found], [name for _, name in found]


def part(address, name):
    if address < 1 << 63:
        return "user"
    return name.split(" ", 1)[1] if " " in name else "kernel"


def by_function(counts, kallsyms):
    """Instructions of each function, and of each part: user, kernel, [module]."""
    addresses, names = symbols(kallsyms)
    functions, parts = collections.Counter(), collections.Counter()
    with open(counts, encoding="utf-8") as lines:
        for line in lines:
            address, ran = line.split()
            address = int(address, 16)
            index = bisect.bisect_right(addresses, address) - 1
            name = names[index] if address >= 1 << 63 and index >= 0 else "user programs"
            functions[name] += int(ran)
            parts[part(address, name)] += int(ran)
    return functions, parts


def show(counts, kallsyms, times, most=60):
    functions, parts = by_function(counts, kallsyms)
    whole = sum(functions.values())
    print(f"{'per each':>10} {'share':>6}  part")
    for name, ran in parts.most_common():
        print(f"{ran / times:10.0f} {100 * ran / whole:5.1f}%  {name}")
    print(f"\n{'per each':>10} {'share':>6}  function")
    for name, ran in functions.most_common(most):
        print(f"{ran / times:10.0f} {100 * ran / whole:5.1f}%  {name}")
