// SPDX-License-Identifier: Apache-2.0
// The rare paths of the pull reader: escapes, UTF-8, values passed over, faults.

#include "oci/json_cursor.hpp"

#include <algorithm>
#include <charconv>
#include <system_error>

#include "core/text.hpp"
#include "core/utf8.hpp"

namespace crunc::oci {
namespace {

bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }
bool is_space(char c) noexcept { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

/// `text`, which is valid JSON, without the white space between its parts: it may have to stand in one line.
void append_compact(std::string& into, std::string_view text) {
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (!quoted && is_space(c)) continue;
    if (c == '"') quoted = !quoted;
    into += c;
    if (quoted && c == '\\') into += text[++i];
  }
}

}  // namespace

std::string escape_key(std::string_view key) {
  std::string step;
  for (const char c : key) {
    if (c == '~') {
      step += "~0";
    } else if (c == '/') {
      step += "~1";
    } else {
      step += c;
    }
  }
  return step;
}

std::string show_key(std::string_view key) {
  constexpr std::size_t most = 100;
  const bool is_cut = key.size() > most;
  if (is_cut) {
    std::size_t end = most;
    while (end > 0 && (static_cast<unsigned char>(key[end]) & 0xC0U) == 0x80U) --end;
    key = key.substr(0, end);
  }
  const bool has_control =
      std::ranges::any_of(key, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
  return (has_control ? escape_key(core::quote(key)) : escape_key(key)) + (is_cut ? "..." : "");
}

void JsonCursor::start(std::string_view text) {
  text_.resize(text.size() + padding);
  std::copy(text.begin(), text.end(), text_.begin());
  std::fill(text_.end() - static_cast<std::ptrdiff_t>(padding), text_.end(), '\0');
  at_ = text_.data();
  end_ = at_ + text.size();
  fault_.clear();
  path_.clear();
}

bool JsonCursor::finish() {
  skip_space();
  return at_ == end_ || fail("something follows the value");
}

void JsonCursor::skip_space() noexcept {
  while (is_space(*at_)) ++at_;
}

bool JsonCursor::null() { return (peek() == 'n' && take("null")) || fail("not a value"); }

/// From the opening quote on, with everything that a string may contain.
bool JsonCursor::decode_string(std::string& into) {
  into.clear();
  ++at_;
  for (;;) {
    const char* const stop = plain_end(at_);
    into.append(at_, stop);
    at_ = stop;
    if (*stop == '"') break;
    const bool good = *stop == '\\' ? decode_escape(into) : decode_utf8(into);
    if (!good) return false;
  }
  ++at_;
  return true;
}

bool JsonCursor::decode_utf8(std::string& into) {
  if (static_cast<unsigned char>(*at_) < 0x20) return fail("a control character in a string");
  const std::size_t length = core::character_length({at_, static_cast<std::size_t>(end_ - at_)});
  if (length == 0) return fail("invalid UTF-8");
  into.append(at_, length);
  at_ += length;
  return true;
}

bool JsonCursor::decode_escape(std::string& into) {
  static constexpr std::string_view names = "\"\\/bfnrt";
  static constexpr std::string_view values = "\"\\/\b\f\n\r\t";
  const char name = at_[1];
  if (const std::size_t found = names.find(name); name != '\0' && found != std::string_view::npos) {
    at_ += 2;
    into += values[found];
    return true;
  }
  unsigned code = 0;
  if (!decode_unit(code)) return false;
  if (code >= 0xDC00 && code < 0xE000) return fail("half of a surrogate pair");
  if (code >= 0xD800 && code < 0xDC00) {
    unsigned low = 0;
    if (at_[0] != '\\' || !decode_unit(low) || low < 0xDC00 || low > 0xDFFF) return fail("half of a surrogate pair");
    code = 0x10000 + ((code - 0xD800) << 10U) + (low - 0xDC00);
  }
  core::append_utf8(into, code);
  return true;
}

/// "\uXXXX"
bool JsonCursor::decode_unit(unsigned& unit) {
  if (at_[1] != 'u') return fail("an unknown escape in a string");
  const auto [stop, error] = std::from_chars(at_ + 2, at_ + 6, unit, 16);
  if (error != std::errc{} || stop != at_ + 6) return fail("an unknown escape in a string");
  at_ = stop;
  return true;
}

/// The longest text that JSON takes as a number.
bool JsonCursor::number_text(std::string_view& text) {
  skip_space();
  const char* at = at_;
  const auto digits = [&at] {
    const char* const first = at;
    while (is_digit(*at)) ++at;
    return at != first;
  };
  if (*at == '-') ++at;
  if (*at == '0' ? is_digit(*++at) : !digits()) return fail_value("a number");
  if (*at == '.' && (++at, !digits())) return fail_value("a number");
  if (*at == 'e' || *at == 'E') {
    ++at;
    if (*at == '+' || *at == '-') ++at;
    if (!digits()) return fail_value("a number");
  }
  text = {at_, static_cast<std::size_t>(at - at_)};
  return true;
}

bool JsonCursor::number(std::int64_t& into) {
  std::string_view text;
  if (!number_text(text)) return false;
  if (text.find_first_of(".eE") != std::string_view::npos) return fail("not a whole number");
  const auto value = core::parse_number<std::int64_t>(text);
  if (!value) return fail("out of the range of 64 bits");
  into = *value;
  at_ += text.size();
  return true;
}

bool JsonCursor::number(double& into) {
  std::string_view text;
  if (!number_text(text)) return false;
  if (std::from_chars(text.data(), text.data() + text.size(), into).ec != std::errc{}) {
    return fail("out of the range of a double");
  }
  at_ += text.size();
  return true;
}

bool JsonCursor::fail_number() {
  std::string_view text;
  if (!number_text(text)) return false;
  if (text.find_first_of(".eE") != std::string_view::npos) return fail("not a whole number");
  return fail(text.front() == '-' ? "negative" : "out of the range of 64 bits");
}

bool JsonCursor::skip(int depth) {
  std::string_view number;
  std::string ignored;
  switch (peek()) {
    case '{': return depth > 0 ? skip_members(depth - 1) : fail("nested too deeply");
    case '[': return depth > 0 ? skip_elements(depth - 1) : fail("nested too deeply");
    case '"': return string(ignored);
    case 'n': return null();
    case 't': return take("true") || fail("not a value");
    case 'f': return take("false") || fail("not a value");
    default:
      if (*at_ != '-' && !is_digit(*at_)) return fail("not a value");
      if (!number_text(number)) return false;
      at_ += number.size();
      return true;
  }
}

bool JsonCursor::skip_members(int depth) {
  ++at_;
  Step step = take_mark('}') ? Step::done : Step::more;
  std::string_view name;
  std::string scratch;
  while (step == Step::more) {
    if (!key(name, scratch)) return false;
    if (!skip(depth)) {
      within(name);
      return false;
    }
    step = next('}');
  }
  return step == Step::done;
}

bool JsonCursor::skip_elements(int depth) {
  ++at_;
  Step step = take_mark(']') ? Step::done : Step::more;
  for (std::size_t index = 0; step == Step::more; ++index) {
    if (!skip(depth)) {
      within(index);
      return false;
    }
    step = next(']');
  }
  return step == Step::done;
}

bool JsonCursor::capture(std::string& into) {
  skip_space();
  const char* const first = at_;
  if (!skip()) return false;
  into.clear();
  append_compact(into, {first, static_cast<std::size_t>(at_ - first)});
  return true;
}

bool JsonCursor::fail(const char* what) {
  if (!fault_.empty()) return false;
  fault_ = at_ >= end_ ? "the text ends too early" : what;
  fault_ += " (at byte " + std::to_string(at_ - text_.data()) + ")";
  return false;
}

bool JsonCursor::fail_value(const char* wanted) { return fail((std::string("not ") + wanted).c_str()); }

Step JsonCursor::fail_separator(char close) {
  fail(close == '}' ? "neither a comma nor the end of the object" : "neither a comma nor the end of the array");
  return Step::failed;
}

void JsonCursor::within(std::string_view name) { path_.insert(0, "/" + show_key(name)); }

void JsonCursor::within(std::size_t index) { path_.insert(0, "/" + std::to_string(index)); }

Error JsonCursor::error() const {
  return Error(Errc::malformed_output, path_.empty() ? fault_ : path_ + ": " + fault_);
}

}  // namespace crunc::oci
