// SPDX-License-Identifier: Apache-2.0
// Rows are read from both ends towards the bundle, the only cell that may have anything in it.

#include "runtime/container_table.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "core/text.hpp"
#include "runtime/decode.hpp"

namespace crunc::runtime {
namespace {

constexpr std::array<std::string_view, 6> header{"ID", "PID", "STATUS", "BUNDLE", "CREATED", "CREATOR"};
constexpr std::string_view gap = "  ";  // at least so much is between two cells

/// Takes the first word off the front.
std::string_view take_word(std::string_view& line) {
  line = core::trim(line);
  const std::string_view word = line.substr(0, line.find(' '));
  line.remove_prefix(word.size());
  return word;
}

/// Takes the last word off the end.
std::string_view take_last_word(std::string_view& line) {
  line = core::trim(line);
  const std::size_t blank = line.rfind(' ');
  const std::string_view word = blank == std::string_view::npos ? line : line.substr(blank + 1);
  line.remove_suffix(word.size());
  return word;
}

/// The cells behind the bundle, off the end: when it was made and by whom, where these are known.
void take_origin(std::string_view& rest, Container& container) {
  std::string_view shorter = rest;
  const std::string_view last = take_last_word(shorter);
  container.created = core::parse_rfc3339(last);
  if (container.created) {
    rest = shorter;
    return;
  }
  const std::string_view before_last = take_last_word(shorter);
  container.created = core::parse_rfc3339(before_last);
  if (container.created) {
    rest = shorter;
    container.owner = last;
  } else if (const std::size_t blanks = rest.rfind(gap); blanks != std::string_view::npos) {
    container.owner = core::trim(rest.substr(blanks));
    rest = rest.substr(0, blanks);
  }
}

Result<Container> read_row(std::string_view line) {
  Container container;
  std::string_view rest = line;
  container.id = take_word(rest);
  std::string_view word = take_word(rest);
  if (const auto pid = core::parse_number<pid_t>(word); pid && *pid > 0) {
    container.pid = *pid;
    word = take_word(rest);
  }
  // In lower case, as youki's own `state` has it.
  container.status_text = core::to_lower(word);
  container.status = parse_status(word);
  rest = core::trim(rest);
  take_origin(rest, container);
  container.bundle = core::trim(rest);
  if (container.status == Status::other || !container.bundle.starts_with('/')) {
    return Error(Errc::malformed_output, "not a row of the table: " + core::excerpt(line));
  }
  return container;
}

}  // namespace

bool is_container_table(std::string_view text) {
  std::string_view line = text.substr(0, text.find('\n'));
  return std::ranges::all_of(header, [&line](std::string_view title) { return take_word(line) == title; });
}

Result<std::vector<Container>> decode_container_table(std::string_view text) {
  std::vector<Container> containers;
  const std::vector<std::string_view> lines = core::split_lines(text);
  for (std::size_t i = 1; i < lines.size(); ++i) {
    if (core::trim(lines[i]).empty()) continue;
    Result<Container> container = read_row(lines[i]);
    if (!container) return std::move(container).error();
    containers.push_back(std::move(*container));
  }
  return containers;
}

}  // namespace crunc::runtime
