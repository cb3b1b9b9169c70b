// SPDX-License-Identifier: Apache-2.0
// Events: the stream in pieces, the lines, and the pull reader that they are read by.

#include <optional>
#include <string>
#include <vector>

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include "core/text.hpp"
#include "core/utf8.hpp"
#include "fuzz/check.hpp"
#include "fuzz/target.hpp"
#include "oci/event_reader.hpp"
#include "oci/event_writer.hpp"
#include "oci/json_cursor.hpp"
#include "runtime/decode.hpp"
#include "runtime/line_buffer.hpp"

namespace crunc::fuzz {
namespace {

namespace json = boost::json;

/// As Boost.JSON has it, which is the reader of everything that is no event; nothing for what is no JSON to it.
std::optional<json::value> by_boost(std::string_view text, std::size_t depth) {
  boost::system::error_code error;
  json::parse_options options;
  options.max_depth = depth;
  json::value value = json::parse(text, error, {}, options);
  return error ? std::nullopt : std::optional(std::move(value));
}

/// The lines that come out of a buffer into which `bytes` go in pieces, taken now and then.
std::vector<std::string> in_pieces(std::string_view bytes, std::size_t longest, Choices& choices) {
  runtime::LineBuffer buffer(longest);
  std::vector<std::string> lines;
  const auto take = [&] {
    while (const auto line = buffer.take()) lines.emplace_back(*line);
  };
  for (const std::string_view piece : pieces_of(bytes, choices)) {
    buffer.append(piece);
    if (choices.below(3) != 0) take();
  }
  buffer.finish();
  take();
  require(!buffer.take().has_value(), "a buffer is empty when all was taken");
  return lines;
}

void check_pieces(std::string_view bytes, std::size_t longest) {
  Choices choices(bytes);
  const std::vector<std::string_view> whole = core::split_lines(bytes);
  const std::vector<std::string> lines = in_pieces(bytes, longest, choices);
  require(lines.size() == whole.size(), "there are as many lines in pieces as in the whole");
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const bool may_be_cut = whole[i].size() >= longest && lines[i].size() >= longest;
    require(lines[i] == whole[i] || (may_be_cut && whole[i].starts_with(lines[i])),
            "a line is the same in pieces as in the whole, or cut where it is too long", whole[i]);
  }
}

void check_extra(const Stats& stats) {
  require_json(stats.extra);
  if (stats.cpu) require_json(stats.cpu->extra);
  if (stats.memory) require_json(stats.memory->extra);
  if (stats.pids) require_json(stats.pids->extra);
  if (stats.blkio) require_json(stats.blkio->extra);
}

void check_event(std::string_view line, const Event& event) {
  require(by_boost(line, oci::JsonCursor::max_depth * 2).has_value(), "an event is JSON", line);
  require(!event.type_text.empty(), "an event has a type");
  require_json(event.extra);
  if (event.stats) check_extra(*event.stats);
  const std::string written = oci::write_event(event);
  require(written.find('\n') == std::string::npos, "an event is written in one line", written);
  Event again;
  require(oci::EventReader().read(written, again).has_value(), "an event that was written can be read", written);
  require(again == event, "an event that is written is read the same", written);
}

}  // namespace

FUZZ_TARGET(events) {
  constexpr std::size_t short_line = 48;
  check_pieces(bytes, short_line);
  check_pieces(bytes, bytes.size() + 1);
  oci::EventReader reader;
  Event event;
  for (const std::string_view line : core::split_lines(bytes)) {
    Event fresh;
    const Result<void> read = reader.read(line, event);
    const Result<void> read_fresh = oci::EventReader().read(line, fresh);
    require(read.has_value() == read_fresh.has_value() && event == fresh, "a reader may be used again", line);
    if (is_refused(read)) {
      require(read.error().reason == read_fresh.error().reason, "a fault is told alike", line);
      require(event == Event{}, "of a line that cannot be read nothing is left", line);
      continue;
    }
    check_event(line, event);
    const Result<Stats> stats = runtime::decode_stats(line);
    if (!is_refused(stats)) require(event.stats == *stats, "stats are those of the event", line);
  }
}

FUZZ_TARGET(json) {
  oci::JsonCursor in;
  in.start(bytes);
  std::string text;
  const bool is_taken = in.capture(text) && in.finish();
  const std::optional<json::value> value = by_boost(bytes, oci::JsonCursor::max_depth);
  // Boost.JSON refuses exponents of ten digits, which a reader that keeps the text has no need to.
  const bool has_exponent = bytes.find_first_of("eE") != std::string_view::npos;
  require(is_taken || !value, "what Boost.JSON reads is JSON to the cursor, too", bytes);
  require(value || !is_taken || has_exponent, "what the cursor takes is JSON to Boost.JSON, too", bytes);
  if (!is_taken) return require_told(in.error(), {Errc::malformed_output});
  require(text.find('\n') == std::string::npos, "a text that is kept is one line", text);
  // 0e400 is no number to Boost.JSON, and so not even what it is itself.
  if (!value || *value != *value) return;
  require(by_boost(text, oci::JsonCursor::max_depth) == value, "a text that is kept means the same", text);
}

FUZZ_TARGET(utf8) {
  bool is_plain = true;
  for (const char c : bytes) is_plain = is_plain && c != '"' && c != '\\' && static_cast<unsigned char>(c) >= 0x20;
  if (!is_plain) return;
  const bool is_string = by_boost('"' + std::string(bytes) + '"', 1).has_value();
  require(is_string == core::is_utf8(bytes), "Boost.JSON and the library know alike what is UTF-8", bytes);
}

}  // namespace crunc::fuzz
