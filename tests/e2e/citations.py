#!/usr/bin/env python3
"""Citations and traces: every claim is shown in its place, checked, and explained."""

import json
import sqlite3
import unittest

from _muai import ProgramTest

QUESTION = "How often is a sourdough starter fed?"
FACT = "A sourdough starter is fed once a day with equal weights of flour and water."


class Citations(ProgramTest):
    def setUp(self):
        super().setUp()
        self.add_samples()
        self.answer = self.run_muai("ask", QUESTION).out

    def test_a_citation_shows_the_passage_in_its_surroundings(self):
        done = self.run_muai("cite", "last", "1")
        self.assertIn("  > A sourdough starter is fed once a day", done.out)
        self.assertIn("room temperature", done.out.replace("\n    ", " "))
        self.assertIn("kb://notes/en/sourdough.md#", done.out)
        self.assertEqual(done.out, self.run_muai("cite", "1").out)
        shown = self.run_json("cite", "last", "1")["citations"][0]
        self.assertEqual(shown["quote"], FACT)
        self.assertTrue(shown["stored"])
        self.assertTrue(shown["after"].strip().startswith("It is kept at room"))

    def test_a_number_that_is_not_cited_is_named(self):
        self.assertIn("there is no [9]", self.run_muai("cite", "last", "9", code=1).err)
        self.run_muai("cite", "last", "x", code=1)

    def test_an_answer_as_printed_passes_its_check(self):
        self.assertIn("ok 1 sentence", self.run_muai("cite", "check").out)
        self.run_muai("cite", "check", "last", "--answer", "-", text=self.answer)
        self.assertTrue(self.run_json("cite", "check")["ok"])

    def test_an_altered_word_fails_by_its_sentence(self):
        altered = self.folder / "altered.txt"
        altered.write_text(self.answer.replace("once", "twice"))
        done = self.run_muai("cite", "check", "--answer", altered, code=1)
        self.assertIn(FACT.replace("once", "twice"), done.out)
        self.assertIn("word for word", done.out)
        verdict = self.run_json("cite", "check", "--answer", altered, code=1)
        self.assertEqual(len(verdict["problems"]), 1)

    def test_a_sentence_without_a_mark_or_with_a_wrong_one_fails(self):
        for text, what in [(FACT, "no citation"), (FACT + " [7]", "cites [7]")]:
            done = self.run_muai("cite", "check", "--answer", "-", text=text, code=1)
            self.assertIn(what, done.out)

    def test_a_source_that_changed_fails_only_when_it_is_read_again(self):
        note = self.folder / "note.md"
        note.write_text("# Ferry\n\nThe ferry to Nordholm leaves at nine in the morning.\n")
        self.run_muai("kb", "add", "--in", "ferry", note)
        self.run_muai("ask", "--in", "ferry", "When does the ferry to Nordholm leave?")
        self.run_muai("cite", "check", "--refetch")
        note.write_text("# Ferry\n\nThe ferry to Nordholm leaves at ten in the morning now.\n")
        self.run_muai("kb", "add", "--in", "ferry", note)
        self.run_muai("cite", "check")
        done = self.run_muai("cite", "check", "--refetch", code=1)
        self.assertIn("no longer says so", done.out)

    def test_a_stored_text_that_was_altered_is_noticed(self):
        with sqlite3.connect(self.folder / "home/.local/share/muai/texts.db") as database:
            database.execute("UPDATE texts SET text = replace(text, 'once', 'rare')")
        done = self.run_muai("cite", "check", code=1)
        self.assertIn("altered", done.err + done.out)

    def test_before_the_first_question_the_next_step_is_named(self):
        environment = self.environment | {"HOME": str(self.folder / "empty")}
        done = self.run_muai("cite", "check", environment=environment, code=1)
        self.assertIn("ask something first", done.err)


class Traces(ProgramTest):
    def test_a_trace_names_each_step_with_its_time(self):
        self.add_samples()
        self.run_muai("ask", QUESTION)
        tree = self.run_muai("trace", "show", "last").out
        for step in ("search (web_search)", "fetch (fetch_url)", "summarize",
                     "answer (answer_generate)", "tool web_search"):
            self.assertRegex(tree, r"(?m)^.*" + step.replace("(", r"\(").replace(")", r"\)") +
                             r" +[0-9.]+ m?s")
        self.assertIn(QUESTION, tree)

    def test_json_is_the_line_of_the_file(self):
        self.add_samples()
        self.run_muai("ask", QUESTION)
        line = (self.folder / "home/.local/state/muai/traces/workflow_traces.jsonl").read_text()
        self.assertEqual(self.run_json("trace", "show", "last"), json.loads(line))

    def test_a_failed_run_shows_its_error_and_its_place(self):
        self.run_muai("run", "search_qa", "-s", "question=x", code=None)
        tree = self.run_muai("trace", "show").out
        self.assertIn("failed", tree)
        self.assertIn("in search_qa/search", tree)

    def test_lists_are_filtered(self):
        self.add_samples()
        self.run_muai("ask", QUESTION)
        self.run_muai("ask", "-w", "fast", QUESTION)
        self.run_muai("run", "absent_workflow", code=1)
        def count(*flags):
            return len(self.run_json("trace", "list", *flags)["traces"])
        self.assertEqual(count(), 3)
        self.assertEqual(count("-n", "1"), 1)
        self.assertEqual(count("--failed"), 1)
        self.assertEqual(count("--workflow", "fast"), 1)
        self.assertEqual(count("--since", "2020-01-01"), 3)
        self.assertEqual(count("--since", "2999-01-01"), 0)
        self.assertEqual(count("--text", "sourdough"), 2)
        self.run_muai("trace", "list", "--since", "yesterday", code=1)

    def test_traces_are_found_by_the_beginning_of_their_id(self):
        self.add_samples()
        trace = self.run_json("ask", QUESTION)["trace_id"]
        self.assertIn(trace, self.run_muai("trace", "show", trace[:10]).out)
        self.assertIn("trace list", self.run_muai("trace", "show", "zzz", code=1).err)

    def test_purged_traces_are_gone(self):
        self.add_samples()
        self.run_muai("ask", QUESTION)
        self.run_muai("trace", "purge", code=1)
        self.assertEqual(self.run_json("trace", "purge", "--text", "sourdough")["records"], 1)
        self.assertEqual(self.run_json("trace", "list"), {"traces": []})

    def test_the_trace_can_follow_the_answer(self):
        self.add_samples()
        done = self.run_muai("ask", "--trace", QUESTION)
        self.assertIn("tool web_search", done.err)
        self.assertNotIn("tool web_search", done.out)


if __name__ == "__main__":
    unittest.main(verbosity=2)
