// SPDX-License-Identifier: Apache-2.0
// ps(1)'s table, read and made.

#include "runtime/process_table.hpp"

#include <algorithm>
#include <array>
#include <ctime>
#include <optional>

#include <pwd.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "core/text.hpp"
#include "sys/calls.hpp"
#include "sys/fd.hpp"

namespace crunc::runtime {
namespace {

constexpr std::string_view blanks = " \t\r\n";

using Cells = std::vector<std::string>;

/// At most `most` cells, the last of them with the rest of the line.
Cells split(std::string_view line, std::size_t most) {
  Cells cells;
  while (cells.size() < most) {
    line.remove_prefix(std::min(line.find_first_not_of(blanks), line.size()));
    if (line.empty()) break;
    const bool is_last = cells.size() + 1 == most;
    const std::string_view cell = is_last ? core::trim(line) : line.substr(0, line.find_first_of(blanks));
    cells.emplace_back(cell);
    line.remove_prefix(is_last ? line.size() : cell.size());
  }
  return cells;
}

std::string read_file(const std::string& path) {
  constexpr std::size_t longest = std::size_t{128} * 1024;
  sys::SysResult<std::string> text = sys::read_file(path.c_str(), longest);
  return text ? std::move(*text) : std::string{};
}

/// What `ps -ef` tells of one process; times in seconds.
struct Sample {
  std::string command;
  std::string ppid;
  unsigned terminal = 0;
  std::int64_t cpu_time = 0;
  std::int64_t start_time = 0;  ///< since boot
};

/// A count of ticks or seconds, kept to what can be reckoned with.
std::int64_t time_of(std::string_view text) {
  constexpr std::int64_t longest = std::int64_t{1} << 50U;
  return std::clamp<std::int64_t>(core::parse_number<std::int64_t>(text).value_or(0), 0, longest);
}

/// Arguments, or a name in brackets, in one line: a process chooses its name, and what moves a terminal's cursor too.
/// procps prints `?` for it as well.
std::string in_one_line(std::string command) {
  while (!command.empty() && command.back() == '\0') command.pop_back();
  std::ranges::replace(command, '\0', ' ');
  std::ranges::replace(command, '\n', ' ');
  const auto is_control = [](char c) { return static_cast<unsigned char>(c) < ' ' || c == '\x7f'; };
  std::ranges::replace_if(command, is_control, '?');
  return command;
}

std::optional<Sample> sample(const std::string& directory) {
  const std::string stat = read_file(directory + "/stat");
  // The name may have anything in it, ") R 1" too: what follows the last parenthesis is ours.
  const std::size_t name_end = stat.rfind(')');
  const std::size_t name_begin = stat.find('(');
  if (name_end == std::string::npos || name_begin == std::string::npos) return std::nullopt;
  constexpr std::size_t fields_wanted = 21;  // from field 3 of proc(5) on, and the rest
  const Cells fields = split(std::string_view(stat).substr(name_end + 1), fields_wanted);
  if (fields.size() < fields_wanted) return std::nullopt;
  const auto time = [&fields](std::size_t field) { return time_of(fields[field - 3]); };
  const std::int64_t ticks = std::max<std::int64_t>(::sysconf(_SC_CLK_TCK), 1);
  Sample result{.command = in_one_line(read_file(directory + "/cmdline")),
                .ppid = fields[1],
                .terminal = static_cast<unsigned>(core::parse_number<std::int64_t>(fields[7 - 3]).value_or(0)),
                .cpu_time = (time(14) + time(15)) / ticks,
                .start_time = time(22) / ticks};
  if (result.command.empty()) {
    result.command = in_one_line('[' + stat.substr(name_begin + 1, name_end - name_begin - 1) + ']');
  }
  return result;
}

std::string user_of(const std::string& directory) {
  struct stat status {};
  if (sys::calls().stat(directory.c_str(), &status) != 0) return "?";
  std::array<char, 4096> buffer{};
  passwd entry{};
  passwd* found = nullptr;
  ::getpwuid_r(status.st_uid, &entry, buffer.data(), buffer.size(), &found);
  return found != nullptr ? found->pw_name : std::to_string(status.st_uid);
}

std::string terminal_name(unsigned number) {
  constexpr unsigned first_pts = 136;
  constexpr unsigned last_pts = 143;
  constexpr unsigned consoles = 4;
  const unsigned major_number = major(number);
  const unsigned minor_number = minor(number);
  if (major_number >= first_pts && major_number <= last_pts) {
    return "pts/" + std::to_string((major_number - first_pts) * 256 + minor_number);
  }
  return major_number == consoles ? "tty" + std::to_string(minor_number) : "?";
}

std::string two_digits(std::int64_t number) { return (number < 10 ? "0" : "") + std::to_string(number); }

std::string time_text(std::int64_t seconds) {
  constexpr std::int64_t day = 86400;
  const std::string days = seconds >= day ? two_digits(seconds / day) + '-' : "";
  return days + two_digits(seconds % day / 3600) + ':' + two_digits(seconds % 3600 / 60) + ':' +
         two_digits(seconds % 60);
}

/// The time of day if that was today, else the day, else the year.
std::string start_text(std::time_t start, std::time_t now) {
  std::tm then{};
  std::tm today{};
  ::localtime_r(&start, &then);
  ::localtime_r(&now, &today);
  const bool same_year = then.tm_year == today.tm_year;
  const char* const format = !same_year ? "%Y" : then.tm_yday == today.tm_yday ? "%H:%M" : "%b%d";
  std::array<char, 16> text{};
  return {text.data(), std::strftime(text.data(), text.size(), format, &then)};
}

/// What the clocks say, in seconds.
struct Clocks {
  std::time_t now;
  std::int64_t uptime;
};

std::optional<Cells> row_of(pid_t pid, const std::string& proc, const Clocks& clocks) {
  const std::string directory = proc + '/' + std::to_string(pid);
  const std::optional<Sample> found = sample(directory);
  if (!found) return std::nullopt;
  const std::int64_t age = std::max<std::int64_t>(clocks.uptime - found->start_time, 0);
  const std::int64_t usage = age == 0 ? 0 : found->cpu_time * 100 / age;
  return Cells{user_of(directory),
               std::to_string(pid),
               found->ppid,
               std::to_string(std::min<std::int64_t>(usage, 99)),
               start_text(clocks.now - age, clocks.now),
               terminal_name(found->terminal),
               time_text(found->cpu_time),
               found->command};
}

}  // namespace

Result<ProcessTable> decode_process_table(std::string_view text) {
  ProcessTable table;
  std::size_t pid_column = std::string_view::npos;
  for (const std::string_view line : core::split_lines(text)) {
    if (core::trim(line).empty()) continue;
    if (table.headers.empty()) {
      table.headers = split(line, line.size() + 1);
      const auto pid = std::ranges::find(table.headers, "PID");
      if (pid != table.headers.end()) pid_column = static_cast<std::size_t>(pid - table.headers.begin());
      continue;
    }
    Cells cells = split(line, table.headers.size());
    cells.resize(table.headers.size());
    // A thread's line, under its process'.
    if (pid_column < cells.size() && cells[pid_column] == "-") continue;
    table.processes.push_back(std::move(cells));
  }
  if (table.headers.empty()) return Error(Errc::malformed_output, "a table of processes without a header");
  return table;
}

ProcessTable read_process_table(const std::vector<pid_t>& pids, const std::string& proc) {
  ProcessTable table{.headers = {"UID", "PID", "PPID", "C", "STIME", "TTY", "TIME", "CMD"}, .processes = {}};
  const std::string uptime = read_file(proc + "/uptime");
  const Clocks clocks{.now = std::time(nullptr), .uptime = time_of(uptime.substr(0, uptime.find('.')))};
  for (const pid_t pid : pids) {
    if (std::optional<Cells> row = row_of(pid, proc, clocks)) table.processes.push_back(std::move(*row));
  }
  return table;
}

}  // namespace crunc::runtime
