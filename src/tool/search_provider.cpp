#include "muai/tool/search_provider.h"

namespace muai {

Task<Result<std::optional<Page>>> SearchProvider::read(std::string, ToolContext) const {
  return Task<Result<std::optional<Page>>>::ready(std::optional<Page>());
}

}  // namespace muai
