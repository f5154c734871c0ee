"""Runs the evaluators over the data and the scorers over what they wrote, and fills the rows.

Every function takes a `Run` and the rows. Predictions stay in the work folder for whoever wants to
look at single pages and questions.
"""

import collections
import gzip
import json
import os
import re
import subprocess
import sys
import tarfile

CLASSIC = ("cranfield", "cisi", "cacm", "npl")
LEAST = 20
PARAGRAPHS = ("squad_para", "drcd_para", "cmrc_para")


def say(text):
    print("content: " + text, file=sys.stderr, flush=True)


def read_rows(path):
    with (gzip.open if path.endswith(".gz") else open)(path, "rt", encoding="utf-8") as file:
        return [json.loads(line) for line in file if line.strip()]


def write_rows(path, rows):
    with open(path, "w", encoding="utf-8") as file:
        for row in rows:
            file.write(json.dumps(row, ensure_ascii=False) + "\n")
    return path


class Run:
    """Where things are, and how many of them are looked at: every `sample`-th."""

    def __init__(self, data, score, programs, work, sample):
        self.data, self.score, self.programs = data, score, programs
        self.work, self.sample = work, sample
        os.makedirs(work, exist_ok=True)

    def at(self, *names):
        return os.path.join(self.data, *names)

    def out(self, name):
        return os.path.join(self.work, name)

    def every(self, rows):
        """Every sample-th row, but some twenty of a small set."""
        return rows[::max(1, min(self.sample, len(rows) // LEAST))]

    def evaluate(self, program, *arguments, out=None):
        """Runs a program of ours; its stdout goes to a file of the work folder. Returns
        (stdout path or text, stderr)."""
        command = [os.path.join(self.programs, "bench_" + program), *map(str, arguments)]
        if out is None:
            done = subprocess.run(command, capture_output=True, text=True, check=True)
            return done.stdout, done.stderr
        path = self.out(out)
        with open(path, "wb") as file:
            done = subprocess.run(command, stdout=file, stderr=subprocess.PIPE, check=True)
        return path, done.stderr.decode()

    def scored(self, scorer, *arguments):
        command = [sys.executable, os.path.join(self.score, scorer), *map(str, arguments)]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        return json.loads(done.stdout)


# ---- extraction -----------------------------------------------------------------------------

def unpacked_pages(run):
    """The folder of HTML files, unpacked once."""
    target = run.out("pages")
    if not os.path.isdir(os.path.join(target, "html")):
        say("unpacking the pages (205 MB, once)")
        with tarfile.open(run.at("extraction", "html.tar.xz")) as archive:
            archive.extractall(target + ".new", filter="data")
        os.rename(target + ".new", target)
    return os.path.join(target, "html")


def sampled_truth(run):
    """Every sample-th page of each set, so that a small sample has all kinds."""
    by_set = collections.defaultdict(list)
    for row in read_rows(run.at("extraction", "truth.jsonl.gz")):
        by_set[row["set"]].append(row)
    rows = [row for name in sorted(by_set) for row in run.every(by_set[name])]
    return rows, write_rows(run.out("extraction_truth.jsonl"), rows)


def measure_extraction(run, rows, peers):
    pages = unpacked_pages(run)
    truth, truth_path = sampled_truth(run)
    say("extraction: %d pages" % len(truth))
    predictions, report = run.evaluate("extraction_eval", truth_path, pages,
                                       out="extraction_ours.jsonl")
    scores = run.scored("score_extraction.py", "--truth", truth_path, "--pred", predictions,
                        "--json")
    for name, score in scores.items():
        rows["extraction_" + name].ours = score["f1"]
        rows["extraction_" + name].note = "%d pages, +-%.3f" % (score["n"], score["std"])
    speed = float(re.search(r"([\d.]+) pages/s", report).group(1))
    row = rows["extraction_speed"]
    row.note = "%.0f pages per CPU s; " % speed
    peer = peers.readability([os.path.join(pages, page["id"] + ".html") for page in truth],
                             run.out("extraction_readability.jsonl"))
    if peer is None:
        row.note += peers.why_not("readability")
        return
    row.ours = speed / peer["pages_per_cpu_second"]
    row.peers["readability"] = 1.0
    row.note += "Readability %.1f" % peer["pages_per_cpu_second"]
    scores = run.scored("score_extraction.py", "--truth", truth_path, "--pred",
                        run.out("extraction_readability.jsonl"), "--json")
    for name, score in scores.items():
        rows["extraction_" + name].peers["readability"] = score["f1"]


# ---- retrieval ------------------------------------------------------------------------------

def sampled_grades(run, collection, asked):
    """The grades of the queries that were asked: a query that was left out is no failure."""
    path = run.out(collection + ".qrels.tsv")
    with open(run.at("retrieval", collection, "qrels.tsv"), encoding="utf-8") as file, \
            open(path, "w", encoding="utf-8") as out:
        out.writelines(line for line in file if line.split("\t")[0] in asked)
    return path


def ndcg_of(run, collection, predictions):
    asked = {row["id"] for row in read_rows(predictions)}
    grades = sampled_grades(run, collection, asked)
    return run.scored("score_retrieval.py", "--qrels", grades, "--run", predictions)


def measure_retrieval(run, rows, peers):
    say("retrieval: %s" % ", ".join(CLASSIC + PARAGRAPHS))
    folder = run.out("retrieval_ours")
    os.makedirs(folder, exist_ok=True)
    run.evaluate("retrieval_eval", run.at("retrieval"), "--run=" + folder,
                 "--sample=%d" % run.sample)
    found = {}
    for name in CLASSIC + PARAGRAPHS:
        score = ndcg_of(run, name, os.path.join(folder, name + ".run.jsonl"))
        found[name] = score["ndcg10"]
        if name in PARAGRAPHS:
            rows["ndcg_" + name].note = "%d queries" % score["n"]
    fill_ndcg(rows, found, lambda row, value: setattr(row, "ours", value))
    rows["ndcg_mean"].note = ", ".join("%s %.3f" % (name, found[name]) for name in CLASSIC)
    by_engine = collections.defaultdict(dict)
    for result in peers.retrieval("quality", run.at("retrieval"), run.sample):
        by_engine[result["engine"]][result["collection"]] = result["ndcg10"]
    for engine, scores in by_engine.items():
        fill_ndcg(rows, scores,
                  lambda row, value, engine=engine: row.peers.__setitem__(engine, value))


def fill_ndcg(rows, found, put):
    if all(name in found for name in CLASSIC):
        put(rows["ndcg_mean"], sum(found[name] for name in CLASSIC) / len(CLASSIC))
    for name in PARAGRAPHS:
        if name in found:
            put(rows["ndcg_" + name], found[name])


# The queries of three words, by how frequent the words are: the peers' name of the kind and the
# benchmark's, by name or by the ranks of the words.
QUERY_KINDS = {"rare": ("query/rare", "query/2000/40000"),
               "medium": ("query/medium", "query/200/2000"),
               "frequent": ("query/frequent", "query/10/200")}


def our_speed(run, texts):
    """Passages a CPU second, and the CPU time of each kind of query in us, at 100k passages; the
    texts go to the folder, for the peers."""
    os.makedirs(texts, exist_ok=True)
    command = [os.path.join(run.programs, "bench_kb_bench"), "--benchmark_format=json",
               "--benchmark_filter=^(index_passages|query)/"]
    done = subprocess.run(command, capture_output=True, text=True, check=True,
                          env={**os.environ, "MUAI_KB_TEXTS": texts})
    marks = {mark["name"]: mark for mark in json.loads(done.stdout)["benchmarks"]}
    indexed = marks["index_passages/iterations:1"]
    seconds = 100_000 / indexed["passages_per_cpu_s"] + indexed.get("settle_cpu_s", 0)
    times = {}
    for kind, names in QUERY_KINDS.items():
        mark = next(marks[name] for name in names if name in marks)
        times[kind] = mark.get("median_us", mark["cpu_time"])
    return 100_000 / seconds, times


def measure_index(run, rows, peers):
    """Indexing and asking beside FTS5 and Xapian, on the same 100,000 passages."""
    say("index: 100,000 passages")
    texts = run.out("texts")
    speed, times = our_speed(run, texts)
    index, query = rows["index_speed"], rows["query_speed"]
    index.note = "%.0f passages per CPU s" % speed
    query.note = "worst of " + ", ".join("%s %.0f us" % pair for pair in times.items())
    if not os.path.exists(os.path.join(texts, "passages.txt")):
        index.note += "; bench_kb_bench wrote no texts for the peers"
        return
    results = {row["engine"]: row for row in peers.retrieval("speed", texts)}
    for engine, result in results.items():
        index.note += ", %s %d" % (engine, result["passages_per_cpu_second"])
    if not results:
        index.note += "; " + peers.why_not("retrieval")
    if "fts5" in results:
        peer = results["fts5"]["passages_per_cpu_second"]
        index.ours = speed / peer
        index.peers = {name: row["passages_per_cpu_second"] / peer for name, row in results.items()}
    if "xapian" in results:
        peer = {kind: results["xapian"]["query_%s_median_us" % kind] for kind in times}
        query.ours = max(times[kind] / peer[kind] for kind in times)
        query.note += "; xapian " + ", ".join("%s %d" % pair for pair in peer.items())
        query.peers["xapian"] = 1.0


# ---- answers --------------------------------------------------------------------------------

def sampled_questions(run, name):
    """Every article, every sample-th question."""
    articles = []
    number = 0
    for article in read_rows(run.at("qa", name + ".jsonl.gz")):
        kept = []
        for question in article["questions"]:
            if number % run.sample == 0:
                kept.append(question)
            number += 1
        if kept:
            articles.append({**article, "questions": kept})
    return write_rows(run.out("qa_%s.jsonl" % name), articles)


def measure_answers(run, rows, _peers):
    for key, name, mode in (("squad_paragraph", "squad", "paragraph"),
                            ("squad_pool", "squad", "pool"),
                            ("drcd", "drcd", "paragraph"), ("cmrc", "cmrc", "paragraph")):
        say("answers: %s, %s" % (name, mode))
        data = sampled_questions(run, name)
        predictions, _ = run.evaluate("answer_eval", data, mode, out="qa_%s.pred.jsonl" % key)
        score = run.scored("score_qa.py", "--data", data, "--pred", predictions, "--mode", mode)
        rows[key].ours = score["hit1"]
        rows[key].note = "%d questions; hit@3 %.3f, literal %.4f" % (score["n"], score["hit3"],
                                                                    score["grounded"])


def measure_citations(run, rows, _peers):
    say("citations: squad")
    data = sampled_questions(run, "squad")
    sources = run.out("citations.sources.jsonl")
    predictions, _ = run.evaluate("answer_eval", data, "citations", sources,
                                  out="citations.pred.jsonl")
    score = run.scored("score_citation.py", "--sources", sources, "--pred", predictions)
    for check in ("cited", "valid", "recall", "precision", "literal"):
        row = rows["citations_" + check]
        row.ours = score[check]
        row.note = "%d statements, %d marks" % (score["statements"], score["marks"])


# ---- summaries ------------------------------------------------------------------------------

def measure_summaries(run, rows, _peers):
    articles = run.every([row for row in read_rows(run.at("summarization", "summ.jsonl.gz"))
                          if row["set"] == "cnndm"])
    say("summaries: %d articles" % len(articles))
    data = write_rows(run.out("summaries.jsonl"), articles)
    predictions, _ = run.evaluate("summary_eval", data, 3, "cnndm", out="summaries.pred.jsonl")
    score = run.scored("score_summ.py", "--data", data, "--pred", predictions)["cnndm"]
    lead = write_rows(run.out("summaries.lead.jsonl"),
                      [{"id": row["id"], "text": "\n".join(row["text"].split("\n")[:3])}
                       for row in articles])
    lead_score = run.scored("score_summ.py", "--data", data, "--pred", lead)["cnndm"]
    for key, member in (("rouge_1", "r1"), ("rouge_2", "r2"), ("rouge_l", "rl")):
        rows[key].ours = score[member]
        rows[key].peers["LEAD-3"] = lead_score[member]
        rows[key].note = "%d articles, %d words a summary" % (score["n"], score["len"])


MEASURES = {
    "extraction": measure_extraction,
    "retrieval": measure_retrieval,
    "index": measure_index,
    "answers": measure_answers,
    "citations": measure_citations,
    "summaries": measure_summaries,
}
