# SPDX-License-Identifier: GPL-2.0
"""The table as a picture: a bar for each state's ratio, from least to most, as SVG."""

import html

ROW, LEFT, WIDTH, TOP = 16, 130, 520, 46
LABEL = 60
COLOURS = {"nothing": "#888888", "module": "#1f6fb4", "anchor": "#c98a2b"}


def kind(state, anchors):
    if state == "nothing":
        return state
    return "anchor" if state in anchors else "module"


def ticks(low, high):
    step = next(s for s in (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5) if (high - low) / s <= 8)
    at = round(low / step) * step
    while at <= high + step / 2:
        if at >= low - 1e-9:
            yield at
        at += step


def text(x, y, words, anchor="start", size=11, weight="normal"):
    return (f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="{size}"'
            f' font-weight="{weight}">{html.escape(words)}</text>')


def line(x1, y1, x2, y2, colour, width=1):
    return (f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"'
            f' stroke="{colour}" stroke-width="{width}"/>')


def bar(row, y, place, anchors):
    """One state: the bar, its range, its number."""
    colour = COLOURS[kind(row["state"], anchors)]
    one, end, middle = place(1.0), place(row["ratio"]), y + ROW / 2
    return [
        text(LEFT - 6, middle + 4, row["state"], "end"),
        f'<rect x="{min(one, end):.1f}" y="{y + 3}" width="{max(abs(end - one), 1):.1f}"'
        f' height="{ROW - 6}" fill="{colour}"/>',
        line(place(row["low"]), middle, place(row["high"]), middle, "#000000"),
        text(max(place(row["high"]), one) + 5, middle + 4, f"{row['ratio']:.3f}", size=10),
    ]


def panel(work, rows, y, anchors):
    """All states of one work; its parts and its height."""
    low = min(min(row["low"] for row in rows), 1.0)
    high = max(row["high"] for row in rows)
    span = (high - low) or 0.01

    def place(ratio):
        return LEFT + (ratio - low) / span * WIDTH

    bottom = y + TOP - 18 + ROW * len(rows)
    parts = [text(LEFT, y + 12, work, weight="bold", size=13)]
    for at in ticks(low, high):
        parts.append(line(place(at), y + TOP - 18, place(at), bottom, "#dddddd"))
        parts.append(text(place(at), y + TOP - 21, f"{at:.2f}", "middle", 9))
    for number, row in enumerate(rows):
        parts += bar(row, y + TOP - 18 + number * ROW, place, anchors)
    return parts, bottom - y + 22


def draw(rows, anchors, title):
    """rows: as in build/bench.json, in order."""
    works = list(dict.fromkeys(row["work"] for row in rows))
    y, parts = 34, [text(LEFT, 20, title, size=12)]
    for work in works:
        more, height = panel(work, [row for row in rows if row["work"] == work], y, anchors)
        parts += more
        y += height
    width = LEFT + WIDTH + LABEL
    return "\n".join([
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{y}"'
        f' viewBox="0 0 {width} {y}" font-family="sans-serif">',
        f'<rect width="{width}" height="{y}" fill="#ffffff"/>', *parts, "</svg>", "",
    ])
