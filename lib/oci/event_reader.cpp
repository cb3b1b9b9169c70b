// SPDX-License-Identifier: Apache-2.0
// The envelope of an event. What is in it is read by the fields of Stats.

#include "oci/event_reader.hpp"

#include <array>
#include <optional>
#include <utility>

#include "oci/stats_fields.hpp"
#include "oci/stream_reader.hpp"

namespace crunc::oci {

namespace {

constexpr std::array type_names{
    std::pair{EventType::stats, "stats"},
    std::pair{EventType::oom, "oom"},
};

EventType parse_type(std::string_view text) noexcept {
  for (const auto& [type, name] : type_names) {
    if (name == text) return type;
  }
  return EventType::other;
}

}  // namespace

Result<void> EventReader::read(std::string_view line, Event& event) {
  in_.start(line);
  if (read_line(event)) return {};
  event = Event{};
  return in_.error();
}

bool EventReader::read_line(Event& event) {
  event.type = EventType::other;
  event.type_text.clear();
  event.id.clear();
  event.extra.clear();
  data_ = nullptr;
  decoded_ = false;
  first_ = in_.position();
  if (!in_.open('{', "an object")) return false;
  Step step = in_.take_mark('}') ? Step::done : Step::more;
  std::string_view name;
  while (step == Step::more) {
    if (!in_.key(name, scratch_)) return false;
    if (!read_member(name, event)) {
      in_.within(name);
      return false;
    }
    step = in_.next('}');
  }
  return step == Step::done && in_.finish() && settle_data(event);
}

bool EventReader::read_member(std::string_view name, Event& event) {
  if (name == "data") return read_data(event);
  if (name != "type" && name != "id") return in_.capture(event.extra[std::string(name)]);
  std::string& text = name == "id" ? event.id : event.type_text;
  if (in_.peek() == 'n') {
    text.clear();
    if (!in_.null()) return false;
  } else if (!in_.string(text)) {
    return false;
  }
  event.type = parse_type(event.type_text);
  return true;
}

/// Decodes the data in passing if the type is known by now, as it is in all that runc prints.
bool EventReader::read_data(Event& event) {
  decoded_ = false;
  data_ = nullptr;
  if (in_.peek() == 'n') return in_.null();
  data_ = in_.position();
  decoded_ = event.type != EventType::other;
  return decoded_ ? read_stats(event) : in_.skip();
}

bool EventReader::read_stats(Event& event) { return StreamReader(in_).value(event.stats); }

/// The type is known for good only at the end of the line: what the data is depends on it.
bool EventReader::settle_data(Event& event) {
  if (event.type_text.empty()) {
    in_.go_to(first_);
    in_.fail("missing or empty");
    in_.within("type");
    return false;
  }
  const bool is_stats = event.type != EventType::other && data_ != nullptr;
  if (!is_stats) event.stats.reset();
  if (data_ == nullptr || (is_stats && decoded_)) return true;
  in_.go_to(data_);
  if (!is_stats) return in_.capture(event.extra["data"]);
  if (read_stats(event)) return true;
  in_.within("data");
  return false;
}

}  // namespace crunc::oci

namespace crunc {

const char* to_string(EventType type) noexcept {
  for (const auto& [known, name] : oci::type_names) {
    if (known == type) return name;
  }
  return "other";
}

}  // namespace crunc
