// SPDX-License-Identifier: Apache-2.0
// Keys of a live view.

#include "view/keys.hpp"

namespace crunc::cli {
namespace {

constexpr char ctrl_c = 0x03;
constexpr char ctrl_u = 0x15;
constexpr char ctrl_z = 0x1A;
constexpr char escape = 0x1B;
constexpr char erase = 0x7F;

}  // namespace

Wish Keys::type(std::string_view bytes) {
  Wish wish = Wish::none;
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    if (is_in_sequence(bytes[at], at + 1 == bytes.size())) continue;
    const Wish next = type_byte(bytes[at]);
    if (next != Wish::none) wish = next;
    if (wish > Wish::redraw) break;
  }
  return wish;
}

bool Keys::is_in_sequence(char byte, bool last) {
  if (escape_ == Escape::none) {
    // By itself, and the last that was typed, it is the key.
    if (byte != escape || last) return false;
    escape_ = Escape::begun;
  } else if (escape_ == Escape::begun) {
    escape_ = byte == '[' || byte == 'O' ? Escape::inside : Escape::none;
  } else if (byte >= '@' && byte <= '~') {
    escape_ = Escape::none;
  }
  return true;
}

Wish Keys::type_byte(char byte) {
  if (byte == ctrl_c) return Wish::interrupt;
  if (byte == ctrl_z) return Wish::suspend;
  if (filtering_) return type_filter(byte);
  if (byte == 'q') return Wish::quit;
  if (byte == '/') {
    filtering_ = true;
  } else if (byte == 'r') {
    order_.reverse = !order_.reverse;
  } else if (byte == escape) {
    order_.filter.clear();
  } else if (sorts_.find(byte) != std::string::npos) {
    order_.sort = byte;
  } else {
    return Wish::none;
  }
  return Wish::redraw;
}

Wish Keys::type_filter(char byte) {
  if (byte == '\r' || byte == '\n') {
    filtering_ = false;
  } else if (byte == escape) {
    filtering_ = false;
    order_.filter.clear();
  } else if (byte == erase || byte == '\b') {
    if (!order_.filter.empty()) order_.filter.pop_back();
  } else if (byte == ctrl_u) {
    order_.filter.clear();
  } else if (byte >= ' ' && byte <= '~') {
    order_.filter += byte;
  }
  return Wish::redraw;
}

}  // namespace crunc::cli
