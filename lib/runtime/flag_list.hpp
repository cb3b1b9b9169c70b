// SPDX-License-Identifier: Apache-2.0
// How options become flags.
#pragma once

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/args.hpp"
#include "sys/unix_socket.hpp"

namespace crunc::runtime {

/// Collects flags in the spelling that every runtime takes: "--name value".
class FlagList {
 public:
  FlagList(Arguments& into, const BaseDirectory& base) : into_(into), base_(base) {}

  FlagList& flag(const char* name, bool present) {
    if (present) into_.flags.emplace_back(name);
    return *this;
  }
  FlagList& value(const char* name, std::string_view text) {
    if (!text.empty()) into_.flags.insert(into_.flags.end(), {name, std::string(text)});
    return *this;
  }
  FlagList& path(const char* name, const std::filesystem::path& path) { return value(name, resolve(path, base_)); }
  /// A unix socket that the runtime is to connect to.
  FlagList& socket(const char* name, const std::filesystem::path& socket) {
    const std::string path = resolve(socket, base_);
    if (path.size() > sys::longest_socket_path) {
      into_.long_socket = path;
      into_.needs.add(Feature::long_socket_path);
    }
    return value(name, path);
  }
  FlagList& number(const char* name, int number) { return number == 0 ? *this : value(name, std::to_string(number)); }
  template <class Number>
  FlagList& number(const char* name, const std::optional<Number>& number) {
    return number ? value(name, std::to_string(*number)) : *this;
  }
  FlagList& number(const char* name, const std::optional<std::chrono::microseconds>& time) {
    return time ? value(name, std::to_string(time->count())) : *this;
  }
  FlagList& needs(Feature feature, bool used) {
    if (used) into_.needs.add(feature);
    return *this;
  }
  template <class Range>
  FlagList& each(const char* name, const Range& values) {
    for (const std::string& text : values) into_.flags.insert(into_.flags.end(), {name, text});
    return *this;
  }
  /// The caller's own arguments: flags behind the others, and what stands behind the operands.
  template <class Options>
  void extra(const Options& options) {
    into_.flags.insert(into_.flags.end(), options.extra_args.begin(), options.extra_args.end());
    if constexpr (requires { options.tail_args; }) {
      into_.operands.insert(into_.operands.end(), options.tail_args.begin(), options.tail_args.end());
    }
  }

 private:
  Arguments& into_;
  const BaseDirectory& base_;
};

[[nodiscard]] inline Arguments of_container(const char* verb, std::string_view id) {
  return {.verb = verb, .flags = {}, .operands = {std::string(id)}};
}

/// A document for the runtime, or why it cannot be one.
inline void add_document(Arguments& into, std::optional<std::string>& place, Result<std::string> document) {
  if (document) {
    place = std::move(*document);
  } else {
    into.fault = std::move(document).error();
    into.fault->operation = into.verb;
  }
}

/// How many descriptors from 3 on the runtime hands to the container.
template <class Options>
[[nodiscard]] int preserved_fds(const Options& options) {
  return options.extra_fds.empty() ? options.preserve_fds : static_cast<int>(options.extra_fds.size());
}

}  // namespace crunc::runtime
