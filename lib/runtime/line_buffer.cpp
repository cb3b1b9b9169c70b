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
  unended_ -= std::min(unended_, begin_);
  searched_ -= std::min(searched_, begin_);
  begin_ = 0;
  if (const std::size_t last = bytes.rfind('\n'); last != std::string_view::npos) unended_ = bytes_.size() + last + 1;
  bytes_.append(bytes);
  if (bytes_.size() - unended_ > longest_) {
    bytes_.resize(unended_ + longest_);
    is_dropping_ = true;
  }
}

std::optional<std::string_view> LineBuffer::take() {
  const std::size_t end = bytes_.find('\n', std::max(begin_, searched_));
  const bool has_end = end != std::string::npos;
  searched_ = has_end ? end + 1 : bytes_.size();
  if (!has_end && (!is_finished_ || begin_ == bytes_.size())) return std::nullopt;
  const std::string_view line = std::string_view(bytes_).substr(begin_, has_end ? end - begin_ : end);
  begin_ = std::min(begin_ + line.size() + 1, bytes_.size());
  return line;
}

}  // namespace crunc::runtime
