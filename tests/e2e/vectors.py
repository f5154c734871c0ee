#!/usr/bin/env python3
"""Collections with vectors: made by `kb add`, used by `kb search` and `ask`, and done without."""

import os
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from _model_server import ModelServer  # noqa: E402
from _muai import ProgramTest  # noqa: E402

CONFIG = """rag:
  embedding_model: meaning
"""
MODELS = """models:
  - name: meaning
    capabilities: [embed]
    base_url: {}
    model_path: tiny
"""


def meaning(text):
    """Two subjects: what floats, and everything else."""
    floats = any(word in text.lower() for word in ("ship", "vessel", "harbour"))
    return [1.0, 0.1] if floats else [0.1, 1.0]


class Vectors(ProgramTest):
    def setUp(self):
        super().setUp()
        self.server = ModelServer(embed=meaning)
        self.addCleanup(self.server.close)
        folder = self.folder / "home" / ".config" / "muai"
        folder.mkdir(parents=True)
        (folder / "config.yaml").write_text(CONFIG)
        (folder / "models.yaml").write_text(MODELS.format(self.server.base_url))
        notes = self.folder / "notes"
        notes.mkdir()
        (notes / "pier.md").write_text("The ship lies at the pier since Tuesday.\n")
        (notes / "bread.md").write_text("Dough rests for an hour before it is baked.\n")

    def texts_asked(self):
        return [text for request in self.server.requests for text in request["input"]]

    def test_a_passage_is_found_that_shares_no_word_with_the_query(self):
        self.run_muai("kb", "add", self.folder / "notes")
        self.assertEqual(len(self.texts_asked()), 2)
        hits = self.run_json("kb", "search", "vessel", "--why")["hits"]
        self.assertEqual(hits[0]["text"], "The ship lies at the pier since Tuesday.")
        self.assertGreater(hits[0]["why"]["vector"], 0)
        text = self.run_muai("kb", "search", "vessel", "--why").out
        self.assertIn("meaning, by its vector", text)

    def test_only_new_passages_are_embedded(self):
        self.run_muai("kb", "add", self.folder / "notes")
        (self.folder / "notes" / "tea.md").write_text("Tea is dried in the shade.\n")
        self.run_muai("kb", "add", self.folder / "notes")
        self.assertEqual(len(self.texts_asked()), 3)
        self.assertIn("Tea", self.texts_asked()[-1])

    def test_without_the_model_words_alone_decide_and_it_is_said(self):
        self.run_muai("kb", "add", self.folder / "notes")
        self.server.close()
        done = self.run_muai("kb", "search", "dough")
        self.assertIn("Dough rests", done.out)
        self.assertIn("found by words alone", done.err)

    def test_documents_are_added_also_when_the_model_is_away(self):
        self.server.close()
        done = self.run_muai("kb", "add", self.folder / "notes")
        self.assertIn("2 documents added", done.out)
        self.assertIn("no vectors by meaning", done.err)

    def test_an_answer_may_come_from_a_passage_found_by_its_vector(self):
        self.run_muai("kb", "add", "--in", "home", self.folder / "notes")
        asked = len(self.texts_asked())
        self.run_muai("ask", "--in", "home", "Since when does the vessel lie at the pier?")
        self.assertGreater(len(self.texts_asked()), asked)


if __name__ == "__main__":
    unittest.main(verbosity=2)
