// SPDX-License-Identifier: Apache-2.0
// One JSON object on one line, member by member in the order in which they are added.
#pragma once

#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace crunc::cli {

class JsonLine {
 public:
  explicit JsonLine(std::string_view schema) { add("schema", schema); }

  JsonLine& add(std::string_view key, std::string_view text);
  JsonLine& add(std::string_view key, double number);
  JsonLine& add(std::string_view key, std::integral auto number) {
    put_key(key);
    line_ += std::to_string(number);
    return *this;
  }
  /// null where there is none.
  template <class T>
  JsonLine& add(std::string_view key, const std::optional<T>& value) {
    if (value) return add(key, *value);
    put_key(key);
    line_ += "null";
    return *this;
  }

  [[nodiscard]] std::string text() const { return line_ + "}"; }

 private:
  void put_key(std::string_view key);
  std::string line_{};
};

}  // namespace crunc::cli
