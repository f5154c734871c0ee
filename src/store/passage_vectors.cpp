#include "muai/store/passage_vectors.h"

#include <fmt/format.h>

#include <bit>
#include <cmath>
#include <cstring>

#include "muai/core/check.h"

namespace muai {
namespace {

// IEEE half precision, least significant byte first: 11 bits of each number. The error of a cosine
// is far below any difference of rank that means something, and the file is half as large.
constexpr std::size_t kHalfBytes = 2;

std::string half_bytes(std::span<const float> values) {
  std::string bytes(values.size() * kHalfBytes, '\0');
  for (std::size_t i = 0; i < values.size(); ++i) {
    const auto half = static_cast<_Float16>(values[i]);
    std::memcpy(bytes.data() + i * kHalfBytes, &half, kHalfBytes);
  }
  return bytes;
}

// Written out so that it becomes vector instructions on any machine: the exponent moves from a bias
// of 15 to one of 127 by a multiplication. Values are finite, because the vectors are.
float from_half(std::uint16_t half) {
  const auto magnitude = std::bit_cast<float>(static_cast<std::uint32_t>(half & 0x7fffu) << 13);
  const auto scaled = std::bit_cast<std::uint32_t>(magnitude * 0x1p112f);
  return std::bit_cast<float>(scaled | static_cast<std::uint32_t>(half & 0x8000u) << 16);
}

void append_values(std::string_view bytes, std::vector<float>& values) {
  const std::size_t count = bytes.size() / kHalfBytes;
  const std::size_t begin = values.size();
  values.resize(begin + count);
  for (std::size_t i = 0; i < count; ++i) {
    std::uint16_t half = 0;
    std::memcpy(&half, bytes.data() + i * kHalfBytes, kHalfBytes);
    values[begin + i] = from_half(half);
  }
}

Result<void> mark_changed(Database& database) {
  return database.execute(
      "INSERT INTO counters VALUES ('vectors_generation', 1) ON CONFLICT (name) DO UPDATE SET "
      "value = value + 1");
}

}  // namespace

Result<std::vector<float>> unit_vector(std::span<const float> vector) {
  double squares = 0;
  for (const float value : vector) squares += static_cast<double>(value) * value;
  if (!std::isfinite(squares) || squares <= 0) {
    return fail(ErrorCode::InvalidInput, "an embedding is zero or not finite");
  }
  const double scale = 1 / std::sqrt(squares);
  std::vector<float> unit;
  unit.reserve(vector.size());
  for (const float value : vector) unit.push_back(static_cast<float>(value * scale));
  return unit;
}

Result<std::optional<VectorModel>> PassageVectors::model() {
  MUAI_TRY(Statement row, database_.prepare("SELECT name, dimension FROM vector_model"));
  MUAI_TRY(const bool present, row.step());
  if (!present) return std::nullopt;
  if (row.integer(1) <= 0) return fail(ErrorCode::Corrupt, "the stored vectors have no dimension");
  return VectorModel{std::string(row.text(0)), static_cast<std::size_t>(row.integer(1))};
}

Result<void> PassageVectors::clear() {
  MUAI_TRY(Transaction transaction, Transaction::begin(database_));
  MUAI_TRY_VOID(database_.execute("DELETE FROM vectors; DELETE FROM vector_model"));
  MUAI_TRY_VOID(mark_changed(database_));
  return transaction.commit();
}

Result<void> PassageVectors::set_model(const VectorModel& wanted) {
  MUAI_TRY(const std::optional<VectorModel> now, model());
  if (now && *now == wanted) return {};
  MUAI_TRY(Transaction transaction, Transaction::begin(database_));
  MUAI_TRY_VOID(database_.execute("DELETE FROM vectors; DELETE FROM vector_model"));
  MUAI_TRY(Statement insert, database_.prepare("INSERT INTO vector_model VALUES (?1, ?2)"));
  MUAI_TRY_VOID(insert.bind(1, std::string_view(wanted.name))
                    .bind(2, static_cast<std::int64_t>(wanted.dimension))
                    .run());
  MUAI_TRY_VOID(mark_changed(database_));
  return transaction.commit();
}

Result<std::vector<PlainPassage>> PassageVectors::missing(std::size_t limit) {
  MUAI_TRY(Statement rows,
           database_.prepare("SELECT p.id, d.title, p.heading, p.text FROM passages p JOIN "
                             "documents d ON d.id = p.document WHERE NOT EXISTS (SELECT 1 FROM "
                             "vectors v WHERE v.passage = p.id) ORDER BY p.id LIMIT ?1"));
  rows.bind(1, static_cast<std::int64_t>(limit));
  std::vector<PlainPassage> passages;
  for (;;) {
    MUAI_TRY(const bool row, rows.step());
    if (!row) return passages;
    passages.push_back({rows.integer(0), std::string(rows.text(1)), std::string(rows.text(2)),
                        std::string(rows.text(3))});
  }
}

Result<std::size_t> PassageVectors::count() {
  MUAI_TRY(Statement row, database_.prepare("SELECT count(*) FROM vectors"));
  MUAI_TRY_VOID(row.step());
  return static_cast<std::size_t>(row.integer(0));
}

Result<void> PassageVectors::put(std::span<const std::int64_t> ids,
                                 std::span<const std::vector<float>> vectors) {
  MUAI_CHECK(ids.size() == vectors.size());
  MUAI_TRY(const std::optional<VectorModel> of, model());
  MUAI_CHECK(of.has_value());
  MUAI_TRY(Transaction transaction, Transaction::begin(database_));
  MUAI_TRY(Statement insert,
           database_.prepare("INSERT OR REPLACE INTO vectors SELECT ?1, ?2 WHERE EXISTS (SELECT 1 "
                             "FROM passages WHERE id = ?1)"));
  for (std::size_t i = 0; i < ids.size(); ++i) {
    if (vectors[i].size() != of->dimension) {
      return fail(ErrorCode::InvalidInput,
                  fmt::format("{} gave a vector of {} numbers where others have {}", of->name,
                              vectors[i].size(), of->dimension));
    }
    MUAI_TRY(const std::vector<float> unit, unit_vector(vectors[i]));
    const std::string bytes = half_bytes(unit);
    MUAI_TRY_VOID(insert.bind(1, ids[i]).bind_blob(2, bytes).run());
  }
  MUAI_TRY_VOID(mark_changed(database_));
  return transaction.commit();
}

Result<std::int64_t> PassageVectors::generation() {
  MUAI_TRY(Statement row,
           database_.prepare("SELECT value FROM counters WHERE name = 'vectors_generation'"));
  MUAI_TRY(const bool present, row.step());
  return present ? row.integer(0) : 0;
}

Result<VectorTable> PassageVectors::read() {
  VectorTable table;
  MUAI_TRY(const std::optional<VectorModel> of, model());
  if (!of) return table;
  table.dimension = of->dimension;
  MUAI_TRY(Statement rows, database_.prepare("SELECT passage, vector FROM vectors ORDER BY "
                                             "passage"));
  for (;;) {
    MUAI_TRY(const bool row, rows.step());
    if (!row) return table;
    if (rows.text(1).size() != of->dimension * kHalfBytes) {
      return fail(ErrorCode::Corrupt, "a stored vector is damaged; add the documents again");
    }
    table.ids.push_back(rows.integer(0));
    append_values(rows.text(1), table.values);
  }
}

}  // namespace muai
