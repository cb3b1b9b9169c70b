// SPDX-License-Identifier: Apache-2.0
//
// What targets check, and how they say what does not hold.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include <crunc/error.hpp>

namespace crunc::fuzz {

/// A property that does not hold, as a sentence.
class Violation : public std::logic_error {
 public:
  using std::logic_error::logic_error;
};

/// Throws Violation unless `holds`. The sentence says what is to be, and `of` whereof.
void require(bool holds, std::string_view sentence, std::string_view of = {});

/// An error that may be told to people: of one of these kinds, with a reason, in one line of bounded length that moves
/// no terminal's cursor.
void require_told(const Error& error, std::initializer_list<Errc> kinds);

/// Whether there is no value, but an error that may be told.
template <class T>
[[nodiscard]] bool is_refused(const Result<T>& result, std::initializer_list<Errc> kinds = {Errc::malformed_output}) {
  if (!result) require_told(result.error(), kinds);
  return !result;
}

/// Whether `text` is a JSON text, however large its numbers are.
[[nodiscard]] bool is_json(std::string_view text);
/// Whether there are numbers in a JSON text that Boost.JSON reads as double, and may round each time that it reads
/// them.
[[nodiscard]] bool has_doubles(std::string_view text);
/// The values of members that are kept as text are JSON, each in one line.
template <class Map>
void require_json(const Map& extra) {
  for (const auto& [name, text] : extra) {
    require(is_json(text), "what is kept of a member is JSON", text);
    require(text.find('\n') == std::string::npos, "what is kept of a member is one line", text);
  }
}

/// Numbers that are as good as by chance, and the same for the same bytes: recorded outputs are inputs as they are, and
/// have no place for choices.
class Choices {
 public:
  explicit Choices(std::string_view bytes);
  /// Below `bound`, which is not 0.
  [[nodiscard]] std::size_t below(std::size_t bound);

 private:
  std::uint64_t state_;
};

/// `bytes` in pieces of 1 to 64 bytes.
[[nodiscard]] std::vector<std::string_view> pieces_of(std::string_view bytes, Choices& choices);

}  // namespace crunc::fuzz
