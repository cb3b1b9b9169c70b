// SPDX-License-Identifier: Apache-2.0
// Values in GVariant's text format: types, arrays, and what type an array without one has.

#include "cgroups/systemd/gvariant.hpp"

#include <algorithm>

#include "cgroups/systemd/gvariant_scalar.hpp"
#include "core/text.hpp"

namespace crunc::cgroups::systemd {
namespace {

constexpr std::string_view blanks = " \t\r\n";
constexpr std::string_view word_ends = " \t\r\n,[]'\"";
constexpr std::string_view basic_types = "bynqiuxtds";

struct TypeName {
  std::string_view word;
  char type;
};

constexpr TypeName type_names[] = {
    {"boolean", 'b'}, {"byte", 'y'},  {"int16", 'n'},  {"uint16", 'q'}, {"int32", 'i'},
    {"uint32", 'u'},  {"int64", 'x'}, {"uint64", 't'}, {"double", 'd'}, {"string", 's'},
};

/// A value as it is written, its type still open.
struct Literal {
  enum class Kind : std::uint8_t { boolean, number, string };
  Kind kind;
  std::string text;
};

/// The type that it has when nothing else is said.
char usual_type(const Literal& literal) {
  switch (literal.kind) {
    case Literal::Kind::boolean: return 'b';
    case Literal::Kind::string: return 's';
    case Literal::Kind::number: break;
  }
  return looks_like_double(literal.text) ? 'd' : 'i';
}

std::optional<GVariant::Item> to_item(const Literal& literal, char type) {
  switch (literal.kind) {
    case Literal::Kind::boolean:
      return type == 'b' ? std::optional<GVariant::Item>(literal.text == "true") : std::nullopt;
    case Literal::Kind::string: return type == 's' ? std::optional<GVariant::Item>(literal.text) : std::nullopt;
    case Literal::Kind::number: break;
  }
  return parse_gvariant_number(literal.text, type);
}

/// Reads one text from its front to its end. What fails has said why in `fault`.
class Reader {
 public:
  explicit Reader(std::string_view text) : rest_(core::trim(text)) {}

  Result<GVariant> read() {
    if (!read_type(true) || !read_value() || !at_end() || !convert()) {
      return Error(Errc::invalid_argument, std::move(fault_));
    }
    return std::move(value_);
  }

 private:
  bool fail(std::string why) {
    fault_ = std::move(why);
    return false;
  }

  void skip_blanks() { rest_.remove_prefix(std::min(rest_.find_first_not_of(blanks), rest_.size())); }

  bool take(char mark) {
    skip_blanks();
    if (!rest_.starts_with(mark)) return false;
    rest_.remove_prefix(1);
    return true;
  }

  bool at_end() {
    skip_blanks();
    return rest_.empty() || fail("has " + core::excerpt(rest_) + " behind its end");
  }

  std::string_view peek_word() {
    skip_blanks();
    return rest_.substr(0, rest_.find_first_of(word_ends));
  }

  /// One type for all: that of an array's items is the same wherever it is said.
  bool set_type(char type) {
    if (value_.type != 0 && value_.type != type) return fail("has two types");
    value_.type = type;
    return true;
  }

  /// "uint64" or "@t", if one is there; "@as" where an array may be.
  bool read_type(bool outermost) {
    const std::string_view word = peek_word();
    if (!word.starts_with('@')) {
      const auto* const named = std::ranges::find(type_names, word, &TypeName::word);
      if (named == std::end(type_names)) return true;
      rest_.remove_prefix(word.size());
      must_be_single_ = outermost;
      return set_type(named->type);
    }
    std::string_view type = word.substr(1);
    must_be_array_ = outermost && type.starts_with('a');
    must_be_single_ = outermost && !must_be_array_;
    if (must_be_array_) type.remove_prefix(1);
    if (type.size() != 1 || basic_types.find(type.front()) == std::string_view::npos) {
      return fail("has " + core::excerpt(word) + ", which is no type that is read here");
    }
    rest_.remove_prefix(word.size());
    return set_type(type.front());
  }

  bool read_value() {
    if (!take('[')) return must_be_array_ ? fail("is no array") : read_literal();
    if (must_be_single_) return fail("is an array, which its type is not");
    value_.is_array = true;
    if (take(']')) return value_.type != 0 || fail("has no type, which an empty array needs: @as []");
    do {
      if (!read_type(false) || !read_literal()) return false;
    } while (take(','));
    return take(']') || fail("has no ']' where one is due");
  }

  bool read_literal() {
    skip_blanks();
    if (rest_.starts_with('\'') || rest_.starts_with('"')) {
      std::optional<std::string> text = take_gvariant_string(rest_);
      if (!text) return fail("has a string that is none");
      literals_.push_back({Literal::Kind::string, std::move(*text)});
      return true;
    }
    const std::string_view word = peek_word();
    if (word.empty()) return fail("has no value where one is due");
    const bool is_boolean = word == "true" || word == "false";
    literals_.push_back({is_boolean ? Literal::Kind::boolean : Literal::Kind::number, std::string(word)});
    rest_.remove_prefix(word.size());
    return true;
  }

  /// Of numbers without a type one double makes doubles of all.
  void choose_type() {
    if (value_.type != 0) return;
    for (const Literal& literal : literals_) {
      const char type = usual_type(literal);
      if (value_.type == 0 || type == 'd') value_.type = type;
    }
  }

  bool convert() {
    choose_type();
    for (const Literal& literal : literals_) {
      std::optional<GVariant::Item> item = to_item(literal, value_.type);
      if (!item) return fail("has " + core::excerpt(literal.text) + ", which is none of type " + value_.type);
      value_.items.push_back(std::move(*item));
    }
    return true;
  }

  std::string_view rest_;
  GVariant value_;
  std::vector<Literal> literals_;
  bool must_be_array_ = false;
  bool must_be_single_ = false;
  std::string fault_;
};

}  // namespace

Result<GVariant> parse_gvariant(std::string_view text) { return Reader(text).read(); }

}  // namespace crunc::cgroups::systemd
