#!/usr/bin/env python3
"""Collections: documents are added, listed, found and removed."""

import shutil
import signal
import subprocess
import unittest
import zipfile

from _muai import PROGRAM, SAMPLES, ProgramTest


# One page that says: Antares is a red supergiant.
PDF = b"""%PDF-1.4
1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj
2 0 obj<</Type/Pages/Count 1/Kids[3 0 R]>>endobj
3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Contents 4 0 R
/Resources<</Font<</F 5 0 R>>>>>>endobj
4 0 obj<</Length 60>>stream
BT /F 12 Tf 50 750 Td (Antares is a red supergiant.) Tj ET
endstream endobj
5 0 obj<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>endobj
trailer<</Size 6/Root 1 0 R>>
%%EOF
"""


class Documents(ProgramTest):
    def test_adding_counts_and_a_second_time_changes_nothing(self):
        first = self.run_json("kb", "add", "--in", "notes", SAMPLES / "en")
        self.assertEqual((first["files"], first["added"], first["skipped"]), (3, 3, []))
        second = self.run_json("kb", "add", "--in", "notes", SAMPLES / "en")
        self.assertEqual((second["added"], second["unchanged"]), (0, 3))

    def test_the_collection_default_is_used_when_none_is_named(self):
        self.run_muai("kb", "add", SAMPLES / "en" / "bicycle.txt")
        self.assertEqual(self.run_json("kb", "list")["collections"][0]["name"], "default")
        self.assertEqual(len(self.run_json("kb", "search", "brake pads")["hits"]), 1)

    def test_lists_name_collections_and_documents(self):
        self.add_samples()
        self.add_samples("cha", "zh")
        self.assertRegex(self.run_muai("kb", "list").out, r"(?m)^cha +2 documents.*\nnotes +3 doc")
        listed = self.run_json("kb", "list", "notes")["documents"]
        self.assertEqual([document["url"] for document in listed],
                         ["kb://notes/en/bicycle.txt", "kb://notes/en/lighthouse.html",
                          "kb://notes/en/sourdough.md"])
        self.assertEqual(listed[1]["title"], "The lighthouse of Nordholm")

    def test_search_finds_english_and_chinese_passages_and_says_why(self):
        self.add_samples()
        self.add_samples(language="zh")
        hits = self.run_json("kb", "search", "--in", "notes", "oiling a chain", "--why")["hits"]
        self.assertEqual(hits[0]["url"].split("#")[0], "kb://notes/en/bicycle.txt")
        self.assertIn("chain", [term["term"] for term in hits[0]["why"]["terms"]])
        hits = self.run_json("kb", "search", "--in", "notes", "竹笋")["hits"]
        self.assertEqual(hits[0]["url"].split("#")[0], "kb://notes/zh/bamboo.txt")
        text = self.run_muai("kb", "search", "--in", "notes", "lighthouse", "-n", "1", "--why").out
        self.assertIn("The lighthouse of Nordholm", text)
        self.assertIn("words present", text)

    def write_office_files(self, folder):
        """A Word file, an e-book, and two that cannot be read."""
        folder.mkdir()
        with zipfile.ZipFile(folder / "tides.docx", "w", zipfile.ZIP_DEFLATED) as file:
            file.writestr("word/document.xml", "<w:document xmlns:w='w'><w:body><w:p><w:r><w:t>The "
                          "spring tide at Brest rises seven metres.</w:t></w:r></w:p></w:body>"
                          "</w:document>")
        with zipfile.ZipFile(folder / "moon.epub", "w", zipfile.ZIP_DEFLATED) as file:
            file.writestr("mimetype", "application/epub+zip")
            file.writestr("META-INF/container.xml", "<container><rootfiles><rootfile "
                          "full-path='book.opf'/></rootfiles></container>")
            file.writestr("book.opf", "<package><metadata><title>The Moon</title></metadata>"
                          "<manifest><item id='a' href='a.xhtml' "
                          "media-type='application/xhtml+xml'/></manifest><spine>"
                          "<itemref idref='a'/></spine></package>")
            file.writestr("a.xhtml", "<html><body><p>The Moon is a desert of grey dust and craters."
                          "</p></body></html>")
        with zipfile.ZipFile(folder / "bomb.docx", "w", zipfile.ZIP_DEFLATED) as file:
            file.writestr("word/document.xml", " " * 30_000_000)
        (folder / "stars.pdf").write_bytes(PDF)
        (folder / "cut.epub").write_bytes((folder / "moon.epub").read_bytes()[:200])

    def test_word_files_and_books_are_read_and_bombs_are_named(self):
        folder = self.folder / "office"
        self.write_office_files(folder)
        added = self.run_json("kb", "add", "--in", "office", folder, code=None)
        self.assertEqual(added["added"], 3)
        reasons = " ".join(skipped["reason"] for skipped in added["skipped"])
        self.assertIn("unpacks to more than is read", reasons)
        self.assertIn("damaged", reasons)
        listed = self.run_json("kb", "list", "office")["documents"]
        self.assertEqual({document["title"] for document in listed}, {"tides", "The Moon", "stars"})
        answer = self.run_json("ask", "--in", "office", "How high is the spring tide at Brest?")
        self.assertIn("seven metres", answer["answer"])

    def test_a_search_without_a_hit_ends_with_7(self):
        self.add_samples()
        done = self.run_muai("kb", "search", "--in", "notes", "xylophone", code=7)
        self.assertEqual(done.out, "")

    def test_documents_and_collections_are_removed(self):
        self.add_samples()
        removed = self.run_json("kb", "remove", "--in", "notes", "kb://notes/en/sourdough.md")
        self.assertEqual(removed["removed"], 1)
        self.run_muai("kb", "search", "--in", "notes", "sourdough", code=7)
        done = self.run_muai("kb", "remove", "--in", "notes", "en/absent.md", code=1)
        self.assertIn("kb list notes", done.err)
        self.run_muai("kb", "remove", "--in", "notes", code=1)
        self.run_muai("kb", "remove", "--in", "notes", "--all")
        self.assertEqual(self.run_json("kb", "list"), {"collections": []})
        self.run_muai("kb", "remove", "--in", "notes", "x", code=1)
        self.assertEqual(self.run_json("kb", "list"), {"collections": []})

    def test_vanished_files_are_reported_and_pruned_when_asked(self):
        folder = self.folder / "notes"
        shutil.copytree(SAMPLES / "en", folder)
        self.run_muai("kb", "add", folder)
        (folder / "bicycle.txt").unlink()
        done = self.run_muai("kb", "add", folder)
        self.assertIn("bicycle.txt", done.err)
        self.assertEqual(self.run_json("kb", "add", "--prune", folder)["removed"], 1)

    def test_what_cannot_be_read_is_named_with_the_reason(self):
        folder = self.folder / "mixed"
        folder.mkdir()
        (folder / "good.txt").write_text("A good file.\n")
        (folder / "bad.txt").write_bytes(bytes(range(256)) * 8)
        done = self.run_muai("kb", "add", folder)
        self.assertIn("1 skipped", done.out)
        self.assertIn("bad.txt", done.err)
        self.run_muai("kb", "add", self.folder / "absent", code=1)

    def test_names_with_escape_sequences_do_not_reach_the_terminal(self):
        evil = self.folder / "a\x1b]0;owned\x07b.txt"
        evil.write_text("A note with \x1b[31mcolour\x1b[0m and a bell \x07 in it.\n")
        done = self.run_muai("kb", "add", evil)
        listed = self.run_muai("kb", "list", "default")
        found = self.run_muai("kb", "search", "bell")
        for text in (done.out, done.err, listed.out, found.out):
            self.assertNotIn("\x1b", text)
            self.assertNotIn("\x07", text)

    def test_interrupted_adding_keeps_what_was_done_and_goes_on_later(self):
        folder = self.folder / "many"
        folder.mkdir()
        for number in range(3000):
            (folder / f"{number}.txt").write_text(f"Note {number} speaks of item{number}.\n" * 20)
        program = subprocess.Popen([PROGRAM, "kb", "add", folder], stdin=subprocess.DEVNULL,
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                   env=self.environment, cwd=self.folder)
        line = program.stderr.readline()  # a tenth is done
        program.send_signal(signal.SIGINT)
        _, rest = program.communicate(timeout=60)
        self.assertEqual(program.returncode, 130, line + rest)
        self.assertIn(b"goes on from there", rest)
        kept = self.run_json("kb", "list")["collections"][0]["documents"]
        self.assertGreater(kept, 0)
        report = self.run_json("kb", "add", folder)
        self.assertEqual(report["added"] + report["unchanged"], 3000)
        self.assertEqual(report["unchanged"], kept)


if __name__ == "__main__":
    unittest.main(verbosity=2)
