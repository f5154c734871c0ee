#pragma once

// PassageVectors: the embeddings of passages, beside them in the same file. They are the truth that
// any index over vectors is made from.
//
// A vector belongs to one passage and one model; all are of one model and one length, scaled to
// length 1 and kept in half precision. A passage that is replaced or removed loses its vector.
// Thread rules and errors are those of Database, which must outlive it.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "muai/core/result.h"
#include "muai/store/database.h"

namespace muai {

struct VectorModel {
  std::string name;
  std::size_t dimension = 0;
  bool operator==(const VectorModel&) const = default;
};

// A passage that has no vector yet.
struct PlainPassage {
  std::int64_t id = 0;
  std::string title;
  std::string heading;
  std::string text;
};

// All vectors of a store: row i of `values` is that of the passage ids[i].
struct VectorTable {
  std::size_t dimension = 0;
  std::vector<std::int64_t> ids;  // ascending
  std::vector<float> values;      // ids.size() * dimension
};

class PassageVectors {
 public:
  explicit PassageVectors(Database& database) : database_(database) {}

  // Empty when there are no vectors.
  Result<std::optional<VectorModel>> model();

  // Drops all vectors, and the model.
  Result<void> clear();

  // Drops the vectors of every other model.
  Result<void> set_model(const VectorModel& model);

  // Passages without a vector, in order of id, at most `limit`.
  Result<std::vector<PlainPassage>> missing(std::size_t limit);

  Result<std::size_t> count();

  // Stores the vector of each passage, all or none. InvalidInput when one is not of the model's
  // dimension, or is zero or not finite; a passage that is gone is passed over.
  Result<void> put(std::span<const std::int64_t> ids, std::span<const std::vector<float>> vectors);

  // Changes whenever a vector does.
  Result<std::int64_t> generation();

  Result<VectorTable> read();

 private:
  Database& database_;
};

// `vector` scaled to length 1. InvalidInput when it is zero or not finite.
Result<std::vector<float>> unit_vector(std::span<const float> vector);

}  // namespace muai
