// SPDX-License-Identifier: Apache-2.0
// OOM kills from the kernel's log.

#include "cgroups/oom_log.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <mutex>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <unistd.h>

#include "core/text.hpp"
#include "sys/calls.hpp"
#include "sys/fd.hpp"

namespace crunc::cgroups {
namespace {

std::optional<unsigned char> hexadecimal(std::string_view digits) {
  unsigned char value = 0;
  const auto [stop, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value, 16);
  return error == std::errc() && stop == digits.data() + digits.size() ? std::optional(value) : std::nullopt;
}

/// The kernel escapes backslashes, of which systemd's names have many, and what cannot be printed, as \xNN.
std::string unescaped(std::string_view text) {
  std::string result;
  while (!text.empty()) {
    const auto byte = text.starts_with("\\x") && text.size() >= 4 ? hexadecimal(text.substr(2, 2)) : std::nullopt;
    result += byte ? static_cast<char>(*byte) : text.front();
    text.remove_prefix(byte ? 4 : 1);
  }
  return result;
}

}  // namespace

std::optional<std::string> cgroup_of_oom_record(std::string_view record) {
  // "priority,sequence,microseconds,flags...;text", and lines with a blank in front
  const std::size_t header = record.find(';');
  if (header == std::string_view::npos) return std::nullopt;
  // Anybody with the file may write to it, but not in the kernel's name (facility 0).
  const auto priority = core::parse_number<unsigned>(record.substr(0, record.find(',')));
  if (!priority || *priority >= 8) return std::nullopt;
  std::string_view text = record.substr(header + 1);
  text = text.substr(0, text.find('\n'));
  if (!text.starts_with("oom-kill:")) return std::nullopt;
  constexpr std::string_view key = ",task_memcg=";
  const std::size_t begin = text.find(key);
  const std::size_t end = text.rfind(",task=");
  if (begin == std::string_view::npos || end == std::string_view::npos || end < begin + key.size()) return std::nullopt;
  std::string cgroup = unescaped(text.substr(begin + key.size(), end - begin - key.size()));
  // No cgroup has a newline in its name: cgroup_mkdir() of the kernel refuses it.
  return cgroup.find('\n') == std::string::npos ? std::optional(std::move(cgroup)) : std::nullopt;
}

/// The log, read on by whoever asks next.
class OomLog {
 public:
  explicit OomLog(sys::Fd fd) : fd_(std::move(fd)) {}

  /// That of this process, open for as long as somebody follows it.
  [[nodiscard]] static std::shared_ptr<OomLog> shared();

  void add(LoggedKills& each);
  void remove(const LoggedKills& each);
  [[nodiscard]] std::uint64_t count(const LoggedKills& each);

 private:
  void read_on();

  sys::Fd fd_;
  std::mutex mutex_{};
  std::vector<LoggedKills*> followers_{};
};

std::shared_ptr<OomLog> OomLog::shared() {
  static std::mutex mutex;
  static std::weak_ptr<OomLog> present;
  const std::lock_guard lock(mutex);
  if (auto log = present.lock()) return log;
  sys::Fd fd(sys::calls().open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC, 0));
  if (!fd || sys::calls().lseek(fd.get(), 0, SEEK_END) < 0) return nullptr;
  const auto log = std::make_shared<OomLog>(std::move(fd));
  present = log;
  return log;
}

void OomLog::add(LoggedKills& each) {
  const std::lock_guard lock(mutex_);
  read_on();
  followers_.push_back(&each);
}

void OomLog::remove(const LoggedKills& each) {
  const std::lock_guard lock(mutex_);
  std::erase(followers_, &each);
}

std::uint64_t OomLog::count(const LoggedKills& each) {
  const std::lock_guard lock(mutex_);
  read_on();
  return each.count_;
}

void OomLog::read_on() {
  std::array<char, 8192> record;  // CONSOLE_EXT_LOG_MAX: a smaller one may be refused
  for (;;) {
    const ssize_t got = sys::calls().read(fd_.get(), record.data(), record.size());
    // Records that were overwritten before they were read; the next read goes on after them.
    if (got < 0 && (errno == EINTR || errno == EPIPE)) continue;
    if (got <= 0) return;
    const auto cgroup = cgroup_of_oom_record({record.data(), static_cast<std::size_t>(got)});
    if (!cgroup) continue;
    for (LoggedKills* const each : followers_) each->note(*cgroup);
  }
}

LoggedKills::LoggedKills(std::shared_ptr<OomLog> log, std::string path, bool below)
    : log_(std::move(log)), path_(std::move(path)), below_(below) {
  log_->add(*this);
}

LoggedKills::~LoggedKills() { log_->remove(*this); }

std::unique_ptr<LoggedKills> LoggedKills::follow(std::string path, bool below) {
  std::shared_ptr<OomLog> log = OomLog::shared();
  if (!log) return nullptr;
  return std::unique_ptr<LoggedKills>(new LoggedKills(std::move(log), std::move(path), below));
}

std::uint64_t LoggedKills::count() { return log_->count(*this); }

void LoggedKills::note(std::string_view cgroup) {
  const bool is_below = below_ && cgroup.starts_with(path_) && cgroup.substr(path_.size()).starts_with('/');
  if (cgroup == path_ || is_below) ++count_;
}

}  // namespace crunc::cgroups
