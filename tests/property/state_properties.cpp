// Laws of the state and its JSON form.

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <bit>
#include <boost/json.hpp>
#include <cmath>

#include "muai/core/keys.h"
#include "muai/core/state.h"

namespace muai {
namespace {

namespace json = boost::json;

// Text of any Unicode scalar values, the awkward ones often.
rc::Gen<std::string> any_text() {
  const auto scalar =
      rc::gen::oneOf(rc::gen::inRange<char32_t>(0, 0x80), rc::gen::inRange<char32_t>(0x80, 0xD800),
                     rc::gen::inRange<char32_t>(0xE000, 0x110000),
                     rc::gen::element<char32_t>(U'"', U'\\', U'\0', U'\u2028', U'\uFEFF', U'\uFFFF',
                                                U'中', U'😀'));
  return rc::gen::map(rc::gen::container<std::u32string>(scalar), [](const std::u32string& text) {
    std::string utf8;
    for (const char32_t c : text) {
      const auto byte = [&](char32_t bits) {
        utf8 += static_cast<char>(static_cast<unsigned char>(bits));
      };
      if (c < 0x80) {
        byte(c);
      } else if (c < 0x800) {
        byte(0xC0 | (c >> 6));
        byte(0x80 | (c & 0x3F));
      } else if (c < 0x10000) {
        byte(0xE0 | (c >> 12));
        byte(0x80 | ((c >> 6) & 0x3F));
        byte(0x80 | (c & 0x3F));
      } else {
        byte(0xF0 | (c >> 18));
        byte(0x80 | ((c >> 12) & 0x3F));
        byte(0x80 | ((c >> 6) & 0x3F));
        byte(0x80 | (c & 0x3F));
      }
    }
    return utf8;
  });
}

// Any finite double, bit patterns drawn evenly.
rc::Gen<double> any_double() {
  return rc::gen::suchThat(
      rc::gen::map(rc::gen::arbitrary<std::uint64_t>(),
                   [](std::uint64_t bits) { return std::bit_cast<double>(bits); }),
      [](double value) { return std::isfinite(value); });
}

json::value any_json(int depth) {
  const int kind = *rc::gen::inRange(0, depth > 0 ? 8 : 6);
  switch (kind) {
    case 0: return nullptr;
    case 1: return *rc::gen::arbitrary<bool>();
    case 2: return *rc::gen::arbitrary<std::int64_t>();
    case 3: return *any_double();
    case 4: return json::value(json::string(*any_text()));
    case 5:
      return *rc::gen::element(json::value(json::array()), json::value(json::object()),
                               json::value(-0.0));
    case 6: {
      json::array list;
      for (int i = *rc::gen::inRange(0, 4); i > 0; --i) list.push_back(any_json(depth - 1));
      return list;
    }
    default: {
      json::object object;
      for (int i = *rc::gen::inRange(0, 4); i > 0; --i) object[*any_text()] = any_json(depth - 1);
      return object;
    }
  }
}

TextMap any_text_map() {
  TextMap map;
  for (int i = *rc::gen::inRange(0, 5); i > 0; --i) map.set(*any_text(), *any_text());
  return map;
}

std::vector<std::string> any_texts() {
  std::vector<std::string> texts;
  for (int i = *rc::gen::inRange(0, 4); i > 0; --i) texts.push_back(*any_text());
  return texts;
}

// A state in which each standard key is present or absent by chance.
State any_state() {
  State state;
  const auto sometimes = [&](const auto& key, auto make) {
    if (*rc::gen::arbitrary<bool>()) state = std::move(state).with(key, make());
  };
  sometimes(keys::question, [] { return *any_text(); });
  sometimes(keys::final_answer, [] { return *any_text(); });
  sometimes(keys::docs, any_text_map);
  sometimes(keys::summaries, any_text_map);
  sometimes(keys::citations, any_texts);
  sometimes(keys::search_results, [] {
    std::vector<SearchResult> results;
    for (int i = *rc::gen::inRange(0, 3); i > 0; --i)
      results.push_back({*any_text(), *any_text(), *any_text(), ""});
    return results;
  });
  sometimes(keys::citation_spans, [] {
    CitationSpan span;
    span.n = *rc::gen::arbitrary<std::int64_t>();
    span.quote = *any_text();
    span.retrieved_at = *any_double();
    return std::vector<CitationSpan>{span};
  });
  sometimes(keys::conversation_id, [] {
    return *rc::gen::arbitrary<bool>() ? std::optional<std::string>(*any_text()) : std::nullopt;
  });
  sometimes(keys::turn_index, [] {
    return *rc::gen::arbitrary<bool>()
               ? std::optional<std::int64_t>(*rc::gen::arbitrary<std::int64_t>())
               : std::nullopt;
  });
  sometimes(keys::validation_passed, [] { return *rc::gen::arbitrary<bool>(); });
  sometimes(keys::lesson_explain_structured, [] { return any_json(2); });
  sometimes(keys::meta, [] { return json::value{{"any", any_json(2)}}; });
  return state;
}

RC_GTEST_PROP(StateProperties, P31_StatesComeBackFromJsonEqual, ()) {
  const State state = any_state();
  const std::string text = state_to_json(state).value();
  const State back = json_to_state(text).value();
  RC_ASSERT(back == state);
  RC_ASSERT(state_to_json(back).value() == text);
}

RC_GTEST_PROP(StateProperties, P32_NestedStructuresComeBackWithTheirOrder, ()) {
  const json::value nested = any_json(6);
  const State state = State().with(keys::meta, json::value{{"nested", nested}});
  const State back = json_to_state(state_to_json(state).value()).value();
  RC_ASSERT(write_json(back[keys::meta]).value() ==
            write_json(json::value{{"nested", nested}}).value());
}

RC_GTEST_PROP(StateProperties, P02_WhatIsNotSetStaysAsItWas, ()) {
  const State before = any_state();
  const State after = before.with(keys::teaching_text, *any_text());
  RC_ASSERT(before.find(keys::teaching_text) == nullptr);
  for (const State::Entry& entry : before.entries())
    RC_ASSERT(after.find_value(entry.id) == entry.value.get());
  RC_ASSERT(after.size() == before.size() + 1);
}

RC_GTEST_PROP(StateProperties, UnknownMembersComeBackUnchanged, ()) {
  const json::value member = any_json(3);
  const std::string name = "unknown_" + std::to_string(*rc::gen::inRange(0, 50));
  const std::string text = write_json(json::value(json::object{{name, member}})).value();
  RC_ASSERT(state_to_json(json_to_state(text).value()).value() == text);
}

RC_GTEST_PROP(StateProperties, DiffThenApplyGivesTheOtherState, ()) {
  const State from = any_state();
  const State to = any_state();
  State rebuilt = from;
  State::diff(from, to, [&](KeyId id, const ValuePtr&, const ValuePtr& after) {
    rebuilt = after ? rebuilt.with_value(id, after) : rebuilt.without(id);
  });
  RC_ASSERT(rebuilt == to);
}

RC_GTEST_PROP(StateProperties, ReadingAnyBytesNeverCrashes, (const std::string& bytes)) {
  const Result<State> state = json_to_state(bytes);
  if (!state) RC_ASSERT(!state.error().message().empty());
}

}  // namespace
}  // namespace muai
