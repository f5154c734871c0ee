#!/usr/bin/python3
"""Peers: SQLite FTS5 with its Porter stemmer, and Xapian (Debian python3-xapian).

  retrieval.py quality DATA [SAMPLE]  nDCG@10 on the collections that bench_retrieval_eval reads;
                                      of more than 500 queries every SAMPLE-th is asked
  retrieval.py speed FOLDER           passages a CPU second, and the median of a query, over the
                                      texts that MUAI_KB_TEXTS=FOLDER bench_kb_bench wrote

  retrieval.py index FILE [zh]        passages a CPU second over the lines of FILE; zh: with the
                                      tokenizers that find Chinese words

Prints one JSON object a line. Times are CPU times of this process; a query is parsed, run, and the
texts of its ten best passages are read. What Python itself adds to a query, 20 to 60 us, is
included. A peer that is not installed is left out, and said so on stderr.
"""
import gzip
import json
import math
import os
import re
import sqlite3
import sys
import tempfile
import time

try:
    import xapian
except ImportError:
    xapian = None
    print("python3-xapian is not installed: no Xapian rows", file=sys.stderr)

COLLECTIONS = ("cranfield", "cisi", "cacm", "npl", "squad_para", "drcd_para", "cmrc_para")
WORDS = re.compile(r"\w+")


class Fts5:
    name = f"SQLite FTS5 {sqlite3.sqlite_version}, porter"

    def __init__(self, folder, chinese):
        self.database = sqlite3.connect(os.path.join(folder, "fts5.db"), isolation_level=None)
        tokenize = "trigram" if chinese else "porter unicode61"
        self.chinese = chinese
        self.database.execute("PRAGMA journal_mode = WAL")
        self.database.execute("PRAGMA synchronous = NORMAL")
        self.database.execute(
            f"CREATE VIRTUAL TABLE passages USING fts5(title, body, tokenize = '{tokenize}')")

    def index(self, rows):
        self.database.execute("BEGIN")
        for number, (title, body) in enumerate(rows):
            self.database.execute("INSERT INTO passages(rowid, title, body) VALUES (?, ?, ?)",
                                  (number, title, body))
            if number % 8000 == 7999:
                self.database.execute("COMMIT")
                self.database.execute("BEGIN")
        self.database.execute("COMMIT")

    def search(self, query, limit):
        terms = WORDS.findall(query)
        if self.chinese:
            terms = [run[i:i + 3] for run in terms for i in range(max(1, len(run) - 2))]
        if not terms:
            return []
        match = " OR ".join(f'"{term}"' for term in dict.fromkeys(terms))
        found = self.database.execute(
            "SELECT rowid, body FROM passages WHERE passages MATCH ? ORDER BY rank LIMIT ?",
            (match, limit)).fetchall()
        return [row[0] for row in found]


class Xapian:
    name = "Xapian " + (xapian.version_string() if xapian else "")

    def __init__(self, folder, chinese):
        self.database = xapian.WritableDatabase(os.path.join(folder, "xapian"),
                                                xapian.DB_CREATE_OR_OVERWRITE)
        self.terms = xapian.TermGenerator()
        self.parser = xapian.QueryParser()
        self.chinese = chinese
        if chinese:
            self.terms.set_flags(xapian.TermGenerator.FLAG_CJK_NGRAM)
        else:
            stemmer = xapian.Stem("en")
            self.terms.set_stemmer(stemmer)
            self.parser.set_stemmer(stemmer)
            self.parser.set_stemming_strategy(xapian.QueryParser.STEM_SOME)

    def index(self, rows):
        for title, body in rows:
            document = xapian.Document()
            document.set_data(body)
            self.terms.set_document(document)
            self.terms.index_text(title)
            self.terms.increase_termpos()
            self.terms.index_text(body)
            self.database.add_document(document)
        self.database.commit()
        self.enquire = xapian.Enquire(self.database)

    def parsed(self, query):
        if not self.chinese:
            return self.parser.parse_query(query, 0)
        # The query parser would ask for all n-grams of a run together.
        document = xapian.Document()
        self.terms.set_document(document)
        self.terms.index_text(query)
        return xapian.Query(xapian.Query.OP_OR, [term.term for term in document])

    def search(self, query, limit):
        self.enquire.set_query(self.parsed(query))
        found = self.enquire.get_mset(0, limit)
        if limit <= 10:
            for match in found:
                match.document.get_data()
        return [match.docid - 1 for match in found]


PEERS = [Fts5] + ([Xapian] if xapian else [])


def read_json_lines(path):
    with (gzip.open if path.endswith(".gz") else open)(path, "rt", encoding="utf-8") as file:
        return [json.loads(line) for line in file if line.strip()]


def read_grades(path):
    grades = {}
    with open(path, encoding="utf-8") as file:
        for line in file:
            query, document, grade = line.split()
            if int(grade) > 0:
                grades.setdefault(query, {})[document] = int(grade)
    return grades


def ndcg10(found, grades):
    gain = sum(grades.get(d, 0) / math.log2(i + 2) for i, d in enumerate(found[:10]))
    best = sorted(grades.values(), reverse=True)[:10]
    return gain / sum(g / math.log2(i + 2) for i, g in enumerate(best))


def median_us(times):
    return round(sorted(times)[len(times) // 2] / 1000)


def quality(data, sample):
    for collection in COLLECTIONS:
        folder = os.path.join(data, collection)
        corpus = read_json_lines(os.path.join(folder, "corpus.jsonl.gz"))
        grades = read_grades(os.path.join(folder, "qrels.tsv"))
        queries = [q for q in read_json_lines(os.path.join(folder, "queries.jsonl"))
                   if q["id"] in grades]
        if len(queries) > 500:
            queries = queries[::sample]
        chinese = collection.startswith(("drcd", "cmrc"))
        for peer in PEERS:
            with tempfile.TemporaryDirectory() as temporary:
                engine = peer(temporary, chinese)
                engine.index([(row.get("title", ""), row["text"]) for row in corpus])
                scores, times = [], []
                for query in queries:
                    begin = time.process_time_ns()
                    found = engine.search(query["text"], 10)
                    times.append(time.process_time_ns() - begin)
                    scores.append(ndcg10([corpus[n]["id"] for n in found], grades[query["id"]]))
                print(json.dumps({"peer": peer.name, "collection": collection,
                                  "queries": len(queries),
                                  "ndcg10": round(sum(scores) / len(scores), 4),
                                  "query_median_us": median_us(times)}), flush=True)


def read_passages(file):
    with open(file, encoding="utf-8") as lines:
        return [("", line.rstrip("\n")) for line in lines]


def indexed(peer, folder, rows, chinese):
    """The engine with the rows in it, and what it says of its speed."""
    engine = peer(folder, chinese)
    begin = time.process_time()
    engine.index(rows)
    seconds = time.process_time() - begin
    return engine, {"peer": peer.name, "passages": len(rows),
                    "passages_per_cpu_second": round(len(rows) / seconds)}


def speed(folder):
    rows = read_passages(os.path.join(folder, "passages.txt"))
    for peer in PEERS:
        with tempfile.TemporaryDirectory() as temporary:
            engine, result = indexed(peer, temporary, rows, False)
            for kind in ("rare", "medium", "frequent"):
                times = []
                with open(os.path.join(folder, f"queries-{kind}.txt"), encoding="utf-8") as file:
                    for query in file.read().splitlines():
                        begin = time.process_time_ns()
                        engine.search(query, 10)
                        times.append(time.process_time_ns() - begin)
                result[f"query_{kind}_median_us"] = median_us(times)
            print(json.dumps(result), flush=True)


def index(file, chinese):
    rows = read_passages(file)
    for peer in PEERS:
        with tempfile.TemporaryDirectory() as temporary:
            print(json.dumps(indexed(peer, temporary, rows, chinese)[1]), flush=True)


def main(arguments):
    if len(arguments) in (2, 3) and arguments[0] == "quality":
        quality(arguments[1], int(arguments[2]) if len(arguments) == 3 else 1)
    elif len(arguments) == 2 and arguments[0] == "speed":
        speed(arguments[1])
    elif len(arguments) in (2, 3) and arguments[0] == "index":
        index(arguments[1], arguments[2:] == ["zh"])
    else:
        sys.exit(__doc__)


if __name__ == "__main__":
    main(sys.argv[1:])
