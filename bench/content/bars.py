"""The rows of the content table: what is measured, and what it may not fall below.

Figures are those of development halves. A bar of kind "ratio" is our speed over a peer's, both
taken in this run; "below" rows are better when smaller.
"""

from dataclasses import dataclass, field


@dataclass
class Row:
    key: str
    what: str
    unit: str          # how values are printed: "share", "score", "ratio", "ms", "per second"
    bar: float | None  # None: reported only
    aim: float | None
    baseline: str = "-"   # the simple method, as measured when the bars were set
    best: str = "-"       # the highest figure published or measured
    below: bool = False   # smaller is better
    ours: float | None = None
    peers: dict = field(default_factory=dict)  # name -> value, of this run
    note: str = ""        # why there is no value, or what the value covers

    def holds(self):
        """True, False, or None when it was not measured or has no bar."""
        if self.ours is None or self.bar is None:
            return None
        return self.ours <= self.bar if self.below else self.ours >= self.bar

    def reaches_aim(self):
        if self.ours is None or self.aim is None:
            return None
        return self.ours <= self.aim if self.below else self.ours >= self.aim


def make_rows():
    rows = [
        Row("extraction_aeb", "extraction F1, aeb", "share", .960, .972,
            "Readability .949", "rs_trafilatura .970"),
        Row("extraction_traf", "extraction F1, traf", "share", .905, .930,
            "Readability .888", "trafilatura .924"),
        Row("extraction_wcxb", "extraction F1, wcxb", "share", .835, .895,
            "Readability .770", "rs-trafilatura .893"),
        Row("extraction_speed", "extraction speed, Readability + linkedom = 1", "ratio", 2, 10,
            "32 pages/s"),
        Row("ndcg_mean", "nDCG@10, mean of cranfield, cisi, cacm, npl", "share", .43, .46,
            "BM25 .43"),
        Row("ndcg_squad_para", "nDCG@10, paragraphs, en", "share", .945, None, ".92"),
        Row("ndcg_drcd_para", "nDCG@10, paragraphs, zh-TW", "share", .972, None, ".96"),
        Row("ndcg_cmrc_para", "nDCG@10, paragraphs, zh-CN", "share", .985, None, ".98"),
        Row("squad_paragraph", "SQuAD sentence hit@1, right paragraph", "share", .870, .890,
            ".860"),
        Row("squad_pool", "SQuAD sentence hit@1, pool", "share", .808, .838, ".798"),
        Row("drcd", "DRCD sentence hit@1, right paragraph", "share", .860, .880, ".850"),
        Row("cmrc", "CMRC sentence hit@1, right paragraph", "share", .725, .765, ".715"),
        Row("rouge_1", "CNN/DM ROUGE-1, three sentences", "score", 41.0, 42.5, "LEAD-3 41.0"),
        Row("rouge_2", "CNN/DM ROUGE-2", "score", 17.8, 19.0, "LEAD-3 17.4"),
        Row("rouge_l", "CNN/DM ROUGE-L", "score", 37.2, 38.5, "LEAD-3 37.2"),
    ]
    for name in ("squad_para", "cacm", "cranfield", "cmrc_para", "drcd_para"):
        rows.append(Row("fusion_" + name, "nDCG@10, words and vectors, " + name, "share",
                        None, None, "words alone"))
    for check in ("cited", "valid", "recall", "precision", "literal"):
        rows.append(Row("citations_" + check, "extractive citations, " + check, "share", 1.0, 1.0,
                        best="ALCE .85 / .82"))
    rows += [
        Row("index_en", "index speed, en, FTS5 porter = 1", "ratio", 1, 2),
        Row("index_zh", "index speed, zh, FTS5 trigram = 1", "ratio", 1, 2),
        Row("query_speed", "query median at 100k chunks, Xapian = 1", "ratio", 1, .3, below=True),
    ]
    return {row.key: row for row in rows}
