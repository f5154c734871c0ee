#!/usr/bin/env python3
"""Questions to documents: answers on stdout, everything else on stderr, meaning in exit codes."""

import os
import signal
import socket
import subprocess
import unittest

from _muai import PROGRAM, SAMPLES, ProgramTest

QUESTION = "How often is a sourdough starter fed?"
FACT = "A sourdough starter is fed once a day with equal weights of flour and water."
NOT_FOUND = "The sources do not contain an answer to this question."


class Ask(ProgramTest):
    def test_an_answer_is_cited_and_alone_on_stdout(self):
        self.add_samples()
        done = self.run_muai("ask", "--in", "notes", QUESTION)
        self.assertIn(FACT + " [1]", done.out)
        self.assertIn("[1] Sourdough > The starter\n    kb://notes/en/sourdough.md#", done.out)
        self.assertNotIn("trace", done.out)
        self.assertRegex(done.err, r"trace [0-9a-f]{12} · 4 steps · ")
        self.assertNotIn("\x1b", done.out + done.err)

    def test_a_first_word_that_is_no_command_begins_a_question(self):
        self.add_samples()
        self.assertIn(FACT, self.run_muai(QUESTION).out)
        self.assertIn(FACT, self.run_muai(*QUESTION.split()).out)
        self.assertIn(FACT, self.run_muai("-w", "fast", QUESTION).out)

    def test_chinese_questions_find_chinese_documents(self):
        self.add_samples(language="zh")
        done = self.run_muai("ask", "绿茶用多少度的水冲泡?")
        self.assertIn("绿茶用八十度的水冲泡，时间约为两分钟。[1]", done.out)
        self.assertIn("来源", done.out)

    def test_files_are_read_for_one_question_without_being_added(self):
        done = self.run_muai("ask", "--from", SAMPLES / "en" / "lighthouse.html",
                             "When was the lighthouse of Nordholm built?")
        self.assertIn("was built in 1871 by the engineer Karin Sund", done.out)
        self.assertNotIn("earlier instructions", done.out)
        self.assertEqual(self.run_json("kb", "list"), {"collections": []})

    def test_a_list_that_is_longer_than_a_passage_is_kept_whole_and_cited(self):
        steps = [f"Turn the valve of tank number {n} and wait until its light is green"
                 for n in range(1, 29)]
        colours = ["red", "green", "blue", "white", "grey", "black", "brown", "pink", "ochre"]
        page = self.folder / "plant.html"
        page.write_text("<html><body><main><h1>Plant</h1><p>" +
                        " ".join(f"The {c} paint is mixed from pigments and oil, then stored for "
                                 f"{n + 2} days in barrels of steel." for n, c in
                                 enumerate(colours)) +
                        "</p><h2>Shutdown</h2><p>To shut down the plant, take these steps:</p>"
                        "<ol>" + "".join(f"<li>{step}</li>" for step in steps) + "</ol><p>" +
                        "Barrels are inspected every week.</p></main></body></html>",
                        encoding="utf-8")
        done = self.run_muai("ask", "--from", page, "How do I shut down the plant?")
        lines = [line for line in done.out.splitlines() if line.startswith("- ")]
        self.assertEqual(lines, [f"- {step} [1]" for step in steps])
        self.assertIn("To shut down the plant, take these steps: [1]", done.out)
        self.run_muai("cite", "check", "last")

    def test_a_value_of_a_table_is_quoted_below_its_column(self):
        page = self.folder / "types.html"
        page.write_text("<html><body><main><h1>Types</h1><p>Numbers are stored in types of various "
                        "sizes.</p><table><tr><th>Name</th><th>Size</th></tr><tr><td>smallint</td>"
                        "<td>2 bytes</td></tr><tr><td>bigint</td><td>8 bytes</td></tr></table>"
                        "</main></body></html>", encoding="utf-8")
        done = self.run_muai("ask", "--from", page, "What is the size of bigint?")
        self.assertIn("- Name | Size [1]\n- bigint | 8 bytes [1]\n", done.out)
        self.run_muai("cite", "check", "last")

    def test_what_is_not_in_the_sources_is_said_with_exit_code_7(self):
        self.add_samples()
        done = self.run_muai("ask", "Who won the chess championship of 1972?", code=7)
        self.assertEqual(done.out.splitlines()[0], NOT_FOUND)
        self.assertIn("searched: collection notes", done.err)
        answer = self.run_json("ask", "Who won the chess championship of 1972?", code=7)
        self.assertFalse(answer["found"])
        self.assertEqual(answer["answer"], NOT_FOUND)
        self.assertEqual(answer["citations"], [])

    def test_json_holds_answer_citations_and_places(self):
        self.add_samples()
        answer = self.run_json("ask", QUESTION)
        self.assertTrue(answer["found"])
        self.assertEqual(answer["workflow"], "search_qa")
        span = answer["citation_spans"][0]
        self.assertEqual(span["quote"], FACT)
        self.assertEqual(span["n"], 1)
        self.assertEqual(len(span["text_sha256"]), 64)
        self.assertEqual(span["url"].split("#")[0], answer["citations"][0].split("#")[0])
        self.assertEqual(len(answer["trace_id"]), 32)

    def test_citations_can_be_left_out(self):
        self.add_samples()
        none = self.run_muai("ask", QUESTION, "--citations", "none").out
        self.assertIn(FACT, none)
        self.assertNotIn("[1]", none)
        inline = self.run_muai("ask", QUESTION, "--citations", "inline").out
        self.assertIn("[1]", inline)
        self.assertNotIn("kb://", inline)
        listed = self.run_muai("ask", QUESTION, "--citations", "list").out
        self.assertNotIn(". [1]", listed)
        self.assertIn("kb://", listed)

    def test_a_dry_run_says_what_would_happen_and_leaves_no_trace(self):
        self.add_samples()
        plan = self.run_json("ask", QUESTION, "--dry-run")
        self.assertEqual(plan["workflow"], "search_qa")
        self.assertEqual(plan["searches"][0], "collection notes")
        self.assertEqual(self.run_json("trace", "list"), {"traces": []})

    def test_offline_without_documents_is_refused_with_the_remedy(self):
        done = self.run_muai("ask", "--offline", QUESTION, code=6)
        self.assertEqual(done.out, "")
        self.assertIn("muai kb add", done.err)

    def test_offline_keeps_a_page_of_the_web_unread(self):
        done = self.run_muai("summarize", "--offline", "http://example.org/", code=6)
        self.assertIn("offline", done.err)
        self.assertIn("muai trace show", done.err)

    def test_quiet_leaves_stderr_empty(self):
        self.add_samples()
        self.assertEqual(self.run_muai("ask", "-q", QUESTION).err, "")

    def test_colour_needs_a_terminal_or_a_wish(self):
        self.add_samples()
        self.assertIn("\x1b[36m[1]", self.run_muai("ask", QUESTION, "--color=always").out)
        self.assertNotIn("\x1b", self.run_muai("ask", QUESTION).out)


class Pipes(ProgramTest):
    def test_a_text_in_the_pipe_is_the_source(self):
        text = "The ferry to Nordholm leaves at nine in the morning.\n"
        done = self.run_muai("ask", "When does the ferry to Nordholm leave?", text=text)
        self.assertIn("leaves at nine in the morning. [1]", done.out)
        self.assertIn("kb://stdin/stdin.txt#", done.out)
        self.run_muai("cite", "check")

    def test_a_dash_reads_the_question_itself(self):
        self.add_samples()
        self.assertIn(FACT, self.run_muai("ask", "-", text=QUESTION + "\n").out)

    def test_a_pipe_that_nobody_writes_to_does_not_hang(self):
        self.add_samples()
        reading, writing = os.pipe()
        self.addCleanup(os.close, writing)
        done = subprocess.run([PROGRAM, "ask", QUESTION], stdin=reading, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, env=self.environment, cwd=self.folder,
                              timeout=60)
        os.close(reading)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn(FACT.encode(), done.stdout)

    def test_a_reader_that_goes_away_is_no_error(self):
        self.add_samples()
        reading, writing = os.pipe()
        os.close(reading)
        done = subprocess.run([PROGRAM, "ask", QUESTION], stdin=subprocess.DEVNULL, stdout=writing,
                              stderr=subprocess.PIPE, env=self.environment, cwd=self.folder,
                              timeout=60)
        os.close(writing)
        self.assertEqual(done.returncode, 0)
        self.assertNotIn(b"roken pipe", done.stderr)

    def test_interrupt_ends_with_130_and_leaves_a_trace(self):
        program = self.start_slow_summary()
        program.send_signal(signal.SIGINT)
        out, err = program.communicate(timeout=20)
        self.assertEqual(program.returncode, 130, err)
        self.assertEqual(out, b"")
        self.assertIn(b"interrupted", err)
        traces = self.run_json("trace", "list")["traces"]
        self.assertEqual([trace["success"] for trace in traces], [False])

    def start_slow_summary(self):
        """A run that waits for a page whose server never answers."""
        server = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(server.close)
        place = "127.0.0.1:%d" % server.getsockname()[1]
        (self.folder / "config.yaml").write_text(f"network:\n  private_hosts: ['{place}']\n")
        program = subprocess.Popen(
            [PROGRAM, "summarize", f"http://{place}/page", "--config", "config.yaml"],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            env=self.environment | {"MUAI_OFFLINE": "0"}, cwd=self.folder)
        server.settimeout(60)
        connection, _ = server.accept()
        self.addCleanup(connection.close)
        connection.recv(1)
        return program


if __name__ == "__main__":
    unittest.main(verbosity=2)
