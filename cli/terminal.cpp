// SPDX-License-Identifier: Apache-2.0
// Asking of an output what it is.

#include "terminal.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <charconv>
#include <cstdlib>
#include <string_view>

namespace crunc::cli {

bool is_terminal(int fd) { return ::isatty(fd) == 1; }

std::size_t width_of(int fd) {
  constexpr std::size_t usual = 80;
  winsize size{};
  if (::ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
  const char* const columns = std::getenv("COLUMNS");
  const std::string_view text = columns == nullptr ? "" : columns;
  std::size_t width = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), width);
  return error == std::errc{} && stop == text.data() + text.size() && width > 0 ? width : usual;
}

bool shows_colours(int fd) {
  const char* const unwanted = std::getenv("NO_COLOR");
  return is_terminal(fd) && (unwanted == nullptr || *unwanted == '\0');
}

}  // namespace crunc::cli
