// SPDX-License-Identifier: Apache-2.0
// What of the codec is no template: strings, places, complaints, and the text of documents.

#include "oci/codec.hpp"

#include <algorithm>
#include <cmath>

#include <boost/json/parse.hpp>
#include <boost/json/parser.hpp>
#include <boost/json/serialize.hpp>

#include "core/utf8.hpp"

namespace crunc::oci {
namespace {

/// What a value is, for people. Numbers are shown, for they are what is out of range; strings may be secrets.
std::string described(const json::value& value) {
  switch (value.kind()) {
    case json::kind::null: return "null";
    case json::kind::bool_: return "a boolean";
    case json::kind::string: return "a string";
    case json::kind::array: return "an array";
    case json::kind::object: return "an object";
    default: return json::serialize(value);
  }
}

/// Whether `good` is true of all numbers in it that Boost.JSON has as double.
bool all_doubles(const json::value& value, bool (*good)(double)) {
  if (const double* const number = value.if_double()) return good(*number);
  const auto all = [good](const json::value& each) { return all_doubles(each, good); };
  if (const json::array* const array = value.if_array()) return std::ranges::all_of(*array, all);
  if (const json::object* const object = value.if_object()) {
    return std::ranges::all_of(*object, [&all](const auto& member) { return all(member.value()); });
  }
  return true;
}

/// Whether all numbers in it can be written again: Boost.JSON reads 1e400 as infinity.
bool is_finite(const json::value& value) {
  return all_doubles(value, [](double number) { return std::isfinite(number); });
}

/// Whether Boost.JSON would spell a number anew: 1.10 as 1.1E0, one of more than 64 bits with other digits.
bool is_respelled(const json::value& value) {
  return !all_doubles(value, [](double) { return false; });
}

/// What a Writer's string begins with if it is no string but JSON text. No string of a user's does: it is not UTF-8.
constexpr char raw_mark = '\xff';

/// JSON text without white space between its parts.
std::optional<std::string> compact(std::string_view text) {
  JsonCursor in;
  std::string result;
  in.start(text);
  return in.capture(result) ? std::optional(std::move(result)) : std::nullopt;
}

bool enter_element(JsonCursor& in, std::size_t index) {
  if (!in.open('[', "an array")) return false;
  for (std::size_t i = 0; i < index; ++i) {
    if (!in.skip() || in.next(']') != Step::more) return false;
  }
  return true;
}

bool enter_member(JsonCursor& in, std::string_view key) {
  const char* found = nullptr;
  std::string_view name;
  std::string scratch;
  if (!in.open('{', "an object")) return false;
  for (Step step = in.take_mark('}') ? Step::done : Step::more; step != Step::done; step = in.next('}')) {
    if (step == Step::failed || !in.key(name, scratch)) return false;
    if (name == key) found = in.position();
    if (!in.skip()) return false;
  }
  if (found != nullptr) in.go_to(found);
  return found != nullptr;
}

void append_text(std::string& out, const json::value& value) {
  if (const json::string* const string = value.if_string(); string != nullptr && string->starts_with(raw_mark)) {
    out.append(string->begin() + 1, string->end());
  } else if (const json::object* const object = value.if_object()) {
    char mark = '{';
    for (const auto& [key, member] : *object) {
      out += std::exchange(mark, ',');
      out += json::serialize(json::string_view(key));
      out += ':';
      append_text(out, member);
    }
    out += mark == '{' ? "{}" : "}";
  } else if (const json::array* const array = value.if_array()) {
    char mark = '[';
    for (const json::value& element : *array) {
      out += std::exchange(mark, ',');
      append_text(out, element);
    }
    out += mark == '[' ? "[]" : "]";
  } else {
    out += json::serialize(value);
  }
}

}  // namespace

std::string Place::pointer() const {
  if (around_ == nullptr) return {};
  return around_->pointer() + '/' + (index_ ? std::to_string(*index_) : show_key(key_));
}

bool Place::find_in(JsonCursor& text) const {
  if (around_ == nullptr) return true;
  if (!around_->find_in(text)) return false;
  return index_ ? enter_element(text, *index_) : enter_member(text, key_);
}

void Complaint::add(const Place& place, const std::string& text) {
  if (!text_.empty()) return;
  const std::string pointer = place.pointer();
  text_ = pointer.empty() ? text : pointer + ": " + text;
}

void Complaint::expected(const Place& place, std::string_view wanted, const json::value& found) {
  if (text_.empty()) add(place, "expected " + std::string(wanted) + ", found " + described(found));
}

void Reader::read(const json::value& from, std::string& into, const Place& place) {
  if (!from.is_string()) return complaint_.expected(place, "a string", from);
  into = std::string_view(from.get_string());
}

void Reader::read(const json::value& from, bool& into, const Place& place) {
  if (!from.is_bool()) return complaint_.expected(place, "a boolean", from);
  into = from.get_bool();
}

const json::value* ObjectReader::find(std::string_view name) {
  asked_.push_back(name);
  const json::value* const value = object_.if_contains(name);
  return value == nullptr || value->is_null() ? nullptr : value;
}

std::map<std::string, std::string> ObjectReader::others() const {
  std::map<std::string, std::string> result;
  for (const auto& [key, value] : object_) {
    if (std::ranges::find(asked_, std::string_view(key)) != asked_.end()) continue;
    if (!is_finite(value)) reader_.complaint().add(Place(place_, key), "has a number that is too large");
    result.emplace(key, text_at(reader_.text(), Place(place_, key), value));
  }
  return result;
}

json::value Writer::write(const std::string& from, const Place& place) {
  if (!core::is_utf8(from)) complaint_.add(place, "not UTF-8");
  return json::value(from);
}

void Writer::check_key(const std::string& key, const Place& place) {
  if (!core::is_utf8(key)) complaint_.add(place, "a key that is not UTF-8");
}

void ObjectWriter::others(const std::map<std::string, std::string>& extra) {
  for (const auto& [key, text] : extra) {
    if (object_.contains(key)) continue;
    const Place place(place_, key);
    boost::system::error_code error;
    json::value value = json::parse(text, error);
    if (error || !is_finite(value)) writer_.complaint().add(place, "its text is not JSON");
    if (!core::is_utf8(key)) writer_.complaint().add(place, "a key that is not UTF-8");
    // As the caller spelled it.
    const auto raw = is_respelled(value) ? compact(text) : std::nullopt;
    object_.emplace(key, raw ? json::value(raw_mark + *raw) : std::move(value));
  }
}

Result<json::value> parse(std::string_view text, Errc code, json::storage_ptr memory) {
  // Boost.JSON's own limit of 32 levels holds, the last of equal keys wins, and text must be UTF-8.
  json::parser parser(std::move(memory));
  boost::system::error_code error;
  const std::size_t taken = parser.write(text.data(), text.size(), error);
  // The text itself is not for an error: a process has secrets in its environment.
  const std::string where = " at byte " + std::to_string(taken);
  if (error) return Error(code, "not JSON (" + error.message() + where + ")");
  return parser.release();
}

std::string to_text(const json::value& value) {
  std::string text;
  append_text(text, value);
  return text;
}

std::string text_at(std::string_view document, const Place& place, const json::value& value) {
  if (!is_respelled(value)) return json::serialize(value);
  JsonCursor in;
  in.start(document);
  std::string text;
  return place.find_in(in) && in.capture(text) ? text : json::serialize(value);
}

}  // namespace crunc::oci
