// SPDX-License-Identifier: Apache-2.0
// Reading of /proc/PID/stat.

#include "sys/proc_stat.hpp"

#include <array>
#include <cerrno>
#include <charconv>
#include <string>

#include "sys/calls.hpp"

namespace crunc::sys {
namespace {

constexpr int state_field = 3;
constexpr int flags_field = 9;
constexpr int threads_field = 20;
constexpr int start_time_field = 22;
constexpr int exit_code_field = 52;
constexpr unsigned long exiting_flag = 0x4;  // PF_EXITING of the kernel's sched.h

template <class T>
bool read_number(std::string_view text, T& out) noexcept {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  return error == std::errc{} && end == text.data() + text.size();
}

}  // namespace

std::optional<ProcStat> parse_proc_stat(std::string_view line) noexcept {
  // The name in parentheses may hold anything, parentheses and newlines included; what follows the last one is numbers.
  const std::size_t name_end = line.rfind(')');
  if (name_end == std::string_view::npos) return std::nullopt;
  std::string_view rest = line.substr(name_end + 1);
  ProcStat result;
  unsigned long flags = 0;
  for (int field = state_field; field <= exit_code_field; ++field) {
    const std::size_t begin = rest.find_first_not_of(" \n");
    if (begin == std::string_view::npos) return std::nullopt;
    const std::string_view word = rest.substr(begin, rest.find_first_of(" \n", begin) - begin);
    rest.remove_prefix(begin + word.size());
    if (field == state_field) result.state = word[0];
    if (field == flags_field && !read_number(word, flags)) return std::nullopt;
    if (field == threads_field && !read_number(word, result.threads)) return std::nullopt;
    if (field == start_time_field && !read_number(word, result.start_ticks)) return std::nullopt;
    if (field == exit_code_field && !read_number(word, result.wait_status)) return std::nullopt;
  }
  result.is_exiting = (flags & exiting_flag) != 0;
  return result;
}

SysResult<ProcStat> read_proc_stat(pid_t pid) {
  constexpr std::size_t longest = 4096;
  const SysResult<std::string> text = read_file(("/proc/" + std::to_string(pid) + "/stat").c_str(), longest);
  if (!text) return text.error();
  const std::optional<ProcStat> stat = parse_proc_stat(*text);
  if (!stat) return make_error(ESRCH);
  return *stat;
}

bool may_read_exit_code(pid_t pid) {
  std::array<char, 64> target{};
  return calls().readlink(("/proc/" + std::to_string(pid) + "/ns/user").c_str(), target.data(), target.size()) > 0;
}

}  // namespace crunc::sys
