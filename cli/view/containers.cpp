// SPDX-License-Identifier: Apache-2.0
// Columns of containers.

#include "view/containers.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <ctime>
#include <fstream>

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "command_line.hpp"

namespace crunc::cli {
namespace {

constexpr const char* nothing = "-";

std::string or_nothing(const std::string& text) { return text.empty() ? nothing : printable(text); }

std::string time_text(const Container& container) {
  if (!container.created) return nothing;
  const auto seconds = std::chrono::floor<std::chrono::seconds>(*container.created);
  const std::time_t time = seconds.time_since_epoch().count();
  std::tm parts{};
  std::array<char, 32> text{};
  ::gmtime_r(&time, &parts);
  std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%SZ", &parts);
  return text.data();
}

/// "12s", "5m", "3h", "40d": the largest unit of which there are two, or the smallest.
std::string age_text(const Container& container) {
  if (!container.created) return nothing;
  const auto age = std::chrono::system_clock::now() - *container.created;
  const auto seconds = std::max<std::int64_t>(0, std::chrono::duration_cast<std::chrono::seconds>(age).count());
  constexpr std::int64_t minute = 60;
  constexpr std::int64_t hour = 60 * minute;
  constexpr std::int64_t day = 24 * hour;
  if (seconds >= 2 * day) return std::to_string(seconds / day) + "d";
  if (seconds >= 2 * hour) return std::to_string(seconds / hour) + "h";
  if (seconds >= 2 * minute) return std::to_string(seconds / minute) + "m";
  return std::to_string(seconds) + "s";
}

/// Of the first process: on v2, or where v1 counts its processes.
std::string cgroup_text(const Container& container) {
  if (container.pid <= 0) return nothing;
  std::ifstream lines("/proc/" + std::to_string(container.pid) + "/cgroup");
  std::string unified;
  std::string pids;
  for (std::string line; std::getline(lines, line);) {
    const std::size_t path = line.find('/');
    if (path == std::string::npos) continue;
    if (line.starts_with("0::")) unified = line.substr(path);
    if (line.find(":pids:") != std::string::npos) pids = line.substr(path);
  }
  return or_nothing(pids.empty() ? unified : pids);
}

struct ContainerColumn {
  const char* name;
  Column column;
  std::string (*text)(const Container& container);
};

const std::vector<ContainerColumn>& columns() {
  static const std::vector<ContainerColumn> all{
      {"id", {.title = "ID", .align = Align::left}, [](const Container& c) { return printable(c.id); }},
      {"pid", {.title = "PID"}, [](const Container& c) { return c.pid > 0 ? std::to_string(c.pid) : nothing; }},
      {"status",
       {.title = "STATUS", .align = Align::left},
       [](const Container& c) { return or_nothing(c.status_text); }},
      {"age", {.title = "AGE"}, age_text},
      {"owner",
       {.title = "OWNER", .align = Align::left, .drop = 1},
       [](const Container& c) { return or_nothing(c.owner); }},
      {"created", {.title = "CREATED", .align = Align::left, .drop = 2}, time_text},
      {"bundle",
       {.title = "BUNDLE", .align = Align::left, .shrink_to = 12},
       [](const Container& c) { return or_nothing(c.bundle); }},
      {"cgroup", {.title = "CGROUP", .align = Align::left, .shrink_to = 12, .drop = 3}, cgroup_text},
      {"rootfs",
       {.title = "ROOTFS", .align = Align::left, .shrink_to = 12},
       [](const Container& c) { return or_nothing(c.rootfs); }},
  };
  return all;
}

const ContainerColumn* find_column(std::string_view name) {
  const auto found = std::ranges::find_if(columns(), [&](const ContainerColumn& each) { return each.name == name; });
  return found == columns().end() ? nullptr : &*found;
}

}  // namespace

const ColumnNames& container_columns() {
  static const ColumnNames names = [] {
    ColumnNames result;
    for (const ContainerColumn& each : columns()) result.emplace_back(each.name);
    return result;
  }();
  return names;
}

ColumnNames parse_columns(std::string_view text) {
  ColumnNames names;
  for (;;) {
    const std::string_view name = text.substr(0, text.find(','));
    if (find_column(name) == nullptr) {
      std::string known;
      for (const std::string& each : container_columns()) known += (known.empty() ? "" : ", ") + each;
      throw UsageError{"--columns: there is no \"" + std::string(name) + "\" (there are " + known + ")"};
    }
    names.emplace_back(name);
    if (name.size() == text.size()) return names;
    text.remove_prefix(name.size() + 1);
  }
}

Table container_table(const std::vector<Container>& containers, const ColumnNames& names) {
  Table table;
  for (const std::string& name : names) table.columns.push_back(find_column(name)->column);
  for (const Container& container : containers) {
    Cells& row = table.rows.emplace_back();
    for (const std::string& name : names) row.push_back(find_column(name)->text(container));
  }
  return table;
}

std::string container_json(const char* schema, const Container& container) {
  const auto text = [](const std::string& value) {
    return value.empty() ? boost::json::value(nullptr) : boost::json::value(value);
  };
  boost::json::object line{{"schema", schema}, {"id", container.id}, {"pid", nullptr}};
  if (container.pid > 0) line["pid"] = container.pid;
  line["status"] = text(container.status_text);
  line["bundle"] = text(container.bundle);
  line["rootfs"] = text(container.rootfs);
  line["created"] = container.created ? boost::json::value(time_text(container)) : boost::json::value(nullptr);
  line["owner"] = text(container.owner);
  boost::json::object& annotations = line["annotations"].emplace_object();
  for (const auto& [key, value] : container.annotations) annotations[key] = value;
  return boost::json::serialize(line);
}

}  // namespace crunc::cli
