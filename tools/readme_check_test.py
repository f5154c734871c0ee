#!/usr/bin/env python3
"""How a page's commands are read, run and compared."""

import os
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import readme_check  # noqa: E402


def page(*lines):
    return "# Page\n\n```sh\n" + "\n".join(lines) + "\n```\n"


def differences(*lines):
    return [d for d in map(readme_check.run, readme_check.read_examples(page(*lines))) if d]


class Reading(unittest.TestCase):
    def test_only_lines_with_a_prompt_are_commands(self):
        self.assertEqual(readme_check.read_examples(page('./dev run ask "why"')), [])
        found = readme_check.read_examples(page("$ echo a", "a", "", "$ echo b"))
        self.assertEqual([e.command for e in found], ["echo a", "echo b"])
        self.assertEqual(found[0].expected, ["a"])
        self.assertEqual(found[0].line, 4)

    def test_a_backslash_continues_a_command(self):
        found = readme_check.read_examples(page("$ echo a \\", "  b", "a b"))
        self.assertEqual(found[0].command, "echo a \\\n  b")
        self.assertEqual(found[0].expected, ["a b"])

    def test_other_blocks_are_not_read(self):
        self.assertEqual(readme_check.read_examples("```yaml\n$ echo a\n```\n"), [])


class Comparing(unittest.TestCase):
    def test_equal_output_holds_and_other_output_does_not(self):
        self.assertEqual(differences("$ echo a; echo b", "a", "b"), [])
        self.assertEqual(len(differences("$ echo a; echo b", "a")), 1)
        self.assertEqual(len(differences("$ echo a", "a", "b")), 1)

    def test_dots_stand_for_text_within_a_line(self):
        self.assertEqual(differences("$ echo took 12 ms", "took ... ms"), [])
        self.assertEqual(len(differences("$ printf 'took 1\\n2 ms'", "took ... ms")), 1)

    def test_dots_alone_stand_for_any_lines_also_none(self):
        for command in ("$ echo a; echo x; echo y; echo b", "$ echo a; echo b"):
            self.assertEqual(differences(command, "a", "...", "b"), [])
        self.assertEqual(differences("$ seq 5", "...", "5"), [])
        self.assertEqual(differences("$ seq 5", "1", "..."), [])
        self.assertEqual(len(differences("$ seq 5", "...", "6")), 1)
        self.assertEqual(len(differences("$ echo xb", "...", "b")), 1)

    def test_the_exit_code_counts(self):
        self.assertEqual(len(differences("$ exit 7")), 1)
        self.assertEqual(differences("$ echo no; exit 7", "no", "[exit 7]"), [])
        self.assertEqual(len(differences("$ true", "[exit 7]")), 1)


if __name__ == "__main__":
    unittest.main()
