#include "muai/model/extractive_model.h"

#include <utility>

#include "muai/text/language.h"

namespace muai {
namespace {

std::vector<SourceText> views_of(const Grounding& grounding) {
  std::vector<SourceText> sources;
  sources.reserve(grounding.sources.size());
  for (const Grounding::Source& source : grounding.sources)
    sources.push_back(
        {.url = source.url, .title = source.title, .text = source.text, .allowed = source.allowed});
  return sources;
}

// A summary of several sources: each one's sentences, in the order of the sources.
std::vector<RankedSentence> summary_of(const Grounding& grounding,
                                       const std::vector<SourceText>& sources) {
  std::vector<RankedSentence> chosen;
  for (std::size_t index = 0; index < sources.size(); ++index) {
    std::vector<RankedSentence> sentences = summarise(
        grounding.question, sources[index],
        {.code_points_max = grounding.code_points_max, .sentences_max = grounding.sentences_max});
    for (RankedSentence& sentence : sentences) sentence.source = index;
    chosen.insert(chosen.end(), sentences.begin(), sentences.end());
  }
  return chosen;
}

std::string text_of(const std::vector<RankedSentence>& sentences,
                    const std::vector<SourceText>& sources) {
  std::string text;
  for (const RankedSentence& sentence : sentences) {
    const std::string_view whole = sources[sentence.source].text;
    const std::string_view words =
        whole.substr(sentence.span.begin, sentence.span.end - sentence.span.begin);
    const bool own_line = sentence.shape == QuoteShape::Item || sentence.shape == QuoteShape::Row;
    if (own_line && !text.empty())
      text += '\n';
    else if (!text.empty() && language_of(words) != Language::Chinese)
      text += ' ';
    text += words;
  }
  return text;
}

Generation quote(const Grounding& grounding) {
  const std::vector<SourceText> sources = views_of(grounding);
  Generation generation;
  generation.model = kExtractiveModel;
  if (grounding.kind == Grounding::Kind::Summary) {
    generation.quoted = summary_of(grounding, sources);
  } else {
    generation.quoted = extract_answer(grounding.question, sources,
                                       {.sentences_max = grounding.sentences_max,
                                        .code_points_max = grounding.code_points_max})
                            .sentences;
  }
  generation.text = text_of(generation.quoted, sources);
  return generation;
}

}  // namespace

ExtractiveModel::ExtractiveModel(Pool& workers) : workers_(workers) {
  description_.name = kExtractiveModel;
  description_.capabilities = {"generate"};
  description_.preferred_device_policy = DevicePolicy::CpuOnly;
  description_.backend = ModelBackend::Extractive;
  description_.concurrency_max = 1'000;
  description_.queue_max = 100'000;
}

Task<Result<MemoryUse>> ExtractiveModel::estimate(Placement) {
  return Task<Result<MemoryUse>>::ready(MemoryUse());
}

Task<Result<void>> ExtractiveModel::load(Placement, ModelCall) {
  return Task<Result<void>>::ready({});
}

Task<void> ExtractiveModel::unload() { return Task<void>::ready(); }

Task<Result<Generation>> ExtractiveModel::generate(GenerateRequest request, ModelCall call) {
  if (!request.grounding) {
    co_return fail(ErrorCode::InvalidInput,
                   "extractive has no weights: it can only answer from sources; configure a model "
                   "or ask with sources");
  }
  auto work = [grounding = *std::move(request.grounding)] { return quote(grounding); };
  Result<Generation> generation = co_await on_pool(workers_, std::move(work), call.stop);
  if (generation && call.on_text && !generation->text.empty()) call.on_text(generation->text);
  co_return generation;
}

Task<Result<std::vector<Embedding>>> ExtractiveModel::embed(std::vector<std::string>, ModelCall) {
  return Task<Result<std::vector<Embedding>>>::ready(
      fail(ErrorCode::InvalidInput, "extractive has no weights: it makes no embeddings"));
}

}  // namespace muai
