// SPDX-License-Identifier: Apache-2.0
// bpf(2) as kernels of other ages and rights answer it.
#include <doctest/doctest.h>

#include <algorithm>
#include <cerrno>
#include <string>
#include <vector>

#include <fcntl.h>
#include <linux/bpf.h>
#include <sys/resource.h>

#include <crunc/cgroups/devices.hpp>

#include "sys/calls.hpp"

using namespace crunc;
using namespace crunc::cgroups;
using sys::Calls;

namespace {

/// A kernel with the programs of one cgroup.
struct Kernel {
  std::vector<std::uint32_t> attached{};
  std::vector<std::uint32_t> hidden{};  ///< that may not be opened
  std::uint32_t flags = BPF_F_ALLOW_MULTI;
  bool can_replace = true;
  int load_failures = 0;
  int load_error = EPERM;
  std::uint32_t next = 100;
  std::vector<std::pair<int, std::uint32_t>> fds{};
  std::vector<std::string> done{};
  rlim_t locked = 65536;
  std::vector<rlim_t> locked_before{};

  int fail(int error) {
    errno = error;
    return -1;
  }
  int open(std::uint32_t id) {
    const int fd = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
    std::erase_if(fds, [&](const auto& one) { return one.first == fd; });
    fds.emplace_back(fd, id);
    return fd;
  }
  std::uint32_t id_of(std::uint32_t fd) {
    return std::ranges::find(fds, static_cast<int>(fd), &std::pair<int, std::uint32_t>::first)->second;
  }

  int query(bpf_attr& attributes) {
    std::ranges::copy(attached, reinterpret_cast<std::uint32_t*>(attributes.query.prog_ids));
    attributes.query.prog_cnt = static_cast<std::uint32_t>(attached.size());
    attributes.query.attach_flags = attached.empty() ? 0 : flags;
    return 0;
  }
  int load() {
    if (load_failures-- > 0) return fail(load_error);
    return open(next++);
  }
  int attach(const bpf_attr& attributes) {
    const std::uint32_t id = id_of(attributes.attach_bpf_fd);
    const bool replace = (attributes.attach_flags & BPF_F_REPLACE) != 0;
    if (replace && !can_replace) return fail(EINVAL);
    if (!attached.empty() && (attributes.attach_flags & ~std::uint32_t{BPF_F_REPLACE}) != flags) return fail(EPERM);
    if (replace) {
      done.push_back("replace");
      *std::ranges::find(attached, id_of(attributes.replace_bpf_fd)) = id;
      return 0;
    }
    done.push_back("attach");
    if ((attributes.attach_flags & BPF_F_ALLOW_MULTI) == 0) attached.clear();
    attached.push_back(id);
    return 0;
  }
  int detach(const bpf_attr& attributes) {
    done.push_back("detach");
    std::erase(attached, id_of(attributes.attach_bpf_fd));
    return 0;
  }
  int call(int command, bpf_attr& attributes) {
    switch (command) {
      case BPF_PROG_QUERY: return query(attributes);
      case BPF_PROG_LOAD: return load();
      case BPF_PROG_ATTACH: return attach(attributes);
      case BPF_PROG_DETACH: return detach(attributes);
      case BPF_PROG_GET_FD_BY_ID:
        return std::ranges::count(hidden, attributes.prog_id) != 0 ? fail(EPERM) : open(attributes.prog_id);
      default: return fail(EINVAL);
    }
  }
};

Kernel* kernel = nullptr;

Result<void> attach_on(Kernel& made) {
  kernel = &made;
  Calls table = sys::kernel_calls();
  table.bpf = [](int command, void* attributes, unsigned) {
    return kernel->call(command, *static_cast<bpf_attr*>(attributes));
  };
  table.prlimit = [](int, const rlimit* limit, rlimit* old) {
    if (old != nullptr) *old = {kernel->locked, 8388608};
    if (limit == nullptr) return 0;
    if (limit->rlim_max > 8388608) return kernel->fail(EPERM);
    kernel->locked_before.push_back(kernel->locked);
    kernel->locked = limit->rlim_cur;
    return 0;
  };
  const sys::ReplacedCalls replaced(table);
  return attach(make_device_program({}), 5);
}

using Steps = std::vector<std::string>;
using Ids = std::vector<std::uint32_t>;

}  // namespace

TEST_CASE("the first device program is attached beside what may come") {
  Kernel made;
  REQUIRE(attach_on(made).has_value());
  CHECK(made.done == Steps{"attach"});
  CHECK(made.attached == Ids{100});
}

TEST_CASE("one device program is replaced at once") {
  Kernel made{.attached = {7}};
  REQUIRE(attach_on(made).has_value());
  CHECK(made.done == Steps{"replace"});
  CHECK(made.attached == Ids{100});
}

TEST_CASE("before Linux 5.6 the new device program comes before the old one goes") {
  Kernel made{.attached = {7}, .can_replace = false};
  REQUIRE(attach_on(made).has_value());
  CHECK(made.done == Steps{"attach", "detach"});
  CHECK(made.attached == Ids{100});
}

TEST_CASE("8A-4 all device programs of before go when there are several") {
  Kernel made{.attached = {7, 8, 9}};
  REQUIRE(attach_on(made).has_value());
  CHECK(made.done == Steps{"attach", "detach", "detach", "detach"});
  CHECK(made.attached == Ids{100});
}

TEST_CASE("a device program that may not be opened stays beside ours") {
  Kernel made{.attached = {7, 8}, .hidden = {7}};
  REQUIRE(attach_on(made).has_value());
  CHECK(made.done == Steps{"replace"});
  CHECK(made.attached == Ids{7, 100});
}

TEST_CASE("a device program that was attached as the only one is replaced by another of that kind") {
  Kernel made{.attached = {7}, .flags = BPF_F_ALLOW_OVERRIDE};
  REQUIRE(attach_on(made).has_value());
  CHECK(made.attached == Ids{100});
}

TEST_CASE("the limit of locked memory is raised for a load and put back") {
  Kernel made{.load_failures = 1};
  REQUIRE(attach_on(made).has_value());
  CHECK(made.locked_before == std::vector<rlim_t>{65536, 8388608});
  CHECK(made.locked == 65536);
}

TEST_CASE("a load that is refused is told with its errno") {
  Kernel refused{.load_failures = 9};
  CHECK(attach_on(refused).error().system == std::errc::operation_not_permitted);
  CHECK(refused.locked == 65536);
  Kernel invalid{.load_failures = 9, .load_error = EINVAL};
  CHECK(attach_on(invalid).error().code == Errc::system_error);
  CHECK(invalid.locked_before.empty());
  Kernel lacking{.load_failures = 9, .load_error = ENOSYS};
  CHECK(attach_on(lacking).error().code == Errc::unsupported);
}
