#!/usr/bin/env python3
"""Where tools/llama_server.sh looks for a server. Nothing is fetched."""

import os
import subprocess
import tempfile
import unittest

SCRIPT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "llama_server.sh")
WORKS = "#!/bin/sh\necho version: 0.7.0\n"
BROKEN = "#!/bin/sh\nexit 127\n"


class Search(unittest.TestCase):
    def setUp(self):
        holder = tempfile.TemporaryDirectory()
        self.addCleanup(holder.cleanup)
        self.folder = holder.name
        self.path = os.path.join(self.folder, "path")
        os.mkdir(self.path)
        # No apt-get that reaches anything.
        self.put("path/apt-get", "#!/bin/sh\nexit 100\n")

    def put(self, name, text):
        name = os.path.join(self.folder, name)
        with open(name, "w", encoding="utf-8") as file:
            file.write(text)
        os.chmod(name, 0o755)
        return name

    def search(self, **environment):
        return subprocess.run([SCRIPT, os.path.join(self.folder, "llama")], check=False,
                              stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              env={"PATH": f"{self.path}:/usr/bin:/bin", **environment})

    def test_the_one_on_path_comes_first(self):
        first = self.put("path/llama-server", WORKS)
        other = self.put("other", WORKS)
        self.assertEqual(self.search(MUAI_LLAMA_SERVER=other).stdout, first + "\n")

    def test_one_that_does_not_start_is_passed_over(self):
        self.put("path/llama-server", BROKEN)
        other = self.put("other", WORKS)
        done = self.search(MUAI_LLAMA_SERVER=other)
        self.assertEqual((done.returncode, done.stdout), (0, other + "\n"))

    def test_without_any_the_reason_is_one_line(self):
        done = self.search()
        self.assertEqual((done.returncode, done.stdout), (1, ""))
        with open(os.path.join(self.folder, "llama", "why"), encoding="utf-8") as file:
            self.assertRegex(file.read(), r"\Ano llama-server on PATH, and [^\n]*\n\Z")


if __name__ == "__main__":
    unittest.main()
