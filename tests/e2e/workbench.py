#!/usr/bin/env python3
"""Workflows, tools, replay, configuration and the doctor, as a person at a terminal meets them."""

import json
import os
import shutil
import subprocess
import unittest

SAMPLES = os.path.join(os.environ["MUAI_TEST_DATA"], "samples")
QUESTION = "How do I back up a PostgreSQL database?"


class BenchTest(unittest.TestCase):
    def setUp(self):
        self.folder = os.path.join(os.getcwd(), self.id().rsplit(".", 1)[-1])
        os.makedirs(self.folder)

    def muai(self, *arguments, **environment):
        return subprocess.run([os.environ["MUAI"], *arguments], cwd=self.folder, text=True,
                              stdin=subprocess.DEVNULL, capture_output=True, timeout=120,
                              check=False, env={**os.environ, "MUAI_DATA_DIR": self.folder,
                                                "MUAI_OFFLINE": "1", **environment})

    def output(self, *arguments, code=0):
        done = self.muai(*arguments)
        self.assertEqual(done.returncode, code, done.stderr + done.stdout)
        return done.stdout

    def json(self, *arguments, code=0):
        return json.loads(self.output(*arguments, "--json", code=code))

    def write(self, name, text):
        path = os.path.join(self.folder, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        return path


class Workflows(BenchTest):
    def test_list_names_the_built_in_ones(self):
        names = [entry["name"] for entry in self.json("workflow", "list")["workflows"]]
        for name in ("search_qa", "search_qa_fast", "search_qa_strict_citations", "summarize_url"):
            self.assertIn(name, names)
            self.assertIn(name, self.output("workflow", "list"))

    def test_show_tells_nodes_and_keys_and_takes_aliases(self):
        shown = self.json("workflow", "show", "fast")
        self.assertEqual(shown["name"], "search_qa_fast")
        self.assertEqual(shown["given"], ["question"])
        self.assertEqual([node["name"] for node in shown["nodes"]], ["search", "fetch", "answer"])
        self.assertIn("fetch_top_n", self.output("workflow", "show", "search_qa_fast"))

    def test_shown_yaml_is_a_valid_workflow(self):
        for name in ("search_qa", "search_qa_strict_citations", "summarize_url"):
            file = self.write(name + ".yaml", self.output("workflow", "show", name, "--yaml"))
            self.assertIn("valid", self.output("workflow", "validate", file))

    def test_unknown_names_are_answered_with_near_ones(self):
        done = self.muai("workflow", "show", "serch_qa")
        self.assertEqual(done.returncode, 1)
        self.assertIn("search_qa", done.stderr)

    def test_drawings_hold_every_node_and_condition(self):
        mermaid = self.output("workflow", "draw", "strict")
        self.assertTrue(mermaid.startswith("flowchart"), mermaid)
        dot = self.output("workflow", "draw", "strict", "--format", "dot")
        self.assertTrue(dot.startswith("digraph"), dot)
        for node in ("search", "fetch", "summarize", "answer", "validate", "repair"):
            self.assertIn(node, mermaid)
            self.assertIn(node, dot)
        self.assertIn("validation_passed", mermaid)
        self.assertEqual(self.muai("workflow", "draw", "strict", "--format", "svg").returncode, 2)

    def test_every_wrong_file_is_reported_with_its_place(self):
        good = self.write("good.yaml", self.output("workflow", "show", "search_qa", "--yaml"))
        wrong = self.write("wrong.yaml", "name: wrong\ngiven: [question]\nnodes:\n"
                           "  a: {step: web_serch, next: b}\n")
        pages = self.write("pages.yaml", "name: pages\ngiven: [question]\nnodes:\n"
                           "  s: {step: summarize, next: end}\n")
        done = self.muai("workflow", "validate", good, wrong, pages, "absent.yaml")
        self.assertEqual(done.returncode, 3, done.stderr)
        for text in ("wrong.yaml:4", "web_serch", "web_search", "'docs'", "absent.yaml"):
            self.assertIn(text, done.stderr.replace('"', "'"))
        files = self.json("workflow", "validate", good, wrong, code=3)["files"]
        self.assertEqual([file["valid"] for file in files], [True, False])

    def test_a_new_workflow_is_valid_and_its_case_passes(self):
        hint = self.muai("new", "workflow", "sums", "--dir", "flows").stderr
        command = hint.split("run it:")[1].strip()
        done = subprocess.run(["sh", "-c", command], cwd=self.folder, capture_output=True,
                              text=True, timeout=120, check=False)
        self.assertIn("42", done.stdout, (command, done.stderr))
        self.output("workflow", "validate", "flows/sums.yaml")
        with open(os.path.join(self.folder, "flows/sums.cases.jsonl"), encoding="utf-8") as file:
            cases = [json.loads(line) for line in file]
        self.assertTrue(cases)
        for case in cases:
            self.assertEqual(case["expected_workflow"], "sums")
            state = self.json("run", "sums", "--file", "flows/sums.yaml",
                              "--set", "question=" + case["question"])["state"]
            for field in case["expected_fields"]:
                self.assertTrue(state[field])
            for text in case["expected_answer"]["contains"]:
                self.assertIn(text, state["final_answer"])
            self.assertGreaterEqual(len(state["final_answer"]),
                                    case["quality_thresholds"]["min_answer_length"])

    def test_a_new_workflow_never_overwrites(self):
        file = self.write("sums.yaml", "mine")
        done = self.muai("new", "workflow", "sums")
        self.assertEqual(done.returncode, 1)
        self.assertIn("sums.yaml", done.stderr)
        with open(file, encoding="utf-8") as kept:
            self.assertEqual(kept.read(), "mine")
        self.assertFalse(os.path.exists(os.path.join(self.folder, "sums.cases.jsonl")))
        self.assertEqual(self.muai("new", "workflow", "../evil").returncode, 1)

    def test_a_run_without_its_input_is_refused_by_name(self):
        done = self.muai("run", "search_qa")
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("question", done.stderr)


class Tools(BenchTest):
    def test_list_holds_schemas(self):
        tools = {tool["name"]: tool for tool in self.json("tool", "list")["tools"]}
        self.assertEqual(tools["calculator"]["parameters"]["type"], "object")
        for name in ("web_search", "fetch_url", "fetch_multiple", "calculator", "translator"):
            self.assertIn(name, tools)

    def test_arguments_come_singly_or_as_json(self):
        single = self.json("tool", "run", "calculator", "--arg", "expression=1/3 + 1/6")
        whole = self.json("tool", "run", "calculator", '{"expression": "1/3 + 1/6"}')
        self.assertEqual(single, whole)
        self.assertIn("0.5", json.dumps(single))

    def test_wrong_arguments_are_named(self):
        for arguments in (["calculator"], ["calculator", "--arg", "expr=1"],
                          ["calculator", '{"expression": 7}'], ["calculator", "[1]"],
                          ["calculator", "{"], ["calculator", "--arg", "expression"]):
            done = self.muai("tool", "run", *arguments)
            self.assertEqual(done.returncode, 1, (arguments, done.stderr))
        self.assertIn("calculator", self.muai("tool", "run", "calculater").stderr)

    def test_search_asks_a_collection(self):
        self.output("kb", "add", "--in", "samples", SAMPLES)
        answer = self.json("tool", "run", "web_search", "--in", "samples", "--arg",
                           "query=back up a database", "--arg", "max_results=2")
        self.assertEqual(answer["provider"], "local")
        self.assertLessEqual(len(answer["results"]), 2)
        self.assertTrue(answer["results"][0]["url"].startswith("kb://samples/"))


class Replays(BenchTest):
    def test_replay_needs_neither_documents_nor_network(self):
        self.output("kb", "add", "--in", "samples", SAMPLES)
        answer = self.json("ask", "--in", "samples", QUESTION)
        self.assertIn("pg_dump", answer["answer"])
        shutil.rmtree(os.path.join(self.folder, "collections"))
        again = self.json("replay", "last")
        self.assertIs(again["same"], True)
        self.assertEqual(again["replayed"]["answer"], answer["answer"])
        self.assertIn(answer["trace_id"][:12], self.muai("replay").stderr)

    def test_a_failure_is_replayed_as_the_same_failure(self):
        self.muai("summarize", "http://127.0.0.1:9/")
        again = self.json("replay", "last")
        self.assertIs(again["same"], True)
        self.assertIs(again["replayed"]["success"], False)

    def test_an_altered_recording_gives_another_answer(self):
        self.output("kb", "add", "--in", "samples", SAMPLES)
        self.output("ask", "--in", "samples", QUESTION)
        file = os.path.join(self.folder, "traces/workflow_traces.jsonl")
        with open(file, encoding="utf-8") as trace:
            text = trace.read()
        record = json.loads(text)
        record["final_answer"] = "It is never backed up. [1]"
        with open(file, "w", encoding="utf-8") as trace:
            trace.write(json.dumps(record, ensure_ascii=False) + "\n")
        self.assertIs(self.json("replay", "last", code=1)["same"], False)

    def test_without_a_whole_trace_it_says_so(self):
        self.assertEqual(self.muai("replay").returncode, 1)
        self.output("kb", "add", "--in", "samples", SAMPLES)
        self.muai("ask", "--in", "samples", QUESTION, MUAI_TRACE_CONTENT="off")
        done = self.muai("replay", "last")
        self.assertEqual(done.returncode, 1)
        self.assertIn("trace.content", done.stderr)


class Configuration(BenchTest):
    def settings(self, *arguments):
        settings = self.json("config", "show", *arguments)["settings"]
        return {setting["name"]: setting for setting in settings}

    def test_every_value_has_an_origin(self):
        file = self.write("mine.yaml", "limits:\n  deadline_s: 7\n")
        settings = self.settings("--config", file)
        self.assertEqual(settings["limits.deadline_s"]["value"], 7)
        self.assertIn("mine.yaml:2", settings["limits.deadline_s"]["origin"])
        self.assertEqual(settings["network.offline"]["origin"], "MUAI_OFFLINE")
        self.assertEqual(settings["trace.content"]["origin"], "built in")
        self.assertIn("mine.yaml:2", self.output("config", "show", "--origin", "--config", file))
        self.assertNotIn("built in", self.output("config", "show"))
        self.assertIn(file, self.output("config", "path", "--config", file))

    def test_a_found_file_names_no_hosts_before_it_is_trusted(self):
        self.assertEqual(self.muai("config", "trust").returncode, 1)
        text = "network:\n  private_hosts: [\"10.0.0.1:80\"]\nlimits: {deadline_s: 9}\n"
        file = self.write("config/system.yaml", text)
        self.assertEqual(self.settings()["network.private_hosts"]["value"], [])
        self.assertEqual(self.settings()["limits.deadline_s"]["value"], 9)
        self.assertIn("config trust", self.muai("config", "show").stderr)
        self.output("config", "trust")
        self.assertEqual(self.settings()["network.private_hosts"]["value"], ["10.0.0.1:80"])
        with open(file, "a", encoding="utf-8") as changed:
            changed.write("# another file now\n")
        self.assertEqual(self.settings()["network.private_hosts"]["value"], [])

    def test_a_wrong_value_is_exit_3_with_its_place(self):
        file = self.write("mine.yaml", "limits:\n  deadline_s: soon\n")
        done = self.muai("config", "show", "--config", file)
        self.assertEqual(done.returncode, 3)
        self.assertIn("mine.yaml:2", done.stderr)


class Doctors(BenchTest):
    def checks(self, *arguments, code=0):
        return {check["name"]: check
                for check in self.json("doctor", *arguments, code=code)["checks"]}

    def test_a_fresh_set_up_is_healthy(self):
        checks = self.checks()
        for name in ("configuration", "data folder", "disk", "collections", "trace", "engine",
                     "clock", "versions"):
            self.assertEqual(checks[name]["status"], "ok", checks[name])
        self.assertIn("SQLite 3.", checks["versions"]["detail"])
        self.assertEqual(checks["search mediawiki"]["status"], "skipped")
        self.assertIn("SQLite", self.output("doctor"))

    def test_a_broken_configuration_is_a_finding(self):
        config = self.write("mine.yaml", "limits:\n  deadline_s: soon\n")
        checks = self.checks("--config", config, code=3)
        self.assertEqual(checks["configuration"]["status"], "failed")
        self.assertIn("mine.yaml:2", checks["configuration"]["detail"])

    def test_a_damaged_collection_is_found_and_the_others_are_fine(self):
        self.output("kb", "add", "--in", "good", SAMPLES)
        self.output("kb", "add", "--in", "bad", SAMPLES)
        with open(os.path.join(self.folder, "collections/bad.db"), "r+b") as file:
            file.write(b"this is no database" * 300)
        checks = self.checks(code=1)
        self.assertEqual(checks["collection bad"]["status"], "failed")
        self.assertIn("kb", checks["collection bad"]["remedy"])
        self.assertEqual(checks["collection good"]["status"], "ok")

    def test_a_damaged_trace_line_is_counted(self):
        self.write("traces/workflow_traces.jsonl", '{"request_id": "a"\n')
        self.assertEqual(self.checks()["trace"]["status"], "warning")

    def test_a_wrong_workflow_file_is_named(self):
        wrong = self.write("wrong.yaml", "name: [")
        config = self.write("mine.yaml", "workflows: {files: [%s]}\n" % json.dumps(wrong))
        checks = self.checks("--config", config, code=1)
        self.assertIn("wrong.yaml", checks["engine"]["detail"])
        self.assertEqual(checks["clock"]["status"], "ok")


if __name__ == "__main__":
    unittest.main()
