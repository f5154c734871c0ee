#!/usr/bin/env python3
"""Questions to a web of our own on loopback: answers, failures, policies."""

import json
import os
import re
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from _site import Site, after, other_address, send  # noqa: E402

QUESTION = "How do I back up a Harbour database?"
INJECTION = os.path.join(os.environ["MUAI_TEST_DATA"], "injection", "pages.jsonl")
MANUALS = os.path.join(os.environ["MUAI_SOURCE"], "build/manuals/html/postgresql-15")


class WebTest(unittest.TestCase):
    def setUp(self):
        self.site = Site()
        self.addCleanup(self.site.close)
        self.folder = os.path.join(os.getcwd(), self.id().rsplit(".", 1)[-1])
        os.makedirs(self.folder)
        self.use("searxng", self.site.url(""))

    def use(self, kind, url, hosts=None):
        """Writes the configuration: one provider, and the private places pages may live at."""
        hosts = [self.site.place] if hosts is None else hosts
        self.config = os.path.join(self.folder, "config.yaml")
        with open(self.config, "w", encoding="utf-8") as file:
            json.dump({"search": {"providers": [{"kind": kind, "url": url}]},
                       "network": {"private_hosts": hosts}}, file)

    def muai(self, *arguments):
        return subprocess.run(
            [os.environ["MUAI"], *arguments, "--config", self.config, "--data-dir", self.folder],
            stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120, check=False)

    def run_json(self, *arguments, code=0):
        """The object that a command prints; with `code` its exit code."""
        done = self.muai(*arguments, "--json")
        self.assertEqual(done.returncode, code, done.stderr + done.stdout)
        return json.loads(done.stdout)

    def run_workflow(self, workflow, question=QUESTION):
        return self.run_json("run", workflow, "--set", "question=" + question)

    def last_trace(self):
        with open(os.path.join(self.folder, "traces/workflow_traces.jsonl"), "rb") as file:
            return json.loads(file.read().splitlines()[-1])

    def notes(self):
        trace = self.last_trace()
        return [note for step in trace["steps"] for note in step.get("notes") or []]

    def give(self, *paths):
        """Fixes the search results."""
        self.site.results = [("Harbour %d" % i, self.site.url(path))
                             for i, path in enumerate(paths)]


class Answers(WebTest):
    def test_answer_cites_the_urls_after_redirects(self):
        self.give("/moved/backup.html", "/moved/restore.html")
        answer = self.run_json("ask", QUESTION)
        self.assertTrue(answer["found"])
        self.assertIn("hb_dump", answer["answer"])
        self.assertIn("[1]", answer["answer"])
        self.assertLessEqual(set(answer["citations"]),
                             {self.site.url("/manual/backup.html"),
                              self.site.url("/manual/restore.html")})
        self.assertIn(self.site.url("/manual/backup.html"), answer["citations"])
        for span in answer["citation_spans"]:
            self.assertEqual(span["url"], answer["citations"][span["n"] - 1])
            self.assertTrue(span["text_sha256"])
        self.assertEqual(self.muai("cite", "check", "last").returncode, 0)

    def test_chinese_question_is_answered_from_the_chinese_page(self):
        answer = self.run_json("ask", "备份港湾数据库时应当运行什么程序?")
        self.assertIn("hb_dump", answer["answer"])
        self.assertIn(self.site.url("/manual/backup-zh.html"), answer["citations"])

    def test_what_the_pages_do_not_say_is_not_found(self):
        done = self.muai("ask", "Which pope was born in the harbour of Lisbon in 1300?")
        self.assertEqual(done.returncode, 7, done.stdout + done.stderr)
        self.assertNotIn("[1]", done.stdout)

    def test_mediawiki_pages_are_found_and_cited(self):
        self.use("mediawiki", self.site.url("/w"))
        answer = self.run_json("ask", QUESTION)
        self.assertIn("hb_dump", answer["answer"])
        self.assertTrue(all("/w/index.php?curid=" in url for url in answer["citations"]))
        self.assertEqual(len(self.site.asked("/w/api.php")), 1)

    def test_fast_asks_fewer_pages_and_models_and_costs_less(self):
        # The third page is late, so that waiting for it shows in the cost.
        self.site.extra["/late"] = after(0.6, lambda h: self.site.send_page(h, "replication.html"))
        self.give("/manual/backup.html", "/manual/restore.html", "/late")
        slow = self.run_workflow("search_qa")
        slow_trace = self.last_trace()
        before = len(self.site.asked("/manual/") + self.site.asked("/late"))
        fast = self.run_workflow("search_qa_fast")
        fast_trace = self.last_trace()
        pages = len(self.site.asked("/manual/") + self.site.asked("/late")) - before
        self.assertEqual((before, pages), (3, 2))
        self.assertIn("hb_dump", slow["state"]["final_answer"])
        self.assertIn("hb_dump", fast["state"]["final_answer"])

        def model_calls(trace):
            return sum(len(step.get("models") or []) for step in trace["steps"])
        self.assertLess(model_calls(fast_trace), model_calls(slow_trace))
        self.assertLess(fast_trace["cost_stats"]["normalized_cost"],
                        slow_trace["cost_stats"]["normalized_cost"])

    def test_strict_validates_every_citation(self):
        state = self.run_workflow("search_qa_strict_citations")["state"]
        self.assertIs(state["validation_passed"], True)
        self.assertEqual(state["validation_errors"], [])
        self.assertIn("citation_validation",
                      [step["step_name"] for step in self.last_trace()["steps"]])

    def test_summary_cites_the_page_after_redirects(self):
        asked = self.site.url("/moved/vacuum.html")
        state = self.run_workflow("summarize_url", "What does %s say?" % asked)["state"]
        page = self.site.url("/manual/vacuum.html")
        self.assertEqual(state["citations"], [page])
        self.assertTrue(state["summaries"][page])
        self.assertTrue(state["final_answer"])
        self.assertEqual(state["meta"]["requested_url"], asked)
        self.assertEqual(self.muai("summarize", asked).returncode, 0)
        short = json.loads(self.muai("summarize", asked, "--length", "1", "--json").stdout)
        self.assertEqual(len(short["citation_spans"]), 1)
        self.assertEqual(self.muai("summarize", asked, "--length", "0").returncode, 1)

    def test_replay_gives_the_same_answer_and_asks_nobody(self):
        answer = self.run_json("ask", QUESTION)
        asked = len(self.site.requests)
        again = self.run_json("replay", "last")
        self.assertIs(again["same"], True)
        self.assertEqual(again["replayed"]["answer"], answer["answer"])
        self.assertEqual(len(self.site.requests), asked)


class BadPages(WebTest):
    def check_degraded(self, *names):
        """Among bad pages the good one answers, and the trace says which failed and why."""
        self.give("/manual/backup.html", *["/bad/" + name for name in names])
        state = self.run_workflow("search_qa")["state"]
        self.assertIn("hb_dump", state["final_answer"])
        self.assertEqual(state["citations"], [self.site.url("/manual/backup.html")])
        notes = self.notes()
        for name in names:
            about = [note for note in notes if self.site.url("/bad/" + name) in note]
            self.assertTrue(about, (name, notes))
            self.assertGreater(len(about[0]), len(self.site.url("/bad/" + name)) + 10)

    def test_broken_pages_are_left_out(self):
        self.check_degraded("cut", "lying")
        self.check_degraded("bomb", "loop")
        self.check_degraded("nonsense", "error")

    def test_pages_without_an_end_or_a_beginning_are_left_out(self):
        self.check_degraded("endless", "error")
        self.check_degraded("drip", "silent")

    def test_a_single_bad_page_is_a_typed_error(self):
        for name, code in (("loop", "refused limit_exceeded upstream"), ("bomb", "limit_exceeded"),
                           ("cut", "network upstream"), ("error", "upstream"),
                           ("lying", "upstream invalid_input"), ("nonsense", "network upstream")):
            with self.subTest(name):
                done = self.muai("summarize", self.site.url("/bad/" + name), "--json")
                self.assertNotEqual(done.returncode, 0)
                error = json.loads(done.stdout)["error"]
                self.assertIn(error["code"], code.split(), error)
                self.assertIn("/bad/" + name, error["message"])

    def test_when_every_page_fails_the_run_fails_and_says_so(self):
        self.give("/bad/error", "/bad/cut")
        done = self.muai("ask", QUESTION)
        self.assertEqual(done.returncode, 4, done.stdout + done.stderr)
        self.assertIn("none of the 2 pages", done.stderr)
        self.assertIs(self.last_trace()["success"], False)


class Searching(WebTest):
    def test_403_names_the_setting_of_the_server(self):
        self.site.search_status = [403] * 4
        done = self.muai("ask", QUESTION)
        self.assertEqual(done.returncode, 3, done.stderr)
        self.assertIn("search.formats", done.stderr)

    def test_429_is_waited_for_once_then_reported(self):
        self.site.search_status = [429]
        self.assertTrue(self.run_json("ask", QUESTION)["found"])
        self.site.search_status = [429] * 10
        done = self.muai("ask", QUESTION)
        self.assertIn(done.returncode, (4, 6), done.stderr)
        self.assertIn("wait", done.stderr)

    def test_a_search_server_that_talks_nonsense_is_an_upstream_error(self):
        for body in (b"<html>no JSON</html>", b'{"results": 7}', b'{"results": [', b""):
            with self.subTest(body):
                self.site.extra["/search"] = lambda handler, body=body: send(
                    handler, 200, body, kind="application/json")
                self.assertEqual(self.muai("ask", QUESTION).returncode, 4)

    def test_a_search_server_that_is_gone_is_a_network_error(self):
        gone = Site()
        self.use("searxng", gone.url(""))
        gone.close()
        done = self.muai("ask", QUESTION)
        self.assertEqual(done.returncode, 4, done.stderr)
        self.assertIn(gone.place.rsplit(":", 1)[1], done.stderr)

    def test_results_that_are_no_web_addresses_are_dropped(self):
        self.site.results = [("x", "file:///etc/passwd"), ("x", "kb://notes/a.md"),
                             ("x", "javascript:alert(1)"),
                             ("Harbour", self.site.url("/manual/backup.html"))]
        self.assertEqual(self.run_json("ask", QUESTION)["citations"],
                         [self.site.url("/manual/backup.html")])

    def test_where_the_question_goes_is_said_once(self):
        first = self.muai("ask", QUESTION).stderr
        second = self.muai("ask", QUESTION).stderr
        self.assertIn("your question is sent to 127.0.0.1", first)
        self.assertNotIn("is sent to", second)

    def test_offline_says_nothing_of_a_question_that_goes_nowhere(self):
        # The notice was given offline, where nothing was sent, and then never when it was.
        self.assertNotIn("is sent to", self.muai("ask", QUESTION, "--offline").stderr)
        self.assertIn("is sent to", self.muai("ask", QUESTION).stderr)


class Services(WebTest):
    """The services with a key, and the one without permission, as servers on loopback."""

    KEY = "BSAe2e0123456789abcdefgh"

    def use_all(self, *entries):
        with open(self.config, "w", encoding="utf-8") as file:
            json.dump({"search": {"providers": list(entries)},
                       "network": {"private_hosts": [self.site.place]}}, file)

    def recorded(self, name):
        path = os.path.join(os.environ["MUAI_TEST_DATA"], "providers", name)
        with open(path, encoding="utf-8") as file:
            return file.read().replace("https://sea.example/tides",
                                       self.site.url("/manual/backup.html"))

    def serve(self, path, name, status=200, kind="application/json"):
        self.seen = []

        def answer(handler):
            self.seen.append(dict(handler.headers))
            send(handler, status, self.recorded(name).encode(), kind=kind)
        self.site.extra[path] = answer

    def key_file(self):
        path = os.path.join(self.folder, "service.key")
        with open(path, "w", encoding="utf-8") as file:
            file.write(self.KEY + "\n")
        return path

    def test_brave_answers_with_the_key_of_a_file_that_is_written_nowhere(self):
        self.serve("/res/v1/web/search", "brave_web.json")
        self.use_all({"kind": "brave", "url": self.site.url(""), "key_file": self.key_file()})
        found = self.run_json("tool", "run", "web_search", "--arg", "query=tides")
        self.assertEqual(found["provider"], "brave")
        self.assertEqual(self.seen[0]["X-Subscription-Token"], self.KEY)
        done = self.muai("ask", QUESTION)
        shown = self.muai("config", "show", "--origin", "--json")
        os.remove(os.path.join(self.folder, "service.key"))
        for folder, _, names in os.walk(self.folder):
            for name in names:
                with open(os.path.join(folder, name), "rb") as file:
                    self.assertNotIn(self.KEY.encode(), file.read(), name)
        self.assertNotIn(self.KEY, done.stdout + done.stderr + shown.stdout)

    def test_the_next_provider_is_asked_and_each_failure_noted(self):
        self.serve("/res/v1/web/search", "brave_token_invalid.json", 422)
        self.serve("/search", "tavily_plan_limit.json", 432)
        self.use_all({"kind": "brave", "url": self.site.url(""), "key_file": self.key_file()},
                     {"kind": "tavily", "url": self.site.url("").replace("127.0.0.1", "localhost"),
                      "key_file": self.key_file()},
                     {"kind": "brave", "key_env": "MUAI_TEST_NO_SUCH_KEY"},
                     {"kind": "mediawiki", "url": self.site.url("/w")})
        answer = self.run_json("ask", QUESTION)
        self.assertIn("hb_dump", answer["answer"])
        notes = " ".join(self.notes())
        for said in ("does not let us in (HTTP 422: The provided", "no searches left",
                     "MUAI_TEST_NO_SUCH_KEY holds none"):
            self.assertIn(said, notes)

    def test_doctor_says_which_key_is_missing(self):
        self.use_all({"kind": "tavily", "url": self.site.url(""), "key_env": "MY_TAVILY"})
        checks = {check["name"]: check for check in self.run_json("doctor", code=1)["checks"]}
        self.assertEqual(checks["search tavily"]["status"], "failed")
        self.assertIn("MY_TAVILY", checks["search tavily"]["remedy"])

    def test_duckduckgo_warns_each_time_and_is_left_alone_after_a_challenge(self):
        self.serve("/html/", "duckduckgo_results.html", kind="text/html")
        self.use_all({"kind": "duckduckgo", "url": self.site.url("")})
        for _ in range(2):
            found = self.muai("tool", "run", "web_search", "--arg", "query=tides", "--json")
            self.assertIn("gives no permission", found.stderr)
            self.assertEqual(json.loads(found.stdout)["provider"], "duckduckgo")
        self.serve("/html/", "duckduckgo_challenge.html", 202, "text/html")
        for _ in range(2):
            blocked = self.muai("ask", QUESTION)
            self.assertEqual(blocked.returncode, 6, blocked.stderr)
            self.assertIn("unwanted robot", blocked.stderr)
        self.assertEqual(len(self.seen), 1)  # the second process knows of the first

    def test_robots_are_kept_out_unless_the_user_says_otherwise(self):
        self.site.extra["/robots.txt"] = lambda handler: send(
            handler, 200, b"User-agent: *\nDisallow: /manual/\n", kind="text/plain")
        page = self.site.url("/manual/backup.html")
        kept = self.muai("summarize", page)
        self.assertEqual(kept.returncode, 6, kept.stderr)
        self.assertIn("robots.txt", kept.stderr)
        self.assertEqual(self.site.asked("/manual/"), [])
        with open(self.config, encoding="utf-8") as file:
            settings = json.load(file)
        settings["network"]["respect_robots"] = False
        with open(self.config, "w", encoding="utf-8") as file:
            json.dump(settings, file)
        self.assertEqual(self.muai("summarize", page).returncode, 0)


class Policy(WebTest):
    def test_offline_connects_to_configured_loopback_only(self):
        answer = self.run_json("ask", QUESTION, "--offline")
        self.assertIn("hb_dump", answer["answer"])
        other = Site()
        self.addCleanup(other.close)
        done = self.muai("summarize", other.url("/manual/backup.html"), "--offline")
        self.assertEqual(done.returncode, 6, done.stderr)
        self.assertEqual(other.requests, [])

    def test_offline_connects_to_no_other_address_whatever_is_configured(self):
        address = other_address() or "127.0.0.1"
        other = Site(address)
        self.addCleanup(other.close)
        reachable = address == "127.0.0.1"
        self.use("searxng", other.url(""), [other.place])
        self.assertEqual(self.muai("ask", QUESTION).returncode, 0)
        asked = len(other.requests)
        self.assertGreater(asked, 0)
        if not reachable:
            for arguments in (["ask", QUESTION], ["summarize", other.url("/manual/backup.html")],
                              ["doctor"], ["tool", "run", "web_search", "--arg", "query=Harbour"]):
                self.muai(*arguments, "--offline")
            self.assertEqual(len(other.requests), asked)

    def test_private_pages_are_refused_unless_they_are_configured(self):
        self.use("searxng", self.site.url(""), [])
        done = self.muai("ask", QUESTION)
        self.assertNotEqual(done.returncode, 0)
        self.assertEqual(self.site.asked("/manual/"), [])

    def test_a_redirect_to_a_private_place_is_refused(self):
        inner = Site()
        self.addCleanup(inner.close)
        self.site.extra["/to-inner"] = lambda handler: send(
            handler, 302, b"", location=inner.url("/manual/backup.html"))
        done = self.muai("summarize", self.site.url("/to-inner"))
        self.assertEqual(done.returncode, 6, done.stderr)
        self.assertEqual(inner.requests, [])

    def test_hosts_named_only_by_a_page_are_never_asked(self):
        lure = Site()
        self.addCleanup(lure.close)
        self.use("searxng", self.site.url(""), [self.site.place, lure.place])
        with open(INJECTION, encoding="utf-8") as file:
            cases = [json.loads(line) for line in file]
        for case in cases[::6]:
            page = case["html"].replace("https://attacker.example", lure.url(""))
            page = page.replace("attacker.example", lure.place)
            self.site.extra["/page"] = lambda handler, page=page: send(handler, 200, page.encode())
            self.give("/page")
            done = self.muai("ask", case["question"])
            with self.subTest(case["id"]):
                self.assertIn(done.returncode, (0, 7), done.stderr)
                if case["hidden"]:
                    self.assertNotIn(case["canary"], done.stdout)
                self.assertEqual(lure.requests, [])


class Doctor(WebTest):
    def provider(self, *arguments):
        done = self.muai("doctor", "--json", *arguments)
        checks = json.loads(done.stdout)["checks"]
        return next(check for check in checks if check["name"].startswith("search "))

    def test_says_which_setting_to_change(self):
        self.assertEqual(self.provider()["status"], "ok")
        self.site.search_status = [403] * 4
        refused = self.provider()
        self.assertEqual(refused["status"], "failed")
        self.assertIn("search.formats", refused["remedy"])

    def test_offline_asks_servers_of_this_machine_only(self):
        self.assertEqual(self.provider("--offline")["status"], "ok")
        self.use("searxng", "http://search.example")
        self.assertEqual(self.provider("--offline")["status"], "skipped")


class Manuals(WebTest):
    """The real manual, when the demo has fetched it; else the pages of tests/data/site."""

    def test_a_manual_answers_over_the_web(self):
        if os.path.isdir(MANUALS):
            site = Site(pages=MANUALS)
            self.addCleanup(site.close)
            self.use("searxng", site.url(""), [site.place])
            question = "How do I back up a database with pg_dump?"
        else:
            site, question = self.site, QUESTION
        answer = self.run_json("ask", question)
        self.assertTrue(answer["found"])
        self.assertTrue(any(re.search("backup|dump", url) for url in answer["citations"]), answer)
        self.assertTrue(all(url.startswith(site.url("/manual/")) for url in answer["citations"]))
        self.assertEqual(self.muai("cite", "check", "last").returncode, 0)


if __name__ == "__main__":
    unittest.main()
