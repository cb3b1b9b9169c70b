// SPDX-License-Identifier: Apache-2.0
// What keys do to a live view. Pure: what is typed goes in, how the view is to be shown comes out.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace crunc::cli {

/// How a view is shown.
struct Order {
  char sort = 'c';       ///< a view's key: c for CPU, and so on
  bool reverse = false;  ///< smallest first, or names backwards
  std::string filter{};  ///< only what has this in it
};

enum class Wish : std::uint8_t {
  none,
  redraw,
  quit,
  interrupt,  ///< Ctrl-C, which a raw terminal hands on as a key
  suspend     ///< Ctrl-Z
};

class Keys {
 public:
  /// @param sorts  the keys by which this view can be sorted, such as "cmipn"
  Keys(Order order, std::string sorts) : order_(std::move(order)), sorts_(std::move(sorts)) {}

  /// Take what was typed.
  [[nodiscard]] Wish type(std::string_view bytes);

  [[nodiscard]] const Order& order() const noexcept { return order_; }
  /// The filter is being typed.
  [[nodiscard]] bool is_filtering() const noexcept { return filtering_; }

 private:
  Wish type_byte(char byte);
  Wish type_filter(char byte);
  /// Arrows and the like, which come as several bytes and mean nothing here; whether the byte is part of one.
  bool is_in_sequence(char byte, bool last);

  Order order_;
  std::string sorts_;
  bool filtering_ = false;
  enum class Escape : std::uint8_t { none, begun, inside } escape_ = Escape::none;
};

}  // namespace crunc::cli
