// SPDX-License-Identifier: Apache-2.0
// What runtimes print of containers and processes: state, list in all its forms, ps, pid files.

#include <algorithm>
#include <string>
#include <vector>

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "core/text.hpp"
#include "fuzz/check.hpp"
#include "fuzz/target.hpp"
#include "runtime/container_table.hpp"
#include "runtime/decode.hpp"
#include "runtime/process_table.hpp"

namespace crunc::fuzz {
namespace {

namespace json = boost::json;

void check_container(const Container& container) {
  require(!container.id.empty(), "a container has an id");
  require(container.pid >= 0, "the pid of a container is one, or 0");
  require(container.status == runtime::parse_status(container.status_text), "the status is that of its text");
  require_json(container.extra);
}

/// As JSON again, but for the time, which no runtime prints as another does.
std::string written(const Container& container) {
  json::object document;
  // First what has no place of its own: youki's and runc's members would win over one of the same name.
  for (const auto& [name, text] : container.extra) document[name] = json::parse(text);
  document["id"] = container.id;
  document["pid"] = container.pid;
  document["status"] = container.status_text;
  document["bundle"] = container.bundle;
  document["rootfs"] = container.rootfs;
  document["owner"] = container.owner;
  document["ociVersion"] = container.oci_version;
  json::object& annotations = document["annotations"].emplace_object();
  for (const auto& [name, text] : container.annotations) annotations[name] = text;
  return json::serialize(document);
}

/// What can be compared of two.
std::string told(const std::vector<Container>& list) {
  std::string text;
  for (const Container& each : list) text += written(each) + '\n';
  return text;
}

}  // namespace

FUZZ_TARGET(state) {
  const Result<Container> container = runtime::decode_state(bytes);
  const Result<std::vector<Container>> list = runtime::decode_list("[" + std::string(bytes) + "]");
  if (is_refused(container)) return;
  check_container(*container);
  // It may be as deep as a state may be, but no deeper.
  if (!is_refused(list)) require(told(*list) == told({*container}), "a list of a state is that container");
  // What Boost.JSON reads as infinite it writes as what is no JSON, and other doubles it may round.
  if (std::ranges::any_of(container->extra, [](const auto& member) { return has_doubles(member.second); })) return;
  const Result<Container> again = runtime::decode_state(written(*container));
  require(again.has_value() && written(*again) == written(*container), "a container that is written is read the same");
}

FUZZ_TARGET(list) {
  const Result<std::vector<Container>> list = runtime::decode_list(bytes);
  if (is_refused(list)) return;
  for (const Container& each : *list) check_container(each);
}

FUZZ_TARGET(list_ids) {
  const auto list = runtime::decode_ids(bytes);
  require(list.has_value(), "lines are always ids");
  std::string lines;
  for (const Container& each : *list) {
    require(!each.id.empty() && each.id == core::trim(each.id), "an id has no blanks around it", each.id);
    require(each.id.find('\n') == std::string::npos, "an id is in one line", each.id);
    lines += each.id + '\n';
  }
  require(told(runtime::decode_ids(lines).value()) == told(*list), "ids that are printed are read the same");
}

FUZZ_TARGET(list_table) {
  const bool is_table = runtime::is_container_table(bytes);
  require(!is_table || !runtime::decode_list(bytes), "what is the table of youki is no JSON");
  const auto list = runtime::decode_container_table(bytes);
  if (is_refused(list)) return;
  std::string lines = "\n";
  for (const Container& each : *list) {
    check_container(each);
    require(each.status != Status::other, "a row has a status that is known");
    require(each.bundle.starts_with('/'), "a bundle's path is absolute", each.bundle);
    lines += each.id + "  " + (each.pid == 0 ? "" : std::to_string(each.pid)) + "  " + each.status_text + "  " +
             each.bundle + "  2026-11-22T07:45:51Z  x\n";
  }
  const auto again = runtime::decode_container_table(lines);
  require(again.has_value() && again->size() == list->size(), "rows that are printed are read again");
  for (std::size_t i = 0; i < list->size(); ++i) {
    require((*again)[i].id == (*list)[i].id && (*again)[i].pid == (*list)[i].pid, "ids and pids are read the same");
    require((*again)[i].bundle == (*list)[i].bundle, "bundles are read the same", (*list)[i].bundle);
  }
}

FUZZ_TARGET(ps) {
  const auto pids = runtime::decode_ps(bytes);
  if (is_refused(pids)) return;
  json::array document;
  for (const pid_t pid : *pids) {
    require(pid > 0, "a pid is above 0");
    document.push_back(pid);
  }
  require(runtime::decode_ps(json::serialize(document)).value() == *pids, "pids that are printed are read the same");
}

FUZZ_TARGET(ps_table) {
  const Result<ProcessTable> table = runtime::decode_process_table(bytes);
  if (is_refused(table)) return;
  std::vector<std::vector<std::string>> rows = table->processes;
  rows.insert(rows.begin(), table->headers);
  std::string lines;
  for (const auto& row : rows) {
    require(row.size() == table->headers.size(), "a row has as many cells as there are headers");
    for (const std::string& cell : row) {
      require(cell.find('\n') == std::string::npos, "a cell is in one line", cell);
      lines += cell + "  ";
    }
    lines += '\n';
  }
  const ProcessTable again = runtime::decode_process_table(lines).value();
  require(again.headers == table->headers, "headers that are printed are read the same");
  require(again.processes == table->processes, "rows that are printed are read the same");
}

FUZZ_TARGET(pid) {
  const Result<pid_t> pid = runtime::decode_pid(bytes);
  if (is_refused(pid)) return;
  require(*pid > 0, "a pid is above 0");
  require(runtime::decode_pid(std::to_string(*pid) + "\n").value() == *pid, "a pid that is printed is read the same");
}

}  // namespace crunc::fuzz
