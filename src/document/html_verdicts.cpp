// Blocks and skipped parts are merged by their places. What the model saw in hundreds of numbers
// cannot be said in words; its probability is, and the nearest element that has a telling name.

#include "document/html_verdicts.h"

#include <fmt/format.h>

#include <utility>

#include "document/html_hints.h"
#include "document/visible_text.h"

namespace muai {
namespace {

constexpr std::size_t kDroppedBytesMax = 2000;

std::string cut_to(std::string text, std::size_t bytes_max) {
  if (text.size() <= bytes_max) return text;
  std::size_t end = bytes_max;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  text.resize(end);
  return text + "…";
}

std::string_view place_of(Hint hint) {
  switch (hint) {
    case Hint::Navigation: return "in navigation";
    case Hint::Footer: return "in a footer";
    case Hint::Header: return "in a header";
    case Hint::Side: return "in a side column";
    case Hint::Comment: return "among comments";
    case Hint::Social: return "in sharing links";
    case Hint::Related: return "in related links";
    case Hint::Advertising: return "in advertising";
    case Hint::SignUp: return "in a call to sign up";
    case Hint::Consent: return "in a notice or overlay";
    case Hint::Meta: return "in data about the text";
    case Hint::Tool: return "among tools";
    case Hint::Content:
    case Hint::Thread:
    case Hint::Product: return "";
  }
  return "";
}

std::string_view place_of(Tag tag) {
  switch (tag) {
    case Tag::Nav: return "in navigation";
    case Tag::Footer: return "in a footer";
    case Tag::Aside: return "in a side column";
    case Tag::Form: return "in a form";
    case Tag::Button: return "on a button";
    default: return "";
  }
}

// Where a block stands, by the nearest element whose tag or name says so; "" when none does.
std::string_view find_place(const HtmlTree& tree, HintReader& hints, NodeId id) {
  for (; id != kNoNode && tree[id].tag != Tag::Body; id = tree[id].parent) {
    if (const auto place = place_of(tree[id].tag); !place.empty()) return place;
    const HintSet set = hints.of(id);
    for (int hint = 0; hint < kHintCount; ++hint)
      if (has_hint(set, static_cast<Hint>(hint)))
        if (const auto place = place_of(static_cast<Hint>(hint)); !place.empty()) return place;
  }
  return {};
}

std::string text_below(const HtmlTree& tree, NodeId id) {
  std::string out;
  for (NodeId at = id; at < tree[id].end && out.size() < 2 * kDroppedBytesMax; ++at) {
    if (tree[at].is_text)
      append_collapsed(out, tree[at].text);
    else if (is_block(tree[at].tag))
      append_collapsed(out, " ");
  }
  out = without_invisible(std::move(out));
  while (out.ends_with(' ')) out.pop_back();
  return cut_to(std::move(out), kDroppedBytesMax);
}

class Explainer {
 public:
  Explainer(const HtmlPage& page, const MainBlocks& main)
      : page_(page), main_(main), hints_(page.tree) {}

  std::vector<BlockVerdict> run() {
    auto skipped = page_.skipped.begin();
    for (std::size_t i = 0; i < page_.blocks.size(); ++i) {
      for (; skipped != page_.skipped.end() && skipped->before <= i; ++skipped) add(*skipped);
      add_block(i);
    }
    for (; skipped != page_.skipped.end(); ++skipped) add(*skipped);
    return std::move(out_);
  }

 private:
  void add_block(std::size_t i) {
    const PageBlock& block = page_.blocks[i];
    BlockVerdict verdict{.fate = main_.kept[i] ? BlockFate::Kept : BlockFate::Boilerplate,
                         .kind = block.kind,
                         .probability = {},
                         .reason = {},
                         .text = block.text};
    if (!main_.kept[i]) verdict.text = cut_to(std::move(verdict.text), kDroppedBytesMax);
    switch (main_.judge) {
      case MainBlocks::Judge::Bare: verdict.reason = "a small page without furniture"; break;
      case MainBlocks::Judge::Generator:
        verdict.reason = main_.kept[i] ? "inside what the page's generator marks as content"
                                       : "outside what the page's generator marks as content";
        break;
      case MainBlocks::Judge::Model:
        verdict.probability = main_.probability[i];
        verdict.reason = fmt::format("probability {:.2f} is {} {:.2f}", main_.probability[i],
                                     main_.kept[i] ? "at least" : "below", main_.cut);
    }
    if (!main_.kept[i])
      if (const auto place = find_place(page_.tree, hints_, block.node); !place.empty())
        verdict.reason += fmt::format("; {}", place);
    out_.push_back(std::move(verdict));
  }

  void add(const SkippedPart& part) {
    const HidingRule rule = page_.hidden_by[part.node];
    // What the head holds is not text of the page, for anybody.
    if (rule == HidingRule::NotRendered && page_.tree[part.node].tag == Tag::Head) return;
    BlockVerdict verdict{.fate = BlockFate::Hidden,
                         .kind = BlockKind::Paragraph,
                         .probability = {},
                         .reason = {},
                         .text = part.text.empty() ? text_below(page_.tree, part.node)
                                                   : cut_to(part.text, kDroppedBytesMax)};
    if (verdict.text.empty()) return;
    switch (part.reason) {
      case SkippedPart::Reason::Hidden: verdict.reason = to_string(rule); break;
      case SkippedPart::Reason::Laced: verdict.reason = "laced with invisible characters"; break;
      case SkippedPart::Reason::Decoration:
        verdict.fate = BlockFate::Decoration;
        verdict.reason = "an anchor, edit link, line number or footnote mark";
        break;
      case SkippedPart::Reason::ConsentNotice:
        verdict.fate = BlockFate::Boilerplate;
        verdict.reason = "in a notice that asks for consent";
    }
    out_.push_back(std::move(verdict));
  }

  const HtmlPage& page_;
  const MainBlocks& main_;
  HintReader hints_;
  std::vector<BlockVerdict> out_;
};

}  // namespace

std::string_view to_string(BlockFate fate) {
  switch (fate) {
    case BlockFate::Kept: return "kept";
    case BlockFate::Boilerplate: return "boilerplate";
    case BlockFate::Hidden: return "hidden";
    case BlockFate::Decoration: return "decoration";
  }
  return "kept";
}

std::vector<BlockVerdict> explain_blocks(const HtmlPage& page, const MainBlocks& main) {
  return Explainer(page, main).run();
}

}  // namespace muai
