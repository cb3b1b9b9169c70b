// SPDX-License-Identifier: Apache-2.0
// Bytes that come in pieces, taken out again as lines.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace crunc::runtime {

/// @threads distinct objects: safe; shared object: unsafe
class LineBuffer {
 public:
  /// @param longest  of a line: one that has so many bytes or more may have lost its end
  explicit LineBuffer(std::size_t longest) : longest_(longest) {}

  void append(std::string_view bytes);
  /// Nothing more comes: what has no newline is a line too.
  void finish() noexcept { is_finished_ = true; }

  /// The next line, without its newline; nothing when there is none yet. Valid until the next append().
  [[nodiscard]] std::optional<std::string_view> take();

 private:
  std::size_t longest_;
  std::string bytes_{};
  std::size_t begin_ = 0;     ///< of what was not taken
  std::size_t searched_ = 0;  ///< there is no newline from begin_ up to here
  std::size_t unended_ = 0;   ///< where the line begins that has no newline yet
  bool is_dropping_ = false;  ///< all up to the next newline
  bool is_finished_ = false;
};

}  // namespace crunc::runtime
