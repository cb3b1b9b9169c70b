// SPDX-License-Identifier: Apache-2.0
// The annotations org.systemd.property.NAME of a bundle.

#include <algorithm>
#include <cmath>

#include <crunc/cgroups/units.hpp>

#include "cgroups/systemd/gvariant.hpp"
#include "core/text.hpp"

namespace crunc::cgroups {
namespace systemd {
namespace {

constexpr std::string_view prefix = "org.systemd.property.";
/// More than any property needs, so that an error can be told before much is done.
constexpr std::size_t longest_value = 65536;

bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
bool is_letter(char c) { return is_lower(c) || (c >= 'A' && c <= 'Z'); }

bool is_property_name(std::string_view name) { return name.size() >= 3 && std::ranges::all_of(name, is_letter); }

/// Whether the name is one for people, such as TimeoutStopSec, which on D-Bus is TimeoutStopUSec.
bool is_in_seconds(std::string_view name) {
  return name.ends_with("Sec") && name.size() > 3 && is_lower(name[name.size() - 4]);
}

template <class Number>
std::vector<Number> numbers_of(const GVariant& value) {
  std::vector<Number> numbers;
  for (const GVariant::Item& item : value.items) numbers.push_back(static_cast<Number>(std::get<std::int64_t>(item)));
  return numbers;
}

std::vector<std::string> strings_of(const GVariant& value) {
  std::vector<std::string> strings;
  for (const GVariant::Item& item : value.items) strings.push_back(std::get<std::string>(item));
  return strings;
}

/// Nothing for a type that no property of a unit has.
std::optional<PropertyValue> to_property(const GVariant& value) {
  if (value.is_array) {
    switch (value.type) {
      case 'y': return numbers_of<std::uint8_t>(value);
      case 'u': return numbers_of<std::uint32_t>(value);
      case 's': return strings_of(value);
      default: return std::nullopt;
    }
  }
  const GVariant::Item& item = value.items.front();
  switch (value.type) {
    case 'b': return std::get<bool>(item);
    case 'i': return static_cast<std::int32_t>(std::get<std::int64_t>(item));
    case 'u': return static_cast<std::uint32_t>(std::get<std::int64_t>(item));
    case 'x': return std::get<std::int64_t>(item);
    case 't': return std::get<std::uint64_t>(item);
    case 'd': return std::get<double>(item);
    case 's': return std::get<std::string>(item);
    default: return std::nullopt;
  }
}

/// Microseconds of seconds; nothing for what is no time, or a longer one than systemd has.
std::optional<PropertyValue> to_microseconds(const GVariant& value) {
  constexpr std::uint64_t second = 1000000;
  if (value.is_array) return std::nullopt;
  if (const auto* const seconds = std::get_if<double>(&value.items.front())) {
    const double microseconds = std::round(*seconds * static_cast<double>(second));
    if (!(microseconds >= 0 && microseconds < 0x1p64)) return std::nullopt;
    return static_cast<std::uint64_t>(microseconds);
  }
  std::uint64_t seconds = 0;
  if (const auto* const number = std::get_if<std::uint64_t>(&value.items.front())) {
    seconds = *number;
  } else if (const auto* const other = std::get_if<std::int64_t>(&value.items.front()); other && *other >= 0) {
    seconds = static_cast<std::uint64_t>(*other);
  } else {
    return std::nullopt;
  }
  if (seconds > UINT64_MAX / second) return std::nullopt;
  return seconds * second;
}

Result<UnitProperty> to_unit_property(std::string_view name, std::string_view text) {
  const auto wrong = [](std::string_view why) { return Error(Errc::invalid_argument, std::string(why)); };
  if (!is_property_name(name)) return wrong("the name is none of a property: at least 3 letters");
  if (text.size() > longest_value) return wrong("the value is too long");
  const Result<GVariant> value = parse_gvariant(text);
  if (!value) return wrong("the value " + value.error().reason);
  UnitProperty property{.name = std::string(name)};
  if (is_in_seconds(name)) {
    property.name.replace(name.size() - 3, 3, "USec");
    std::optional<PropertyValue> time = to_microseconds(*value);
    if (!time) return wrong("the value is no time in seconds");
    property.value = std::move(*time);
    return property;
  }
  std::optional<PropertyValue> converted = to_property(*value);
  if (!converted) return wrong("the value has a type that no property of a unit has");
  property.value = std::move(*converted);
  return property;
}

}  // namespace
}  // namespace systemd

Result<std::vector<UnitProperty>> systemd_annotations(
    const std::vector<std::pair<std::string, std::string>>& annotations) {
  std::vector<UnitProperty> properties;
  for (const auto& [key, text] : annotations) {
    if (!key.starts_with(systemd::prefix)) continue;
    Result<UnitProperty> property =
        systemd::to_unit_property(std::string_view(key).substr(systemd::prefix.size()), text);
    if (!property) {
      return Error(Errc::invalid_argument, "annotation " + core::excerpt(key) + ": " + property.error().reason);
    }
    properties.push_back(std::move(*property));
  }
  return properties;
}

}  // namespace crunc::cgroups
