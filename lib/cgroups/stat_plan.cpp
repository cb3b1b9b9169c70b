// SPDX-License-Identifier: Apache-2.0
// Reading of a cgroup's files of statistics. A read allocates nothing once all is in place: the text is on the stack,
// and what it becomes is in a Sample that is used again.

#include "cgroups/stat_plan.hpp"

#include <algorithm>
#include <array>
#include <cerrno>

#include <fcntl.h>

#include "cgroups/directory.hpp"
#include "core/text.hpp"
#include "sys/calls.hpp"

namespace crunc::cgroups {
namespace {

constexpr std::size_t buffer_size = std::size_t{16} * 1024;
constexpr std::size_t largest = std::size_t{16} * 1024 * 1024;

bool is_missing(const std::error_code& error) noexcept {
  // ENOTSUP: pressure that is turned off, cgroup.procs of a threaded cgroup.
  return error == std::errc::no_such_file_or_directory || error == std::errc::operation_not_supported ||
         error == std::errc::not_supported;
}

sys::SysResult<sys::Fd> open_at(int dirfd, const char* name) {
  for (;;) {
    sys::Fd fd(sys::calls().openat(dirfd, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW, 0));
    if (fd) return fd;
    if (errno != EINTR) return sys::last_error();
  }
}

sys::SysResult<std::size_t> read_at(int fd, char* to, std::size_t size, std::size_t offset) {
  for (;;) {
    const ssize_t got = sys::calls().pread(fd, to, size, static_cast<off_t>(offset));
    if (got >= 0) return static_cast<std::size_t>(got);
    if (errno != EINTR) return sys::last_error();
  }
}

/// Whether there may be more behind a read that gave so much: the kernel hands lists on in whole rows that fit a page.
bool may_go_on(std::size_t got) noexcept { return got >= 4000; }

void add_error(Sample& sample, const char* name, Errc code, std::error_code system) {
  sample.errors.push_back({name, Error(code, std::string("read ") + name, system)});
}

}  // namespace

StatPlan::StatPlan(const Directories& directories, StatMask mask, KeepOpen keep)
    : keep_(keep), directories_(directories) {
  ControllerSet::all().for_each([&](Controller controller) {
    const auto place = directories.find(controller);
    if (!place) return;
    if (place->on_v2) on_v2_.add(controller);
    add({place->fd, to_string(controller, place->on_v2)}, files_of(controller, place->on_v2), mask);
  });
  if (directories.unified_fd() >= 0) add({directories.unified_fd(), "unified"}, v2::pressure_files(), mask);
}

void StatPlan::add(Place place, std::span<const StatFile> files, StatMask mask) {
  places_.push_back(place);
  const std::size_t index = places_.size() - 1;
  page_sizes_.clear();
  for (const StatFile& file : files) {
    if ((file.wanted & mask) == StatMask::none) continue;
    if (file.per_page_size) {
      add_per_page_size(index, file);
    } else {
      files_.push_back({&file, file.name, {}, index});
    }
  }
  if (files_.empty() || files_.back().place != index) places_.pop_back();
}

void StatPlan::add_per_page_size(std::size_t place, const StatFile& file) {
  if (page_sizes_.empty()) {
    for (std::string& size : huge_page_sizes(places_[place].fd)) page_sizes_.push_back(names_.emplace_back(size));
  }
  for (const std::string_view size : page_sizes_) {
    const std::string& name = names_.emplace_back("hugetlb." + std::string(size) + file.name);
    files_.push_back({&file, name.c_str(), size, place});
  }
}

std::size_t StatPlan::descriptors() const noexcept {
  return static_cast<std::size_t>(std::ranges::count_if(files_, [](const File& file) { return bool(file.fd); }));
}

void StatPlan::close_all() noexcept {
  for (File& file : files_) {
    file.fd.reset();
    file.missing = false;
  }
}

Result<void> StatPlan::read(Sample& sample) {
  read_files(sample);
  if (vanished_ && directories_.is_owned()) {
    close_all();
    read_files(sample);
  }
  return judge(sample);
}

void StatPlan::read_files(Sample& sample) {
  std::array<char, buffer_size> buffer;  // not initialised: it is large
  buffer_ = buffer.data();
  vanished_ = false;
  Filling into(sample);
  sample.on_v2 = on_v2_;
  sample.read_at = std::chrono::system_clock::now();
  std::size_t place = SIZE_MAX;
  std::uint8_t settled = 0;  // the way that has numbers
  std::uint8_t dead = 0;     // the last one that has none
  for (File& file : files_) {
    if (file.place != place) {
      place = file.place;
      places_[place].alive = false;
      settled = dead = 0;
    }
    const std::uint8_t way = file.file->way;
    if (way != 0 && (settled != 0 ? way != settled : way == dead)) continue;
    const Outcome outcome = read_file(file, into, sample);
    if (outcome == Outcome::good || outcome == Outcome::empty) places_[place].alive = true;
    if (way != 0 && settled == 0) {
      const bool has_numbers = outcome == Outcome::good || outcome == Outcome::failed;
      (has_numbers ? settled : dead) = way;
    }
  }
  into.finish();
  buffer_ = nullptr;
}

StatPlan::Outcome StatPlan::read_file(File& file, Filling& into, Sample& sample) {
  const sys::SysResult<std::string_view> text = text_of(file);
  if (keep_ == KeepOpen::no) file.fd.reset();
  if (!text) {
    if (is_missing(text.error())) return Outcome::missing;
    const bool gone = text.error() == std::errc::no_such_device;
    vanished_ = vanished_ || gone;
    add_error(sample, file.name, gone ? Errc::cgroup_gone : Errc::system_error, text.error());
    return Outcome::failed;
  }
  places_[file.place].alive = true;
  switch (file.file->parse(*text, file.page_size, into)) {
    case Parsed::good: return Outcome::good;
    case Parsed::empty: return Outcome::empty;
    case Parsed::malformed: break;
  }
  sample.errors.push_back({file.name, Error(Errc::malformed_output, std::string("read ") + file.name + ": " +
                                                                        core::excerpt(core::trim(*text)))});
  return Outcome::failed;
}

std::error_code StatPlan::open(File& file) const {
  if (file.missing || places_[file.place].fd < 0) return sys::make_error(ENOENT);
  sys::SysResult<sys::Fd> opened = open_at(places_[file.place].fd, file.name);
  if (opened) {
    file.fd = std::move(*opened);
    return {};
  }
  file.missing = keep_ == KeepOpen::yes && is_missing(opened.error());
  return opened.error();
}

Result<void> StatPlan::open_all() {
  for (File& file : files_) {
    if (file.file->last_resort) continue;  // the read below opens it, if there is nothing better
    const std::error_code failed = open(file);
    if (failed == std::errc::too_many_files_open || failed == std::errc::too_many_files_open_in_system) {
      return Error(Errc::system_error, std::string("open ") + file.name, failed);
    }
  }
  Sample first;
  const Result<void> read_once = read(first);
  if (!read_once && read_once.error().code == Errc::cgroup_gone) return read_once.error();
  if (!directories_.is_owned()) {
    for (Place& place : places_) place.fd = -1;
  }
  return {};
}

sys::SysResult<std::string_view> StatPlan::text_of(File& file) {
  if (!file.fd) {
    if (const std::error_code failed = open(file)) return failed;
  }
  return content(file.fd.get());
}

sys::SysResult<std::string_view> StatPlan::content(int fd) {
  const sys::SysResult<std::size_t> first = read_at(fd, buffer_, buffer_size, 0);
  if (!first) return first.error();
  if (!may_go_on(*first)) return std::string_view(buffer_, *first);
  std::size_t size = *first;
  large_.assign(buffer_, size);
  for (;;) {
    large_.resize(std::max(size + buffer_size, large_.capacity()));
    const sys::SysResult<std::size_t> more = read_at(fd, large_.data() + size, large_.size() - size, size);
    if (!more) return more.error();
    size += *more;
    if (*more == 0 || size > largest) break;
  }
  large_.resize(size);
  return std::string_view(large_);
}

Result<void> StatPlan::judge(Sample& sample) {
  bool any_alive = files_.empty();
  bool any_removed = false;
  for (const Place& place : places_) {
    if (place.alive) {
      any_alive = true;
    } else if (place.fd < 0) {
      any_removed = any_removed || vanished_;  // its files have said so themselves
    } else if (is_removed(place.fd)) {
      any_removed = true;
      const std::string label(place.label);
      sample.errors.push_back({label, Error(Errc::cgroup_gone, "read " + label)});
    }
  }
  if (any_alive) return {};
  if (any_removed) return Error(Errc::cgroup_gone, "read the cgroup's files", sys::make_error(ENODEV));
  if (!sample.errors.empty()) return sample.errors.front().error;
  return {};
}

Result<Sample> read_stats(const Directories& directories, StatMask mask) {
  Sample sample;
  StatPlan plan(directories, mask, KeepOpen::no);
  const Result<void> read = plan.read(sample);
  if (!read) return read.error();
  return sample;
}

}  // namespace crunc::cgroups
