# SPDX-License-Identifier: BSD-2-Clause
"""Convert the lines that the guests print into figures, tables and JSON."""

# Instructions per packet of netmap as published, measured in the same way, by path and burst.
REFERENCE = {
    ("vale", 1024): 402, ("tx-only", 1024): 200, ("pipe", 1024): 101,
    ("vale", 16): 1000, ("tx-only", 16): 330, ("pipe", 16): 670,
}


def read_runs(lines):
    """Parse the BENCH lines: two runs for each case, first with few packets, then with many."""
    runs = {}
    for line in lines:
        at = line.find("BENCH\t")
        if at < 0:
            continue
        fields = line[at:].rstrip("\r\n").split("\t")
        key = (fields[1],) + tuple(int(f) for f in fields[2:5])
        runs.setdefault(key, []).append([int(f) for f in fields[5:]])
    return runs


def figures(runs):
    """Return the instructions per packet of each case: the difference of its two runs."""
    out = []
    for (path, burst, slots, ports), pair in runs.items():
        if len(pair) < 2:
            continue
        few, many = pair[0], pair[1]
        packets = many[0] - few[0]
        instructions = (many[1] - few[1]) / packets
        reference = REFERENCE.get((path, burst)) if slots == 1024 else None
        out.append({
            "path": path, "burst": burst, "slots": slots, "ports": ports,
            "few": few[0], "many": many[0],
            "instructions": round(instructions, 1),
            "instructions_cpu": round((many[2] - few[2]) / packets, 1),
            "received": None if path == "tx-only" else
                        round(many[4] / many[3], 4) if many[3] else 0,
            "reference": reference,
            "ratio": round(instructions / reference, 3) if reference else None,
        })
    return out


def read_ratios(lines):
    """Parse the RATIO lines: a name, nanoseconds, ratio to the bare loop, percent received."""
    out = []
    for line in lines:
        at = line.find("RATIO\t")
        if at < 0:
            continue
        name, ns, times, received = line[at:].rstrip("\r\n").split("\t")[1:5]
        out.append({
            "name": name, "ns": float(ns),
            "times_bare": float(times) if times else None,
            "received_percent": float(received) if received else None,
        })
    return out


def aligned(rows):
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    for row in rows:
        first = row[0].ljust(widths[0])
        yield "  ".join([first] + [c.rjust(w) for c, w in zip(row[1:], widths[1:])]).rstrip()


def text(value, form="{}"):
    return "-" if value is None else form.format(value)


def print_figures(figs):
    rows = [("path", "burst", "slots", "ports", "instr/pkt", "on cpu", "received", "reference",
             "ratio")]
    for f in figs:
        rows.append((
            f["path"], str(f["burst"]), str(f["slots"]), text(f["ports"] or None),
            text(f["instructions"], "{:.1f}"), text(f["instructions_cpu"], "{:.1f}"),
            text(f["received"], "{:.1%}"), text(f["reference"]), text(f["ratio"], "{:.2f}")))
    for line in aligned(rows):
        print(line)


def spread(figs, what):
    """Return by how much the most expensive case of a group exceeds the first, by path."""
    groups = {}
    for f in figs:
        if what == "ports" and f["path"] == "unicast" and f["burst"] == 1024:
            groups.setdefault("unicast", []).append(f)
        if what == "slots" and f["burst"] == 128 and f["path"] in ("unicast", "pipe"):
            groups.setdefault(f["path"], []).append(f)
    out = []
    for path, group in groups.items():
        if len({f[what] for f in group}) > 1:
            group.sort(key=lambda f: f[what])
            first = group[0]["instructions"]
            worst = max(group, key=lambda f: f["instructions"])
            out.append({"path": path, "over": what, "from": group[0][what], "to": group[-1][what],
                        "growth": round(worst["instructions"] / first - 1, 4),
                        "worst_at": worst[what]})
    return out


def print_spread(spreads):
    for s in spreads:
        print(f"{s['path']}, {s['over']} {s['from']} to {s['to']}: at most {s['growth']:+.1%} "
              f"over the first, at {s['worst_at']}")


def print_ratios(ratios):
    rows = [("", "ns", "x bare", "received")]
    for r in ratios:
        rows.append((r["name"], f"{r['ns']:.2f}", text(r["times_bare"], "{:.2f}"),
                     text(r["received_percent"], "{:.1f}%")))
    for line in aligned(rows):
        print(line)
