// SPDX-License-Identifier: Apache-2.0
// Structs from JSON and back. For each struct there is one list of its members, which serves both ways:
//
//   static void members(auto& each, Like<User> auto& of) {
//     each.member("uid", of.uid);
//     each.required("name", of.name);
//   }
//
// generate.py writes these lists. Nothing here throws for what a document or a struct holds; the first thing that is
// wrong is remembered, with its JSON Pointer.
#pragma once

#include <concepts>
#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <boost/json/monotonic_resource.hpp>
#include <boost/json/value.hpp>

#include <crunc/error.hpp>

#include "oci/json_cursor.hpp"

namespace crunc::oci {

namespace json = boost::json;

/// A `Type`, const (to write) or not (to read).
template <class T, class Type>
concept Like = std::same_as<std::remove_const_t<T>, Type>;

/// Where in a document: a key or an index, and the place around it. Lives on the stack; text is made for errors only.
class Place {
 public:
  Place() = default;
  Place(const Place& around, std::string_view key) : around_(&around), key_(key) {}
  Place(const Place& around, std::size_t index) : around_(&around), index_(index) {}

  /// As a JSON Pointer (RFC 6901), its keys as show_key() has them; empty for the root.
  [[nodiscard]] std::string pointer() const;
  /// Goes to the value that stands here, from the start of the text; of equal keys to the last.
  [[nodiscard]] bool find_in(JsonCursor& text) const;

 private:
  const Place* around_ = nullptr;
  std::string_view key_{};
  std::optional<std::size_t> index_{};
};

/// What is wrong with a document: the first complaint.
class Complaint {
 public:
  void add(const Place& place, const std::string& text);
  void expected(const Place& place, std::string_view wanted, const json::value& found);
  [[nodiscard]] const std::string& text() const noexcept { return text_; }

 private:
  std::string text_;
};

/// Fills values from JSON.
class Reader {
 public:
  /// @param text  the document that is read
  explicit Reader(std::string_view text) : text_(text) {}
  void read(const json::value& from, std::string& into, const Place& place);
  void read(const json::value& from, bool& into, const Place& place);
  template <std::integral T>
  void read(const json::value& from, T& into, const Place& place);
  template <class T>
  void read(const json::value& from, std::optional<T>& into, const Place& place) {
    read(from, into.emplace(), place);
  }
  template <class T>
  void read(const json::value& from, std::vector<T>& into, const Place& place);
  template <class T>
  void read(const json::value& from, std::map<std::string, T>& into, const Place& place);
  template <class T>
  void read(const json::value& from, T& into, const Place& place);

  [[nodiscard]] Complaint& complaint() noexcept { return complaint_; }
  [[nodiscard]] std::string_view text() const noexcept { return text_; }

 private:
  Complaint complaint_;
  std::string_view text_;
};

/// Takes the members of one JSON object by their names.
class ObjectReader {
 public:
  ObjectReader(Reader& reader, const json::object& object, const Place& place)
      : reader_(reader), object_(object), place_(place) {}

  template <class T>
  void member(std::string_view name, T& into) {
    if (const json::value* const value = find(name)) reader_.read(*value, into, Place(place_, name));
  }
  template <class T>
  void required(std::string_view name, T& into) {
    const json::value* const value = find(name);
    if (value == nullptr) return reader_.complaint().add(Place(place_, name), "missing");
    reader_.read(*value, into, Place(place_, name));
  }
  /// The members that were not asked for, each with its value as JSON text.
  [[nodiscard]] std::map<std::string, std::string> others() const;

 private:
  /// Null is the same as absent (Go's nil).
  const json::value* find(std::string_view name);

  Reader& reader_;
  const json::object& object_;
  const Place& place_;
  std::vector<std::string_view> asked_{};
};

/// Makes JSON of values.
class Writer {
 public:
  json::value write(const std::string& from, const Place& place);
  template <std::integral T>  // and bool
  json::value write(const T& from, const Place&) {
    return from;
  }
  template <class T>
  json::value write(const std::optional<T>& from, const Place& place) {
    return write(*from, place);
  }
  template <class T>
  json::value write(const std::vector<T>& from, const Place& place);
  template <class T>
  json::value write(const std::map<std::string, T>& from, const Place& place);
  template <class T>
  json::value write(const T& from, const Place& place);

  [[nodiscard]] Complaint& complaint() noexcept { return complaint_; }

 private:
  void check_key(const std::string& key, const Place& place);

  Complaint complaint_;
};

/// Puts members into one JSON object, but for those that are absent.
class ObjectWriter {
 public:
  ObjectWriter(Writer& writer, const Place& place) : writer_(writer), place_(place) {}

  template <class T>
  void member(std::string_view name, const T& from) {
    if (!is_absent(from)) required(name, from);
  }
  template <class T>
  void required(std::string_view name, const T& from) {
    object_.emplace(name, writer_.write(from, Place(place_, name)));
  }
  /// Adds members that are JSON text, unless they are there already.
  void others(const std::map<std::string, std::string>& extra);
  [[nodiscard]] json::object take() { return std::move(object_); }

 private:
  template <class T>
  static bool is_absent(const std::optional<T>& value) {
    return !value.has_value();
  }
  template <class Collection>
  static bool is_absent(const Collection& value) {
    return value.empty();
  }

  Writer& writer_;
  const Place& place_;
  json::object object_{};
};

template <std::integral T>
void Reader::read(const json::value& from, T& into, const Place& place) {
  using Limits = std::numeric_limits<T>;
  const std::int64_t* const number = from.if_int64();
  const std::uint64_t* const large = from.if_uint64();  // only if it is too large for the other
  if (number != nullptr && std::in_range<T>(*number)) {
    into = static_cast<T>(*number);
  } else if (large != nullptr && std::in_range<T>(*large)) {
    into = static_cast<T>(*large);
  } else if (from.is_number()) {
    const std::string range = std::to_string(Limits::min()) + " to " + std::to_string(Limits::max());
    complaint_.expected(place, "an integer from " + range, from);
  } else {
    complaint_.expected(place, "an integer", from);
  }
}

template <class T>
void Reader::read(const json::value& from, std::vector<T>& into, const Place& place) {
  if (!from.is_array()) return complaint_.expected(place, "an array", from);
  into.clear();
  into.reserve(from.get_array().size());
  for (const json::value& element : from.get_array()) {
    const Place here(place, into.size());
    read(element, into.emplace_back(), here);
  }
}

template <class T>
void Reader::read(const json::value& from, std::map<std::string, T>& into, const Place& place) {
  if (!from.is_object()) return complaint_.expected(place, "an object", from);
  into.clear();
  for (const auto& [key, value] : from.get_object()) read(value, into[key], Place(place, std::string_view(key)));
}

template <class T>
void Reader::read(const json::value& from, T& into, const Place& place) {
  if (!from.is_object()) return complaint_.expected(place, "an object", from);
  ObjectReader each(*this, from.get_object(), place);
  members(each, into);
  into.extra = each.others();
}

template <class T>
json::value Writer::write(const std::vector<T>& from, const Place& place) {
  json::array array;
  array.reserve(from.size());
  for (const T& element : from) array.push_back(write(element, Place(place, array.size())));
  return array;
}

template <class T>
json::value Writer::write(const std::map<std::string, T>& from, const Place& place) {
  json::object object;
  for (const auto& [key, value] : from) {
    const Place here(place, std::string_view(key));
    check_key(key, here);
    object.emplace(key, write(value, here));
  }
  return object;
}

template <class T>
json::value Writer::write(const T& from, const Place& place) {
  ObjectWriter each(*this, place);
  members(each, from);
  each.others(from.extra);
  return each.take();
}

/// Parses a whole document into memory of `memory`; fails with `code` for what is not one JSON value of sane depth.
[[nodiscard]] Result<json::value> parse(std::string_view text, Errc code, json::storage_ptr memory);
/// The text of a value that a Writer made.
[[nodiscard]] std::string to_text(const json::value& value);
/// The text of a value that stands at `place` of a document. Its numbers are spelled as they are there.
[[nodiscard]] std::string text_at(std::string_view document, const Place& place, const json::value& value);

/// Reads a whole document. `code` is what it fails with: whether the caller or a runtime wrote it.
template <class T>
Result<T> from_json(std::string_view text, Errc code) {
  json::monotonic_resource memory;
  const Result<json::value> document = parse(text, code, &memory);
  if (!document) return document.error();
  T value;
  Reader reader(text);
  reader.read(*document, value, Place());
  if (!reader.complaint().text().empty()) return Error(code, reader.complaint().text());
  return value;
}

template <class T>
Result<std::string> to_json(const T& value) {
  Writer writer;
  const json::value document = writer.write(value, Place());
  if (!writer.complaint().text().empty()) return Error(Errc::invalid_argument, writer.complaint().text());
  return to_text(document);
}

}  // namespace crunc::oci
