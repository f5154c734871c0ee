#include "engine/text_archive.h"

namespace muai {

Result<std::string> TextArchive::put(const Page& page) {
  // The store keeps whole documents; a passage's own #start-end would only name a part.
  std::string url = page.url;
  if (page.document_text) url.resize(std::min(url.find('#'), url.size()));
  const std::lock_guard lock(mutex_);
  return store_.put(page.whole_text(), std::move(url), page.title, page.retrieved_at);
}

Result<std::optional<StoredText>> TextArchive::find(std::string_view sha256) {
  const std::lock_guard lock(mutex_);
  return store_.find(sha256);
}

}  // namespace muai
