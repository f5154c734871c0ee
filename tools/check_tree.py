#!/usr/bin/env python3
"""Checks that the tree follows the style guide: layers, libraries, sizes, names, seams.

    tools/check_tree.py [ROOT]      prints `file:line: what; why; what to do`, exits 1 on findings

Reads text only: nothing is compiled. Comments and string literals are blanked before code rules
look at a file, so that prose may name what code may not use. The tables are in tree_rules.py.
"""

import bisect
import fnmatch
import os
import re
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import tree_rules as rules  # noqa: E402

SKIPPED_FOLDERS = {".git", "build", "shared", "__pycache__", ".cache"}
# Inputs and recorded outputs of tests: other people's text, or ours at its worst.
RECORDED = ("tests/data/", "tests/golden/", "tests/cassettes/", "bench/data/")
TEXT_SUFFIXES = {".h", ".cpp", ".py", ".sh", ".cmake", ".txt", ".md", ".yaml", ".yml", ".json", ""}

INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*(<[^>\n]+>|"[^"\n]+")', re.M)
DIRECTIVE = re.compile(r"^[ \t]*#(?:[^\n\\]|\\.|\\\n)*", re.M)
TOKEN = re.compile(
    r'//[^\n]*|/\*.*?\*/|R"(?P<raw>[^()\s\\"]{0,16})\(.*?\)(?P=raw)"|"(?:\\.|[^"\\\n])*"'
    r"|(?<!\w)\d(?:'?[\w.])*|'(?:\\.|[^'\\\n])+'", re.S)
TYPE_NAME = re.compile(
    r"\b(?:class|struct|union|concept|enum(?:\s+class|\s+struct)?|using)\s+([A-Za-z_]\w*)"
    r"(?=\s*(?:final\s*)?[:{=;])")
CONTAINER = re.compile(r"(?<![<,(\w])\s*\b(?:namespace|class|struct|union|enum|extern)\b")
CLASS_HEAD = re.compile(r"\b(?:class|struct)\s+(?:\[\[\w+\]\]\s*)?(\w+)")


def spaces(text):
    """`text` with everything but line breaks turned into blanks."""
    return re.sub(r"[^\n]", " ", text)


def blank(source):
    """C++ source with comments and literals blanked; positions and line numbers stay."""
    return TOKEN.sub(lambda m: m[0] if m[0][0].isdigit() else spaces(m[0]), source)


def words_of(name):
    """PascalCase or snake_case -> its words, capitalised."""
    parts = re.findall(r"V2|[A-Z]+(?![a-z])|[A-Z][a-z0-9]*|[a-z0-9]+", name)
    return [part[:1].upper() + part[1:] for part in parts]


class Source:
    """One file: its text, its code without prose, and where its lines begin."""

    def __init__(self, path, text):
        self.path = path
        self.text = text
        self.suffix = os.path.splitext(path)[1]
        self.is_cpp = self.suffix in (".h", ".cpp")
        self.is_public = path.startswith("include/muai/")
        self.code = blank(text) if self.is_cpp else text
        self._starts = None
        self._blocks = None

    def line(self, position):
        if self._starts is None:
            self._starts = [0] + [m.end() for m in re.finditer("\n", self.text)]
        return bisect.bisect_right(self._starts, position)

    @property
    def blocks(self):
        """Matched braces outside directives: (open, close), by opening position."""
        if self._blocks is None:
            flat = DIRECTIVE.sub(lambda m: spaces(m[0]), self.code)
            stack, found = [], []
            for match in re.finditer("[{}]", flat):
                if match[0] == "{":
                    stack.append(match.start())
                elif stack:
                    found.append((stack.pop(), match.start()))
            self._blocks = sorted(found)
        return self._blocks

    def head_of(self, opening):
        """The code that introduces a block: from the last `;`, `{`, `}` or label to its brace."""
        before = self.code[max(0, opening - 2000):opening]
        cut = max(before.rfind(mark) for mark in ";{}")
        return before[cut + 1:]

    @property
    def home(self):
        """The layer, or the top folder, whose include rules this file obeys."""
        match = re.match(r"(?:include/muai|src|tests/unit)/(\w+)/", self.path)
        if match and match[1] in rules.LAYERS:
            return match[1]
        return self.path.split("/")[0]


class Report:
    def __init__(self):
        self.findings = []

    def add(self, source, line, what, why, remedy):
        path = source if isinstance(source, str) else source.path
        self.findings.append((path, line, f"{what}; {why}; {remedy}"))

    def print(self, out):
        for path, line, message in sorted(self.findings):
            print(f"{path}:{line}: {message}", file=out)


# ---- layers and libraries ------------------------------------------------------------------


def check_includes(source, report):
    for match in INCLUDE.finditer(source.text):
        line = source.line(match.start())
        target = match[1][1:-1]
        if match[1][0] == '"':
            check_own_include(source, line, target, report)
        else:
            check_library_include(source, line, target, report)


def layer_of_include(target):
    parts = target.split("/")
    if parts[0] == "muai" and len(parts) > 2:
        return parts[1]
    return parts[0] if parts[0] in rules.LAYERS and len(parts) > 1 else None


def closure(layer):
    found = {layer}
    for below in rules.LAYERS[layer]:
        found |= closure(below) if below not in found else set()
    return found


def check_own_include(source, line, target, report):
    if source.is_public and not target.startswith("muai/"):
        report.add(source, line, f'a public header includes the private "{target}"',
                   "public headers must compile alone, from include/ only",
                   "move what is needed into a public header, or into the source")
    layer = layer_of_include(target)
    home = source.home
    if layer is None or home not in rules.LAYERS or source.path == "include/muai/muai.h":
        return
    allowed = rules.LAYERS[home] | {home}
    if source.path.startswith("tests/unit/"):
        allowed = closure(home)
    if layer not in allowed:
        report.add(source, line, f"`{home}` includes `{layer}` ({target})",
                   f"it may include: {' '.join(sorted(rules.LAYERS[home])) or 'nothing'}",
                   "move the shared part down, or pass it in from above")


def library_of(target):
    for prefix, library, homes in rules.LIBRARIES:
        if target.startswith(prefix):
            return library, homes.split()
    return None, []


def is_system(target):
    return target in rules.SYSTEM_HEADERS or target.startswith(rules.SYSTEM_PREFIXES)


def check_library_include(source, line, target, report):
    if target in rules.REFUSED_STANDARD:
        report.add(source, line, f"<{target}> is included", rules.REFUSED_STANDARD[target],
                   "remove the include")
        return
    if target == "iostream" and source.home in rules.LAYERS and "tests/" not in source.path:
        report.add(source, line, "<iostream> is included", "the library never prints",
                   "return text, or raise a notice")
        return
    if "." not in target and "/" not in target or is_system(target):
        return
    library, homes = library_of(target)
    if library is None:
        report.add(source, line, f"<{target}> belongs to no library of the layer table",
                   "every third-party library is listed with the layers that may use it",
                   "use a listed one, or add a row to tools/tree_rules.py and a decision record")
    elif source.is_public and target != "boost/json/fwd.hpp":
        report.add(source, line, f"a public header includes <{target}>",
                   "public headers see the standard library and <boost/json/fwd.hpp> only",
                   "forward-declare the type and include the library in the source")
    elif not source.path.startswith(("tests/", "bench/", "fuzz/")) and "*" not in homes \
            and source.home not in homes:
        report.add(source, line, f"`{source.home}` includes {library} (<{target}>)",
                   f"{library} is kept inside: {' '.join(homes)}",
                   "go through that layer's own interface")


LAYER_CALL = re.compile(r"^muai_layer\((\w+)\s+USES\s+([^)]*?)\s+LIBRARIES\s+([^)]*?)\)", re.M)


def check_cmake_layers(source, report):
    for match in LAYER_CALL.finditer(source.text):
        line = source.line(match.start())
        layer = match[1]
        if layer not in rules.LAYERS:
            report.add(source, line, f"unknown layer `{layer}`",
                       "layers are those of the layer table", "add it to tools/tree_rules.py")
            continue
        extra = set(match[2].split()) - {"-"} - rules.LAYERS[layer]
        if extra:
            report.add(source, line, f"`{layer}` links {' '.join(sorted(extra))}",
                       "the layer table does not let it", "remove them from USES")
        for name in set(match[3].split()) - {"-"}:
            library = rules.CMAKE_LIBRARIES.get(name)
            homes = [h for _, lib, h in rules.LIBRARIES if lib == library]
            if not any("*" in h or layer in h.split() for h in homes):
                report.add(source, line, f"`{layer}` links the library {name}",
                           "the layer table does not list it there", "remove it from LIBRARIES")


# ---- sizes ---------------------------------------------------------------------------------


def check_sizes(source, report):
    lines = source.text.split("\n")
    count = len(lines) - (lines[-1] == "")
    limit = rules.LINES_MAX.get(source.suffix)
    if limit and count > limit:
        report.add(source, count, f"{count} lines", f"the limit for {source.suffix} is {limit}",
                   "split the file by concept")
    for pattern, most, why in rules.PAGES:
        if fnmatch.fnmatch(source.path, pattern) and count > most:
            report.add(source, count, f"{count} lines, limit {most}", why, "shorten or split it")
    if source.suffix in rules.LINES_MAX or source.suffix == ".cmake":
        for number, text in enumerate(lines, 1):
            if len(text) > rules.COLUMNS_MAX and "://" not in text:
                report.add(source, number, f"{len(text)} columns",
                           f"the limit is {rules.COLUMNS_MAX}", "break the line")


def is_function(head):
    """Whether a block's head is a function's (or a test's, or a named lambda's) signature."""
    text = head.rstrip()
    if "(" not in text or text[-1] in "=(,{[?:" or re.search(r"\breturn$", text):
        return False
    container = CONTAINER.search(text)
    return container is None or container.start() > text.index("(")


def check_functions(source, report):
    reported_to = -1
    for opening, closing in source.blocks:
        if opening < reported_to:
            continue
        if source.line(closing) - source.line(opening) < rules.FUNCTION_LINES_MAX:
            continue
        head = source.head_of(opening)
        if not is_function(head):
            continue
        first = source.line(opening - len(head.lstrip()))
        count = source.line(closing) - first + 1
        name = re.search(r"([\w:~]+)\s*\(", head)
        report.add(source, first, f"`{name[1] if name else 'function'}` has {count} lines",
                   f"the limit for a function is {rules.FUNCTION_LINES_MAX}",
                   "give its parts names of their own")
        reported_to = closing


# ---- names and shapes ----------------------------------------------------------------------


def check_names(source, report):
    stem = os.path.basename(source.path).split(".")[0]
    if not re.fullmatch(r"[a-z0-9_]+", stem):
        report.add(source, 1, f"file name `{stem}`", "files are named in snake_case", "rename it")
    banned = [word for word in words_of(stem) if word in rules.BANNED_NAME_PARTS]
    if banned:
        report.add(source, 1, f"file name part `{banned[0].lower()}`",
                   "it says nothing about what the file holds", "name it by its concept")
    for match in TYPE_NAME.finditer(source.code):
        for word in words_of(match[1]):
            if word in rules.BANNED_NAME_PARTS:
                report.add(source, source.line(match.start()), f"type `{match[1]}` holds `{word}`",
                           "such a part says nothing about what the type holds",
                           "name it by its concept")


def check_header(source, report):
    if not re.search(r"^#pragma once$", source.text, re.M):
        report.add(source, 1, "no `#pragma once`", "a header is included once", "add it on top")
    if not source.is_public:
        return
    for match in re.finditer(r"[(,]\s*(?:const\s+)?bool\s+\w+\s*(?=[,)=])", source.code):
        if not is_private_part(source, match.start()):
            report.add(source, source.line(match.end()), "a bool parameter in a public function",
                       "`f(true)` does not say what it asks for",
                       "use an enum or an options struct")
    for match in re.finditer(r"(?<![:\w.])get_(?!return_object)\w+\s*\(", source.code):
        report.add(source, source.line(match.start()), f"`{match[0].rstrip('( ')}`",
                   "accessors are bare nouns", "drop the `get_` prefix")


def is_private_part(source, position):
    labels = re.findall(r"^\s*(public|private|protected)\s*:", source.code[:position], re.M)
    return bool(labels) and labels[-1] == "private"


LOWER_CASE_TYPE = re.compile(r"\b(?:class|struct|union|enum(?: class)?)\s+([a-z]\w*)\s*"
                             r"(?:final\s*)?(?::[^:;{}]*)?\{")


def check_shapes(source, report):
    """Namespaces, macros, type names, the opening comment."""
    allowed = rules.NAMESPACES_OF_TESTS if source.path.startswith("tests/") else rules.NAMESPACES
    for match in re.finditer(r"^namespace (muai[\w:]*) \{", source.code, re.M):
        if match[1] not in allowed:
            report.add(source, source.line(match.start()), f"namespace `{match[1]}`",
                       "there is one flat namespace", "use `muai`, or an unnamed one inside it")
    if source.suffix == ".h":
        for match in re.finditer(r"^\s*using namespace\b", source.code, re.M):
            report.add(source, source.line(match.end()), "`using namespace` in a header",
                       "every includer would get the names", "name what is used")
    for match in re.finditer(r"^[ \t]*#[ \t]*define[ \t]+(?!MUAI_)(\w+)", source.code, re.M):
        report.add(source, source.line(match.start()), f"macro `{match[1]}`",
                   "macros know no namespace", "call it MUAI_..., or make it a constant")
    for match in LOWER_CASE_TYPE.finditer(source.code):
        if match[1] != "promise_type":
            report.add(source, source.line(match.start()), f"type `{match[1]}`",
                       "types are PascalCase", "rename it")
    check_idea(source, report)


def check_idea(source, report):
    """A long source says what it is about before its first declaration."""
    if source.text.count("\n") <= rules.LINES_WITHOUT_IDEA or source.path.startswith("tests/"):
        return
    for line in source.text.split("\n"):
        if line.startswith("//"):
            return
        if line.strip() and not re.match(r"#|namespace\b|using\b|extern \"C\"", line.strip()):
            break
    report.add(source, 1, f"no opening comment in {source.text.count(chr(10))} lines",
               f"a file over {rules.LINES_WITHOUT_IDEA} lines opens with its idea",
               "say in a sentence or two how the file goes about its work")


TEST_CASE = re.compile(r"^(?:TEST(?:_[FP])?|RC_GTEST_\w+)\s*\(\s*\w+\s*,\s*(\w+)", re.M)
ASSERTION = re.compile(r"\b(?:EXPECT|ASSERT|RC|FAIL|ADD_FAILURE|SUCCEED)\w*\b"
                       r"|\b(?:expect|check|assert|require)\w*\s*\(")


def check_test_cases(source, report):
    for match in TEST_CASE.finditer(source.code):
        body = next(((o, c) for o, c in source.blocks if o > match.end()), None)
        if body and not ASSERTION.search(source.code, body[0], body[1]):
            report.add(source, source.line(match.start()), f"test `{match[1]}` asserts nothing",
                       "a test is a statement that can be false", "assert what it shows")


def check_seams(source, report):
    for match in re.finditer(r"\bvirtual\b[^;{}]*=\s*0\s*;", source.code):
        owner = enclosing_class(source, match.start())
        if owner not in rules.SEAMS:
            report.add(source, source.line(match.start()), f"a virtual interface `{owner}`",
                       "interfaces exist at these seams only: " + " ".join(sorted(rules.SEAMS)),
                       "use a function, a template or a value")


def enclosing_class(source, position):
    name = "?"
    for opening, closing in source.blocks:
        if opening < position < closing:
            head = CLASS_HEAD.search(source.head_of(opening))
            name = head[1] if head else name
    return name


# ---- what code may not call ----------------------------------------------------------------

THREADS = (r"\bstd::(?:jthread|thread|async)\b", "starts a thread",
           "threads belong to async", "co_await on_pool(pool, ...)")
TIME_AND_CHANCE = [
    THREADS,
    (r"\bthis_thread::sleep_\w+",
     "sleeps", "time belongs to Loop", "co_await sleep_until(loop, ...)"),
    (r"\b(?:system|steady|high_resolution)_clock::now\b", "reads a clock",
     "time belongs to Loop", "use loop.now() or loop.unix_seconds()"),
    (r"\b(?:clock_gettime|gettimeofday|usleep|nanosleep)\s*\(|\bstd::time\s*\(", "reads a clock",
     "time belongs to Loop", "use loop.now() or loop.unix_seconds()"),
    (r"\brandom_device\b|\bstd::s?rand\b", "draws chance of its own",
     "chance belongs to Loop, so that a seed repeats a run", "use loop.random()"),
]
ENVIRONMENT = (r"\b(?:secure_)?getenv\s*\(", "reads the environment",
               "configuration has one reader", "take the value as an option")
PROCESSES = (r"(?<![\w.>:])(?:::|std::)?(?:v?fork|exec(?:v|ve|vp|vpe|l|le|lp)|posix_spawnp?|popen"
             r"|system)\s*\(",
             "starts a process", "async's Process is the only fork and exec", "use Process")
PRINTING = (r"\bstd::(?:cout|cerr|clog)\b|(?<![\w.>])(?:std::)?(?:printf|puts|putchar)\s*\("
            r"|\bfprintf\s*\(\s*std(?:out|err)|\bfmt::print\s*\(",
            "prints", "the library never prints: the trace is its output",
            "return text, or raise a notice")
CATCH_ALL = (r"\bcatch\s*\(\s*\.\.\.\s*\)", "catches everything",
             "the only catch-all is the executor's step boundary",
             "catch the library's own exception type in the file that calls it")
FLEXIBLE = {pattern: re.compile(pattern) for pattern in
            [row[0] for row in TIME_AND_CHANCE]
            + [ENVIRONMENT[0], PROCESSES[0], PRINTING[0], CATCH_ALL[0]]}


def refuse(source, rule, report):
    for match in FLEXIBLE[rule[0]].finditer(source.code):
        report.add(source, source.line(match.start()),
                   f"{rule[1]} (`{match[0].strip().rstrip('(').strip()}`)", rule[2], rule[3])


def check_calls(source, report):
    top = source.path.split("/")[0]
    product = top in ("include", "src", "apps")
    tested = source.path.startswith(("tests/unit/", "tests/property/"))
    if (product or tested) and source.home not in ("async", "engine"):
        # A test may start real threads: that is how it shows that a class is thread-safe.
        for rule in TIME_AND_CHANCE:
            if product or rule is not THREADS:
                refuse(source, rule, report)
        if product and top != "apps":
            refuse(source, ENVIRONMENT, report)
    if product and source.home != "async":
        refuse(source, PROCESSES, report)
    if top in ("include", "src") and source.path not in rules.LAST_WORDS:
        refuse(source, PRINTING, report)
    if source.home != "exec" or top == "tests":
        refuse(source, CATCH_ALL, report)
    check_awaits(source, report)


def check_awaits(source, report):
    for match in re.finditer(r"\bco_await\b[^;{}]*\bco_await\b", source.code):
        report.add(source, source.line(match.end()), "two co_await in one statement",
                   "their order and lifetimes are not visible", "bind each to a name")


# ---- every text file -----------------------------------------------------------------------

MARKS = re.compile(r"\b(?:TO" + r"DO|FIX" + r"ME|X" + r"XX|HA" + r"CK)\b")
SKIPPED_TESTS = re.compile(r"\bGTEST_" + r"SKIP\b|\bDIS" + r"ABLED_\w+|unittest\.sk" + r"ip")
MACHINE_PATH = re.compile(
    r"(?<![\w.:/~-])/(?:(?:work|root|Users|tmp/w)/[\w.]|home/(?!user\b)\w)")
REGISTRY_HOST = re.compile(
    r"\b(?:deb|ftp|security|snapshot|archive|mirrors?)\.(?:debian|ubuntu)\.(?:org|com)\b"
    r"|\bpypi\.(?:org|io)\b|\bfiles\.pythonhosted\b|\bregistry\.npmjs\b|\bcrates\.io\b"
    r"|\bproxy\.golang\b|\brepo1?\.maven\b", re.I)


def check_text(source, report):
    for pattern, what, why, remedy in (
            (MARKS, "an unfinished mark", "what is on main is finished",
             "finish it, or file it where work is planned"),
            (SKIPPED_TESTS, "a skipped test", "no test is skipped",
             "make it pass, or remove it and say why"),
            (MACHINE_PATH, "a path of one machine", "the tree stands alone",
             "use a relative path or a variable"),
            (REGISTRY_HOST, "the host of a package registry",
             "the machine's own configuration decides where packages come from", "remove it")):
        for match in pattern.finditer(source.text):
            report.add(source, source.line(match.start()), f"{what} (`{match[0]}`)", why, remedy)


# ---- rules over the whole tree -------------------------------------------------------------


def check_properties(sources, report):
    seen = {}
    for source in sources:
        if not (source.is_cpp and source.path.startswith("tests/")):
            continue
        for match in re.finditer(r"\bRC_GTEST_\w+\s*\(\s*\w+\s*,\s*P(\d\d)_(\w+)", source.code):
            number, line = int(match[1]), source.line(match.start())
            if not 1 <= number <= rules.PROPERTY_NUMBER_MAX:
                report.add(source, line, f"property P{match[1]}",
                           "the specification has no such one", "name the law without a number")
            elif number in seen:
                report.add(source, line, f"property P{match[1]} is named twice",
                           f"{seen[number]} states it already", "give this law a name of its own")
            seen.setdefault(number, f"{source.path}:{line}")


def check_catch_all_count(sources, report):
    places = [(s, m.start()) for s in sources if s.is_cpp and s.path.startswith("src/exec/")
              for m in re.finditer(CATCH_ALL[0], s.code)]
    for source, position in places[1:]:
        report.add(source, source.line(position), "a second catch-all",
                   "there is one step boundary", "let the step boundary see the exception")


REFERENCE = re.compile(r"(?<![\w/.-])((?:docs|tests|tools|src|examples|bench|cmake|apps)/[\w./-]+"
                       r"\.(?:md|h|cpp|py|sh|yaml|json|txt))\b")


def prose(source):
    """What a file says to its reader: comments of code, all of a page; positions stay."""
    if source.is_cpp:
        return "".join(m[0] if m[0].startswith(("//", "/*")) else spaces(m[0])
                       for m in re.finditer(TOKEN.pattern + r"|.", source.text, re.S))
    if source.suffix == ".md":
        return source.text
    return re.sub(r"^(?!\s*#).*", lambda m: spaces(m[0]), source.text, flags=re.M)


def check_references(sources, report):
    """Files that a comment or a page sends its reader to exist."""
    paths = {source.path for source in sources}
    for source in sources:
        if not REFERENCE.search(source.text):
            continue
        for match in REFERENCE.finditer(prose(source)):
            is_pattern = re.search(r"\b[A-Z]{2,}/|\bNNNN", match[1])
            if match[1] not in paths and not match[1].startswith(RECORDED) and not is_pattern:
                report.add(source, source.line(match.start(1)), f"`{match[1]}` does not exist",
                           "a reader would look for it", "name the file that does, or write it")


def check_umbrella(sources, report):
    umbrella = next((s for s in sources if s.path == "include/muai/muai.h"), None)
    if umbrella is None:
        return
    included = {m[1][1:-1] for m in INCLUDE.finditer(umbrella.text)}
    for source in sources:
        name = source.path[len("include/"):]
        if source.is_public and source is not umbrella and name not in included:
            report.add(umbrella, 1, f'"{name}" is missing', "muai.h includes every public header",
                       "add the include")


# ---- the walk ------------------------------------------------------------------------------


def read_tree(root):
    sources = []
    for folder, folders, files in os.walk(root):
        folders[:] = sorted(f for f in folders if f not in SKIPPED_FOLDERS)
        for name in sorted(files):
            path = os.path.relpath(os.path.join(folder, name), root)
            if os.path.splitext(name)[1] not in TEXT_SUFFIXES or path.startswith(RECORDED):
                continue
            if os.path.islink(os.path.join(folder, name)):
                continue
            with open(os.path.join(folder, name), encoding="utf-8", errors="replace") as file:
                sources.append(Source(path, file.read()))
    return sources


def check(sources):
    """All findings for these sources."""
    report = Report()
    for source in sources:
        check_text(source, report)
        check_sizes(source, report)
        if source.path == "CMakeLists.txt":
            check_cmake_layers(source, report)
        if not source.is_cpp:
            continue
        check_includes(source, report)
        check_functions(source, report)
        check_names(source, report)
        check_calls(source, report)
        check_shapes(source, report)
        if source.path.startswith("tests/"):
            check_test_cases(source, report)
        if source.suffix == ".h":
            check_header(source, report)
        if not source.path.startswith("tests/"):
            check_seams(source, report)
    check_properties(sources, report)
    check_catch_all_count(sources, report)
    check_references(sources, report)
    check_umbrella(sources, report)
    return report


def main(arguments):
    root = arguments[0] if arguments else os.path.join(os.path.dirname(__file__), "..")
    sources = read_tree(root)
    report = check(sources)
    report.print(sys.stderr)
    if report.findings:
        print(f"check_tree: {len(report.findings)} findings in {len(sources)} files",
              file=sys.stderr)
        return 1
    print(f"check_tree: {len(sources)} files follow the style guide")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
