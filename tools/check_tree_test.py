#!/usr/bin/env python3
"""Each rule of check_tree.py, broken once and kept once."""

import os
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import check_tree  # noqa: E402


def findings(files):
    """The messages for a tree of {path: text}."""
    report = check_tree.check([check_tree.Source(path, text) for path, text in files.items()])
    return [f"{path}:{line}: {message}" for path, line, message in sorted(report.findings)]


class Rules(unittest.TestCase):
    def assert_found(self, path, text, part, line=None):
        found = [f for f in findings({path: text}) if part in f]
        self.assertEqual(len(found), 1, f"{part!r} not found once in {findings({path: text})}")
        if line is not None:
            self.assertTrue(found[0].startswith(f"{path}:{line}: "), found[0])

    def assert_clean(self, path, text):
        self.assertEqual(findings({path: text}), [])


class Layers(Rules):
    def test_an_include_upwards_is_named_with_both_layers_and_its_line(self):
        self.assert_found("src/text/a.cpp", '#include "muai/text/a.h"\n#include "muai/exec/b.h"\n',
                          "`text` includes `exec`", 2)

    def test_private_headers_obey_the_same_table(self):
        self.assert_found("src/text/a.cpp", '#include "exec/b.h"\n', "`text` includes `exec`")

    def test_includes_downwards_and_within_are_free(self):
        self.assert_clean("src/exec/a.cpp", '#include "exec/b.h"\n#include "muai/graph/c.h"\n')

    def test_a_unit_test_sees_what_its_layer_sees(self):
        self.assert_clean("tests/unit/graph/a_test.cpp", '#include "muai/text/c.h"\n')
        self.assert_found("tests/unit/graph/a_test.cpp", '#include "muai/exec/c.h"\n', "`graph`")

    def test_a_public_header_may_not_include_a_private_one(self):
        self.assert_found("include/muai/text/a.h", '#pragma once\n#include "text/b.h"\n',
                          "private", 2)

    def test_a_library_stays_in_its_layers(self):
        self.assert_found("src/exec/a.cpp", "#include <sqlite3.h>\n", "SQLite")
        self.assert_clean("src/store/a.cpp", "#include <sqlite3.h>\n")
        self.assert_clean("src/net/a.cpp", "#include <unicode/uidna.h>\n")

    def test_public_headers_see_no_library(self):
        self.assert_found("include/muai/core/a.h", "#pragma once\n#include <boost/json.hpp>\n",
                          "public header includes")
        self.assert_clean("include/muai/core/a.h", "#pragma once\n#include <boost/json/fwd.hpp>\n")

    def test_an_unlisted_library_is_refused(self):
        self.assert_found("src/core/a.cpp", "#include <spdlog/spdlog.h>\n", "no library")

    def test_missing_and_replaced_standard_headers_are_refused(self):
        self.assert_found("src/text/a.cpp", "#include <regex>\n", "RE2")
        self.assert_found("apps/muai/a.cpp", "#include <format>\n", "use fmt")

    def test_system_headers_are_free(self):
        self.assert_clean("src/async/a.cpp", "#include <sys/wait.h>\n#include <unistd.h>\n")

    def test_cmake_states_the_same_table(self):
        self.assert_found("CMakeLists.txt", "muai_layer(text USES core exec LIBRARIES icu)\n",
                          "`text` links exec", 1)
        self.assert_found("CMakeLists.txt", "muai_layer(text USES core\n LIBRARIES curl)\n",
                          "library curl")
        self.assert_clean("CMakeLists.txt", "muai_layer(core   USES - LIBRARIES fmt boost_json)\n")


class Sizes(Rules):
    def test_long_files_name_their_limit(self):
        self.assert_found("src/core/a.cpp", "// x\n" * 801, "the limit for .cpp is 800")
        self.assert_clean("src/core/a.cpp", "// x\n" * 800)
        self.assert_found("README.md", "x\n" * 151, "limit 150")
        self.assert_found("docs/concepts/state.md", "x\n" * 81, "limit 80")

    def test_long_lines_are_counted_in_characters(self):
        self.assert_found("src/core/a.cpp", "// " + "x" * 98 + "\n", "101 columns", 1)
        self.assert_clean("src/core/a.cpp", "// " + "天" * 97 + "\n")

    def body(self, head, lines, tail="}"):
        return head + " {\n" + "  f();\n" * lines + tail + "\n"

    def test_a_long_function_is_named(self):
        self.assert_found("src/core/a.cpp", self.body("int Engine::run(int a,\n int b)", 70),
                          "`Engine::run` has 73 lines", 1)
        self.assert_clean("src/core/a.cpp", self.body("int run(int a)", 68))

    def test_a_long_constructor_with_initialisers_is_found(self):
        self.assert_found("src/core/a.cpp", self.body("A::A(int a) : a_{a}, b_(a)", 71), "lines")

    def test_a_long_class_or_namespace_is_no_function(self):
        self.assert_clean("src/core/a.cpp", self.body("namespace muai", 90))
        self.assert_clean("src/core/a.cpp", self.body("struct alignas(64) Row", 90, "};"))
        self.assert_clean("src/core/a.cpp",
                          self.body("template <class T, class U>\nclass Box final", 90, "};"))

    def test_a_long_table_is_no_function(self):
        self.assert_clean("src/core/a.cpp", self.body("const std::array<Row, 90> kRows =", 90))

    def test_braces_in_text_do_not_count(self):
        self.assert_clean("src/core/a.cpp",
                          'const char* a = "{(";\n// {(\nconst char b = \'{\';\n' + "int x;\n" * 90)

    def test_digit_separators_are_no_quotes(self):
        self.assert_found("src/core/a.cpp", "int a = 1'000;\nstd::jthread t; int b = 2'000;\n",
                          "starts a thread", 2)


class Names(Rules):
    def test_banned_parts_of_types_and_files(self):
        self.assert_found("src/core/a.cpp", "class ModelManager {\n};\n", "`Manager`", 1)
        self.assert_found("src/core/string_utils.cpp", "", "`utils`")
        self.assert_clean("src/store/database.cpp", "class Database {\n};\nusing Metadata = int;\n")

    def test_files_are_snake_case(self):
        self.assert_found("src/core/MyFile.cpp", "", "snake_case")

    def test_a_header_needs_its_guard(self):
        self.assert_found("src/core/a.h", "int x;\n", "#pragma once")

    def test_bool_parameters_and_get_prefixes_in_public_headers(self):
        head = "#pragma once\n"
        self.assert_found("include/muai/core/a.h", head + "void f(int a, bool deep);\n", "bool", 2)
        self.assert_found("include/muai/core/a.h", head + "int get_size();\n", "get_size")
        self.assert_clean("include/muai/core/a.h",
                          head + "struct A { bool deep = false; operator bool() const; };\n")

    def test_interfaces_exist_at_the_seams_only(self):
        text = "#pragma once\nclass %s {\n public:\n  virtual void f() = 0;\n};\n"
        self.assert_found("include/muai/core/a.h", text % "Printer", "`Printer`", 4)
        self.assert_clean("include/muai/core/a.h", text % "Loop")


class Shapes(Rules):
    def test_one_flat_namespace(self):
        self.assert_found("src/core/a.cpp", "namespace muai::json {\n}\n", "`muai::json`", 1)
        self.assert_found("src/core/a.h", "#pragma once\nusing namespace std;\n", "in a header", 2)
        self.assert_clean("src/core/a.cpp", "namespace muai::internal {\n}\n")
        self.assert_clean("tests/support/a.cpp", "namespace muai::testing {\n}\n")

    def test_macros_and_types_are_spelt_as_ours(self):
        self.assert_found("src/core/a.cpp", "#define TWICE(x) x\n", "`TWICE`", 1)
        self.assert_found("src/core/a.cpp", "struct my_row : A {\n};\n", "`my_row`", 1)
        self.assert_clean("src/core/a.cpp", "#define MUAI_TWICE(x) x\nstruct stat s = {};\n")

    def test_a_long_file_opens_with_its_idea(self):
        self.assert_found("src/core/a.cpp", "int x;\n// late\n" + "int x;\n" * 150, "opens with", 1)
        self.assert_clean("src/core/a.cpp",
                          "#include <map>\n\nnamespace muai {\n// Idea.\n" + "int x;\n" * 150)

    def test_a_test_asserts_something(self):
        self.assert_found("tests/unit/core/a_test.cpp", "TEST(A, Runs) {\n  f();\n}\n", "`Runs`", 1)
        self.assert_clean("tests/unit/core/a_test.cpp", "TEST(A, Runs) {\n  EXPECT_TRUE(f());\n}\n")


class Calls(Rules):
    def test_clocks_threads_chance_and_environment_have_one_home(self):
        for code in ("std::this_thread::sleep_for(d);", "t = std::chrono::steady_clock::now();",
                     "std::thread t(f);", "std::random_device r;", "auto v = std::getenv(k);"):
            with self.subTest(code):
                self.assert_found("src/rag/a.cpp", code + "\n", "a.cpp:1: ")
                self.assert_clean("src/async/a.cpp", code + "\n")
                self.assert_clean("src/engine/a.cpp", code + "\n")
        self.assert_clean("apps/muai/main.cpp", "auto v = std::getenv(k);\n")

    def test_comments_and_strings_may_speak_of_them(self):
        self.assert_clean("src/rag/a.cpp", '// no std::thread here\nauto s = "getenv(x)";\n')

    def test_processes_start_in_async_only(self):
        self.assert_found("src/model/a.cpp", "if (::fork() == 0) ::execvp(a, b);\n", "(`::fork`)")
        self.assert_found("src/model/a.cpp", "std::system(c);\n", "starts a process")
        self.assert_clean("src/model/a.cpp", "loop.system(x); my_system(x); executor.exec();\n")

    def test_the_library_does_not_print(self):
        self.assert_found("src/rag/a.cpp", "std::printf(x);\n", "prints")
        self.assert_clean("src/rag/a.cpp", "std::snprintf(b, n, x);\n")

    def test_catching_everything_is_the_step_boundary(self):
        self.assert_found("src/rag/a.cpp", "try { f(); } catch (...) {}\n", "everything")
        self.assert_clean("src/exec/a.cpp", "try { f(); } catch (...) {}\n")
        self.assert_found("src/exec/a.cpp", "try {} catch (...) {}\ntry {} catch (...) {}\n",
                          "a second catch-all", 2)

    def test_one_await_per_statement(self):
        self.assert_found("src/rag/a.cpp", "auto x = co_await f(co_await g());\n", "two co_await")
        self.assert_clean("src/rag/a.cpp", "auto x = co_await f();\nauto y = co_await g();\n")


class Text(Rules):
    def test_unfinished_marks_are_refused_in_every_text_file(self):
        self.assert_found("docs/guide.md", "TO" + "DO: write\n", "unfinished", 1)
        self.assert_found("src/core/a.cpp", "int x;  // FIX" + "ME\n", "unfinished")
        self.assert_clean("src/core/a.cpp", 'auto name = "muai-XXXXXX";\n')

    def test_skipped_tests_are_refused(self):
        self.assert_found("tests/unit/core/a_test.cpp", "GTEST_" + "SKIP();\n", "skipped")
        self.assert_found("tests/unit/core/a_test.cpp", "TEST(A, DIS" + "ABLED_B) {}\n", "skipped")

    def test_machine_paths_and_registries_are_refused(self):
        self.assert_found("docs/guide.md", "see /wo" + "rk/main\n", "one machine")
        self.assert_found("dev", "curl https://" + "pypi" + ".org/x\n", "registry")
        self.assert_clean("docs/guide.md", "paths like net/wo" + "rk/x and /home/user/x\n")

    def test_recorded_files_are_left_alone(self):
        with tempfile.TemporaryDirectory() as root:
            os.makedirs(os.path.join(root, "tests/data/web"))
            with open(os.path.join(root, "tests/data/web/a.txt"), "w", encoding="utf-8") as file:
                file.write("TO" + "DO\n")
            self.assertEqual(check_tree.read_tree(root), [])


class Tree(unittest.TestCase):
    def test_a_numbered_property_is_stated_once(self):
        text = "RC_GTEST_PROP(State, P31_RoundTrip, (int x)) { RC_ASSERT(x); }\n"
        twice = {"tests/property/a.cpp": text, "tests/property/b.cpp": text}
        self.assertIn("named twice", findings(twice)[0])
        self.assertEqual(findings({"tests/property/a.cpp": text}), [])
        unknown = {"tests/property/a.cpp": text.replace("P31", "P77")}
        self.assertIn("no such one", findings(unknown)[0])

    def test_a_file_that_is_named_exists(self):
        text = "// The line format: docs/formats/trace.md\n"
        self.assertIn("does not exist", findings({"src/core/a.cpp": text})[0])
        self.assertEqual(findings({"src/core/a.cpp": text, "docs/formats/trace.md": "x\n"}), [])
        self.assertEqual(findings({"src/core/a.cpp": 'auto a = "docs/a.txt";  // src/X/a.h\n'
                                   .replace("X", "LAYER")}), [])

    def test_the_umbrella_header_is_complete(self):
        tree = {"include/muai/muai.h": "#pragma once\n",
                "include/muai/core/a.h": "#pragma once\n"}
        self.assertIn('"muai/core/a.h" is missing', findings(tree)[0])


if __name__ == "__main__":
    unittest.main()
