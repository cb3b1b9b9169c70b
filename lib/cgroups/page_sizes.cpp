// SPDX-License-Identifier: Apache-2.0
// Which sizes of huge pages a cgroup counts. Taken from the names of its files, never from a caller: what is joined
// into a file's name here was one already.

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstring>

#include <dirent.h>
#include <fcntl.h>

#include "cgroups/stat_plan.hpp"
#include "sys/calls.hpp"

namespace crunc::cgroups {
namespace {

/// "2MB" of "hugetlb.2MB.max".
std::string_view page_size_of(std::string_view name) noexcept {
  constexpr std::string_view prefix = "hugetlb.";
  if (!name.starts_with(prefix)) return {};
  name.remove_prefix(prefix.size());
  const std::string_view size = name.substr(0, name.find('.'));
  return size.size() < name.size() && size.find_first_not_of("0123456789KMGB") == std::string_view::npos ? size : "";
}

void add_page_sizes(const char* entries, std::size_t count, std::vector<std::string>& sizes) {
  for (std::size_t at = 0; at < count;) {
    unsigned short length = 0;
    std::memcpy(&length, entries + at + offsetof(dirent64, d_reclen), sizeof length);
    const std::string_view size = page_size_of(entries + at + offsetof(dirent64, d_name));
    if (!size.empty() && std::ranges::find(sizes, size) == sizes.end()) sizes.emplace_back(size);
    at += length;
  }
}

}  // namespace

std::vector<std::string> huge_page_sizes(int dirfd) {
  std::vector<std::string> sizes;
  const sys::Fd listing(sys::calls().openat(dirfd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0));
  if (!listing) return sizes;
  alignas(dirent64) char buffer[16 * 1024];
  for (;;) {
    const ssize_t got = sys::calls().getdents64(listing.get(), buffer, sizeof buffer);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return sizes;
    add_page_sizes(buffer, static_cast<std::size_t>(got), sizes);
  }
}

}  // namespace crunc::cgroups
