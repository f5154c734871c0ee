#!/usr/bin/env python3
"""What ./dev says to a person, on machines it cannot work on. Nothing is installed or built."""

import os
import re
import subprocess
import tempfile
import unittest

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")
DEV = os.path.join(ROOT, "dev")


def dev(*arguments, stand_ins=None):
    """Runs ./dev with nothing in its environment but PATH, with commands replaced by scripts."""
    with tempfile.TemporaryDirectory() as folder:
        for name, body in (stand_ins or {}).items():
            path = os.path.join(folder, name)
            with open(path, "w", encoding="utf-8") as file:
                file.write("#!/bin/sh\n" + body + "\n")
            os.chmod(path, 0o755)
        return subprocess.run([DEV, *arguments], stdin=subprocess.DEVNULL, capture_output=True,
                              text=True, check=False, cwd="/",
                              env={"PATH": f"{folder}:/usr/sbin:/usr/bin:/sbin:/bin"})


class Usage(unittest.TestCase):
    def test_help_names_every_command(self):
        with open(DEV, encoding="utf-8") as file:
            commands = re.findall(r"^cmd_(\w+)\(\)", file.read(), re.M)
        done = dev("help")
        self.assertEqual(done.returncode, 0)
        self.assertGreater(len(commands), 9)
        for command in commands:
            self.assertIn(f"./dev {command}", done.stdout)

    def test_an_unknown_command_is_a_usage_error_on_stderr(self):
        done = dev("frobnicate")
        self.assertEqual(done.returncode, 2)
        self.assertEqual(done.stdout, "")
        self.assertIn("./dev setup", done.stderr)

    def test_sanitize_asks_which(self):
        done = dev("sanitize")
        self.assertEqual(done.returncode, 1)
        self.assertIn("tsan|asan", done.stderr)


class Machine(unittest.TestCase):
    def test_a_full_disk_is_said_in_one_sentence(self):
        table = "echo F 1-blocks Used Available Use% Mounted; echo /dev/x 1 1 20480 99% /"
        done = dev("build", stand_ins={"df": table})
        self.assertEqual(done.returncode, 1)
        self.assertIn("MB of free disk are needed to build, and . has 20 MB", done.stderr)

    def test_a_user_without_sudo_gets_the_one_line_to_run(self):
        done = dev("setup", stand_ins={"dpkg-query": "exit 1", "id": "echo 1000",
                                       "sudo": "exit 1", "apt-get": "exit 1"})
        self.assertEqual(done.returncode, 3)
        line = "apt-get update && apt-get install -y --no-install-recommends clang-19 lld-19 "
        self.assertEqual(done.stderr.count(f"\n{line}"), 1)
        self.assertEqual(done.stdout, "")

    def test_only_what_is_missing_is_asked_for(self):
        installed = ('for p in "$@"; do case $p in -*|libfmt-dev) ;; '
                     '*) echo "$p installed";; esac; done')
        done = dev("setup", stand_ins={"dpkg-query": installed, "id": "echo 1000",
                                       "sudo": "exit 1", "apt-get": "exit 1"})
        self.assertEqual(done.returncode, 3)
        self.assertIn("--no-install-recommends libfmt-dev\n", done.stderr)

    def test_nothing_is_done_when_nothing_is_missing(self):
        installed = 'for p in "$@"; do echo "$p installed"; done'
        done = dev("setup", stand_ins={"dpkg-query": installed, "apt-get": "exit 1"})
        self.assertEqual(done.returncode, 0, done.stderr)


if __name__ == "__main__":
    unittest.main()
