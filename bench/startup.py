#!/usr/bin/env python3
"""CPU time of `muai --version` over that of an empty program linked with the same libraries.

    bench/startup.py [PROGRAM] [RUNS]      build/release/muai, 200

The empty program costs what the dynamic loader costs; the difference is ours. Both are run in turn,
so that whatever else the machine does touches both alike. Prints medians in milliseconds.
"""

import os
import re
import statistics
import subprocess
import sys
import tempfile


def shared_libraries(program):
    """Paths of the libraries that the program itself asks for."""
    wanted = subprocess.run(["readelf", "-d", program], capture_output=True, text=True, check=True)
    names = re.findall(r"NEEDED.*\[(.*)\]", wanted.stdout)
    found = subprocess.run(["ldd", program], capture_output=True, text=True, check=True).stdout
    paths = dict(re.findall(r"^\s*(\S+) => (\S+)", found, re.M))
    return [paths[name] for name in names if name in paths]


def build_empty(folder, libraries):
    source, program = os.path.join(folder, "empty.cpp"), os.path.join(folder, "empty")
    with open(source, "w", encoding="utf-8") as file:
        file.write("int main() {}\n")
    subprocess.run(["clang++-19", "-O2", "-o", program, source, "-Wl,--no-as-needed", *libraries],
                   check=True)
    return program


def cpu_ms(command):
    child = os.posix_spawn(command[0], command, os.environ, file_actions=[
        (os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)])
    _, status, used = os.wait4(child, 0)
    if status != 0:
        raise SystemExit(f"{command} failed")
    return (used.ru_utime + used.ru_stime) * 1000


def main(program="build/release/muai", runs="200"):
    program = os.path.abspath(program)
    with tempfile.TemporaryDirectory() as folder:
        empty = build_empty(folder, shared_libraries(program))
        ours, loader = [], []
        for _ in range(int(runs)):
            ours.append(cpu_ms([program, "--version"]))
            loader.append(cpu_ms([empty]))
    difference = statistics.median(ours) - statistics.median(loader)
    print(f"muai --version {statistics.median(ours):.2f} ms, the loader alone "
          f"{statistics.median(loader):.2f} ms, difference {difference:.2f} ms CPU")


if __name__ == "__main__":
    main(*sys.argv[1:])
