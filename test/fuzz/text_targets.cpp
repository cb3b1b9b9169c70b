// SPDX-License-Identifier: Apache-2.0
// Short texts: times, signals, quoted words, annotations, rules of devices, names that hold a number.

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cmath>
#include <string>
#include <type_traits>
#include <variant>
#include <vector>

#include <crunc/cgroups/devices.hpp>
#include <crunc/cgroups/plan.hpp>
#include <crunc/cgroups/units.hpp>
#include <crunc/signal.hpp>

#include "cgroups/planner.hpp"
#include "core/text.hpp"
#include "core/utf8.hpp"
#include "fuzz/check.hpp"
#include "fuzz/target.hpp"

namespace crunc::fuzz {
namespace {

using cgroups::DeviceRule;
using cgroups::DeviceRules;
using cgroups::PropertyValue;

std::string digits(long number, std::size_t width) {
  std::string text = std::to_string(number);
  return std::string(width - std::min(width, text.size()), '0') + text;
}

std::string rfc3339(std::chrono::sys_time<std::chrono::nanoseconds> time) {
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(time - day);
  return digits(int(date.year()), 4) + '-' + digits(unsigned(date.month()), 2) + '-' + digits(unsigned(date.day()), 2) +
         'T' + digits(clock.hours().count(), 2) + ':' + digits(clock.minutes().count(), 2) + ':' +
         digits(clock.seconds().count(), 2) + '.' + digits(clock.subseconds().count(), 9) + 'Z';
}

std::string gvariant(const std::string& string) {
  std::string text = "'";
  for (const char c : string) {
    if (c == '\'' || c == '\\') text += '\\';
    text += c;
  }
  return text + '\'';
}
std::string gvariant(double number) {
  char buffer[32];
  return "double " + std::string(buffer, std::to_chars(buffer, buffer + sizeof buffer, number).ptr);
}
std::string gvariant(bool value) { return value ? "true" : "false"; }
std::string gvariant(std::int32_t number) { return "int32 " + std::to_string(number); }
std::string gvariant(std::uint32_t number) { return "uint32 " + std::to_string(number); }
std::string gvariant(std::int64_t number) { return "int64 " + std::to_string(number); }
std::string gvariant(std::uint64_t number) { return "uint64 " + std::to_string(number); }
template <class T>
std::string gvariant(const std::vector<T>& items) {
  std::string text = std::is_same_v<T, std::string> ? "@as [" : std::is_same_v<T, std::uint8_t> ? "@ay [" : "@au [";
  const char* mark = "";
  for (const T& item : items) {
    text += mark;
    if constexpr (std::is_same_v<T, std::string>) {
      text += gvariant(item);
    } else if constexpr (std::is_integral_v<T>) {
      text += std::to_string(item);
    }
    mark = ", ";
  }
  return text + ']';
}

bool is_nan(const PropertyValue& value) {
  const auto* const number = std::get_if<double>(&value);
  return number != nullptr && std::isnan(*number);
}

void check_annotation(const std::string& key, const std::string& text) {
  const auto properties = cgroups::systemd_annotations({{key, text}});
  if (is_refused(properties, {Errc::invalid_argument}) || properties->empty()) return;
  const cgroups::UnitProperty& property = properties->front();
  if (is_nan(property.value)) return;
  const std::string printed = std::visit([](const auto& held) { return gvariant(held); }, property.value);
  const auto again = cgroups::systemd_annotations({{"org.systemd.property." + property.name, printed}});
  require(again.has_value() && *again == *properties, "a property that is printed is read the same", printed);
}

std::string line_of(const DeviceRule& rule) {
  const auto number = [](const auto& of) { return of ? std::to_string(*of) : "*"; };
  return std::string(rule.type == cgroups::DeviceType::block ? "b " : "c ") + number(rule.major) + ':' +
         number(rule.minor) + ' ' + cgroups::access_text(rule.access) + '\n';
}

}  // namespace

FUZZ_TARGET(time) {
  const auto time = core::parse_rfc3339(bytes);
  if (!time) return;
  const std::string text = rfc3339(*time);
  // An offset may carry a time over the end of what can be read.
  if (text.starts_with("1677") || text.starts_with("2262")) return;
  require(core::parse_rfc3339(text) == time, "a time that is printed is read the same", text);
}

FUZZ_TARGET(signal) {
  const Result<Signal> signal = Signal::parse(bytes);
  if (is_refused(signal, {Errc::invalid_argument})) return;
  require(signal->number() >= 1 && signal->number() <= 64, "a signal is one of the kernel's");
  require(Signal::parse(signal->name()).value() == *signal, "a name is read as its signal", signal->name());
  require(Signal::parse(core::to_lower(signal->name())).value() == *signal, "in small letters, too", signal->name());
}

FUZZ_TARGET(quote) {
  const auto is_control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; };
  for (const std::string& text : {core::quote(bytes), core::excerpt(bytes)}) {
    require(std::ranges::none_of(text, is_control), "what is quoted is one line", text);
    require(core::is_utf8(text), "what is quoted is UTF-8", text);
  }
  require(core::excerpt(bytes).size() < 600, "an excerpt is short");
  const std::string_view trimmed = core::trim(bytes);
  require(core::trim(trimmed) == trimmed, "what is trimmed stays");
  std::string joined;
  for (const std::string_view line : core::split_lines(bytes)) joined += std::string(line) + '\n';
  require(joined == bytes || joined == std::string(bytes) + '\n', "lines are the whole");
}

FUZZ_TARGET(annotations) {
  const std::size_t blank = std::min(bytes.find(' '), bytes.size());
  const std::string text(bytes.substr(std::min(blank + 1, bytes.size())));
  check_annotation(std::string(bytes.substr(0, blank)), text);
  check_annotation("org.systemd.property." + std::string(bytes.substr(0, blank)), text);
}

FUZZ_TARGET(devices_list) {
  const Result<DeviceRules> rules = DeviceRules::parse(bytes);
  if (is_refused(rules)) return;
  std::string lines = rules->allows_by_default() ? "a *:* rwm\n" : "";
  for (const DeviceRule& rule : rules->exceptions()) {
    require(rule.allow, "what is listed is allowed");
    lines += line_of(rule);
  }
  require(DeviceRules::parse(lines).value().reads_as(*rules), "rules that are printed are read the same", lines);
  require(rules->writes_to(*rules).size() == (rules->allows_by_default() ? 1 : 0), "nothing is to do for the same");
  std::string written;
  for (const DeviceRules::Write& write : DeviceRules().writes_to(*rules)) written += write.rule + '\n';
  require(DeviceRules::parse(written).value().reads_as(*rules), "what is written from nothing are the rules", written);
  const auto program = cgroups::make_device_program(rules->exceptions());
  require(!program.instructions.empty(), "a program does something");
}

FUZZ_TARGET(names) {
  if (const auto size = cgroups::hugepage_size(bytes)) {
    require(size->ends_with('B') && size->size() < 32, "a size of huge pages is a number and a unit", *size);
  }
  for (const char* const runtime : {"runc", "crun", "youki"}) {
    const cgroups::ConversionOptions options = cgroups::conversion_options_of(runtime, bytes);
    require(cgroups::conversion_options_of(runtime, bytes) == options, "options of a version are no accident");
  }
  const auto controller = cgroups::controller_named(bytes);
  require(!controller || bytes == to_string(*controller) || bytes == to_string(*controller, false),
          "a controller has one name on each version", bytes);
}

}  // namespace crunc::fuzz
