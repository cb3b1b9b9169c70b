// SPDX-License-Identifier: Apache-2.0
// A stats line by RapidJSON's document, parsed in place, its memory used again. UTF-8 is checked, as all others do.
#pragma once

#include <rapidjson/document.h>

#include <array>
#include <cstdint>
#include <stdexcept>
#include <string_view>
#include <vector>

#include "stats_walk.hpp"

namespace crunc::bench {

struct Rapidjson {
  using Value = const rapidjson::Value&;
  static void members(Value value, auto&& f) {
    need(value.IsObject());
    for (auto at = value.MemberBegin(); at != value.MemberEnd(); ++at) f(text(at->name), at->value);
  }
  static void named(Value value, auto&& f) { members(value, f); }
  static void elements(Value value, auto&& f) {
    need(value.IsArray());
    for (auto at = value.Begin(); at != value.End(); ++at) f(*at);
  }
  static std::uint64_t count(Value value) {
    need(value.IsUint64());
    return value.GetUint64();
  }
  static std::int64_t number(Value value) {
    need(value.IsInt64());
    return value.GetInt64();
  }
  static std::string_view text(Value value) {
    need(value.IsString());
    return {value.GetString(), value.GetStringLength()};
  }
  static void need(bool good) {
    if (!good) throw std::runtime_error("of another kind");
  }
};

/// Throws std::runtime_error at what is wrong.
class RapidjsonReader {
 public:
  void read(std::string_view line, Event& event) {
    text_.assign(line.begin(), line.end());
    text_.push_back('\0');
    pool_.Clear();
    document_.ParseInsitu<rapidjson::kParseValidateEncodingFlag>(text_.data());
    Rapidjson::need(!document_.HasParseError());
    StatsWalk<Rapidjson>::event(document_, event);
  }

 private:
  std::vector<char> text_;
  std::array<char, 1U << 16U> memory_{};
  rapidjson::MemoryPoolAllocator<> pool_{memory_.data(), memory_.size()};
  rapidjson::Document document_{&pool_};
};

}  // namespace crunc::bench
