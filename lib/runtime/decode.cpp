// SPDX-License-Identifier: Apache-2.0
// Decoding of documents that a call prints once. They are small, so they are parsed whole.

#include "runtime/decode.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include <boost/json/monotonic_resource.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include "core/text.hpp"
#include "oci/codec.hpp"
#include "oci/event_reader.hpp"
#include "sys/fd.hpp"

namespace crunc::runtime {
namespace {

namespace json = boost::json;

constexpr std::array status_names{
    std::pair{Status::creating, "creating"}, std::pair{Status::created, "created"},
    std::pair{Status::running, "running"},   std::pair{Status::paused, "paused"},
    std::pair{Status::stopped, "stopped"},
};

Error malformed(std::string what) { return Error(Errc::malformed_output, std::move(what)); }

/// Reads the members of one JSON object by name and remembers the first that is of the wrong kind.
class Members {
 public:
  Members(const json::object& object, std::string_view document, const oci::Place& place)
      : object_(object), document_(document), place_(place) {}

  void text(const char* name, std::string& into) {
    if (const json::value* const value = find(name)) {
      if (value->is_string()) {
        into = std::string_view(value->get_string());
      } else {
        complain(name, "a string");
      }
    }
  }
  void pid(const char* name, pid_t& into) {
    if (const json::value* const value = find(name)) {
      if (const std::int64_t* const number = value->if_int64();
          number && *number >= 0 && std::in_range<pid_t>(*number)) {
        into = static_cast<pid_t>(*number);
      } else {
        complain(name, "a process id");
      }
    }
  }
  /// A user by name, or by number as youki has it.
  void owner(const char* name, std::string& into) {
    if (const json::value* const value = find(name)) {
      into = value->is_string() ? std::string(value->get_string()) : json::serialize(*value);
    }
  }
  void text_map(const char* name, std::map<std::string, std::string>& into) {
    const json::value* const value = find(name);
    if (value == nullptr) return;
    if (!value->is_object()) return complain(name, "an object");
    for (const auto& [key, text] : value->get_object()) {
      if (!text.is_string()) return complain(name, "an object of strings");
      into.emplace(key, text.get_string());
    }
  }

  /// The members that were not asked for.
  [[nodiscard]] std::map<std::string, std::string> others() const {
    std::map<std::string, std::string> result;
    for (const auto& [key, value] : object_) {
      if (std::ranges::find(seen_, std::string_view(key)) != seen_.end()) continue;
      result.emplace(key, oci::text_at(document_, oci::Place(place_, key), value));
    }
    return result;
  }
  [[nodiscard]] const std::string& complaint() const noexcept { return complaint_; }

 private:
  /// Null is the same as absent (Go's nil).
  const json::value* find(const char* name) {
    seen_.emplace_back(name);
    const json::value* const value = object_.if_contains(name);
    return value == nullptr || value->is_null() ? nullptr : value;
  }
  void complain(const char* name, const char* wanted) {
    if (complaint_.empty()) complaint_ = std::string("/") + name + ": not " + wanted;
  }

  const json::object& object_;
  std::string_view document_;
  const oci::Place& place_;
  std::vector<std::string_view> seen_;
  std::string complaint_;
};

Result<Container> container_from(const json::value& value, std::string_view document, const oci::Place& place) {
  if (!value.is_object()) return malformed("not a JSON object: " + core::excerpt(json::serialize(value)));
  Container c;
  Members members(value.get_object(), document, place);
  std::string created;
  members.text("id", c.id);
  members.pid("pid", c.pid);
  members.text("status", c.status_text);
  members.text("bundle", c.bundle);
  members.text("rootfs", c.rootfs);
  members.text("created", created);
  members.owner("owner", c.owner);
  members.text("ociVersion", c.oci_version);
  members.text_map("annotations", c.annotations);
  if (!members.complaint().empty()) return malformed(members.complaint());
  if (c.id.empty()) return malformed("/id: missing");
  if (c.status_text.empty()) return malformed("/status: missing");
  c.status = parse_status(c.status_text);
  c.created = core::parse_rfc3339(created);
  c.extra = members.others();
  if (!created.empty() && !c.created) c.extra.emplace("created", json::serialize(json::string_view(created)));
  return c;
}

/// Parses a whole document into memory of `resource`.
Result<json::value> parse_document(std::string_view text, json::storage_ptr resource) {
  boost::system::error_code error;
  json::value value = json::parse(text, error, std::move(resource));
  if (error) return malformed("not JSON (" + error.message() + "): " + core::excerpt(text));
  return value;
}

/// "runc version 1.1.5", "youki version: 0.7.0", "crun 0.7"
bool read_name(std::string_view line, Version& version) {
  const std::size_t space = line.find(' ');
  if (space == std::string_view::npos) return false;
  version.name = line.substr(0, space);
  std::string_view rest = core::trim(line.substr(space));
  if (rest.starts_with("version")) rest.remove_prefix(std::string_view("version").size());
  if (rest.starts_with(":")) rest.remove_prefix(1);
  version.version = core::trim(rest);
  return !version.version.empty();
}

/// "+SYSTEMD +SELINUX"
void read_tags(std::string_view line, Version& version) {
  while (!line.empty()) {
    const std::size_t space = line.find(' ');
    std::string_view tag = line.substr(0, space);
    if (tag.starts_with('+')) tag.remove_prefix(1);
    if (!tag.empty()) version.tags.emplace(tag);
    line = space == std::string_view::npos ? std::string_view{} : core::trim(line.substr(space));
  }
}

/// A line after the first: tags, or "key: value".
void read_detail(std::string_view line, Version& version) {
  if (line.starts_with('+')) return read_tags(line, version);
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos) return;
  const std::string key(core::trim(line.substr(0, colon)));
  const std::string value(core::trim(line.substr(colon + 1)));
  if (key == "commit") {
    version.commit = value;
  } else if (key == "spec") {
    version.spec = value;
  } else {
    version.extra.emplace(key, value);
  }
}

}  // namespace

Status parse_status(std::string_view text) {
  const std::string lower = core::to_lower(text);
  for (const auto& [status, name] : status_names) {
    if (name == lower) return status;
  }
  return Status::other;
}

Result<Container> decode_state(std::string_view text) {
  json::monotonic_resource memory;
  const Result<json::value> document = parse_document(text, &memory);
  if (!document) return document.error();
  return container_from(*document, text, oci::Place());
}

Result<std::vector<Container>> decode_list(std::string_view text) {
  json::monotonic_resource memory;
  const Result<json::value> document = parse_document(text, &memory);
  if (!document) return document.error();
  std::vector<Container> containers;
  if (document->is_null()) return containers;
  if (!document->is_array()) return malformed("not a JSON array: " + core::excerpt(text));
  std::size_t index = 0;
  for (const json::value& element : document->get_array()) {
    Result<Container> container = container_from(element, text, oci::Place(oci::Place(), index));
    if (!container) {
      const std::string& why = container.error().reason;  // of a member it begins with the pointer to it
      return malformed("/" + std::to_string(index) + (why.starts_with('/') ? "" : ": ") + why);
    }
    containers.push_back(std::move(*container));
    ++index;
  }
  return containers;
}

Result<std::vector<Container>> decode_ids(std::string_view text) {
  std::vector<Container> containers;
  for (const std::string_view line : core::split_lines(text)) {
    if (const std::string_view id = core::trim(line); !id.empty()) containers.emplace_back().id = id;
  }
  return containers;
}

Result<std::vector<pid_t>> decode_ps(std::string_view text) {
  const Result<json::value> document = parse_document(text, {});
  if (!document) return document.error();
  std::vector<pid_t> pids;
  if (document->is_null()) return pids;
  if (!document->is_array()) return malformed("not a JSON array: " + core::excerpt(text));
  for (const json::value& element : document->get_array()) {
    const std::int64_t* const number = element.if_int64();
    if (number == nullptr || *number <= 0 || !std::in_range<pid_t>(*number)) {
      return malformed("/" + std::to_string(pids.size()) + ": not a process id");
    }
    pids.push_back(static_cast<pid_t>(*number));
  }
  return pids;
}

Result<Stats> decode_stats(std::string_view text) {
  oci::EventReader reader;
  Event event;
  if (const Result<void> read = reader.read(core::trim(text), event); !read) return read.error();
  if (!event.stats) return malformed("/data: missing");
  return std::move(*event.stats);
}

Result<Version> decode_version(std::string_view text) {
  Version version;
  for (const std::string_view whole : core::split_lines(text)) {
    const std::string_view line = core::trim(whole);
    if (line.empty()) continue;
    if (!version.name.empty()) {
      read_detail(line, version);
    } else if (!read_name(line, version)) {
      return malformed("no version: " + core::excerpt(line));
    }
  }
  if (version.name.empty()) return malformed("no output");
  return version;
}

Result<pid_t> decode_pid(std::string_view text) {
  const auto pid = core::parse_number<pid_t>(core::trim(text));
  if (!pid || *pid <= 0) return malformed("not a process id: " + core::excerpt(text));
  return *pid;
}

}  // namespace crunc::runtime

namespace crunc {

Result<pid_t> read_pid_file(const std::filesystem::path& path) {
  constexpr std::size_t longest = 64;
  const sys::SysResult<std::string> text = sys::read_file(path.c_str(), longest);
  if (!text) return Error(Errc::system_error, "read pid file " + path.string(), text.error());
  Result<pid_t> pid = runtime::decode_pid(*text);
  if (!pid) return Error(Errc::malformed_output, "pid file " + path.string() + ": " + pid.error().reason);
  return pid;
}

const char* to_string(Status status) noexcept {
  for (const auto& [known, name] : runtime::status_names) {
    if (known == status) return name;
  }
  return "other";
}

}  // namespace crunc
