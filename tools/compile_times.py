#!/usr/bin/env python3
"""Prints the compile budget from a .ninja_log: the median, the worst files, and what exceeds it.

    tools/compile_times.py build/times/.ninja_log

Wall seconds per object file; meaningful when one compiler ran at a time and no cache answered.
"""

import re
import sys

WORST_MAX_S = 15.0
MEDIAN_MAX_S = 2.5


def read_times(lines):
    """{object file: seconds} of the last compilation of each."""
    times = {}
    for line in lines:
        fields = line.rstrip("\n").split("\t")
        if len(fields) >= 4 and fields[3].endswith(".o"):
            times[fields[3]] = (int(fields[1]) - int(fields[0])) / 1000
    return times


def main(path):
    with open(path, encoding="utf-8") as file:
        times = read_times(file)
    if not times:
        print("no object files in the log")
        return 1
    ordered = sorted(times.items(), key=lambda item: -item[1])
    median = ordered[len(ordered) // 2][1]
    for name, seconds in ordered[:10]:
        print(f"{seconds:7.1f} s  {re.sub(r'CMakeFiles/[^/]+[.]dir/', '', name)}")
    print(f"{len(ordered)} files: median {median:.1f} s (budget {MEDIAN_MAX_S}), "
          f"worst {ordered[0][1]:.1f} s (budget {WORST_MAX_S}), "
          f"all {sum(times.values()):.0f} s")
    return int(median > MEDIAN_MAX_S or ordered[0][1] > WORST_MAX_S)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
