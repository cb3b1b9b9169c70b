// SPDX-License-Identifier: Apache-2.0
// What runtimes say of themselves and of their failures, and what CRIU leaves behind.

#include <algorithm>
#include <chrono>
#include <cstring>
#include <string>
#include <vector>

#include <crunc/oci/features.hpp>

#include "core/text.hpp"
#include "fuzz/check.hpp"
#include "fuzz/target.hpp"
#include "runtime/criu.hpp"
#include "runtime/decode.hpp"
#include "runtime/diagnose.hpp"
#include "runtime/log.hpp"

namespace crunc::fuzz {
namespace {

std::string written(const Version& version) {
  std::string text = version.name + " version: " + version.version + '\n';
  if (!version.commit.empty()) text += "commit: " + version.commit + '\n';
  if (!version.spec.empty()) text += "spec: " + version.spec + '\n';
  for (const auto& [key, value] : version.extra) text += key + ": " + value + '\n';
  for (const std::string& tag : version.tags) text += '+' + tag + " +\n";
  return text;
}

/// A number of protobuf's, in a field.
std::string number_field(unsigned field, std::uint64_t value) {
  std::string bytes(1, static_cast<char>(field << 3U));
  for (; value > 0x7f; value >>= 7U) bytes += static_cast<char>(0x80U | (value & 0x7fU));
  return bytes + static_cast<char>(value);
}
std::string number_field(unsigned field, std::chrono::microseconds time) {
  require(time.count() >= 0, "a time that CRIU took is not negative");
  return number_field(field, static_cast<std::uint64_t>(time.count()));
}

/// A file of figures: two magics, a size, and a message in a message.
std::string figures_file(unsigned kind, const std::string& figures) {
  std::string size = number_field(kind, figures.size());
  size[0] = static_cast<char>(kind << 3U | 2U);
  const std::string entry = size + figures;
  const auto length = static_cast<std::uint32_t>(entry.size());
  std::string file("\x40\x59\x10\x55\x06\x33\x09\x57\0\0\0\0", 12);
  std::memcpy(file.data() + 8, &length, sizeof length);
  return file + entry;
}

std::string written(const CriuDump& dump) {
  return figures_file(1, number_field(1, dump.freezing_time) + number_field(2, dump.frozen_time) +
                             number_field(3, dump.memory_dump_time) + number_field(4, dump.memory_write_time) +
                             number_field(5, dump.pages_scanned) + number_field(6, dump.pages_skipped_parent) +
                             number_field(7, dump.pages_written) + number_field(8, dump.irmap_resolve_time) +
                             number_field(9, dump.pages_lazy) + number_field(12, dump.shared_pages_scanned) +
                             number_field(13, dump.shared_pages_skipped_parent) +
                             number_field(14, dump.shared_pages_written));
}

std::string written(const CriuRestore& restore) {
  return figures_file(2, number_field(1, restore.pages_compared) +
                             number_field(2, restore.pages_skipped_copy_on_write) +
                             number_field(3, restore.forking_time) + number_field(4, restore.restore_time) +
                             number_field(5, restore.pages_restored));
}

}  // namespace

FUZZ_TARGET(version) {
  const Result<Version> version = runtime::decode_version(bytes);
  if (is_refused(version)) return;
  require(!version->name.empty() && !version->version.empty(), "a version has a name and a number");
  const std::string text = written(*version);
  require(written(runtime::decode_version(text).value()) == text, "a version that is printed is read the same", text);
}

FUZZ_TARGET(features) {
  const Result<oci::Features> features = oci::read_features(bytes);
  if (is_refused(features)) return;
  const Result<std::string> text = write(*features);
  require(text.has_value(), "features that were read can be written");
  require(oci::read_features(*text).value() == *features, "features that are written are read the same", *text);
}

FUZZ_TARGET(log) {
  const std::vector<LogEntry> entries = runtime::parse_log(bytes);
  const auto is_blank = [](std::string_view line) { return core::trim(line).empty(); };
  const auto lines = core::split_lines(bytes);
  require(entries.size() + static_cast<std::size_t>(std::ranges::count_if(lines, is_blank)) == lines.size(),
          "every line that is not blank is an entry");
  const std::string text = runtime::format_log_as_text(entries);
  require(static_cast<std::size_t>(std::ranges::count(text, '\n')) == entries.size(), "an entry is one line", text);
  for (const LogEntry& entry : entries) {
    require(!entry.message.ends_with('\n'), "a message has no newline at its end", entry.message);
    require(entry.level == core::to_lower(entry.level), "levels are in small letters", entry.level);
  }
  const std::optional<std::string> path = runtime::criu_log_path(entries);
  require(!path || path->find('\n') == std::string::npos, "the path of CRIU's log is one line");
}

FUZZ_TARGET(diagnosis) {
  process::Outcome outcome;
  outcome.status = ExitStatus::exited(1);
  outcome.output.err = bytes;
  const std::vector<LogEntry> log = runtime::parse_log(bytes);
  const Error error = runtime::diagnose(outcome, log);
  require(error.code != Errc::none, "a failure is of some kind");
  require(error.stderr_tail.size() <= 8 * 1024 && bytes.ends_with(error.stderr_tail), "the end of stderr is kept");
  require(error.log.size() == log.size(), "all entries are kept");
  if (std::ranges::none_of(log, runtime::is_error)) {
    require(error.code == runtime::classify(bytes), "where the log tells of no failure stderr is what counts");
  }
}

FUZZ_TARGET(criu_log) {
  const std::vector<std::string> errors = runtime::criu_errors(bytes);
  require(errors.size() <= 32, "no more errors than that are kept");
  for (const std::string& error : errors) {
    require(error.starts_with("Error (") && error.find('\n') == std::string::npos, "an error is one line", error);
  }
}

FUZZ_TARGET(criu_figures) {
  const Result<CriuDump> dump = runtime::decode_criu_dump(bytes);
  if (!is_refused(dump)) {
    const std::string file = written(*dump);
    require(written(runtime::decode_criu_dump(file).value()) == file, "figures of a dump are read as written");
  }
  const Result<CriuRestore> restore = runtime::decode_criu_restore(bytes);
  if (!is_refused(restore)) {
    const std::string file = written(*restore);
    require(written(runtime::decode_criu_restore(file).value()) == file, "figures of a restore are read as written");
  }
}

}  // namespace crunc::fuzz
