// SPDX-License-Identifier: Apache-2.0
// Properties that many targets share.
#include "fuzz/check.hpp"

#include <algorithm>

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include "core/text.hpp"
#include "oci/json_cursor.hpp"

namespace crunc::fuzz {
namespace {

/// A pointer to what is wrong, which may be some levels deep, and an excerpt of it.
constexpr std::size_t longest_message = 4096;

bool has_double(const boost::json::value& value) {
  if (const auto* const array = value.if_array()) return std::ranges::any_of(*array, has_double);
  const auto* const object = value.if_object();
  if (object == nullptr) return value.is_double();
  return std::ranges::any_of(*object, [](const auto& member) { return has_double(member.value()); });
}

bool moves_the_cursor(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }

}  // namespace

void require(bool holds, std::string_view sentence, std::string_view of) {
  if (!holds)
    throw Violation("it is to be so: " + std::string(sentence) + (of.empty() ? "" : ": " + core::excerpt(of)));
}

void require_told(const Error& error, std::initializer_list<Errc> kinds) {
  const std::string message = error.message();
  require(std::ranges::find(kinds, error.code) != kinds.end(), "an error is of a kind that is told here", message);
  require(!error.reason.empty(), "an error has a reason", message);
  require(message.size() <= longest_message, "a message has a bounded length", message);
  require(std::ranges::none_of(message, moves_the_cursor), "a message is one line that can be printed", message);
}

bool is_json(std::string_view text) {
  oci::JsonCursor in;
  in.start(text);
  return in.skip(oci::JsonCursor::max_depth * 2) && in.finish();
}

bool has_doubles(std::string_view text) { return has_double(boost::json::parse(text)); }

Choices::Choices(std::string_view bytes) : state_(0xcbf29ce484222325U) {
  for (const char c : bytes) state_ = (state_ ^ static_cast<unsigned char>(c)) * 0x100000001b3U;  // FNV-1a
}

std::size_t Choices::below(std::size_t bound) {
  state_ = state_ * 6364136223846793005U + 1442695040888963407U;
  return (state_ >> 33U) % bound;
}

std::vector<std::string_view> pieces_of(std::string_view bytes, Choices& choices) {
  std::vector<std::string_view> pieces;
  while (!bytes.empty()) {
    const std::size_t size = std::min(bytes.size(), choices.below(64) + 1);
    pieces.push_back(bytes.substr(0, size));
    bytes.remove_prefix(size);
  }
  return pieces;
}

}  // namespace crunc::fuzz
