// SPDX-License-Identifier: Apache-2.0
// Resources merged as JSON, so that no member can be forgotten.

#include "oci/merge.hpp"

#include <algorithm>
#include <array>

#include <boost/json/monotonic_resource.hpp>

#include "oci/codec.hpp"

namespace crunc::oci {
namespace {

/// Whether two entries of a list are about the same thing.
bool is_same_thing(const json::value& a, const json::value& b) {
  if (!a.is_object() || !b.is_object()) return false;
  constexpr std::array<std::string_view, 4> names{"major", "minor", "name", "pageSize"};
  return std::all_of(names.begin(), names.end(), [&](std::string_view name) {
    const json::value* const in_a = a.get_object().if_contains(name);
    const json::value* const in_b = b.get_object().if_contains(name);
    return in_a == nullptr || in_b == nullptr ? in_a == in_b : *in_a == *in_b;
  });
}

void merge_value(json::value& base, const json::value& changes, std::string_view key);

void merge_list(json::array& base, const json::array& changes) {
  for (const json::value& change : changes) {
    const auto same =
        std::find_if(base.begin(), base.end(), [&](const auto& old) { return is_same_thing(old, change); });
    if (same == base.end()) {
      base.push_back(change);
    } else {
      merge_value(*same, change, {});
    }
  }
}

void merge_value(json::value& base, const json::value& changes, std::string_view key) {
  if (base.is_object() && changes.is_object()) {
    for (const auto& [name, value] : changes.get_object()) merge_value(base.get_object()[name], value, name);
  } else if (base.is_array() && changes.is_array() && key != "devices") {
    merge_list(base.get_array(), changes.get_array());
  } else {
    base = changes;
  }
}

Result<json::value> to_value(const LinuxResources& resources, json::storage_ptr memory) {
  const Result<std::string> text = write(resources);
  if (!text) return text.error();
  return parse(*text, Errc::invalid_argument, std::move(memory));
}

}  // namespace

Result<LinuxResources> merge(const LinuxResources& base, const LinuxResources& changes) {
  json::monotonic_resource memory;
  Result<json::value> into = to_value(base, &memory);
  if (!into) return into.error();
  const Result<json::value> from = to_value(changes, &memory);
  if (!from) return from.error();
  merge_value(*into, *from, {});
  return read_linux_resources(to_text(*into));
}

}  // namespace crunc::oci
