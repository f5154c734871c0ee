#pragma once

// Collection: a named set of the user's documents, cut into passages and ranked by BM25 over our
// own tokens (English words folded and stemmed, Chinese in bigrams).
//
// One file, `data_dir`/collections/NAME.db. One process may add and remove at a time while others
// search. A document is stored whole or not at all: a kill at any moment loses at most the
// documents that were not yet reported as done, and the next `add` goes on from there.
//
// A Collection belongs to one thread at a time. Every call touches the disk: use a pool thread.

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "muai/core/byte_span.h"
#include "muai/core/result.h"
#include "muai/document/document.h"
#include "muai/rag/passage.h"
#include "muai/store/passage_store.h"
#include "muai/store/passage_vectors.h"

namespace muai {

class VectorIndex;
struct NearPassage;

// Letters, digits, '-', '_' and '.' (not first), 1 to 64 bytes; also any other letters of UTF-8.
// InvalidInput names the rule that is broken.
Result<void> check_collection_name(std::string_view name);

enum class VanishedFiles {
  Report,  // documents whose file is gone stay and are named in the report
  Remove,  // they are removed
};

struct AddOptions {
  std::size_t file_bytes_max = 10 << 20;  // larger files are skipped and reported
  int depth_max = 32;                     // folders below the one that was named
  VanishedFiles vanished = VanishedFiles::Report;
};

// Counts so far; `documents` are safely stored when they are counted.
struct AddProgress {
  std::size_t files_found = 0;  // final before the first file is read
  std::size_t files_done = 0;   // added + replaced + unchanged + skipped
  std::size_t added = 0;
  std::size_t replaced = 0;
  std::size_t unchanged = 0;
  std::size_t skipped = 0;
  std::size_t removed = 0;
  std::size_t passages = 0;
  std::uint64_t bytes_read = 0;
};

struct SkippedFile {
  std::filesystem::path path;
  std::string reason;
};

struct AddReport {
  AddProgress counts;
  std::vector<SkippedFile> skipped;   // unreadable, too large, or without text
  std::vector<std::string> vanished;  // URLs of documents whose file is gone
};

// Called on the thread of `add`, after each commit and at the end.
using AddProgressCallback = std::function<void(const AddProgress&)>;

// Makes one vector for each text, in order, all of one length. It may block: it is called on the
// thread of the collection.
using EmbedTexts =
    std::function<Result<std::vector<std::vector<float>>>(const std::vector<std::string>& texts)>;

struct EmbedProgress {
  std::size_t done = 0;  // passages with a vector, safely stored
  std::size_t all = 0;   // passages
};
using EmbedProgressCallback = std::function<void(const EmbedProgress&)>;

enum class CollectionAccess { Read, Write };

class Collection {
 public:
  // Write creates the collection when it is missing; Read then fails with NotFound, naming the
  // collections there are. A second writer is refused.
  static Result<Collection> open(const std::filesystem::path& data_dir, std::string name,
                                 CollectionAccess access);
  // Holds nothing on disk; for answering from files once.
  static Result<Collection> open_in_memory(std::string name);

  Collection(Collection&&) noexcept;
  Collection& operator=(Collection&&) noexcept;
  ~Collection();

  const std::string& name() const { return name_; }

  // Reads *.html, *.md, *.txt, *.rst, *.docx, *.epub and *.pdf files under `paths` and stores what
  // is new or changed. A file that is named itself is read whatever its ending. Hidden files and
  // folders below a named folder are skipped; symbolic links are followed only inside it. A file of
  // unchanged size and time, or of unchanged content, is left alone. Files of a folder are stored
  // as kb://NAME/FOLDER/relative/path; a single file as kb://NAME/FILE.
  //
  // InvalidInput when a path does not exist; Cancelled when `stop` fired (what was reported is
  // stored). A file that cannot be read is skipped and reported, not an error.
  Result<AddReport> add(std::span<const std::filesystem::path> paths,
                        const AddOptions& options = {}, const AddProgressCallback& progress = {},
                        std::stop_token stop = {});

  // Stores one document that is already read, under kb://NAME/`relative_path`.
  Result<void> put(std::string_view relative_path, const Document& document);

  // All documents in order of their URL, without their text.
  Result<std::vector<StoredDocument>> list();

  // Removes the document of `url_or_path` (a kb:// URL, its path below the collection, or a path on
  // disk), or all documents below it when it is a folder. Returns how many; 0 is not an error.
  Result<std::size_t> remove(std::string_view url_or_path);

  // The model whose vectors the passages have; empty when they have none.
  Result<std::optional<VectorModel>> vector_model();

  // Gives a vector of `model` to every passage that has none, some dozens at a time, each stored
  // when it is counted: the next call goes on from there. Vectors of another model are dropped
  // first. Fails as `embed` does; Cancelled when `stop` fired.
  Result<EmbedProgress> embed_missing(const std::string& model, const EmbedTexts& embed,
                                      const EmbedProgressCallback& progress = {},
                                      std::stop_token stop = {});

  // The best passages, best first; the order depends on nothing but the collection, the query and
  // its embedding. Without an embedding it is empty when no word of the query occurs. InvalidInput
  // when the embedding is not of the length of the collection's.
  Result<std::vector<Passage>> search(std::string_view query, const SearchOptions& options = {},
                                      std::stop_token stop = {});

  // The whole document of a kb:// URL (a #fragment is ignored). Empty when there is none.
  Result<std::optional<Document>> find_document(std::string_view url);

  // Reads every page of the file and compares the index with the stored passages.
  Result<void> check_integrity();

 private:
  Collection(std::string name, PassageStore store);
  Result<std::vector<NearPassage>> near_passages(std::span<const float> embedding,
                                                 std::size_t limit);

  std::string name_;
  PassageStore store_;
  std::unique_ptr<VectorIndex> vectors_;  // as of `vectors_generation_`; made when first needed
  std::int64_t vectors_generation_ = -1;
};

// Names of the collections in `data_dir`, sorted.
Result<std::vector<std::string>> list_collections(const std::filesystem::path& data_dir);

// Deletes a collection. NotFound names those there are; Refused while someone writes to it.
Result<void> remove_collection(const std::filesystem::path& data_dir, std::string_view name);

}  // namespace muai
