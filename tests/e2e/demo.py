#!/usr/bin/env python3
"""`muai demo` over the pages of tests/data/samples, compared with tests/golden/demo.txt.

UPDATE_GOLDEN=1 writes the golden file anew. Times, ids and temporary paths are scrubbed.
"""

import difflib
import os
import re
import subprocess
import sys

GOLDEN = os.path.join(os.environ["MUAI_SOURCE"], "tests/golden/demo.txt")
SAMPLES = os.path.join(os.environ["MUAI_TEST_DATA"], "samples")


def scrubbed(text):
    for pattern, word in ((r"\b\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\b", "TIME"),
                          (r"\b[0-9a-f]{32}\b", "TRACE"),
                          (r"\b[0-9a-f]{12}\b", "TRACE"),
                          (r"\bcost \d\S*", "cost COST"),
                          (r"\{\"\w+\":\S.*…$", "ARGUMENTS"),
                          (r"\S*/muai-demo-\w{6}", "FOLDER"),
                          (r" *\b\d+(\.\d+)? m?s\b", " DURATION")):
        text = re.sub(pattern, word, text, flags=re.M)
    return "\n".join(line.rstrip() for line in text.split("\n"))


def muai(*arguments):
    return subprocess.run([os.environ["MUAI"], *arguments], stdin=subprocess.DEVNULL, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=300,
                          check=False)


def check_shape(text):
    """What must hold whatever the words of the answers are."""
    asked = re.findall(r"^\$ muai (\w+)", text, re.M)
    assert asked == ["ask", "ask", "ask", "cite", "cite", "trace", "run"], asked
    assert re.findall(r"^\[exit (\d+)\]$", text, re.M) == ["7", "1", "3"], text
    assert "FAILS" in text and "no_pages" in text and "docs" in text, text


def main():
    none = muai("demo", "--offline")
    assert none.returncode == 1 and "./dev run demo" in none.stdout, none.stdout
    added = muai("kb", "add", "--in", "samples", SAMPLES)
    assert added.returncode == 0, added.stdout
    demo = muai("demo", "--in", "samples", "--offline")
    assert demo.returncode == 0, demo.stdout
    text = scrubbed(demo.stdout)
    check_shape(text)
    if os.environ.get("UPDATE_GOLDEN"):
        with open(GOLDEN, "w", encoding="utf-8") as file:
            file.write(text)
    with open(GOLDEN, encoding="utf-8") as file:
        golden = file.read()
    if text != golden:
        sys.stdout.writelines(difflib.unified_diff(golden.splitlines(True), text.splitlines(True),
                                                   "tests/golden/demo.txt", "muai demo"))
        sys.exit("the demo prints something else; UPDATE_GOLDEN=1 accepts it after review")


if __name__ == "__main__":
    main()
