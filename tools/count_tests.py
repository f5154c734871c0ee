#!/usr/bin/env python3
"""Counts the test cases behind a ctest JUnit file and prints `N passed, N failed`.

    tools/count_tests.py build/dev/tests.xml

One ctest entry is a whole test program. Programs of GoogleTest and unittest say themselves how
many cases they ran; any other program is one case. Exits 1 when something failed or nothing ran.
"""

import re
import sys
import xml.etree.ElementTree as xml

GTEST_PASSED = re.compile(r"^\[  PASSED  \] (\d+) tests?", re.M)
GTEST_FAILED = re.compile(r"^\[  FAILED  \] (\d+) tests?, listed below", re.M)
UNITTEST_RAN = re.compile(r"^Ran (\d+) tests? in", re.M)
UNITTEST_BAD = re.compile(r"^FAILED \((.*)\)", re.M)


def count_case(succeeded, output):
    """(passed, failed) of one ctest entry."""
    passed = sum(map(int, GTEST_PASSED.findall(output)))
    failed = sum(map(int, GTEST_FAILED.findall(output)))
    for ran in UNITTEST_RAN.findall(output):
        passed += int(ran)
    for bad in UNITTEST_BAD.findall(output):
        count = sum(int(n) for n in re.findall(r"=(\d+)", bad))
        passed, failed = passed - count, failed + count
    if passed + failed == 0:
        return (1, 0) if succeeded else (0, 1)
    if not succeeded and failed == 0:
        return passed, 1
    return passed, failed


def count(root):
    passed = failed = 0
    for case in root.iter("testcase"):
        succeeded = case.get("status") == "run" and case.find("failure") is None
        more = count_case(succeeded, case.findtext("system-out") or "")
        passed, failed = passed + more[0], failed + more[1]
    return passed, failed


def main(path):
    try:
        passed, failed = count(xml.parse(path).getroot())
    except (OSError, xml.ParseError) as error:
        print(f"no test results: {error}", file=sys.stderr)
        passed = failed = 0
    print(f"{passed} passed, {failed} failed")
    return int(failed > 0 or passed == 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
