// Words in the languages of the web's largest parts. A single word proves nothing: consent needs a
// word of what is asked for and one of asking, and a barrier needs a page with little else on it.

#include "document/html_barrier.h"

#include <algorithm>
#include <string>
#include <unordered_map>

#include "document/ascii.h"
#include "document/phrase_finder.h"

namespace muai {
namespace {

constexpr std::string_view kTracking[] = {
    "cookie",
    "tracking",
    "tracker",
    "traceur",
    "personal data",
    "personenbezogen",
    "datenschutz",
    "privacy",
    "données person",
    "données à caractère",
    "datos personal",
    "dati personali",
    "gdpr",
    "dsgvo",
    "rgpd",
    "partner",
    "partenaire",
    "个人信息",
    "個人資料",
    "隐私",
    "隱私",
    "追踪",
    "プライバシー",
    "персональн",
    "persoonsgegevens",
    "dane osobowe",
    "dados pessoais",
};

constexpr std::string_view kAsking[] = {
    "consent",  "accept",        "agree",    "einwillig",      "zustimm",   "akzeptier",
    "annehmen", "einverstanden", "ablehnen", "consentement",   "autoriser", "j'accepte",
    "refuser",  "aceptar",       "acepto",   "consentimiento", "accett",    "acconsent",
    "akkoord",  "toestemming",   "aceitar",  "akceptuj",       "zgod",      "同意",
    "接受",     "принять",       "соглас",   "reject all",
};

// Said by pages that let nobody in yet.
constexpr std::string_view kChallenge[] = {
    "checking your browser",
    "checking if the site connection is secure",
    "verify you are human",
    "verify you are not a robot",
    "verify that you are human",
    "verify that you are not a robot",
    "verifying you are human",
    "i'm not a robot",
    "i am not a robot",
    "you are a robot",
    "unusual traffic",
    "enable javascript and cookies to continue",
    "complete the captcha",
    "complete the security check",
    "pardon our interruption",
    "überprüfung ihres browsers",
    "ihr browser wird überprüft",
    "bestätigen sie, dass sie ein mensch",
    "kein roboter",
    "ungewöhnlichen datenverkehr",
    "vérification de votre navigateur",
    "vérifiez que vous êtes humain",
    "vérifier que vous êtes humain",
    "pas un robot",
    "trafic inhabituel",
    "no soy un robot",
    "comprobando tu navegador",
    "正在检查您的浏览器",
    "正在檢查您的瀏覽器",
    "确认您是真人",
    "请完成安全验证",
    "请完成验证",
    "请进行验证",
    "人机验证",
    "不是机器人",
    "異常流量",
    "异常流量",
    "ロボットではありません",
};

constexpr std::string_view kNeedsScripts[] = {
    "enable javascript",
    "javascript is disabled",
    "requires javascript",
    "javascript is required",
    "turn on javascript",
    "javascript to be enabled",
    "need to enable javascript",
    "javascript aktivieren",
    "aktivieren sie javascript",
    "javascript zu aktivieren",
    "javascript ist deaktiviert",
    "javascript in ihrem browser",
    "activer javascript",
    "activez javascript",
    "javascript est désactivé",
    "habilita javascript",
    "activar javascript",
    "启用javascript",
    "启用 javascript",
    "开启javascript",
    "开启 javascript",
    "啟用javascript",
    "啟用 javascript",
    "需要javascript",
};

constexpr std::string_view kChallengeTitles[] = {
    "just a moment", "attention required", "one moment, please", "access denied", "are you a robot",
    "robot check",   "security check",     "einen moment",       "un instant",    "请稍候",
    "安全验证",      "人机验证",
};

constexpr std::string_view kPaywall[] = {
    "subscribe to continue",
    "subscribe to read",
    "subscribe now to read",
    "subscribe to unlock",
    "to continue reading",
    "to keep reading",
    "to read the full",
    "to read this article",
    "continue reading with",
    "unlock this article",
    "already a subscriber",
    "already have a subscription",
    "for subscribers only",
    "subscribers only",
    "subscriber-only",
    "subscriber exclusive",
    "is for subscribers",
    "available to subscribers",
    "only for members",
    "member-only story",
    "jetzt weiterlesen",
    "um weiterzulesen",
    "weiterlesen mit",
    "artikel weiterlesen",
    "bereits abonnent",
    "bereits ein abo",
    "schon abonnent",
    "nur für abonnenten",
    "exklusiv für abonnenten",
    "mit einem abo",
    "abo abschließen",
    "artikel freischalten",
    "réservé aux abonnés",
    "réservée aux abonnés",
    "pour lire la suite",
    "lire la suite de cet article",
    "déjà abonné",
    "abonnez-vous pour",
    "il vous reste",
    "suscríbete para",
    "solo para suscriptores",
    "订阅后",
    "订阅以继续",
    "成为会员",
    "会员专享",
    "付费阅读",
    "付费内容",
    "阅读全文请",
    "登录后阅读",
    "开通会员",
    "訂閱",
};

// A wall of consent may be long; still it is no more than this.
constexpr std::size_t kConsentBytesMax = 12'000;
constexpr std::size_t kProseBytesMin = 40;
constexpr std::size_t kButtonBytesMax = 60;
constexpr std::size_t kChallengeBytesMax = 2500;
constexpr std::size_t kNeedsScriptsBytesMax = 700;
// The part of a paid text that is free. Longer ones are worth reading.
constexpr std::size_t kTeaserBytesMax = 1500;

// The numbers of the groups.
enum Group : std::uint32_t { Tracking, Asking, ChallengeText, NeedsScripts, Paid, ChallengeTitle };

const PhraseFinder& phrase_finder() {
  static const PhraseFinder finder{kTracking,     kAsking,  kChallenge,
                                   kNeedsScripts, kPaywall, kChallengeTitles};
  return finder;
}

bool has_phrase(std::string_view lower, Group group) {
  return (phrase_finder().groups_in(lower) >> group & 1U) != 0;
}

// Apostrophes as typed, so that phrases need one form only.
std::string folded(std::string_view text) {
  std::string lower = ascii_lower(text);
  for (std::size_t at = 0; (at = lower.find("\xE2\x80\x99", at)) != std::string::npos; ++at)
    lower.replace(at, 3, "'");
  return lower;
}

bool asks_for_consent(std::string_view lower) {
  constexpr std::uint32_t kBoth = 1U << Tracking | 1U << Asking;
  return (phrase_finder().groups_in(lower) & kBoth) == kBoth;
}

bool is_named_for_consent(const HtmlTree& tree, NodeId id) {
  // Without the first letter, which may be a capital.
  static constexpr std::string_view kNames[] = {"ookie", "onsent", "gdpr",
                                                "GDPR",  "ccpa",   "rivacy-"};
  if (tree[id].attributes_count == 0) return false;
  for (const Attribute attribute : {Attribute::Class, Attribute::Id})
    for (const std::string_view name : kNames)
      if (tree.attribute(id, attribute).find(name) != std::string_view::npos) return true;
  const std::string_view role = tree.attribute(id, Attribute::Role);
  return role == "dialog" || role == "alertdialog";
}

bool may_hold_notice(Tag tag) {
  return tag != Tag::Html && tag != Tag::Body && tag != Tag::Main && tag != Tag::Article;
}

// For each node the outermost element around it that is named for consent, or kNoNode.
std::vector<NodeId> find_named(const HtmlTree& tree) {
  std::vector<NodeId> named(tree.size(), kNoNode);
  for (NodeId id = 1; id < tree.size(); ++id) {
    named[id] = named[tree[id].parent];
    if (named[id] == kNoNode && !tree[id].is_text && may_hold_notice(tree[id].tag) &&
        is_named_for_consent(tree, id))
      named[id] = id;
  }
  return named;
}

// Judged by what was kept: a notice beside an article is dropped, so what is left of a wall is the
// wall. `kept` says so for each block.
bool is_consent_wall(const std::vector<PageBlock>& blocks, const std::vector<bool>& kept) {
  std::size_t prose = 0, asking = 0;
  bool has_button = false;
  for (std::size_t i = 0; i < blocks.size(); ++i) {
    const PageBlock& block = blocks[i];
    const bool is_prose =
        block.text.size() >= kProseBytesMin && block.link_bytes * 2 <= block.text.size();
    const bool is_button = block.text.size() <= kButtonBytesMax;
    if (!is_button && !(kept[i] && is_prose)) continue;
    const std::string lower = folded(block.text);
    has_button |= is_button && has_phrase(lower, Asking);
    if (!kept[i] || !is_prose) continue;
    prose += lower.size();
    if (prose > kConsentBytesMax) return false;
    if (has_phrase(lower, Tracking)) asking += lower.size();
    has_button |= asks_for_consent(lower) && lower.size() <= 4 * kButtonBytesMax;
  }
  return has_button && prose > 0 && asking * 10 >= prose * 6;
}

bool is_challenge(const std::string& visible, std::string_view title) {
  if (visible.size() > kChallengeBytesMax) return false;
  if (has_phrase(visible, ChallengeText)) return true;
  const std::string name = folded(title);
  if (name.size() <= 80 && has_phrase(name, ChallengeTitle) && visible.size() <= 1000) return true;
  return visible.size() <= kNeedsScriptsBytesMax && has_phrase(visible, NeedsScripts);
}

bool has_paywall_element(const HtmlTree& tree, const std::vector<PageBlock>& blocks) {
  for (const PageBlock& block : blocks)
    for (NodeId id = block.node; id != kNoNode && tree[id].tag != Tag::Body; id = tree[id].parent)
      for (const Attribute attribute : {Attribute::Class, Attribute::Id})
        if (ascii_lower(tree.attribute(id, attribute)).find("paywall") != std::string::npos)
          return true;
  return false;
}

bool is_teaser(const HtmlPage& page, const std::string& visible, std::string_view text) {
  if (text.size() > kTeaserBytesMax) return false;
  const std::size_t phrases = phrase_finder().count_in(visible, Paid);
  const int signs = (page.json_ld.is_locked ? 2 : 0) + (phrases > 0 ? 1 : 0) +
                    (phrases > 1 ? 1 : 0) + (has_paywall_element(page.tree, page.blocks) ? 1 : 0);
  return signs >= 2;
}

}  // namespace

std::vector<bool> find_consent_notices(const HtmlTree& tree, const std::vector<PageBlock>& blocks) {
  const std::vector<NodeId> named = find_named(tree);
  std::unordered_map<NodeId, std::string> texts;
  std::size_t all = 0, noticed = 0;
  for (const PageBlock& block : blocks) {
    all += block.text.size();
    const NodeId root = named[block.node];
    if (root == kNoNode) continue;
    std::string& text = texts[root];
    text += folded(block.text);
    text += '\n';
  }
  std::vector<bool> is_notice(tree.size());
  for (const auto& [id, text] : texts) {
    if (!asks_for_consent(text)) continue;
    is_notice[id] = true;
    noticed += text.size();
  }
  if (noticed * 2 > all) return std::vector<bool>(tree.size());
  for (NodeId id = 1; id < tree.size(); ++id)
    if (named[id] != kNoNode) is_notice[id] = is_notice[named[id]];
  return is_notice;
}

PageBarrier find_barrier(const HtmlPage& page, const std::vector<bool>& kept,
                         std::string_view title, std::string_view text) {
  if (is_consent_wall(page.blocks, kept)) return PageBarrier::Consent;
  if (text.size() > kChallengeBytesMax) return PageBarrier::None;
  std::string visible;
  for (const PageBlock& block : page.blocks) {
    visible += folded(block.text);
    visible += '\n';
  }
  if (is_challenge(visible, title)) return PageBarrier::Challenge;
  return is_teaser(page, visible, text) ? PageBarrier::Paywall : PageBarrier::None;
}

}  // namespace muai
