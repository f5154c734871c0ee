#!/usr/bin/env python3
"""What the closing line of a test run counts."""

import os
import sys
import unittest
import xml.etree.ElementTree as xml

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import compile_times  # noqa: E402
import count_tests  # noqa: E402


class Counts(unittest.TestCase):
    def test_a_googletest_program_counts_its_cases(self):
        self.assertEqual(count_tests.count_case(True, "[  PASSED  ] 12 tests.\n"), (12, 0))
        output = "[  PASSED  ] 1 test.\n[  FAILED  ] 2 tests, listed below:\n"
        self.assertEqual(count_tests.count_case(False, output), (1, 2))

    def test_a_unittest_program_counts_its_cases(self):
        self.assertEqual(count_tests.count_case(True, "Ran 5 tests in 0.1s\n\nOK\n"), (5, 0))
        output = "Ran 5 tests in 0.1s\n\nFAILED (failures=1, errors=1)\n"
        self.assertEqual(count_tests.count_case(False, output), (3, 2))

    def test_any_other_program_is_one_case(self):
        self.assertEqual(count_tests.count_case(True, "fine\n"), (1, 0))
        self.assertEqual(count_tests.count_case(False, "bad\n"), (0, 1))

    def test_a_crash_after_passing_cases_is_a_failure(self):
        self.assertEqual(count_tests.count_case(False, "[  PASSED  ] 3 tests.\nleak\n"), (3, 1))

    def test_entries_that_did_not_run_have_failed(self):
        tree = xml.fromstring('<testsuite><testcase name="a" status="run"/>'
                              '<testcase name="b" status="notrun"/></testsuite>')
        self.assertEqual(count_tests.count(tree), (1, 1))


class CompileTimes(unittest.TestCase):
    def test_the_last_compilation_of_an_object_counts(self):
        log = ["# ninja log v5\n", "0\t900\t1\ta.cpp.o\tx\n", "100\t400\t2\ta.cpp.o\tx\n",
               "0\t50\t1\tlib.a\tx\n"]
        self.assertEqual(compile_times.read_times(log), {"a.cpp.o": 0.3})


if __name__ == "__main__":
    unittest.main()
