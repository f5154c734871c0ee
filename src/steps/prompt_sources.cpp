#include "steps/prompt_sources.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <vector>

#include "muai/steps/prompt.h"
#include "muai/text/fold.h"
#include "muai/text/sentences.h"

// Cutting marks whole sentences as kept, by their worth to the question or from the beginning, and
// then writes what is kept in its order. Fencing comes last and holds for whatever is written.

namespace muai {
namespace {

constexpr std::string_view kGap = "[...]";
constexpr std::int64_t kGapTokens = 3;
constexpr std::int64_t kFenceTokens = 40;  // both lines, with label

// Model servers read these as structure wherever they stand in a message.
constexpr auto kTemplateMarks = std::to_array<std::string_view>({"<|",
                                                                 "|>",
                                                                 "<｜",
                                                                 "｜>",
                                                                 "[INST]",
                                                                 "[/INST]",
                                                                 "<<SYS>>",
                                                                 "<</SYS>>",
                                                                 "<start_of_turn>",
                                                                 "<end_of_turn>",
                                                                 "<s>",
                                                                 "</s>",
                                                                 "<bos>",
                                                                 "<eos>",
                                                                 "<think>",
                                                                 "</think>",
                                                                 "[SYSTEM_PROMPT]",
                                                                 "[AVAILABLE_TOOLS]",
                                                                 "[TOOL_CALLS]",
                                                                 "[TOOL_RESULTS]"});

void break_all(std::string& text, std::string_view mark) {
  std::size_t at = text.find(mark);
  if (at == text.npos) return;
  std::string broken;
  std::size_t from = 0;
  // A blank after the first character: people read on, tokenizers do not recognise it.
  const std::size_t first = static_cast<unsigned char>(mark[0]) < 0x80 ? 1 : 3;
  for (; at != text.npos; at = text.find(mark, from)) {
    broken.append(text, from, at + first - from);
    broken += ' ';
    from = at + first;
  }
  broken.append(text, from);
  text = std::move(broken);
}

void remove_all(std::string& text, std::string_view part) {
  // Taking one out may join two halves of another.
  for (std::size_t at = text.find(part); at != text.npos; at = text.find(part))
    text.erase(at, part.size());
}

struct Cut {
  std::vector<ByteSpan> sentences;
  std::vector<bool> kept;

  explicit Cut(std::string_view text) : sentences(split_sentences(text)) {
    kept.resize(sentences.size(), false);
  }

  std::string text_of(std::string_view whole) const {
    std::string text;
    std::size_t last = sentences.size();
    for (std::size_t i = 0; i < sentences.size(); ++i) {
      if (!kept[i]) continue;
      const bool follows = last + 1 == i || (last == sentences.size() && i == 0);
      if (!follows) {
        text += text.empty() ? "" : "\n";
        text += kGap;
        text += '\n';
      } else if (i > 0) {
        text += whole.substr(sentences[last].end, sentences[i].begin - sentences[last].end);
      }
      text += whole.substr(sentences[i].begin, sentences[i].size());
      last = i;
    }
    if (last + 1 < sentences.size()) {
      text += '\n';
      text += kGap;
    }
    return text;
  }
};

// Takes sentences as they matter to the question, until the room is used.
std::vector<Cut> cut_by_question(std::string_view question, std::span<const SourceText> sources,
                                 std::int64_t room) {
  std::vector<Cut> cuts;
  for (const SourceText& source : sources) cuts.emplace_back(source.text);
  for (const RankedSentence& ranked : rank_sentences(question, sources)) {
    Cut& cut = cuts[ranked.source];
    const auto at =
        std::ranges::lower_bound(cut.sentences, ranked.span.begin, {}, &ByteSpan::begin);
    if (at == cut.sentences.end() || at->begin != ranked.span.begin) continue;
    const std::string_view text = sources[ranked.source].text;
    const std::int64_t cost = estimate_tokens(text.substr(at->begin, at->size())) + kGapTokens;
    if (cost > room) continue;
    room -= cost;
    cut.kept[static_cast<std::size_t>(at - cut.sentences.begin())] = true;
  }
  return cuts;
}

Cut cut_to(std::string_view text, std::int64_t tokens_max) {
  Cut cut(text);
  const bool whole = estimate_tokens(text) <= tokens_max;
  std::int64_t left = tokens_max - kGapTokens;
  for (std::size_t i = 0; i < cut.sentences.size() && (whole || left > 0); ++i) {
    left -= estimate_tokens(text.substr(cut.sentences[i].begin, cut.sentences[i].size()));
    cut.kept[i] = whole || left >= 0;
  }
  return cut;
}

std::vector<Cut> cut_to_level(std::span<const SourceText> sources,
                              const std::vector<std::int64_t>& tokens, std::int64_t room) {
  const std::int64_t level = tokens_for_each(tokens, room);
  std::vector<Cut> cuts;
  for (const SourceText& source : sources) cuts.push_back(cut_to(source.text, level));
  return cuts;
}

}  // namespace

std::string make_fence(Loop& loop) { return fmt::format("{:016x}", loop.random()); }

std::string as_prompt_text(std::string_view text, std::string_view fence) {
  std::string safe = strip_controls(text);
  remove_all(safe, fence);
  for (const std::string_view mark : kTemplateMarks) break_all(safe, mark);
  return safe;
}

std::string fenced(std::string_view text, std::string_view fence, std::string_view label) {
  return fmt::format("<<<{} {}\n{}\n{}>>>", fence, label, as_prompt_text(text, fence), fence);
}

FencedSources fence_sources(std::string_view question, std::span<const SourceText> sources,
                            std::string_view fence, std::int64_t tokens_max) {
  std::vector<std::int64_t> tokens;
  std::int64_t all = 0;
  std::int64_t room = tokens_max;
  for (const SourceText& source : sources) {
    tokens.push_back(estimate_tokens(source.text));
    all += tokens.back();
    room -= kFenceTokens + estimate_tokens(source.url) + estimate_tokens(source.title);
  }
  room = std::max<std::int64_t>(room, 0);
  const bool whole = all <= room;
  std::vector<Cut> cuts;
  if (!whole) {
    cuts = question.empty() ? cut_to_level(sources, tokens, room)
                            : cut_by_question(question, sources, room);
  }
  FencedSources result;
  for (std::size_t i = 0; i < sources.size(); ++i) {
    std::string text = whole ? std::string(sources[i].text) : cuts[i].text_of(sources[i].text);
    if (!whole && std::ranges::find(cuts[i].kept, false) != cuts[i].kept.end()) ++result.shortened;
    if (!result.text.empty()) result.text += "\n\n";
    const std::string body =
        fmt::format("address: {}\ntitle: {}\n\n{}", sources[i].url, sources[i].title, text);
    result.text += fenced(body, fence, fmt::format("source [{}]", i + 1));
  }
  result.tokens = estimate_tokens(result.text);
  return result;
}

std::string cut_text(std::string_view text, std::int64_t tokens_max) {
  if (estimate_tokens(text) <= tokens_max) return std::string(text);
  return cut_to(text, tokens_max).text_of(text);
}

std::int64_t tokens_for_each(std::vector<std::int64_t> tokens, std::int64_t room) {
  std::ranges::sort(tokens);
  std::int64_t level = 0;
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    level = room / static_cast<std::int64_t>(tokens.size() - i);
    if (tokens[i] > level) return level;
    room -= tokens[i];
  }
  return std::max(level, tokens.empty() ? 0 : tokens.back());
}

}  // namespace muai
