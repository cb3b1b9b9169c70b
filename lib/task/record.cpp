// SPDX-License-Identifier: Apache-2.0
// task.json, written and read.

#include "task/record.hpp"

#include <fcntl.h>

#include <array>
#include <string_view>
#include <utility>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <boost/json/value_from.hpp>
#include <boost/json/value_to.hpp>

#include "core/text.hpp"
#include "sys/calls.hpp"
#include "sys/fd.hpp"

namespace crunc::task {
namespace {

namespace json = boost::json;

constexpr int version = 1;
constexpr std::size_t longest_bytes = std::size_t{16} * 1024 * 1024;
constexpr std::array sink_kinds{std::pair(Sink::Kind::stream, "stream"),
                                std::pair(Sink::Kind::rotated_file, "rotated_file"),
                                std::pair(Sink::Kind::logger, "logger"), std::pair(Sink::Kind::callback, "callback")};
constexpr std::array source_kinds{std::pair(Source::Kind::stream, "stream"), std::pair(Source::Kind::fifo, "fifo"),
                                  std::pair(Source::Kind::pipe, "pipe")};
constexpr std::array exit_kinds{std::pair(ExitStatus::Kind::exited, "exited"),
                                std::pair(ExitStatus::Kind::signaled, "signaled"),
                                std::pair(ExitStatus::Kind::lost, "lost")};

template <class Names, class Kind>
std::string_view name_of(const Names& names, Kind kind) {
  for (const auto& [each, name] : names) {
    if (each == kind) return name;
  }
  return "";
}
template <class Names>
auto kind_named(const Names& names, std::string_view wanted) {
  for (const auto& [kind, name] : names) {
    if (wanted == name) return kind;
  }
  throw std::invalid_argument(core::excerpt(wanted) + " is no kind that is known here");
}

json::value texts(const std::vector<std::string>& from) { return json::value_from(from); }
std::string text(const json::value& from) { return json::value_to<std::string>(from); }
template <class Number>
Number number(const json::object& from, std::string_view name) {
  return from.at(name).to_number<Number>();
}

json::object written(const Sink& sink) {
  json::object result{{"kind", name_of(sink_kinds, sink.kind())}};
  if (sink.kind() == Sink::Kind::rotated_file) {
    result["path"] = sink.path().string();
    result["max_bytes"] = sink.rotation().max_bytes;
    result["keep"] = sink.rotation().keep;
  } else if (sink.kind() == Sink::Kind::logger) {
    result["argv"] = texts(sink.command().argv);
    result["environment"] = texts(sink.command().environment);
    result["ready_timeout_ms"] = sink.command().ready_timeout.count();
  }
  return result;
}

Sink read_sink(const json::object& from) {
  switch (kind_named(sink_kinds, text(from.at("kind")))) {
    case Sink::Kind::stream: return Sink::null();
    case Sink::Kind::callback: return Sink::callback({});
    case Sink::Kind::logger:
      return Sink::logger({.argv = json::value_to<std::vector<std::string>>(from.at("argv")),
                           .environment = json::value_to<std::vector<std::string>>(from.at("environment")),
                           .ready_timeout = std::chrono::milliseconds(number<std::int64_t>(from, "ready_timeout_ms"))});
    case Sink::Kind::rotated_file: break;
  }
  return Sink::file(text(from.at("path")),
                    {.max_bytes = number<std::uint64_t>(from, "max_bytes"), .keep = number<unsigned>(from, "keep")});
}

json::object written(const ExitStatus& status) {
  return {{"kind", name_of(exit_kinds, status.kind())},
          {"value", status.code().value_or(status.signal().value_or(0))},
          {"core_dumped", status.core_dumped()},
          {"time_ns", status.time().time_since_epoch() / std::chrono::nanoseconds(1)}};
}

ExitStatus read_exit(const json::object& from) {
  const auto value = number<int>(from, "value");
  ExitStatus result = ExitStatus::lost();
  switch (kind_named(exit_kinds, text(from.at("kind")))) {
    case ExitStatus::Kind::exited: result = ExitStatus::exited(value); break;
    case ExitStatus::Kind::signaled: result = ExitStatus::signaled(value, from.at("core_dumped").as_bool()); break;
    case ExitStatus::Kind::lost: break;
  }
  result.set_time(ExitStatus::Clock::time_point(std::chrono::duration_cast<ExitStatus::Clock::duration>(
      std::chrono::nanoseconds(number<std::int64_t>(from, "time_ns")))));
  return result;
}

json::object written(const ProcessName& name) { return {{"pid", name.pid}, {"start_ticks", name.start_ticks}}; }

ProcessName read_name(const json::value& from) {
  return {.pid = number<pid_t>(from.as_object(), "pid"),
          .start_ticks = number<std::uint64_t>(from.as_object(), "start_ticks")};
}

json::object written(const ProcessRecord& process) {
  json::object result{{"id", process.id},
                      {"process", written(process.process)},
                      {"pipes", {process.pipes[0], process.pipes[1], process.pipes[2]}},
                      {"loggers", {written(process.loggers[0]), written(process.loggers[1])}},
                      {"terminal", process.io.terminal},
                      {"in",
                       {{"kind", name_of(source_kinds, process.io.in.kind())},
                        {"path", process.io.in.path().string()},
                        {"closed", process.stdin_is_closed}}},
                      {"out", written(process.io.out)},
                      {"err", written(process.io.err)}};
  if (process.exit) result["exit"] = written(*process.exit);
  return result;
}

Source read_source(const json::object& from) {
  switch (kind_named(source_kinds, text(from.at("kind")))) {
    case Source::Kind::fifo: return Source::fifo(text(from.at("path")));
    case Source::Kind::pipe: return Source::pipe();
    case Source::Kind::stream: break;
  }
  return Source::null();
}

ProcessRecord read_process(const json::object& from) {
  ProcessRecord result;
  result.id = text(from.at("id"));
  result.process = read_name(from.at("process"));
  for (std::size_t i = 0; i < result.pipes.size(); ++i) {
    result.pipes.at(i) = from.at("pipes").as_array().at(i).to_number<std::uint64_t>();
  }
  for (std::size_t i = 0; i < result.loggers.size(); ++i) {
    result.loggers.at(i) = read_name(from.at("loggers").as_array().at(i));
  }
  result.io.terminal = from.at("terminal").as_bool();
  const json::object& in = from.at("in").as_object();
  result.io.in = read_source(in);
  result.stdin_is_closed = in.at("closed").as_bool();
  result.io.out = read_sink(from.at("out").as_object());
  result.io.err = read_sink(from.at("err").as_object());
  if (const json::value* const exit = from.if_contains("exit")) result.exit = read_exit(exit->as_object());
  return result;
}

Record read_record(std::string_view bytes) {
  const json::value document = json::parse(json::string_view(bytes.data(), bytes.size()));
  const json::object& from = document.as_object();
  if (number<int>(from, "version") != version) throw std::invalid_argument("it is of another version of crunc");
  Record result{.id = text(from.at("id")),
                .bundle = text(from.at("bundle")),
                .made_directory = from.at("made_directory").as_bool(),
                .oom_kills = number<std::uint64_t>(from, "oom_kills"),
                .cgroup_paths = json::value_to<std::map<std::string, std::string>>(from.at("cgroup_paths"))};
  for (const json::value& each : from.at("processes").as_array()) {
    result.processes.push_back(read_process(each.as_object()));
  }
  return result;
}

std::string pid_name(const std::string& id) { return (id.empty() ? "init" : "exec-" + id) + ".pid"; }

}  // namespace

std::string record_path(const std::string& directory) { return directory + "/task.json"; }

std::string pid_path(const std::string& directory, const std::string& id) { return directory + "/" + pid_name(id); }

void remove_pid_file(const std::string& directory, const std::string& id) noexcept {
  sys::calls().unlink(pid_path(directory, id).c_str());
  // runc writes it by a file of this name that it renames.
  sys::calls().unlink((directory + "/." + pid_name(id)).c_str());
}

std::string encode(const Record& record) {
  json::array processes;
  for (const ProcessRecord& each : record.processes) processes.push_back(written(each));
  const json::object document{{"version", version},
                              {"id", record.id},
                              {"bundle", record.bundle},
                              {"made_directory", record.made_directory},
                              {"oom_kills", record.oom_kills},
                              {"cgroup_paths", json::value_from(record.cgroup_paths)},
                              {"processes", std::move(processes)}};
  return json::serialize(document) + "\n";
}

Result<Record> decode_record(std::string_view bytes) {
  try {
    return read_record(bytes);
  } catch (const std::exception& error) {  // Boost.JSON's accessors throw
    return Error(Errc::malformed_output, error.what());
  }
}

Result<void> save(const Record& record, const std::string& directory) {
  const std::string path = record_path(directory);
  const std::string fresh = path + ".new";
  const auto failed = [&fresh](const std::error_code& error) {
    return Error(Errc::system_error, "write " + fresh, error);
  };
  {
    const sys::SysResult<sys::Fd> file = sys::open_file(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, 0600);
    if (!file) return failed(file.error());
    if (const std::error_code error = sys::write_whole(file->get(), encode(record))) {
      return failed(error);
    }
  }
  if (sys::calls().rename(fresh.c_str(), path.c_str()) != 0) {
    return Error(Errc::system_error, "rename " + fresh + " to task.json", sys::last_error());
  }
  return {};
}

void remove_unfinished_record(const std::string& directory) noexcept {
  sys::calls().unlink((record_path(directory) + ".new").c_str());
}

Result<Record> load(const std::string& directory) {
  const std::string path = record_path(directory);
  const sys::SysResult<std::string> bytes = sys::read_file(path.c_str(), longest_bytes);
  if (!bytes) {
    const bool is_missing = bytes.error() == std::errc::no_such_file_or_directory;
    return Error(is_missing ? Errc::container_not_found : Errc::system_error, "read " + path, bytes.error());
  }
  Result<Record> record = decode_record(*bytes);
  if (record) return record;
  return Error(Errc::malformed_output, path + " is no record of a task: " + record.error().reason);
}

}  // namespace crunc::task
