"""Other people's programs, run beside ours where they can be had: from npm into the work folder,
and from Debian packages. One that is missing is no failure: its rows say what to install."""

import json
import os
import shutil
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
PEERS = os.path.join(os.path.dirname(HERE), "peers")
NPM_PACKAGES = ("@mozilla/readability@0.6.0", "linkedom@0.18.12")


class Peers:
    def __init__(self, wanted, work):
        self.wanted, self.modules = wanted, os.path.join(work, "npm")
        self.reasons = {}

    def why_not(self, name):
        """A clause for the table; "" when the peer can run as far as is known."""
        if not self.wanted:
            return "peers not asked for (--peers)"
        return self.reasons.get(name, "")

    # ---- npm ----

    def has_npm_packages(self):
        if os.path.isdir(os.path.join(self.modules, "node_modules", "linkedom")):
            return True
        if not shutil.which("npm"):
            self.reasons["readability"] = "npm is not installed (Debian: nodejs npm)"
            return False
        os.makedirs(self.modules, exist_ok=True)
        done = subprocess.run(["npm", "install", "--ignore-scripts", "--no-audit", "--no-fund",
                               "--prefix", self.modules, *NPM_PACKAGES],
                              capture_output=True, text=True, check=False)
        if done.returncode != 0:
            self.reasons["readability"] = "npm could not install it: " + done.stderr.strip()[-200:]
        return done.returncode == 0

    def readability(self, paths, out):
        """Runs Readability over the pages; its report, or None."""
        if not self.wanted or not self.has_npm_packages():
            return None
        with open(out, "wb") as file:
            done = subprocess.run(
                ["node", os.path.join(PEERS, "readability.mjs"), self.modules, "-"],
                input="\n".join(paths).encode(), stdout=file, stderr=subprocess.PIPE, check=False)
        if done.returncode != 0:
            self.reasons["readability"] = "it failed: " + done.stderr.decode().strip()[-200:]
            return None
        return json.loads(done.stderr.decode().strip().split("\n")[-1])

    # ---- search engines ----

    def retrieval(self, *arguments):
        """The rows that the runner of FTS5 and Xapian prints, each with "engine"; [] when it cannot
        run. Debian's module of Xapian belongs to Debian's interpreter."""
        if not self.wanted:
            return []
        python = "/usr/bin/python3" if os.path.exists("/usr/bin/python3") else sys.executable
        done = subprocess.run([python, os.path.join(PEERS, "retrieval.py"), *map(str, arguments)],
                              capture_output=True, text=True, check=False)
        if done.returncode != 0:
            self.reasons["retrieval"] = "it failed: " + done.stderr.strip()[-200:]
            return []
        rows = [json.loads(line) for line in done.stdout.splitlines() if line.strip()]
        for row in rows:
            row["engine"] = "xapian" if row["peer"].startswith("Xapian") else "fts5"
        if not any(row["engine"] == "xapian" for row in rows):
            self.reasons["xapian"] = "python3-xapian is not installed"
        return rows
