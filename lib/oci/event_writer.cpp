// SPDX-License-Identifier: Apache-2.0
// Writing of an event, by the same lists of fields by which it is read.

#include "oci/event_writer.hpp"

#include <charconv>
#include <chrono>
#include <cmath>
#include <concepts>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string_view>
#include <vector>

#include <boost/json/serialize.hpp>

#include "core/utf8.hpp"
#include "oci/stats_fields.hpp"

namespace crunc::oci {
namespace {

/// Whether there is something to write.
template <class T>
bool has_value(const std::optional<T>& value) noexcept {
  return value.has_value();
}
template <class T>
bool has_value(const T& value) noexcept requires requires {
  value.empty();
}
{ return !value.empty(); }
bool has_value(std::uint64_t value) noexcept { return value != 0; }
bool has_value(Limit value) noexcept { return !value.unlimited(); }

class Writer {
 public:
  explicit Writer(std::string& out) noexcept : out_(out) {}

  template <class Number>
  requires std::integral<Number> || std::floating_point<Number>
  void value(Number number) {
    if constexpr (std::floating_point<Number>) {
      if (!std::isfinite(number)) return text("null");  // JSON has no such number
    }
    char buffer[32];
    out_.append(buffer, std::to_chars(buffer, buffer + sizeof buffer, number).ptr);
  }
  void value(const std::string& string) {
    // A name of a device, or a container's id, may have any bytes in it.
    if (!core::is_utf8(string)) return value(core::to_utf8(string));
    out_ += boost::json::serialize(boost::json::string_view(string));
  }
  void value(Limit limit) { value(limit.printed()); }
  template <class Period>
  void value(std::chrono::duration<std::uint64_t, Period> duration) {
    value(duration.count());
  }
  template <class T>
  void value(const std::optional<T>& optional) {
    if (!optional) return text("null");
    value(*optional);
  }
  template <class T>
  void value(const std::vector<T>& elements) {
    char mark = '[';
    for (const T& element : elements) {
      out_ += mark;
      value(element);
      mark = ',';
    }
    text(mark == '[' ? "[]" : "]");
  }
  template <class T>
  void value(const std::map<std::string, T, std::less<>>& map) {
    char mark = '{';
    for (const auto& [name, each] : map) {
      start_member(mark, name);
      value(each);
    }
    end_members(mark);
  }
  template <Described T>
  void value(const T& object) {
    members(object, typename FieldsOf<T>::List{});
  }

  void text(std::string_view json) { out_ += json; }
  void start_member(char& mark, const std::string& name) {
    out_ += mark;
    mark = ',';
    value(name);
    out_ += ':';
  }
  void extra(char& mark, const ExtraMembers& members) {
    for (const auto& [name, json] : members) {
      start_member(mark, name);
      text(json);
    }
  }
  void end_members(char mark) { text(mark == '{' ? "{}" : "}"); }

 private:
  template <class T, class... F>
  void members(const T& object, Fields<F...>) {
    char mark = '{';
    (member<F>(mark, object.*F::member), ...);
    extra(mark, object.extra);
    end_members(mark);
  }
  template <class F, class T>
  void member(char& mark, const T& member) {
    if (F::written == Written::present && !has_value(member)) return;
    out_ += mark;
    mark = ',';
    text(F::quoted.text);
    value(member);
  }

  std::string& out_;
};

}  // namespace

std::string write_event(const Event& event) {
  std::string line;
  Writer writer(line);
  char mark = '{';
  writer.start_member(mark, "type");
  writer.value(event.type_text.empty() ? std::string(to_string(event.type)) : event.type_text);
  writer.start_member(mark, "id");
  writer.value(event.id);
  if (event.stats) {
    writer.start_member(mark, "data");
    writer.value(*event.stats);
  }
  writer.extra(mark, event.extra);
  writer.end_members(mark);
  return line;
}

}  // namespace crunc::oci
