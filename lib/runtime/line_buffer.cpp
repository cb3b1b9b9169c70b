// SPDX-License-Identifier: Apache-2.0
// Lines out of pieces. A line that never ends takes no more memory than the longest one.

#include "runtime/line_buffer.hpp"

#include <algorithm>

namespace crunc::runtime {

void LineBuffer::append(std::string_view bytes) {
  if (is_dropping_) {
    const std::size_t end = bytes.find('\n');
    if (end == std::string_view::npos) return;
    bytes.remove_prefix(end);
    is_dropping_ = false;
  }
  bytes_.erase(0, begin_);
  begin_ = 0;
  bytes_.append(bytes);
  const std::size_t last = bytes_.rfind('\n');
  const std::size_t unended = last == std::string::npos ? 0 : last + 1;
  if (bytes_.size() - unended > longest_) {
    bytes_.resize(unended + longest_);
    is_dropping_ = true;
  }
}

std::optional<std::string_view> LineBuffer::take() {
  const std::size_t end = bytes_.find('\n', begin_);
  const bool has_end = end != std::string::npos;
  if (!has_end && (!is_finished_ || begin_ == bytes_.size())) return std::nullopt;
  const std::string_view line = std::string_view(bytes_).substr(begin_, has_end ? end - begin_ : end);
  begin_ = std::min(begin_ + line.size() + 1, bytes_.size());
  return line;
}

}  // namespace crunc::runtime
