// SPDX-License-Identifier: Apache-2.0
// Reading of CRIU's log and figures. The figures are one protobuf message behind three numbers (criu/include/magic.h,
// images/stats.proto): too little to ask for a library.

#include "runtime/criu.hpp"

#include <cstdint>
#include <cstring>
#include <initializer_list>
#include <map>
#include <utility>

#include "core/text.hpp"
#include "sys/fd.hpp"

namespace crunc::runtime {
namespace {

constexpr std::size_t longest_log = std::size_t{16} * 1024 * 1024;
constexpr std::size_t longest_figures = std::size_t{64} * 1024;
constexpr std::size_t most_errors = 32;

constexpr std::uint32_t service_magic = 0x55105940;
constexpr std::uint32_t stats_magic = 0x57093306;

/// Takes values off the front of bytes; nothing once they do not suffice.
class Reader {
 public:
  explicit Reader(std::string_view bytes) : bytes_(bytes) {}

  [[nodiscard]] bool empty() const noexcept { return bytes_.empty(); }

  /// In this machine's order of bytes, as CRIU writes it.
  std::optional<std::uint32_t> word() {
    std::uint32_t value = 0;
    const auto four = bytes(sizeof value);
    if (!four) return std::nullopt;
    std::memcpy(&value, four->data(), sizeof value);
    return value;
  }
  std::optional<std::uint64_t> varint() {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 64 && !bytes_.empty(); shift += 7) {
      const auto byte = static_cast<unsigned char>(bytes_.front());
      bytes_.remove_prefix(1);
      value |= static_cast<std::uint64_t>(byte & 0x7FU) << shift;
      if ((byte & 0x80U) == 0) return value;
    }
    return std::nullopt;
  }
  std::optional<std::string_view> bytes(std::uint64_t count) {
    if (count > bytes_.size()) return std::nullopt;
    const std::string_view taken = bytes_.substr(0, count);
    bytes_.remove_prefix(count);
    return taken;
  }

 private:
  std::string_view bytes_;
};

/// A message's fields by number.
struct Message {
  std::map<std::uint64_t, std::uint64_t> numbers{};
  std::map<std::uint64_t, std::string_view> messages{};
};

std::optional<Message> read_message(std::string_view bytes) {
  constexpr std::uint64_t varint_type = 0;
  constexpr std::uint64_t length_type = 2;
  Message message;
  Reader reader(bytes);
  while (!reader.empty()) {
    const auto tag = reader.varint();
    const auto value = tag ? reader.varint() : std::nullopt;
    if (!value) return std::nullopt;
    const std::uint64_t field = *tag >> 3U;
    if ((*tag & 7U) == varint_type) {
      message.numbers[field] = *value;
    } else if (const auto inner = reader.bytes(*value); inner && (*tag & 7U) == length_type) {
      message.messages[field] = *inner;
    } else {
      return std::nullopt;
    }
  }
  return message;
}

/// The figures of one kind; `field` is their place in stats_entry.
Result<Message> read_figures(std::string_view bytes, std::uint64_t field) {
  Reader reader(bytes);
  if (reader.word() != service_magic || reader.word() != stats_magic) {
    return Error(Errc::malformed_output, "no figures of CRIU's");
  }
  const auto size = reader.word();
  const auto body = size ? reader.bytes(*size) : std::nullopt;
  const auto entry = body ? read_message(*body) : std::nullopt;
  if (!entry) return Error(Errc::malformed_output, "CRIU's figures are cut short");
  const auto found = entry->messages.find(field);
  auto figures = found == entry->messages.end() ? std::nullopt : read_message(found->second);
  if (!figures) return Error(Errc::malformed_output, "CRIU's figures are of another kind");
  return std::move(*figures);
}

/// The figures of one kind, whose fields of these numbers are times.
Result<std::map<std::uint64_t, std::uint64_t>> read_numbers(std::string_view bytes, std::uint64_t kind,
                                                            std::initializer_list<std::uint64_t> times) {
  Result<Message> figures = read_figures(bytes, kind);
  if (!figures) return figures.error();
  for (const std::uint64_t field : times) {
    if (!std::in_range<std::chrono::microseconds::rep>(figures->numbers[field])) {
      return Error(Errc::malformed_output, "CRIU's figures have a time that is none");
    }
  }
  return std::move(figures->numbers);
}

Result<std::string> read_file(const std::filesystem::path& path, std::size_t limit) {
  sys::SysResult<std::string> bytes = sys::read_file(path.c_str(), limit);
  if (!bytes) return Error(Errc::system_error, "read " + path.string(), bytes.error());
  return std::move(*bytes);
}

}  // namespace

std::optional<std::string> criu_log_path(const std::vector<LogEntry>& log) {
  constexpr std::string_view label = "log file: ";
  for (auto entry = log.rbegin(); entry != log.rend(); ++entry) {
    const std::size_t at = entry->message.find(label);
    if (at == std::string::npos) continue;
    const std::string_view path = std::string_view(entry->message).substr(at + label.size());
    return std::string(core::trim(path.substr(0, path.find('\n'))));
  }
  return std::nullopt;
}

std::vector<std::string> criu_errors(std::string_view log) {
  std::vector<std::string> errors;
  for (const std::string_view line : core::split_lines(log)) {
    const std::size_t at = line.find("Error (");
    if (at == std::string_view::npos || line.empty() || line.front() != '(') continue;
    if (errors.size() == most_errors) errors.erase(errors.begin());
    errors.emplace_back(core::trim(line.substr(at)));
  }
  return errors;
}

std::optional<CriuFailure> read_criu_failure(const std::vector<LogEntry>& log, const std::string& fallback) {
  CriuFailure failure{.log_path = criu_log_path(log).value_or(fallback)};
  if (failure.log_path.empty()) return std::nullopt;
  const Result<std::string> text = read_file(failure.log_path, longest_log);
  if (!text) return std::nullopt;
  failure.errors = criu_errors(*text);
  return failure;
}

Result<CriuDump> decode_criu_dump(std::string_view bytes) {
  auto read = read_numbers(bytes, 1, {1, 2, 3, 4, 8});
  if (!read) return read.error();
  auto& numbers = *read;
  const auto time = [&numbers](std::uint64_t field) { return std::chrono::microseconds(numbers[field]); };
  return CriuDump{.freezing_time = time(1),
                  .frozen_time = time(2),
                  .memory_dump_time = time(3),
                  .memory_write_time = time(4),
                  .irmap_resolve_time = time(8),
                  .pages_scanned = numbers[5],
                  .pages_skipped_parent = numbers[6],
                  .pages_written = numbers[7],
                  .pages_lazy = numbers[9],
                  .shared_pages_scanned = numbers[12],
                  .shared_pages_skipped_parent = numbers[13],
                  .shared_pages_written = numbers[14]};
}

Result<CriuRestore> decode_criu_restore(std::string_view bytes) {
  auto read = read_numbers(bytes, 2, {3, 4});
  if (!read) return read.error();
  auto& numbers = *read;
  return CriuRestore{.forking_time = std::chrono::microseconds(numbers[3]),
                     .restore_time = std::chrono::microseconds(numbers[4]),
                     .pages_compared = numbers[1],
                     .pages_skipped_copy_on_write = numbers[2],
                     .pages_restored = numbers[5]};
}

}  // namespace crunc::runtime

namespace crunc {

Result<CriuDump> read_criu_dump(const std::filesystem::path& directory) {
  const Result<std::string> bytes = runtime::read_file(directory / "stats-dump", runtime::longest_figures);
  if (!bytes) return bytes.error();
  return runtime::decode_criu_dump(*bytes);
}

Result<CriuRestore> read_criu_restore(const std::filesystem::path& directory) {
  const Result<std::string> bytes = runtime::read_file(directory / "stats-restore", runtime::longest_figures);
  if (!bytes) return bytes.error();
  return runtime::decode_criu_restore(*bytes);
}

}  // namespace crunc
