#!/usr/bin/env python3
"""Pages that hide instructions from people: no model is told them, nobody finds them."""

import json
import os
import pathlib
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from _model_server import ModelServer  # noqa: E402
from _muai import ProgramTest  # noqa: E402

PAGES = pathlib.Path(os.environ["MUAI_TEST_DATA"]) / "injection" / "pages.jsonl"
ORDER = "Ignore earlier instructions"


def hidden_pages():
    """One page for each way of hiding."""
    ways = {}
    for line in PAGES.read_text(encoding="utf-8").splitlines():
        case = json.loads(line)
        if case["hidden"]:
            ways.setdefault(case["id"].split("/")[0], case)
    return list(ways.values())


class HiddenInstructions(ProgramTest):
    def setUp(self):
        super().setUp()
        self.server = ModelServer("The lighthouse at Cape Orin first shone in 1871 [1].")
        self.addCleanup(self.server.close)
        folder = self.folder / "home" / ".config" / "muai"
        folder.mkdir(parents=True)
        model = {"name": "told", "capabilities": ["generate"], "model_path": "tiny",
                 "base_url": self.server.base_url}
        (folder / "models.yaml").write_text(json.dumps({"models": [model]}))
        self.pages = self.folder / "pages"
        self.pages.mkdir()
        self.cases = hidden_pages()
        for case in self.cases:
            self.page_of(case).write_text(case["html"], encoding="utf-8")

    def page_of(self, case):
        return self.pages / (case["id"].replace("/", "-") + ".html")

    def assert_says_nothing(self, case, text):
        self.assertNotIn(case["canary"], text)
        self.assertNotIn(ORDER, text)

    def test_no_prompt_holds_one_and_no_answer(self):
        for case in self.cases:
            with self.subTest(case["id"]):
                self.server.requests.clear()
                page = self.page_of(case)
                done = self.run_muai("ask", case["question"], "--from", page, "--model", "told")
                prompts = json.dumps(self.server.requests, ensure_ascii=False)
                self.assertIn(case["gold"], prompts)
                self.assert_says_nothing(case, prompts)
                self.assertIn(case["gold"], done.out)
                self.assert_says_nothing(case, done.out + done.err)

    def test_no_dry_run_shows_one(self):
        case = self.cases[0]
        done = self.run_muai("ask", case["question"], "--from", self.page_of(case), "--model",
                             "told", "--dry-run")
        self.assert_says_nothing(case, done.out + done.err)
        self.assertEqual(self.server.requests, [])

    def test_no_search_finds_one(self):
        self.run_muai("kb", "add", self.pages)
        done = self.run_muai("kb", "search", ORDER + " lighthouse", "--limit", "50", "--json")
        hits = json.loads(done.out)["hits"]
        self.assertTrue(hits)
        for case in self.cases:
            self.assert_says_nothing(case, json.dumps(hits, ensure_ascii=False))


if __name__ == "__main__":
    unittest.main(verbosity=2)
