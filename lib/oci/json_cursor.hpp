// SPDX-License-Identifier: Apache-2.0
// A pull reader over the bytes of one JSON text, for documents that come many times a second: the caller says what it
// expects next, and no tree is built. Strict, as the bytes come from another program.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include <crunc/error.hpp>

namespace crunc::oci {

/// What follows an element: another one, the end of its object or array, or a fault.
enum class Step : std::uint8_t { more, done, failed };

/// Whether two texts are the same, for short ones that mostly are: no call, eight bytes at a time.
[[nodiscard]] inline bool same(std::string_view a, std::string_view b) noexcept {
  if (a.size() != b.size()) return false;
  if (a.size() < 8) return a == b;
  const auto differ = [&](std::size_t at) {
    std::uint64_t x = 0;
    std::uint64_t y = 0;
    std::memcpy(&x, a.data() + at, sizeof x);
    std::memcpy(&y, b.data() + at, sizeof y);
    return x != y;
  };
  for (std::size_t at = 0; at + 8 < a.size(); at += 8) {
    if (differ(at)) return false;
  }
  return !differ(a.size() - 8);
}

/// A key as a step of a JSON Pointer (RFC 6901), without its slash.
[[nodiscard]] std::string escape_key(std::string_view key);
/// The same for people: a long one is cut, and one with control characters is quoted.
[[nodiscard]] std::string show_key(std::string_view key);

/// Reads value by value. Every function that answers false or Step::failed has said why in error().
class JsonCursor {
 public:
  /// How deep a skipped value may be nested: what Boost.JSON takes by default, for those who parse it later.
  static constexpr int max_depth = 32;
  /// What may be read beyond the end: longer than any literal that take() is given.
  static constexpr std::size_t padding = 64;

  /// Starts on a copy of `text`. The copy ends in zeros, so that no look ahead needs a bounds check.
  void start(std::string_view text);
  /// Whether nothing but white space is left.
  bool finish();

  /// The byte at which the next value or mark starts; zero at the end.
  [[nodiscard]] char peek() noexcept {
    if (static_cast<unsigned char>(*at_) <= ' ') skip_space();
    return *at_;
  }
  /// Where the value that peek() saw starts.
  [[nodiscard]] const char* position() const noexcept { return at_; }
  /// Goes to another position in the same text.
  void go_to(const char* position) noexcept { at_ = position; }

  /// Takes the bytes of `literal` if they are next. No white space is skipped.
  template <std::size_t Size>
  [[nodiscard]] bool take(const char (&literal)[Size]) noexcept {
    static_assert(Size - 1 <= padding);
    if (std::memcmp(at_, literal, Size - 1) != 0) return false;
    at_ += Size - 1;
    return true;
  }
  /// Takes `mark` if it is next.
  [[nodiscard]] bool take_mark(char mark) noexcept {
    if (peek() != mark) return false;
    ++at_;
    return true;
  }
  [[nodiscard]] bool open(char mark, const char* wanted) { return take_mark(mark) || fail_value(wanted); }
  /// After an element of what `close` ends.
  [[nodiscard]] Step next(char close) {
    const char mark = peek();
    if (mark != ',' && mark != close) return fail_separator(close);
    ++at_;
    return mark == ',' ? Step::more : Step::done;
  }

  /// A member's name and the colon. `name` points into the text, or to `scratch` if it had to be decoded.
  [[nodiscard]] bool key(std::string_view& name, std::string& scratch) {
    if (peek() != '"') return fail("a member's name is missing");
    const char* const first = at_ + 1;
    const char* const last = plain_end(first);
    if (*last == '"') {
      name = {first, static_cast<std::size_t>(last - first)};
      at_ = last + 1;
    } else {
      if (!decode_string(scratch)) return false;
      name = scratch;
    }
    return take_mark(':') || fail("a colon is missing");
  }
  [[nodiscard]] bool string(std::string& into) {
    if (peek() != '"') return fail_value("a string");
    const char* const first = at_ + 1;
    const char* const last = plain_end(first);
    if (*last != '"') return decode_string(into);
    const std::string_view text(first, static_cast<std::size_t>(last - first));
    if (!same(into, text)) into = text;  // in a struct that is used again it mostly is
    at_ = last + 1;
    return true;
  }
  /// A whole number from 0 to 2^64-1.
  [[nodiscard]] bool number(std::uint64_t& into) {
    const char first = peek();
    const char* at = at_;
    std::uint64_t value = 0;
    for (unsigned digit = 0; (digit = static_cast<unsigned>(*at) - '0') <= 9; ++at) value = value * 10 + digit;
    const auto digits = at - at_;
    // 20 digits that wrapped around are less than 10^19, as those that fit start with 1.
    const bool fits = digits < 20 || (digits == 20 && first == '1' && value >= 10'000'000'000'000'000'000U);
    const bool strict = digits == 1 || (digits > 1 && first != '0');
    if (!fits || !strict || *at == '.' || (*at | 0x20) == 'e') return fail_number();
    at_ = at;
    into = value;
    return true;
  }
  [[nodiscard]] bool number(std::int64_t& into);
  [[nodiscard]] bool number(double& into);
  [[nodiscard]] bool null();

  /// Any value, checked and passed over.
  [[nodiscard]] bool skip(int depth = max_depth);
  /// Any value, as JSON text without white space between its parts.
  [[nodiscard]] bool capture(std::string& into);

  /// Remembers the first fault, at the present position. Answers false.
  bool fail(const char* what);
  /// The value that is next is not `wanted`.
  bool fail_value(const char* wanted);
  /// Says of a fault below where it was, from the inside out: a member's name or an index.
  void within(std::string_view name);
  void within(std::size_t index);
  [[nodiscard]] Error error() const;

 private:
  /// The first byte from `at` on that a string cannot simply contain: a quote, a backslash, a control or no ASCII.
  [[nodiscard]] static const char* plain_end(const char* at) noexcept {
    if constexpr (std::endian::native == std::endian::little) {
      constexpr std::uint64_t ones = 0x0101010101010101U;
      // Eight bytes at a time. A borrow makes false hits only above the first true one.
      for (;; at += 8) {
        std::uint64_t word = 0;
        std::memcpy(&word, at, sizeof word);
        const std::uint64_t quote = word ^ (ones * '"');
        const std::uint64_t backslash = word ^ (ones * '\\');
        const std::uint64_t hits = ((word - ones * 0x20) | (quote - ones) | (backslash - ones) | word) & (ones * 0x80);
        if (hits != 0) return at + std::countr_zero(hits) / 8;
      }
    } else {
      while (is_plain(*at)) ++at;
      return at;
    }
  }
  [[nodiscard]] static bool is_plain(char c) noexcept {
    return static_cast<unsigned char>(c) >= 0x20 && static_cast<unsigned char>(c) < 0x80 && c != '"' && c != '\\';
  }
  void skip_space() noexcept;
  bool decode_string(std::string& into);
  bool decode_escape(std::string& into);
  bool decode_unit(unsigned& unit);
  bool decode_utf8(std::string& into);
  bool number_text(std::string_view& text);
  bool skip_members(int depth);
  bool skip_elements(int depth);
  bool fail_number();
  Step fail_separator(char close);

  std::vector<char> text_;
  const char* at_ = nullptr;
  const char* end_ = nullptr;
  std::string fault_;  ///< empty while all is well
  std::string path_;   ///< JSON pointer to the fault
};

}  // namespace crunc::oci
