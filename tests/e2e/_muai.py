"""What the end-to-end tests share: the built program in an empty folder of its own."""

import json
import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

PROGRAM = os.environ["MUAI"]
SAMPLES = pathlib.Path(os.environ["MUAI_TEST_DATA"]) / "samples"


class ProgramTest(unittest.TestCase):
    """Each test has its own HOME and data, and no network: only what is configured may answer."""

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="muai-e2e-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(self.folder / "home"),
            "LC_ALL": "C",
            "MUAI_OFFLINE": "1",
        }
        for name in ("ASAN_OPTIONS", "UBSAN_OPTIONS", "TSAN_OPTIONS", "ASAN_SYMBOLIZER_PATH"):
            if name in os.environ:
                self.environment[name] = os.environ[name]

    def run_muai(self, *arguments, text=None, code=0, environment=None):
        """Runs the program; `text` goes to stdin, which is /dev/null otherwise."""
        done = subprocess.run(
            [PROGRAM, *map(str, arguments)],
            input=None if text is None else text.encode(),
            stdin=subprocess.DEVNULL if text is None else None,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=self.folder,
            env=self.environment if environment is None else environment,
            timeout=120,
        )
        done.out = done.stdout.decode()
        done.err = done.stderr.decode()
        if code is not None:
            self.assertEqual(done.returncode, code, f"stdout:\n{done.out}\nstderr:\n{done.err}")
        return done

    def run_json(self, *arguments, **keywords):
        """The one object that --json prints."""
        done = self.run_muai(*arguments, "--json", **keywords)
        self.assertEqual(done.out.count("\n"), 1, done.out)
        value = json.loads(done.out)
        self.assertIsInstance(value, dict)
        return value

    def add_samples(self, collection="notes", language="en"):
        return self.run_muai("kb", "add", "--in", collection, SAMPLES / language)
