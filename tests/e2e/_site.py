"""A web site on loopback: manual pages, search endpoints over them, and pages that misbehave.

Every request is counted, so that a test can say what was asked and what was not.
"""

import gzip
import html
import http.server
import json
import os
import re
import socket
import threading
import time
import urllib.parse

PAGES = os.path.join(os.environ["MUAI_TEST_DATA"], "site")


def read_pages(folder):
    """File name -> (title, words, bytes) of the HTML pages of a folder."""
    pages = {}
    for name in sorted(os.listdir(folder)):
        if not name.endswith(".html"):
            continue
        with open(os.path.join(folder, name), "rb") as file:
            body = file.read()
        text = re.sub(r"<[^>]*>", " ", body.decode("utf-8", "replace"))
        title = re.search(rb"<title>(.*?)</title>", body, re.S)
        pages[name] = (html.unescape(title[1].decode()) if title else name, words_of(text), body)
    return pages


def words_of(text):
    """Folded words; Chinese in pairs of characters."""
    words = re.findall(r"[a-z0-9_]{2,}", text.lower())
    for run in re.findall(r"[\u4e00-\u9fff]{2,}", text):
        words += [run[i:i + 2] for i in range(len(run) - 1)]
    return words


class Site:
    """Listens on 127.0.0.1, or on `address`. `close` ends it."""

    def __init__(self, address="127.0.0.1", pages=PAGES):
        self.pages = read_pages(pages)
        self.requests = []       # paths with their queries, in order
        self.extra = {}          # path -> function(handler)
        self.results = None      # a fixed list of (title, url) in place of a search
        self.search_status = []  # statuses of the next searches, before those that succeed
        self.lock = threading.Lock()
        self.closed = threading.Event()
        site = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                with site.lock:
                    site.requests.append(self.path)
                self.close_connection = True
                try:
                    site.answer(self)
                except (BrokenPipeError, ConnectionResetError):
                    pass

            def do_POST(self):
                self.rfile.read(int(self.headers.get("Content-Length", 0)))
                self.do_GET()

            def log_message(self, *arguments):
                pass

        self.server = http.server.ThreadingHTTPServer((address, 0), Handler)
        self.server.daemon_threads = True
        self.place = "%s:%d" % (address, self.server.server_address[1])
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    def close(self):
        self.closed.set()
        self.server.shutdown()
        self.server.server_close()

    def url(self, path):
        return "http://%s%s" % (self.place, path)

    def asked(self, prefix):
        """The requests whose path begins with `prefix`."""
        with self.lock:
            return [path for path in self.requests if path.startswith(prefix)]

    # ---- answering ----

    def answer(self, handler):
        address = urllib.parse.urlsplit(handler.path)
        query = urllib.parse.parse_qs(address.query)
        name = address.path.rsplit("/", 1)[-1]
        if address.path in self.extra:
            self.extra[address.path](handler)
        elif address.path.startswith("/bad/"):
            getattr(self, "bad_" + name)(handler)
        elif address.path == "/search":
            self.searxng(handler, query)
        elif address.path == "/w/api.php":
            self.mediawiki(handler, query)
        elif address.path == "/w/index.php":
            self.send_page(handler, list(self.pages)[int(query["curid"][0]) - 1])
        elif address.path.startswith("/moved/"):
            send(handler, 301, b"", location="/manual/" + name)
        elif address.path.startswith("/manual/") and name in self.pages:
            self.send_page(handler, name)
        else:
            send(handler, 404, b"<html><body>There is no such page.</body></html>")

    def send_page(self, handler, name):
        send(handler, 200, self.pages[name][2])

    def find(self, text, most):
        """The names of the pages that hold most of the words."""
        wanted = set(words_of(text))
        scored = [(len(wanted & set(words)), name)
                  for name, (_, words, _) in self.pages.items()]
        return [name for score, name in sorted(scored, key=lambda s: (-s[0], s[1])) if score][:most]

    def searxng(self, handler, query):
        if self.search_status:
            status = self.search_status.pop(0)
            return send(handler, status, b"no", retry_after="1" if status == 429 else None)
        results = self.results
        if results is None:
            results = [(self.pages[name][0], self.url("/manual/" + name))
                       for name in self.find(query["q"][0], 10)]
        answer = {"query": query["q"][0],
                  "results": [{"title": t, "url": u, "content": ""} for t, u in results]}
        return send(handler, 200, json.dumps(answer).encode(), kind="application/json")

    def mediawiki(self, handler, query):
        names = list(self.pages)
        hits = [{"ns": 0, "title": self.pages[name][0], "pageid": names.index(name) + 1,
                 "snippet": "<span class=\"searchmatch\">Harbour</span> &amp; more"}
                for name in self.find(query["srsearch"][0], int(query["srlimit"][0]))]
        answer = {"batchcomplete": True, "query": {"search": hits}}
        send(handler, 200, json.dumps(answer).encode(), kind="application/json")

    # ---- pages that misbehave ----

    def bad_silent(self, handler):
        """Accepts the request and says nothing."""
        self.closed.wait(60)

    def bad_endless(self, handler):
        """A page without an end, as fast as it can."""
        head(handler, 200, {"Content-Type": "text/html"})
        line = b"<p>" + b"and then another wave came, " * 400 + b"</p>\n"
        while not self.closed.is_set():
            handler.wfile.write(line)

    def bad_drip(self, handler):
        """A page that comes one byte at a time."""
        head(handler, 200, {"Content-Type": "text/html", "Content-Length": "100000"})
        while not self.closed.wait(0.2):
            handler.wfile.write(b"a")

    def bad_cut(self, handler):
        """Promises more than it sends."""
        head(handler, 200, {"Content-Type": "text/html", "Content-Length": "100000"})
        handler.wfile.write(b"<p>The backup of a Harbour database begins with")

    def bad_lying(self, handler):
        """Says it is a page and is a program."""
        send(handler, 200, b"\x7fELF\x02\x01\x01" + bytes(range(256)) * 8)

    def bad_bomb(self, handler):
        """A few kilobytes that unpack to 64 megabytes."""
        send(handler, 200, gzip.compress(b"a" * (64 << 20)), coding="gzip")

    def bad_loop(self, handler):
        send(handler, 302, b"", location="/bad/loop")

    def bad_nonsense(self, handler):
        """No HTTP at all."""
        handler.wfile.write(b"SSH-2.0-OpenSSH_9.2\r\n")

    def bad_error(self, handler):
        send(handler, 500, b"<html><body>The backup of Harbour failed.</body></html>")


def head(handler, status, fields):
    lines = ["HTTP/1.1 %d Status" % status] + ["%s: %s" % field for field in fields.items()]
    handler.wfile.write(("\r\n".join(lines) + "\r\nConnection: close\r\n\r\n").encode())


def send(handler, status, body, kind="text/html; charset=utf-8", location=None, coding=None,
         retry_after=None):
    fields = {"Content-Type": kind, "Content-Length": str(len(body)), "Location": location,
              "Content-Encoding": coding, "Retry-After": retry_after}
    head(handler, status, {name: value for name, value in fields.items() if value is not None})
    handler.wfile.write(body)


def after(seconds, then):
    """A page that comes late: for `Site.extra`."""
    def answer(handler):
        time.sleep(seconds)
        then(handler)
    return answer


def other_address():
    """An address of this machine that is not loopback, or None. Nothing is sent."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
            address = probe.getsockname()[0]
        except OSError:
            return None
    return None if address.startswith("127.") else address
