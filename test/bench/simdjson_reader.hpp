// SPDX-License-Identifier: Apache-2.0
// A stats line by simdjson's on-demand parser.
#pragma once

#include <simdjson.h>

#include <cstdint>
#include <cstring>
#include <string_view>
#include <vector>

#include "stats_walk.hpp"

namespace crunc::bench {

struct Simdjson {
  using Value = simdjson::ondemand::value;
  static void members(auto& value, auto&& f) {
    for (auto field : value.get_object()) {
      const simdjson::ondemand::raw_json_string key = field.key();
      f(key, Value(field.value().value()));
    }
  }
  static void named(Value value, auto&& f) {
    for (auto field : value.get_object()) {
      const std::string_view key = field.unescaped_key();
      f(key, Value(field.value().value()));
    }
  }
  static void elements(Value value, auto&& f) {
    for (auto each : value.get_array()) f(each.value());
  }
  static std::uint64_t count(Value value) { return value.get_uint64(); }
  static std::int64_t number(Value value) { return value.get_int64(); }
  static std::string_view text(Value value) { return value.get_string(); }
};

/// Throws simdjson_error at what is wrong.
class SimdjsonReader {
 public:
  void read(std::string_view line, Event& event) {
    text_.resize(line.size() + simdjson::SIMDJSON_PADDING);
    std::memcpy(text_.data(), line.data(), line.size());
    simdjson::ondemand::document document = parser_.iterate(text_.data(), line.size(), text_.size());
    StatsWalk<Simdjson>::event(document, event);
  }

 private:
  simdjson::ondemand::parser parser_;
  std::vector<char> text_;
};

}  // namespace crunc::bench
