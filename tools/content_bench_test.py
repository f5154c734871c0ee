#!/usr/bin/env python3
"""The table of content quality: what holds, what is sampled, what one broken part does."""

import contextlib
import io
import json
import os
import sys
import tempfile
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "bench", "content"))
sys.dont_write_bytecode = True
import measures  # noqa: E402
import run as driver  # noqa: E402
from bars import make_rows  # noqa: E402
from peers import Peers  # noqa: E402


class Rows(unittest.TestCase):
    def test_a_bar_holds_from_its_value_on_and_smaller_is_better_where_said(self):
        rows = make_rows()
        share, ratio = rows["extraction_aeb"], rows["query_speed"]
        self.assertIsNone(share.holds())
        for value, holds, aim in ((.959, False, False), (.960, True, False), (.972, True, True)):
            share.ours = value
            self.assertEqual((share.holds(), share.reaches_aim()), (holds, aim))
        for value, holds, aim in ((1.1, False, False), (1.0, True, False), (.3, True, True)):
            ratio.ours = value
            self.assertEqual((ratio.holds(), ratio.reaches_aim()), (holds, aim))

    def test_the_mean_needs_all_four_collections(self):
        rows = make_rows()

        def put(row, value):
            row.ours = value
        measures.fill_ndcg(rows, {"cranfield": .4, "cisi": .4, "cacm": .4, "drcd_para": .9}, put)
        self.assertIsNone(rows["ndcg_mean"].ours)
        self.assertEqual(rows["ndcg_drcd_para"].ours, .9)
        measures.fill_ndcg(rows, dict.fromkeys(measures.CLASSIC, .5), put)
        self.assertEqual(rows["ndcg_mean"].ours, .5)


class Driving(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def drive(self, *arguments):
        with contextlib.redirect_stdout(io.StringIO()) as out, \
                contextlib.redirect_stderr(io.StringIO()) as err:
            code = driver.main([self.folder, "--work", os.path.join(self.folder, "work"),
                                *arguments])
        return code, out.getvalue(), err.getvalue()

    def test_parts_that_cannot_run_are_named_and_the_table_is_printed(self):
        path = os.path.join(self.folder, "rows.json")
        code, out, err = self.drive("--only", "answers,summaries", "--json", path)
        self.assertEqual(code, 0)  # nothing that was measured is below its bar
        self.assertIn("answers could not be measured", err)
        self.assertIn("summaries could not be measured", err)
        self.assertIn("0 of 0 bars measured hold.", out)
        with open(path, encoding="utf-8") as file:
            rows = json.load(file)["rows"]
        self.assertEqual(len(rows), len(make_rows()))
        self.assertTrue(all(row["ours"] is None for row in rows))

    def test_a_sample_takes_every_nth_but_some_of_a_small_set(self):
        run = measures.Run(self.folder, "", "", self.folder, 10)
        self.assertEqual(len(run.every(list(range(1000)))), 100)
        self.assertGreaterEqual(len(run.every(list(range(59)))), 20)
        self.assertEqual(run.every([]), [])

    def test_without_the_flag_no_peer_runs_and_the_reason_is_given(self):
        peers = Peers(False, self.folder)
        self.assertIsNone(peers.readability([], os.path.join(self.folder, "out")))
        self.assertEqual(peers.retrieval("quality", self.folder), [])
        self.assertIn("--peers", peers.why_not("readability"))


if __name__ == "__main__":
    unittest.main()
