"""The style guide's tables as data: layers, third-party libraries, names, limits.

Read by tools/check_tree.py. A change here changes what the repository accepts, so it belongs in a
commit of its own, with a decision record when it widens a rule.
"""

# Which layers each layer may include (itself always). Bottom up.
LAYERS = {
    "core": "",
    "async": "core",
    "text": "core",
    "learn": "core",
    "trace": "core text",
    "net": "core async",
    "document": "core async text",
    "store": "core async text",
    "graph": "core async trace text",
    "stats": "core trace",
    "exec": "core async trace graph",
    "model": "core async text trace net",
    "tool": "core async trace net text document",
    "rag": "core async trace text document model store tool",
    "lesson": "core text",
    "steps": "core async trace graph text document net model tool store rag lesson",
    "workflow": "core text graph steps lesson",
    "routing": "core text learn trace stats workflow",
    "engine": "core async text learn trace net document store graph stats exec model tool rag "
              "lesson steps workflow routing",
    "server": "core async text learn trace net document store graph stats exec model tool rag "
              "lesson steps workflow routing engine",
}
LAYERS = {layer: set(below.split()) for layer, below in LAYERS.items()}

# Header prefix -> (library, layers that may include it). "apps" is the program, "*" everyone.
# ICU belongs to `text`; `net` needs its IDNA and `document` its charset converters, and neither
# may be passed through `text` without giving that layer a network's or a file's vocabulary.
LIBRARIES = [
    ("boost/json", "Boost.JSON", "*"),
    ("boost/describe", "Boost.Describe", "*"),
    ("boost/mp11", "Boost.Describe", "*"),
    ("fmt/", "fmt", "*"),
    ("openssl/", "OpenSSL", "core"),  # SHA-256 and nothing else: hashes name stored texts
    ("boost/asio", "Asio", "async server"),
    ("boost/system", "Asio", "async server"),
    ("boost/beast", "Beast", "server"),
    ("boost/multiprecision", "Boost.Multiprecision", "tool"),
    ("boost/rational", "Boost.Multiprecision", "tool"),
    ("unicode/", "ICU", "text net document"),
    ("re2/", "RE2", "text"),
    ("libstemmer", "libstemmer", "text"),
    ("yaml-cpp/", "yaml-cpp", "text"),
    ("md4c", "md4c", "text"),
    ("simdjson", "simdjson", "trace"),
    ("zstd", "zstd", "trace"),
    ("curl/", "curl", "net"),
    ("ares", "c-ares", "net"),
    ("gumbo", "gumbo", "document"),
    ("zip.h", "libzip", "document"),
    ("pugixml", "pugixml", "document"),
    ("sqlite3", "SQLite", "store"),
    ("hnswlib/", "hnswlib", "rag"),
    ("CLI/", "CLI11", "apps"),
    ("histedit", "libedit", "apps"),
    ("editline/", "libedit", "apps"),
    ("gtest/", "GoogleTest", "tests"),
    ("gmock/", "GoogleTest", "tests"),
    ("rapidcheck", "RapidCheck", "tests"),
    ("benchmark/", "Google Benchmark", "bench"),
]

# muai_layer(... LIBRARIES name) in CMakeLists.txt -> the library's name above.
CMAKE_LIBRARIES = {
    "boost_json": "Boost.JSON", "fmt": "fmt", "crypto": "OpenSSL", "asio": "Asio",
    "beast": "Beast", "icu": "ICU", "re2": "RE2", "stemmer": "libstemmer", "yaml": "yaml-cpp",
    "md4c": "md4c", "simdjson": "simdjson", "zstd": "zstd", "curl": "curl", "cares": "c-ares",
    "gumbo": "gumbo", "zip": "libzip", "pugixml": "pugixml", "sqlite": "SQLite",
    "multiprecision": "Boost.Multiprecision", "hnswlib": "hnswlib",
}

# The operating system's own headers: neither the standard library nor a third party.
SYSTEM_HEADERS = {
    "arpa/inet.h", "cxxabi.h", "dirent.h", "dlfcn.h", "endian.h", "errno.h", "execinfo.h",
    "fcntl.h", "grp.h", "ifaddrs.h", "immintrin.h", "langinfo.h", "limits.h", "link.h",
    "locale.h", "malloc.h", "math.h", "net/if.h", "netdb.h", "netinet/in.h", "netinet/tcp.h",
    "poll.h",
    "pthread.h", "pwd.h", "sched.h", "signal.h", "spawn.h", "stdint.h", "stdio.h", "stdlib.h",
    "string.h", "strings.h", "sysexits.h", "syslog.h", "termios.h", "time.h", "ucontext.h",
    "unistd.h", "wchar.h",
}
SYSTEM_PREFIXES = ("sys/", "linux/", "asm/", "sanitizer/")

# Standard headers that this toolchain lacks or that the design replaces.
REFUSED_STANDARD = {
    "regex": "RE2 (in `text`) is the only regular expression engine",
    "format": "libstdc++ 12 lacks it; use fmt",
    "print": "libstdc++ 12 lacks it; use fmt",
    "stacktrace": "libstdc++ 12 lacks it; an Error's trail is our trace",
    "generator": "libstdc++ 12 lacks it",
}

BANNED_NAME_PARTS = {"Manager", "Helper", "Util", "Utils", "Common", "Misc", "Base", "Impl",
                     "Processor", "Data", "Info", "Wrapper", "V2"}

# The only virtual interfaces.
SEAMS = {"Step", "Tool", "SearchProvider", "Model", "Router", "TraceSink", "Transport", "Loop",
         "Runtime", "StepBody"}

# One flat namespace. `internal` is for templates; `keys` holds the names of state entries, whose
# plain words (question, docs) would otherwise hide every local of the same name.
NAMESPACES = {"muai", "muai::internal", "muai::keys"}
NAMESPACES_OF_TESTS = NAMESPACES | {"muai::testing"}

# A longer file opens with its idea.
LINES_WITHOUT_IDEA = 150

LINES_MAX = {".h": 400, ".cpp": 800, ".py": 800, ".sh": 800}
FUNCTION_LINES_MAX = 70
COLUMNS_MAX = 100

# Pages: path pattern (fnmatch) -> most lines. The first that matches counts.
PAGES = [
    ("README.md", 150, "a newcomer reads it in one go"),
    ("ARCHITECTURE.md", 150, "it is one page"),
    ("docs/concepts/*.md", 80, "a concept page answers one question"),
    ("docs/decisions/*.md", 40, "a decision is context, decision, consequences"),
    ("examples/*.cpp", 80, "an example shows one concept"),
]

PROPERTY_NUMBER_MAX = 38

# The sources that may write to stderr: they say which invariant is broken, then abort.
LAST_WORDS = {"src/core/check.cpp", "src/core/key.cpp"}
