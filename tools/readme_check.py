#!/usr/bin/env python3
"""Runs the commands of a page and compares what they print.

    tools/readme_check.py README.md        in an empty folder, with `muai` on PATH

In a fenced `sh` block, a line that begins with `$ ` is a command (a final backslash continues it)
and the lines up to the next command are its stdout. `...` stands for any text within a line, and
alone on a line for any number of lines. A last line `[exit N]` states an exit code other than 0.
A command without lines under it may print anything. Blocks without `$ ` are not run. The sample
documents of tests/data/sample lie in ./notes; data, state and configuration are the folder's own.
"""

import os
import re
import shutil
import subprocess
import sys

FENCE = re.compile(r"^```sh\n(.*?)^```$", re.M | re.S)
EXIT = re.compile(r"^\[exit (\d+)\]$")


class Example:
    """One command with what the page says of it."""

    def __init__(self, line, command):
        self.line = line
        self.command = command
        self.expected = []
        self.exit_code = 0

    def matches(self, output):
        if not self.expected:
            return True
        return re.fullmatch(pattern_of(self.expected), trimmed(output)) is not None


def trimmed(text):
    """Without blanks at line ends and empty lines at the end, which a page cannot show."""
    return "\n".join(line.rstrip() for line in text.split("\n")).rstrip("\n")


def pattern_of(lines):
    """The regular expression that expected lines with `...` stand for."""
    pieces = []
    for number, line in enumerate(lines):
        last = number == len(lines) - 1
        if line.strip() == "...":
            pieces.append(r"(?:.*(?:\n|\Z))*?" if not last else r"[\s\S]*")
        else:
            text = ".*".join(map(re.escape, line.rstrip().split("...")))
            pieces.append(text if last else text + r"\n")
    return "".join(pieces)


def read_examples(page):
    """The examples of a page, in order."""
    examples = []
    for block in FENCE.finditer(page):
        line = page.count("\n", 0, block.start(1)) + 1
        examples += read_block(line, block[1].rstrip("\n").split("\n"))
    return examples


def read_block(first_line, lines):
    examples, continued = [], False
    for number, line in enumerate(lines, first_line):
        if continued:
            examples[-1].command += "\n" + line
        elif line.startswith("$ "):
            examples.append(Example(number, line[2:]))
        elif examples:
            stated = EXIT.match(line)
            if stated:
                examples[-1].exit_code = int(stated[1])
            else:
                examples[-1].expected.append(line)
            continue
        continued = bool(examples) and line.endswith("\\")
    for example in examples:
        while example.expected and not example.expected[-1].strip():
            example.expected.pop()
    return examples


def run(example):
    """None when the page told the truth, else what was different."""
    done = subprocess.run(["bash", "-c", example.command], stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, encoding="utf-8", errors="replace",
                          check=False)
    if done.returncode == example.exit_code and example.matches(done.stdout):
        return None
    return (f"exit code {done.returncode}, the page says {example.exit_code}\n"
            f"--- the page says\n" + "\n".join(example.expected)
            + f"\n--- it printed\n{done.stdout}--- and on stderr\n{done.stderr}")


def prepare():
    source = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "tests/data/sample")
    shutil.copytree(source, "notes")
    here = os.getcwd()
    os.environ.update(MUAI_DATA_DIR=f"{here}/data", XDG_STATE_HOME=f"{here}/state",
                      XDG_CACHE_HOME=f"{here}/cache", XDG_CONFIG_HOME=f"{here}/config",
                      MUAI_OFFLINE="1", NO_COLOR="1", COLUMNS="100", LC_ALL="C.UTF-8")


def main(path):
    with open(path, encoding="utf-8") as file:
        examples = read_examples(file.read())
    if not examples:
        print(f"{path}: no command to run; is a block's `$ ` missing?")
        return 1
    prepare()
    failed = 0
    for example in examples:
        difference = run(example)
        if difference is not None:
            failed += 1
            print(f"{path}:{example.line}: $ {example.command}\n{difference}")
    print(f"{len(examples) - failed} of {len(examples)} commands of {os.path.basename(path)} hold")
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
