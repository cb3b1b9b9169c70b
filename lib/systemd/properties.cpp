// SPDX-License-Identifier: Apache-2.0
// Each type of property on a message, and the property that a refusal is about.

#include "systemd/properties.hpp"

#include <algorithm>
#include <cctype>

namespace crunc::cgroups {
namespace {

/// Appends a variant of one type: the type's signature and how the value goes there.
struct Appender {
  sd_bus_message* message;

  int operator()(bool value) const { return basic("b", value ? 1 : 0); }
  int operator()(std::int32_t value) const { return basic("i", value); }
  int operator()(std::uint32_t value) const { return basic("u", value); }
  int operator()(std::int64_t value) const { return basic("x", value); }
  int operator()(std::uint64_t value) const { return basic("t", value); }
  int operator()(double value) const { return basic("d", value); }
  int operator()(const std::string& value) const { return basic("s", value.c_str()); }
  int operator()(const std::vector<std::uint8_t>& value) const { return array("ay", 'y', value); }
  int operator()(const std::vector<std::uint32_t>& value) const { return array("au", 'u', value); }
  int operator()(const std::vector<std::string>& value) const {
    return list("as", "s", value, [this](const std::string& each) { return append("s", each.c_str()); });
  }
  int operator()(const std::vector<std::pair<std::string, std::string>>& value) const {
    return list("a(ss)", "(ss)", value,
                [this](const auto& each) { return append("(ss)", each.first.c_str(), each.second.c_str()); });
  }
  int operator()(const std::vector<std::pair<std::string, std::uint64_t>>& value) const {
    return list("a(st)", "(st)", value,
                [this](const auto& each) { return append("(st)", each.first.c_str(), each.second); });
  }

 private:
  template <class... Values>
  int append(const char* types, Values... values) const {
    return sd_bus_message_append(message, types, values...);
  }
  template <class Value>
  int basic(const char* type, Value value) const {
    return sd_bus_message_append(message, "v", type, value);
  }
  template <class Element>
  int array(const char* type, char element, const std::vector<Element>& values) const {
    int status = sd_bus_message_open_container(message, 'v', type);
    if (status >= 0) {
      status = sd_bus_message_append_array(message, element, values.data(), values.size() * sizeof(Element));
    }
    return status < 0 ? status : sd_bus_message_close_container(message);
  }
  template <class Element, class Each>
  int list(const char* type, const char* element, const std::vector<Element>& values, Each&& each) const {
    int status = sd_bus_message_open_container(message, 'v', type);
    if (status >= 0) status = sd_bus_message_open_container(message, 'a', element);
    for (std::size_t i = 0; status >= 0 && i < values.size(); ++i) status = each(values[i]);
    if (status >= 0) status = sd_bus_message_close_container(message);
    return status < 0 ? status : sd_bus_message_close_container(message);
  }
};

int append_property(sd_bus_message* message, const UnitProperty& property) {
  int status = sd_bus_message_open_container(message, 'r', "sv");
  if (status >= 0) status = sd_bus_message_append(message, "s", property.name.c_str());
  if (status >= 0) status = std::visit(Appender{message}, property.value);
  return status < 0 ? status : sd_bus_message_close_container(message);
}

}  // namespace

int append_properties(sd_bus_message* message, const std::vector<UnitProperty>& properties) {
  int status = sd_bus_message_open_container(message, 'a', "(sv)");
  for (std::size_t i = 0; status >= 0 && i < properties.size(); ++i) status = append_property(message, properties[i]);
  return status < 0 ? status : sd_bus_message_close_container(message);
}

std::vector<UnitProperty>::iterator refused_among(std::vector<UnitProperty>& properties, const BusError& error) {
  // systemd has one name for what it does not know and what it does not change, and the property in the words alone.
  if (error.name() != "org.freedesktop.DBus.Error.PropertyReadOnly") return properties.end();
  return std::ranges::find_if(properties, [&](const UnitProperty& property) {
    const std::size_t at = error.words().find(property.name);
    if (!property.is_optional || property.name.empty() || at == std::string_view::npos) return false;
    // MemoryMax is in MemoryMaxScale, too.
    const auto is_letter = [&](std::size_t i) {
      return i < error.words().size() && std::isalnum(error.words()[i]) != 0;
    };
    return !is_letter(at + property.name.size()) && (at == 0 || !is_letter(at - 1));
  });
}

}  // namespace crunc::cgroups
