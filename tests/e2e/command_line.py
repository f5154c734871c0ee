#!/usr/bin/env python3
"""The command line itself: help, names, flags, mistakes, bare environments."""

import json
import shutil
import subprocess
import unittest

from _muai import ProgramTest


class CommandLine(ProgramTest):
    def test_version_is_said_without_opening_anything(self):
        self.assertRegex(self.run_muai("--version").out, r"^muai \d+\.\d+\.\d+\n$")
        self.assertEqual(self.run_json("--version")["name"], "muai")
        self.assertFalse((self.folder / "home").exists())

    def test_no_arguments_print_the_overview_on_stderr(self):
        done = self.run_muai(code=2)
        self.assertEqual(done.out, "")
        self.assertIn("usage: muai", done.err)

    def test_every_command_of_the_overview_has_a_page_that_fits_80_columns(self):
        overview = self.run_muai("--help").out
        names = [line[2:].split("  ")[0] for line in overview.splitlines()
                 if line.startswith("  ") and not line.startswith("   ")]
        self.assertIn("kb add", names)
        for name in names:
            page = self.run_muai(*name.split(), "--help").out
            self.assertIn(f"usage: muai {name}", page)
            self.assertIn("--json", page)
            self.assertLessEqual(max(map(len, page.splitlines())), 80, page)
            self.assertEqual(page, self.run_muai("help", *name.split()).out)

    def test_mistakes_name_what_was_probably_meant(self):
        for arguments, meant in [(("traec", "show"), "trace"), (("kb", "ad"), "'add'"),
                                 (("kb",), "add"), (("trace", "shwo"), "'show'"),
                                 (("ask", "--form", "x", "q"), "'--from'"),
                                 (("ask", "q", "--citations", "inlin"), "'inline'"),
                                 (("help", "asj"), "'ask'")]:
            done = self.run_muai(*arguments, code=2)
            self.assertEqual(done.out, "")
            self.assertIn(meant, done.err, arguments)

    def test_what_is_missing_or_too_much_is_a_usage_error(self):
        self.assertIn("QUESTION is missing", self.run_muai("ask", code=2).err)
        self.assertIn("too many", self.run_muai("kb", "list", "a", "b", code=2).err)
        self.run_muai("kb", "search", "-n", "0", "x", code=1)

    def test_unknown_names_say_which_exist(self):
        self.add_samples()
        self.assertIn("'notes'", self.run_muai("ask", "--in", "note", "What?", code=1).err)
        self.assertIn("search_qa", self.run_muai("run", "serch_qa", code=1).err)
        error = self.run_json("kb", "list", "nots", code=1)["error"]
        self.assertEqual(error["code"], "not_found")
        self.assertIn("notes", error["message"])

    def test_without_home_locale_or_environment_it_works(self):
        for environment in ({}, {"LC_ALL": "nonsense", "TERM": "dumb"}):
            data = self.folder / f"data{len(environment)}"
            sample = self.folder / "a.txt"
            sample.write_text("The bridge of Nordholm was built in 1899.\n")
            environment = environment | {"MUAI_DATA_DIR": str(data), "MUAI_OFFLINE": "1"}
            self.run_muai("kb", "add", sample, environment=environment)
            done = self.run_muai("When was the bridge of Nordholm built?", environment=environment)
            self.assertIn("1899", done.out)

    def test_a_broken_configuration_names_file_and_line(self):
        (self.folder / "bad.yaml").write_text("network:\n  offline: perhaps\n")
        done = self.run_muai("kb", "list", "--config", "bad.yaml", code=3)
        self.assertIn("bad.yaml:2", done.err)
        done = self.run_muai("kb", "list", "--config", "missing.yaml", code=3)
        self.assertIn("missing.yaml", done.err)

    def test_the_workflow_state_is_one_json_object(self):
        self.add_samples()
        done = self.run_muai("run", "search_qa_fast", "--set",
                             "question=How high is the lighthouse of Nordholm?")
        state = json.loads(done.out)
        self.assertIn("34 metres high", state["final_answer"])
        self.assertEqual(self.run_json("run", "fast", "-s", "question=x")["state"]["question"], "x")

    def test_a_missing_input_is_refused_before_any_step(self):
        done = self.run_muai("run", "search_qa", code=1)
        self.assertIn("needs 'question'", done.err)

    def test_completions_are_valid_scripts(self):
        for shell in ("bash", "zsh", "fish"):
            script = self.run_muai("completion", shell).out
            self.assertIn("trace", script)
            if shutil.which(shell):
                checked = subprocess.run([shell, "-n"], input=script.encode(), capture_output=True)
                self.assertEqual(checked.returncode, 0, checked.stderr)
        self.run_muai("completion", "tcsh", code=1)

    def test_bash_completes_commands_and_flags(self):
        script = self.run_muai("completion", "bash").out
        def complete(*words):
            quoted = " ".join(f"'{word}'" for word in words)
            ask = (f"COMP_WORDS=({quoted}); COMP_CWORD={len(words) - 1}; _muai; "
                   "printf '%s\\n' \"${COMPREPLY[@]}\"")
            return subprocess.run(["bash"], input=(script + ask).encode(),
                                  capture_output=True).stdout.decode().split()
        self.assertEqual(complete("muai", "tra"), ["trace"])
        self.assertEqual(complete("muai", "kb", "a"), ["add"])
        self.assertEqual(complete("muai", "kb", "add", "--pru"), ["--prune"])
        self.assertEqual(complete("muai", "ask", "--cit"), ["--citations"])


if __name__ == "__main__":
    unittest.main(verbosity=2)
