#include "rag/file_document.h"

#include <utility>

#include "muai/async/asio_loop.h"
#include "muai/async/process.h"
#include "muai/document/pdf.h"
#include "muai/document/read_document.h"

namespace muai {

Result<Document> read_file_document(std::string bytes, const DocumentHint& hint,
                                    std::stop_token stop) {
  if (!is_pdf(bytes)) return read_document(bytes, hint);
  // A loop of its own for the one program: workers have none, and a PDF takes far longer anyway.
  AsioLoop loop;
  Spawner spawner(loop);
  return loop.run(read_pdf(spawner, std::move(bytes), hint, std::move(stop)));
}

}  // namespace muai
