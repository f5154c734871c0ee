// pdftotext does the reading; this source bounds it and says what went wrong.

#include "muai/document/pdf.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "document/ascii.h"
#include "document/pdf_text.h"
#include "document/source_text.h"
#include "document/visible_text.h"
#include "muai/text/utf8.h"

namespace muai {
namespace {

ProcessOptions pdftotext_options(std::string bytes) {
  ProcessOptions options;
  options.argv = {"pdftotext", "-q", "-enc", "UTF-8", "-eol", "unix", "-", "-"};
  options.search_path = {"/usr/bin", "/usr/local/bin", "/bin"};
  options.input = std::move(bytes);
  options.environment = {{"LC_ALL", "C"}};
  options.limits.cpu = std::chrono::seconds(30);
  options.limits.address_space_bytes = std::uint64_t{1} << 30;
  options.limits.file_bytes = 1;  // it has no reason to write files
  options.limits.stdout_bytes_max = 20 << 20;
  options.limits.wall = std::chrono::seconds(60);
  return options;
}

Error named(Error error, const DocumentHint& hint) {
  std::string message = fmt::format("{}: {}", name_of_source(hint), error.message());
  if (error.code() == ErrorCode::NotFound)
    message = fmt::format(
        "{} is a PDF file, and pdftotext, which reads it, is not installed; "
        "install the package poppler-utils",
        name_of_source(hint));
  return std::move(error).with_message(std::move(message));
}

// The first line that pdftotext complained with, or its exit code.
std::string complaint_of(const ProcessOutput& output) {
  const std::string clean = without_invisible(to_valid_utf8(output.err));
  const std::string_view line = ascii_trim(std::string_view(clean).substr(0, clean.find('\n')));
  if (!line.empty()) return std::string(line);
  if (output.exit.signal != 0) return fmt::format("it was ended by signal {}", output.exit.signal);
  return output.exit.code == 3 ? "it may not be copied from"
                               : fmt::format("exit code {}", output.exit.code);
}

}  // namespace

Task<Result<Document>> read_pdf(Spawner& spawner, std::string bytes, DocumentHint hint,
                                std::stop_token stop) {
  Result<ProcessOutput> output =
      co_await spawner.run(pdftotext_options(std::move(bytes)), std::move(stop));
  if (!output) co_return std::unexpected(named(std::move(output).error(), hint));
  if (output->exit != ProcessExit{})
    co_return fail(ErrorCode::InvalidInput,
                   fmt::format("{} cannot be read as PDF: {}; open and save it again with a PDF "
                               "program, or add it as text",
                               name_of_source(hint), complaint_of(*output)));
  co_return pdf_text_document(output->out, hint);
}

}  // namespace muai
