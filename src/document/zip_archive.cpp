#include "document/zip_archive.h"

#include <fmt/format.h>
#include <zip.h>

#include <map>
#include <utility>

namespace muai {
namespace {

constexpr std::size_t kRatioJudgedFrom = std::size_t{1} << 20;
constexpr std::size_t kShownNameBytes = 80;

// A name from the archive for a message: printable ASCII, shortened.
std::string shown(std::string_view name) {
  std::string text(name.substr(0, kShownNameBytes));
  for (char& c : text)
    if (static_cast<unsigned char>(c) < 0x20 || static_cast<unsigned char>(c) > 0x7E) c = '?';
  return text;
}

struct Closer {
  void operator()(zip_t* archive) const { zip_discard(archive); }
  void operator()(zip_file_t* file) const { zip_fclose(file); }
};
using ArchivePtr = std::unique_ptr<zip_t, Closer>;
using FilePtr = std::unique_ptr<zip_file_t, Closer>;

Result<ArchivePtr> open_buffer(std::string_view bytes) {
  zip_error_t error;
  zip_error_init(&error);
  zip_source_t* source = zip_source_buffer_create(bytes.data(), bytes.size(), 0, &error);
  zip_t* archive = source ? zip_open_from_source(source, ZIP_RDONLY, &error) : nullptr;
  if (!archive && source) zip_source_free(source);
  const std::string reason = archive ? std::string() : zip_error_strerror(&error);
  zip_error_fini(&error);
  if (archive) return ArchivePtr(archive);
  return fail(ErrorCode::InvalidInput, fmt::format("its archive is damaged ({})", reason));
}

}  // namespace

struct ZipArchive::Rep {
  ArchivePtr archive;
  std::map<std::string, zip_uint64_t, std::less<>> names;
  std::size_t read_bytes = 0;
};

ZipArchive::ZipArchive(std::unique_ptr<Rep> rep) : rep_(std::move(rep)) {}
ZipArchive::ZipArchive(ZipArchive&&) noexcept = default;
ZipArchive& ZipArchive::operator=(ZipArchive&&) noexcept = default;
ZipArchive::~ZipArchive() = default;

Result<ZipArchive> ZipArchive::open(std::string_view bytes) {
  auto rep = std::make_unique<Rep>();
  MUAI_TRY(rep->archive, open_buffer(bytes));
  const zip_int64_t count = zip_get_num_entries(rep->archive.get(), 0);
  if (std::cmp_greater(count, kZipEntriesMax))
    return fail(
        ErrorCode::LimitExceeded,
        fmt::format("its archive has {} parts; at most {} are read", count, kZipEntriesMax));
  for (zip_int64_t i = 0; i < count; ++i) {
    const auto index = static_cast<zip_uint64_t>(i);
    const char* name = zip_get_name(rep->archive.get(), index, ZIP_FL_ENC_RAW);
    if (!name) return fail(ErrorCode::InvalidInput, "its archive has a part without a name");
    const std::string_view text = name;
    if (text.size() > kZipNameBytesMax)
      return fail(ErrorCode::LimitExceeded, "its archive has a part with an overlong name");
    if (!rep->names.emplace(text, index).second)
      return fail(ErrorCode::InvalidInput,
                  fmt::format("its archive has two parts named {}", shown(text)));
  }
  return ZipArchive(std::move(rep));
}

bool ZipArchive::has(std::string_view name) const { return rep_->names.contains(name); }

Result<std::string> ZipArchive::read(std::string_view name) {
  const auto found = rep_->names.find(name);
  if (found == rep_->names.end())
    return fail(ErrorCode::NotFound, fmt::format("its part {} is missing", shown(name)));
  zip_stat_t stat;
  zip_stat_init(&stat);
  if (zip_stat_index(rep_->archive.get(), found->second, 0, &stat) != 0)
    return fail(ErrorCode::InvalidInput, fmt::format("its part {} is damaged", shown(name)));
  if ((stat.valid & ZIP_STAT_ENCRYPTION_METHOD) != 0 && stat.encryption_method != ZIP_EM_NONE)
    return fail(ErrorCode::InvalidInput, "it is encrypted; save it without a password");
  const FilePtr file(zip_fopen_index(rep_->archive.get(), found->second, 0));
  if (!file)
    return fail(ErrorCode::InvalidInput,
                fmt::format("its part {} cannot be unpacked ({})", shown(name),
                            zip_strerror(rep_->archive.get())));
  // What the archive says of sizes is not believed: only what comes out counts.
  std::string bytes;
  char chunk[1 << 16];
  for (zip_int64_t got = 1; got > 0;) {
    got = zip_fread(file.get(), chunk, sizeof chunk);
    if (got < 0)
      return fail(ErrorCode::InvalidInput, fmt::format("its part {} is damaged", shown(name)));
    bytes.append(chunk, static_cast<std::size_t>(got));
    const bool swells = bytes.size() > kRatioJudgedFrom && stat.comp_size > 0 &&
                        bytes.size() / kZipRatioMax > stat.comp_size;
    if (bytes.size() > kZipEntryBytesMax || swells ||
        rep_->read_bytes + bytes.size() > kZipTotalBytesMax)
      return fail(ErrorCode::LimitExceeded,
                  fmt::format("its part {} unpacks to more than is read", shown(name)));
  }
  rep_->read_bytes += bytes.size();
  return bytes;
}

bool is_zip(std::string_view bytes) {
  using namespace std::string_view_literals;
  return bytes.starts_with("PK\x03\x04"sv) || bytes.starts_with("PK\x05\x06"sv);
}

}  // namespace muai
