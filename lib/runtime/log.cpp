// SPDX-License-Identifier: Apache-2.0
// Reading of log lines. runc: level, msg, time. crun: msg, level, time. youki: timestamp, level in capitals, message.

#include "runtime/log.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include "core/text.hpp"

namespace crunc::runtime {
namespace {

namespace json = boost::json;

std::string text_of(const json::object& object, std::initializer_list<const char*> keys) {
  for (const char* const key : keys) {
    if (const json::value* const found = object.if_contains(key); found != nullptr && found->is_string()) {
      return std::string(found->get_string());
    }
  }
  return {};
}

LogEntry parse_line(std::string_view line) {
  boost::system::error_code error;
  const json::value value = json::parse(line, error);
  if (error || !value.is_object()) return {.level = {}, .message = std::string(line), .time = {}};
  const json::object& object = value.get_object();
  LogEntry entry{.level = core::to_lower(text_of(object, {"level"})),
                 .message = text_of(object, {"msg", "message"}),
                 .time = text_of(object, {"time", "timestamp"})};
  while (entry.message.ends_with('\n')) entry.message.pop_back();
  return entry;
}

}  // namespace

std::vector<LogEntry> parse_log(std::string_view text) {
  std::vector<LogEntry> entries;
  for (const std::string_view whole : core::split_lines(text)) {
    const std::string_view line = core::trim(whole);
    if (!line.empty()) entries.push_back(parse_line(line));
  }
  return entries;
}

namespace {

/// As logrus has it: in quotes unless it is one plain word.
std::string word(const std::string& text) {
  constexpr std::string_view plain = "abcdefghijklmnopqrstuvwxyz";
  const bool is_plain = !text.empty() && text.find_first_not_of(plain) == std::string::npos;
  return is_plain ? text : core::quote(text);
}

}  // namespace

bool is_error(const LogEntry& entry) noexcept {
  return entry.level == "error" || entry.level == "fatal" || entry.level == "panic";
}

std::string format_log_as_text(const std::vector<LogEntry>& entries) {
  std::string text;
  for (const LogEntry& entry : entries) {
    if (entry.level.empty() && entry.message.find('\n') == std::string::npos) {
      text += entry.message;
    } else {
      text += "time=" + core::quote(entry.time) + " level=" + word(entry.level) + " msg=" + core::quote(entry.message);
    }
    text += '\n';
  }
  return text;
}

}  // namespace crunc::runtime
