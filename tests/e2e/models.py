#!/usr/bin/env python3
"""Models behind endpoints, as a person at a terminal meets them. The endpoint is a script."""

import json
import os
import pathlib
import pty
import re
import select
import subprocess
import sys
import time
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from _model_server import ModelServer  # noqa: E402
from _muai import PROGRAM, ProgramTest  # noqa: E402

GUIDE = pathlib.Path(os.environ["MUAI_SOURCE"]) / "docs" / "guide.md"
PAGE = ("# Cape Orin light\n\nThe lighthouse at Cape Orin first shone in 1871 and is 31 metres "
        "tall. It was automated in 1964. Maria Holt was its last keeper.\n")
QUESTION = "When did the lighthouse at Cape Orin first shine?"
GOOD = "The lighthouse at Cape Orin first shone in 1871 [1]."


def recipe(title):
    """The configuration under a heading of the guide's chapter about models."""
    section = GUIDE.read_text().split(f"\n### {title}\n")[1].split("\n#")[0]
    block = re.search(r"(?:^    .*\n|^\n)+", section.split("models.yaml")[1], re.M).group()
    return "\n".join(line[4:] for line in block.strip("\n").split("\n")) + "\n"


class ModelsTest(ProgramTest):
    def setUp(self):
        super().setUp()
        self.page = self.folder / "cape.md"
        self.page.write_text(PAGE)

    def serve(self, answer=GOOD, **how):
        server = ModelServer(answer, **how)
        self.addCleanup(server.close)
        return server

    def configure(self, text, name="models.yaml"):
        folder = self.folder / "home" / ".config" / "muai"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)

    def configure_server(self, server, more=""):
        self.configure("models:\n  - name: tiny\n    capabilities: [generate]\n"
                       f"    base_url: {server.base_url}\n    model_path: tiny\n{more}")

    def ask(self, *arguments, **keywords):
        return self.run_muai("ask", "--from", self.page, QUESTION, *arguments, **keywords)

    def ask_json(self, *arguments, **keywords):
        return json.loads(self.ask("--json", *arguments, **keywords).out)

    def trace(self):
        return self.run_json("trace", "show", "last")

    def steps(self):
        return {step["step_name"]: step for step in self.trace()["steps"]}

    def fallbacks(self):
        return [event["reason"] for step in self.trace()["steps"]
                for event in step.get("model_events", []) if event["kind"] == "fallback"]

    def test_without_models_nothing_changes_and_the_doctor_says_how_to_get_one(self):
        answer = self.ask_json()
        self.assertIn("1871", answer["answer"])
        self.assertEqual(self.trace()["models"], ["extractive"])
        checks = {check["name"]: check for check in self.run_json("doctor")["checks"]}
        for words in ("llama-server", "GGUF", "models.yaml", "model_path", "11434/v1"):
            self.assertIn(words, checks["models"]["remedy"])
        self.assertEqual(self.run_json("model", "list")["order"], ["extractive"])

    def test_answers_are_written_by_the_model_and_held_to_the_sources(self):
        server = self.serve("The lighthouse first shone in 1871 [1][9]. Penguins breed there [1].")
        self.configure_server(server)
        answer = self.ask_json("-w", "fast")
        self.assertEqual(answer["answer"], "The lighthouse first shone in 1871. [1]")
        self.assertEqual(len(answer["citations"]), 1)
        step = self.steps()["answer_generate_from_docs"]
        self.assertEqual(step["models"], ["tiny"])
        self.assertEqual(step["prompt_tokens"], 321)
        notes = " ".join(step["notes"])
        for words in ("prompt answer version 1", "1 marks that name no source", "Penguins"):
            self.assertIn(words, notes)
        self.run_muai("cite", "check")
        prompt = server.prompt()
        fence = re.search(r"<<<([0-9a-f]{16}) source \[1\]", prompt).group(1)
        self.assertIn(f"{fence}>>>", prompt)
        self.assertTrue(server.requests[-1]["stream"])

    def test_every_page_is_summed_up_in_the_longer_workflow(self):
        server = self.serve(GOOD)
        self.configure_server(server)
        self.assertIn("1871", self.ask_json("-w", "search_qa")["answer"])
        self.assertEqual([bool("sum up" in server.prompt(i)) for i in range(2)], [True, False])
        record = self.trace()
        self.assertEqual(record["prompt_tokens"], 642)

    def test_a_server_that_dies_in_mid_answer_costs_the_model_and_not_the_answer(self):
        server = self.serve(GOOD, dies_after=4)
        self.configure_server(server)
        done = self.ask("-w", "fast")
        self.assertIn("1871", done.out)
        reasons = self.fallbacks()
        self.assertEqual(len(reasons), 1, reasons)
        self.assertIn("'extractive' is asked instead", reasons[0])
        self.assertEqual(self.steps()["answer_generate_from_docs"]["models"], ["extractive"])

    def test_the_next_model_is_asked_when_one_is_gone(self):
        server = self.serve(GOOD)
        self.configure("models:\n"
                       "  - {name: gone, capabilities: [generate], base_url: 'http://127.0.0.1:9/v1',"
                       " model_path: x}\n"
                       "  - {name: tiny, capabilities: [generate], "
                       f"base_url: '{server.base_url}', model_path: tiny}}\n")
        self.ask("-w", "fast", "--model", "gone", "--model", "tiny")
        self.assertEqual(self.trace()["models"], ["tiny"])
        self.assertIn("'tiny' is asked instead", self.fallbacks()[0])

    def test_model_flag(self):
        server = self.serve(GOOD)
        self.configure_server(server)
        self.ask("--model", "extractive")
        self.assertEqual(server.requests, [])
        unknown = self.ask("--model", "tinny", code=5)
        self.assertIn("tiny", unknown.err)
        self.assertIn("gguf", unknown.err)
        missing = self.ask("--model", "./gone.gguf", code=5)
        self.assertIn("gone.gguf", missing.err)
        self.run_muai("--model-info", "tinny", code=1)
        self.assertIn("tiny", self.run_muai("--model-info").out)
        self.assertIn("tiny", self.run_muai("--model-info", "tiny").out)

    def test_dry_run_shows_the_prompts_and_asks_nobody(self):
        server = self.serve(GOOD)
        self.configure_server(server)
        plan = self.ask_json("--dry-run", "-w", "search_qa")
        self.assertEqual(plan["models"], ["tiny", "extractive"])
        self.assertEqual([prompt["prompt"] for prompt in plan["prompts"]], ["summary", "answer"])
        said = "".join(message["content"] for message in plan["prompts"][1]["messages"])
        self.assertIn(QUESTION, said)
        self.assertIn("{{sources}}", said)
        self.assertIn("prompt of answer: answer, version 1", self.ask("--dry-run").out)
        self.assertEqual(server.requests, [])

    def test_prompts_of_a_folder_come_first(self):
        server = self.serve(GOOD)
        self.configure_server(server)
        prompts = self.folder / "prompts"
        prompts.mkdir()
        (prompts / "answer.md").write_text(
            '---\nname: mine\nversion: "7"\n---\nDo: {{question}} from {{sources}}')
        self.configure(f"prompts: {{dir: {prompts}}}\n", "config.yaml")
        self.ask("-w", "fast")
        self.assertTrue(server.prompt().startswith("Do: When did"))
        self.assertIn("prompt mine version 7", " ".join(
            self.steps()["answer_generate_from_docs"]["notes"]))

    def test_budgets_end_the_use_of_models_and_not_the_run(self):
        server = self.serve(GOOD)
        self.configure_server(server)
        self.configure("limits: {model_calls: 1}\n", "config.yaml")
        self.assertIn("1871", self.ask_json("-w", "search_qa")["answer"])
        self.assertEqual(len(server.requests), 1)
        self.assertIn("limits.model_calls", self.fallbacks()[0])

    def test_money_is_counted(self):
        server = self.serve(GOOD)
        self.configure_server(
            server, "    prices: {prompt_usd_per_million: 10, completion_usd_per_million: 100}\n")
        self.ask("-w", "fast")
        self.assertEqual(self.trace()["cost_micro_usd"], 321 * 10 + 12 * 100)

    def test_replay_asks_no_model(self):
        server = self.serve(GOOD)
        self.configure_server(server)
        first = self.ask_json("-w", "fast")
        asked = len(server.requests)
        again = self.run_muai("replay", "last")
        self.assertEqual(len(server.requests), asked)
        self.assertIn("same", again.out + again.err)
        self.assertIn("1871", first["answer"])

    def test_keys_reach_their_server_and_no_trace(self):
        server = self.serve("The key is own-secret-of-mine-123456 and it shone in 1871 [1].")
        self.configure_server(server, "    key_env: TINY_KEY\n")
        self.environment["TINY_KEY"] = "own-secret-of-mine-123456"
        self.ask("-w", "fast")
        self.assertEqual(server.keys[-1], "Bearer own-secret-of-mine-123456")
        for file in (self.folder / "home").rglob("*"):
            if file.is_file():
                self.assertNotIn(b"own-secret-of-mine", file.read_bytes(), file)
        del self.environment["TINY_KEY"]
        checks = {check["name"]: check
                  for check in self.run_json("doctor", code=1)["checks"]}
        self.assertIn("TINY_KEY", checks["model tiny"]["detail"])

    def test_models_of_a_folder_are_not_trusted(self):
        server = self.serve(GOOD)
        config = self.folder / "config"
        config.mkdir()
        (config / "models.yaml").write_text(
            f"models: [{{name: tiny, capabilities: [generate], base_url: '{server.base_url}', "
            "model_path: tiny}]\n")
        done = self.ask("-w", "fast")
        self.assertIn("not trusted", done.err)
        self.assertEqual(server.requests, [])

    def test_the_doctor_tests_each_endpoint(self):
        server = self.serve(GOOD, models=("other",))
        self.configure("models:\n"
                       "  - {name: gone, capabilities: [generate], base_url: 'http://127.0.0.1:9/v1',"
                       " model_path: x}\n"
                       "  - {name: tiny, capabilities: [generate], "
                       f"base_url: '{server.base_url}', model_path: tiny}}\n"
                       "  - {name: file, capabilities: [generate], model_path: gone.gguf, "
                       "expected_vram_mb: 1, supports_quant: false, "
                       "preferred_device_policy: cpu_only}\n")
        checks = {check["name"]: check for check in self.run_json("doctor", code=1)["checks"]}
        self.assertIn("start the server", checks["model gone"]["remedy"])
        self.assertIn("other", checks["model tiny"]["remedy"])
        self.assertIn("model_path", checks["model file"]["remedy"])
        server.models = ["tiny"]
        checks = {check["name"]: check for check in self.run_json("doctor", code=1)["checks"]}
        self.assertEqual(checks["model tiny"]["status"], "ok")

    def test_model_commands(self):
        server = self.serve("yes yes yes")
        self.configure_server(server)
        loaded = self.run_json("model", "load", "tiny")
        self.assertTrue(loaded["loaded"])
        measured = self.run_json("model", "bench", "tiny", "--runs", "2")
        self.assertGreater(measured["first_token_ms"], 0)
        self.assertEqual(measured["runs"], 2)
        self.assertEqual(self.run_json("model", "ps")["processes"], [])
        self.assertFalse(self.run_json("model", "unload", "tiny")["loaded"])
        self.assertIn("only files", self.run_muai("model", "quantize", "tiny", "4bit", code=1).err)
        self.run_muai("model", "show", "gone", code=1)

    def test_a_person_sees_the_text_grow_and_the_answer_once(self):
        server = self.serve("Penguins breed there [1]. " + GOOD)
        self.configure_server(server)
        screen = self.on_terminal("ask", "-w", "fast", "--from", str(self.page), QUESTION)
        self.assertIn("Penguins", screen, "the text is shown as it is written")
        after = screen[screen.rindex("Penguins"):]
        last = after[after.rindex("\x1b[K"):]
        self.assertEqual(last.count("first shone in 1871"), 1, screen)
        self.assertNotIn("Penguins", last)
        self.assertNotIn("Penguins", self.ask("-w", "fast").out)

    def on_terminal(self, *arguments):
        """What the program writes to a terminal."""
        master, slave = pty.openpty()
        environment = dict(self.environment, TERM="xterm")
        process = subprocess.Popen([PROGRAM, *arguments], stdin=slave, stdout=slave, stderr=slave,
                                   cwd=self.folder, env=environment)
        os.close(slave)
        screen = b""
        end = time.monotonic() + 60
        while time.monotonic() < end:
            ready, _, _ = select.select([master], [], [], 1)
            if ready:
                try:
                    piece = os.read(master, 65536)
                except OSError:
                    break
                if not piece:
                    break
                screen += piece
            elif process.poll() is not None:
                break
        process.wait(60)
        os.close(master)
        return screen.decode()

    def test_guide_ollama(self):
        server = self.serve(GOOD, models=("qwen2.5:3b",))
        text = recipe("Ollama")
        self.assertIn("127.0.0.1:11434", text)
        self.configure(text.replace("127.0.0.1:11434", f"127.0.0.1:{server.port}"))
        self.run_muai("doctor")
        self.assertIn("1871", self.ask("-w", "fast").out)
        self.assertEqual(server.requests[-1]["model"], "qwen2.5:3b")

    def test_guide_llama_server(self):
        server = self.serve(GOOD, models=("qwen",))
        text = recipe("A llama-server that runs already")
        self.assertIn("127.0.0.1:8080", text)
        self.configure(text.replace("127.0.0.1:8080", f"127.0.0.1:{server.port}"))
        self.run_muai("doctor")
        self.assertIn("1871", self.ask("-w", "fast", "--model", "llama").out)


if __name__ == "__main__":
    unittest.main()
