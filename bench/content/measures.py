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

    def __init__(self, data, score, programs, work, sample, minilm=None):
        self.data, self.score, self.programs = data, score, programs
        self.work, self.sample, self.minilm = work, sample, minilm
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


# The queries of three words, by how frequent the words are.
QUERY_KINDS = ("rare", "medium", "frequent")

# What is indexed for the speed of indexing, by language.
INDEXED = {"en": CLASSIC + ("squad_para",), "zh": ("drcd_para", "cmrc_para")}
PASSAGE_CHARACTERS = {"en": 560, "zh": 190}  # about half a kilobyte
CUT_BACK = 200  # characters in which a blank is looked for


def cut_passages(text, size):
    """Pieces of at most `size` characters, cut at blanks where there are some."""
    text = " ".join(text.split())
    while text:
        end = len(text)
        if end > size:
            blank = text.rfind(" ", max(1, size - CUT_BACK), size)
            end = blank if blank > 0 else size
        yield text[:end]
        text = text[end:].lstrip()


def write_passages(run, language, file):
    """The documents of the collections as passages, one a line; how many there are."""
    count = 0
    with open(file, "w", encoding="utf-8") as out:
        for name in INDEXED[language]:
            corpus = run.at("retrieval", name, "corpus.jsonl.gz")
            if not os.path.exists(corpus):
                continue
            with gzip.open(corpus, "rt", encoding="utf-8") as lines:
                for line in lines:
                    for passage in cut_passages(json.loads(line)["text"],
                                                PASSAGE_CHARACTERS[language]):
                        out.write(passage + "\n")
                        count += 1
    return count


def kb_marks(run, names, **environment):
    """The marks of bench_kb_bench, by name."""
    command = [os.path.join(run.programs, "bench_kb_bench"), "--benchmark_format=json",
               "--benchmark_filter=^(%s)/" % names]
    done = subprocess.run(command, capture_output=True, text=True, check=True,
                          env={**os.environ, **environment})
    return {mark["name"]: mark for mark in json.loads(done.stdout)["benchmarks"]}


def measure_indexing(run, rows, peers, language):
    """Passages a CPU second of real texts, beside FTS5 and Xapian."""
    file = run.out("passages-%s.txt" % language)
    count = write_passages(run, language, file)
    if count == 0:
        return
    row = rows["index_" + language]
    speed = kb_marks(run, "index_file", MUAI_KB_PASSAGES=file)["index_file/iterations:1"][
        "passages_per_cpu_s"]
    row.note = "%d passages, %.0f per CPU s" % (count, speed)
    results = {found["engine"]: found["passages_per_cpu_second"]
               for found in peers.retrieval("index", file, *(["zh"] if language == "zh" else []))}
    if "fts5" not in results:
        row.note += "; " + peers.why_not("retrieval")
        return
    row.ours = speed / results["fts5"]
    row.peers = {name: other / results["fts5"] for name, other in results.items()}
    row.note += "".join(", %s %d" % pair for pair in results.items())


def measure_queries(run, rows, peers):
    """Asking beside Xapian, on the same 100,000 synthetic passages."""
    texts = run.out("texts")
    os.makedirs(texts, exist_ok=True)
    marks = kb_marks(run, "index_passages|query", MUAI_KB_TEXTS=texts)
    times = {kind: marks["query/" + kind]["median_us"] for kind in QUERY_KINDS}
    row = rows["query_speed"]
    row.note = "worst of " + ", ".join("%s %.0f us" % pair for pair in times.items())
    results = {found["engine"]: found for found in peers.retrieval("speed", texts)}
    if "fts5" in results:
        row.note += "; these texts indexed, a quarter Chinese words at random: %.0f per CPU s, " \
            "fts5 porter %d" % (marks["index_passages/iterations:1"]["passages_per_cpu_s"],
                                results["fts5"]["passages_per_cpu_second"])
    if "xapian" in results:
        peer = {kind: results["xapian"]["query_%s_median_us" % kind] for kind in times}
        row.ours = max(times[kind] / peer[kind] for kind in times)
        row.note += "; xapian " + ", ".join("%s %d" % pair for pair in peer.items())
        row.peers["xapian"] = 1.0


def measure_index(run, rows, peers):
    say("index: passages of English and Chinese collections, and 100,000 synthetic ones")
    for language in INDEXED:
        measure_indexing(run, rows, peers, language)
    measure_queries(run, rows, peers)


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


# ---- vectors ---

VECTOR_SETS = ("squad_para", "cacm", "cranfield", "cmrc_para", "drcd_para")
VECTOR_WAYS = ("words", "vectors", "both", "reciprocal_10", "reciprocal_60")
VECTOR_SAMPLE = 4  # of the many questions for paragraphs; each asks the model


def measure_vectors(run, rows, _peers):
    """Search by words, by a real model's vectors and by both, as the product does it."""
    if not run.minilm:
        raise ValueError("name the weights with --minilm FILE (made by tools/minilm_gguf.py)")
    if not os.environ.get("MUAI_LLAMA_SERVER"):
        raise ValueError("there is no llama-server (tools/llama_server.sh says why)")
    work = run.out("vectors")
    sample = max(run.sample, VECTOR_SAMPLE)
    for name in VECTOR_SETS:
        say("vectors: %s" % name)
        run.evaluate("vector_eval", run.at("retrieval"), run.minilm,
                     os.environ["MUAI_LLAMA_SERVER"], work, "--sample=%d" % sample, name)
        score = {way: ndcg_of(run, name, os.path.join(work, "%s.%s.run.jsonl" % (name, way)))
                 for way in VECTOR_WAYS}
        row = rows["fusion_" + name]
        row.ours = score["both"]["ndcg10"]
        row.bar = score["words"]["ndcg10"]  # adding meaning must not cost anything
        row.note = "%d queries; " % score["both"]["n"] + ", ".join(
            "%s %.3f" % (way.replace("_", " "), score[way]["ndcg10"])
            for way in VECTOR_WAYS if way != "both")


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
    "vectors": measure_vectors,
    "summaries": measure_summaries,
}
