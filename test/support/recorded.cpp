// SPDX-License-Identifier: Apache-2.0
//
// Reduces outputs to what a runtime's version decides, so that two of them can be compared.
#include "support/recorded.hpp"

#include <algorithm>
#include <iterator>
#include <set>
#include <sstream>

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

namespace crunc::test {
namespace {

namespace json = boost::json;

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_blank(char c) { return c == ' ' || c == '\t'; }

const char* kind_name(const json::value& value) {
  switch (value.kind()) {
    case json::kind::null: return "null";
    case json::kind::bool_: return "boolean";
    case json::kind::string: return "string";
    case json::kind::array: return "array";
    case json::kind::object: return "object";
    default: return "number";
  }
}

void collect(const json::value& value, const std::string& place, const std::vector<std::string>& maps,
             std::set<std::string>& out) {
  out.insert(place + ": " + kind_name(value));
  if (const auto* const object = value.if_object()) {
    const bool is_map = std::find(maps.begin(), maps.end(), place) != maps.end();
    for (const auto& [key, member] : *object) {
      collect(member, place + '/' + (is_map ? "*" : std::string(key)), maps, out);
    }
  } else if (const auto* const array = value.if_array()) {
    for (const json::value& element : *array) collect(element, place + "[]", maps, out);
  }
}

std::vector<std::string> lines_of(std::string_view text) {
  std::istringstream in{std::string(text)};
  std::vector<std::string> lines;
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

}  // namespace

std::string without_numbers(std::string_view text) {
  std::string out;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char c = text[at];
    const char before = out.empty() ? '\n' : out.back();
    if (is_digit(c)) {
      if (at == 0 || !is_digit(text[at - 1])) out += 'N';
    } else if (is_blank(c)) {
      if (before != ' ' && before != '\n') out += ' ';
    } else if (c == '\n') {
      if (before == ' ') out.pop_back();
      if (!out.empty() && out.back() != '\n') out += '\n';
    } else {
      out += c;
    }
  }
  while (!out.empty() && (out.back() == '\n' || out.back() == ' ')) out.pop_back();
  return out;
}

std::vector<std::string> places(std::string_view text, const std::vector<std::string>& maps) {
  std::set<std::string> out;
  collect(json::parse(text), "", maps, out);
  return {out.begin(), out.end()};
}

std::vector<std::string> unknown_lines(const std::vector<std::string>& lines, const std::vector<std::string>& known) {
  const std::set<std::string> have(known.begin(), known.end());
  std::set<std::string> unknown;
  std::copy_if(lines.begin(), lines.end(), std::inserter(unknown, unknown.end()),
               [&have](const std::string& line) { return !have.contains(line); });
  return {unknown.begin(), unknown.end()};
}

std::string first_difference(std::string_view recorded, std::string_view today) {
  const auto before = lines_of(recorded);
  const auto now = lines_of(today);
  const std::size_t most = std::max(before.size(), now.size());
  for (std::size_t at = 0; at < most; ++at) {
    const std::string was = at < before.size() ? before[at] : "(end)";
    const std::string is = at < now.size() ? now[at] : "(end)";
    if (was != is) return "line " + std::to_string(at + 1) + "\n  recorded: " + was + "\n  today:    " + is;
  }
  return {};
}

}  // namespace crunc::test
