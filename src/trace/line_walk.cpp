#include "trace/line_walk.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "trace/files.h"

// Forwards and backwards are two walkers of one idea: a buffer that holds the unfinished line and
// one block, and a flag for lines too long to keep.

namespace muai {

namespace {

constexpr std::size_t kBlockBytes = 256 * 1024;

// Reads file[offset, offset + size) into `out`, which has room; returns how many bytes there were.
Result<std::size_t> read_at(const FileHandle& file, const std::string& path, char* out,
                            std::size_t size, off_t offset) {
  std::size_t got = 0;
  while (got < size) {
    const ssize_t n =
        ::pread(file.number(), out + got, size - got, offset + static_cast<off_t>(got));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return io_error("read", path);
    if (n == 0) break;  // cut meanwhile
    got += static_cast<std::size_t>(n);
  }
  return got;
}

class ForwardWalk {
 public:
  ForwardWalk(const FileHandle& file, const std::string& path, off_t size)
      : file_(file), path_(path), size_(size) {}

  Result<Walk> run(const LineVisitor& visit) {
    while (true) {
      std::size_t begin = 0;
      for (std::size_t end; (end = buffer_.find('\n', begin)) != std::string::npos;
           begin = end + 1) {
        if (visit(line(begin, end)) == Walk::Stop) return Walk::Stop;
      }
      buffer_.erase(0, begin);
      offset_ += static_cast<off_t>(begin);
      if (read_ >= size_) break;
      drop_overlong();
      MUAI_TRY_VOID(read_block());
    }
    if (buffer_.empty() && !is_overlong_) return Walk::Continue;
    return visit(line(0, buffer_.size()));
  }

 private:
  FileLine line(std::size_t begin, std::size_t end) {
    FileLine found{std::string_view(buffer_).substr(begin, end - begin),
                   offset_ + static_cast<off_t>(begin), false};
    if (is_overlong_) {
      found = {{}, overlong_begin_, true};
    } else if (found.text.size() > kReadLineBytesMax) {
      found = {{}, found.offset, true};
    }
    is_overlong_ = false;
    return found;
  }

  void drop_overlong() {
    if (buffer_.size() <= kReadLineBytesMax) return;
    if (!is_overlong_) overlong_begin_ = offset_;
    is_overlong_ = true;
    offset_ += static_cast<off_t>(buffer_.size());
    buffer_.clear();
  }

  Result<void> read_block() {
    const std::size_t before = buffer_.size();
    const std::size_t wanted =
        static_cast<std::size_t>(std::min<off_t>(size_ - read_, static_cast<off_t>(kBlockBytes)));
    buffer_.resize(before + wanted);
    MUAI_TRY(const std::size_t got, read_at(file_, path_, buffer_.data() + before, wanted, read_));
    buffer_.resize(before + got);
    read_ += static_cast<off_t>(got);
    if (got < wanted) size_ = read_;
    return {};
  }

  const FileHandle& file_;
  const std::string& path_;
  off_t size_;
  off_t read_ = 0;    // bytes read so far
  off_t offset_ = 0;  // of buffer_[0] in the file
  std::string buffer_;
  bool is_overlong_ = false;
  off_t overlong_begin_ = 0;
};

class BackwardWalk {
 public:
  BackwardWalk(const FileHandle& file, const std::string& path, off_t size)
      : file_(file), path_(path), begin_(size) {}

  Result<Walk> run(const LineVisitor& visit) {
    while (true) {
      if (take_lines(visit) == Walk::Stop) return Walk::Stop;
      if (begin_ == 0) break;
      if (buffer_.size() > kReadLineBytesMax) {
        is_overlong_ = true;
        buffer_.clear();
      }
      MUAI_TRY_VOID(read_block());
    }
    if (buffer_.empty() && !is_overlong_) return Walk::Continue;
    std::string_view rest = buffer_;
    if (rest.ends_with('\n')) rest.remove_suffix(1);
    return visit(line(rest, 0));
  }

 private:
  // Visits the lines whose beginning is in the buffer. What stays is the end of one line, with its
  // newline.
  Walk take_lines(const LineVisitor& visit) {
    while (true) {
      std::string_view rest = buffer_;
      // The newline that ends the line itself. The text of an overlong one is gone with it.
      if (!is_overlong_ && rest.ends_with('\n')) rest.remove_suffix(1);
      const std::size_t newline = rest.rfind('\n');
      if (newline == std::string_view::npos) return Walk::Continue;
      block_ = kBlockBytes;
      const off_t offset = begin_ + static_cast<off_t>(newline) + 1;
      if (visit(line(rest.substr(newline + 1), offset)) == Walk::Stop) return Walk::Stop;
      buffer_.resize(newline + 1);
    }
  }

  FileLine line(std::string_view text, off_t offset) {
    FileLine found{text, offset, false};
    if (is_overlong_ || text.size() > kReadLineBytesMax) found = {{}, offset, true};
    is_overlong_ = false;
    return found;
  }

  Result<void> read_block() {
    const std::size_t size =
        static_cast<std::size_t>(std::min<off_t>(begin_, static_cast<off_t>(block_)));
    block_ = std::min(block_ * 2, kReadLineBytesMax);  // so that long lines are copied few times
    std::string block(size, '\0');
    begin_ -= static_cast<off_t>(size);
    MUAI_TRY(const std::size_t got, read_at(file_, path_, block.data(), size, begin_));
    if (got < size) return fail(ErrorCode::Io, "'" + path_ + "' shrank while it was read");
    block += buffer_;
    buffer_ = std::move(block);
    return {};
  }

  const FileHandle& file_;
  const std::string& path_;
  off_t begin_;  // of buffer_[0] in the file
  std::string buffer_;
  std::size_t block_ = kBlockBytes;
  bool is_overlong_ = false;
};

}  // namespace

Result<Walk> walk_lines(const std::string& path, WalkOrder order, const LineVisitor& visit) {
  auto file = open_file(path, O_RDONLY);
  if (!file && errno == ENOENT) return Walk::Continue;
  if (!file) return pass(std::move(file));
  struct stat found{};
  if (::fstat(file->number(), &found) != 0) return io_error("read", path);
  if (order == WalkOrder::OldestFirst) return ForwardWalk(*file, path, found.st_size).run(visit);
  return BackwardWalk(*file, path, found.st_size).run(visit);
}

bool is_blank_line(std::string_view line) {
  return line.find_first_not_of(" \t\r") == std::string_view::npos;
}

bool contains_ignoring_case(std::string_view text, std::string_view part) {
  const auto lowered = [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  };
  return !std::ranges::search(text, part, {}, lowered, lowered).empty() || part.empty();
}

}  // namespace muai
