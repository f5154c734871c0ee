#!/usr/bin/env python3
"""A GGUF file in a real llama-server of the program's own. The weights are random and tiny: what is
tested is how it runs, not what it says."""

import json
import os
import pathlib
import pty
import re
import signal
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from _muai import PROGRAM, ProgramTest  # noqa: E402

GUIDE = pathlib.Path(os.environ["MUAI_SOURCE"]) / "docs" / "guide.md"
TINY_GGUF = os.path.join(os.environ["MUAI_TEST_PROGRAMS"], "tiny_gguf")
PAGE = "The lighthouse at Cape Orin first shone in 1871 and is 31 metres tall.\n"
QUESTION = "When did the lighthouse at Cape Orin first shine?"


class LlamaTest(ProgramTest):
    def setUp(self):
        super().setUp()
        self.environment["MUAI_LLAMA_SERVER"] = os.environ["MUAI_LLAMA_SERVER"]
        self.environment["XDG_RUNTIME_DIR"] = str(self.folder / "run")
        os.mkdir(self.folder / "run", 0o700)
        self.page = self.folder / "cape.txt"
        self.page.write_text(PAGE)
        self.weights = self.folder / "tiny.gguf"
        subprocess.run([TINY_GGUF, self.weights, "llama", "256", "8192"], check=True)

    def events(self):
        return [(event["kind"], event["reason"])
                for step in self.run_json("trace", "show", "last")["steps"]
                for event in step.get("model_events", [])]

    def ask(self, *arguments, **keywords):
        return self.run_muai("ask", "-w", "fast", "--from", self.page, QUESTION, *arguments,
                             **keywords)

    def test_a_file_works_without_any_configuration(self):
        done = self.ask("--model", self.weights)
        self.assertIn("1871", done.out)
        events = self.events()
        self.assertEqual(events[0][0], "load", events)
        self.assertEqual(self.run_json("model", "ps")["processes"], [])
        record = self.run_json("trace", "show", "last")
        self.assertEqual(record["cost_stats"]["model_loads"], 1)

    def test_load_measure_and_quantise(self):
        loaded = self.run_json("model", "load", self.weights)
        self.assertGreater(loaded["memory"]["ram_mb"], 0)
        self.assertGreater(loaded["load_seconds"], 0)
        measured = self.run_json("model", "bench", self.weights, "--runs", "1", "--tokens", "8",
                                 "--prompt-tokens", "30")
        self.assertGreater(measured["tokens_per_s"], 0)
        header = self.run_json("model", "show", self.weights)["header"]
        self.assertEqual(header["architecture"], "llama")
        self.assertEqual(list((self.folder / "run").rglob("*.sock")), [])

    def test_killing_the_server_in_mid_answer_yields_an_answer_and_the_story(self):
        subprocess.run([TINY_GGUF, self.weights, "llama", "256", "8192", "endless"], check=True)
        master, slave = pty.openpty()
        process = subprocess.Popen(
            [PROGRAM, "ask", "-w", "fast", "--model", self.weights, "--from", self.page, QUESTION],
            cwd=self.folder, env=dict(self.environment, TERM="xterm"), stdin=slave, stdout=slave,
            stderr=slave)
        os.close(slave)
        screen = b""
        killed = []
        while True:
            try:
                piece = os.read(master, 4096)
            except OSError:
                break
            if not piece:
                break
            screen += piece
            # What is shown after the last word of progress is the text as it grows.
            if not killed and len(screen.split(b"answering")[-1]) > 60 and b"answering" in screen:
                killed = self.children_of(process.pid)
                for child in killed:
                    os.kill(child, signal.SIGKILL)
        os.close(master)
        self.assertEqual(process.wait(60), 0, screen)
        self.assertTrue(killed, screen)
        self.assertIn("1871", screen.decode(errors="replace"))
        events = self.events()
        self.assertEqual([kind for kind, _ in events][:1], ["load"], events)
        self.assertIn("'extractive' is asked instead", events[-1][1])
        self.assertEqual(list((self.folder / "run").rglob("*.sock")), [])

    def children_of(self, pid):
        """Its model servers."""
        found = []
        for entry in os.listdir("/proc"):
            try:
                status = pathlib.Path("/proc", entry, "status").read_text()
                command = pathlib.Path("/proc", entry, "cmdline").read_bytes()
            except OSError:
                continue
            if f"PPid:\t{pid}\n" in status and b"--host" in command:
                found.append(int(entry))
        return found

    def test_guide_local_file(self):
        section = GUIDE.read_text().split("\n### A GGUF file\n")[1].split("\n#")[0]
        block = re.search(r"(?:^    .*\n|^\n)+", section.split("models.yaml")[1], re.M).group()
        text = "\n".join(line[4:] for line in block.strip("\n").split("\n")) + "\n"
        path = re.search(r"model_path: (\S+\.gguf)", text).group(1)
        folder = self.folder / "home" / ".config" / "muai"
        folder.mkdir(parents=True)
        (folder / "models.yaml").write_text(text.replace(path, str(self.weights)))
        checks = {check["name"]: check for check in self.run_json("doctor")["checks"]}
        self.assertEqual(checks["llama-server"]["status"], "ok")
        self.assertEqual(checks["model local"]["status"], "ok")
        self.assertIn("1871", self.ask("--model", "local").out)
        self.assertIn("local", json.dumps(self.run_json("model", "list")))


if __name__ == "__main__":
    unittest.main()
