// SPDX-License-Identifier: Apache-2.0
// Resources put in force on trees of plain files, with system calls that fail.
#include <doctest/doctest.h>

#include <cerrno>
#include <filesystem>
#include <string>
#include <vector>

#include <crunc/cgroups/cgroup.hpp>
#include <crunc/cgroups/update.hpp>

#include "support/plan_text.hpp"
#include "support/temp_dir.hpp"
#include "support/text_file.hpp"
#include "sys/calls.hpp"

using namespace crunc;
using namespace crunc::cgroups;
using sys::Calls;
using test::resources;

namespace {

/// A tree of cgroup v2 with one cgroup, whose files are there and empty.
class UnifiedTree {
 public:
  explicit UnifiedTree(std::initializer_list<const char*> files) {
    const std::string controllers = "cpuset cpu io memory hugetlb pids rdma misc";
    test::write_text(dir_ / "cgroup.controllers", controllers);
    test::write_text(dir_ / "cgroup.subtree_control", controllers);
    std::filesystem::create_directory(dir_ / "web");
    test::write_text(dir_ / "web/cgroup.controllers", controllers);
    for (const char* file : files) test::write_text(dir_ / "web" / file, "");
  }
  [[nodiscard]] Cgroup cgroup() const {
    return Cgroup::load(Hierarchy::at(dir_.path(), Mode::unified).value(), CgroupPath::parse("/web").value()).value();
  }
  [[nodiscard]] std::string read(const char* file) const { return test::read_text(dir_ / "web" / file); }
  void write(const char* file, const char* text) const { test::write_text(dir_ / "web" / file, text); }

 private:
  test::TempDir dir_{};
};

template <int Error>
ssize_t fail_write(int, const void*, size_t) {
  errno = Error;
  return -1;
}

}  // namespace

TEST_CASE("update writes into the directory of the cgroup") {
  const UnifiedTree tree({"memory.max", "pids.max", "cpu.max", "cpu.weight", "memory.high"});
  Cgroup cgroup = tree.cgroup();

  const auto done = update(cgroup, resources(R"({"memory":{"limit":4096},"pids":{"limit":5},
      "cpu":{"shares":1024,"period":50000},"unified":{"memory.high":"max"}})"));

  CAPTURE(done.has_value() ? "" : done.error().message());
  REQUIRE(done.has_value());
  CHECK(tree.read("memory.max") == "4096");
  CHECK(tree.read("pids.max") == "5");
  CHECK(tree.read("cpu.weight") == "100");
  CHECK(tree.read("cpu.max") == "max 50000");
  CHECK(tree.read("memory.high") == "max");
}

TEST_CASE("rdma and misc are written one device and one resource at a time") {
  const UnifiedTree tree({"rdma.max", "misc.max"});
  Cgroup cgroup = tree.cgroup();
  static std::vector<std::string> written;
  written.clear();
  Calls table = sys::kernel_calls();
  table.write = [](int, const void* bytes, size_t size) {
    return written.emplace_back(static_cast<const char*>(bytes), size), static_cast<ssize_t>(size);
  };
  const sys::ReplacedCalls replaced(table);

  REQUIRE(update(cgroup, resources(R"({"rdma":{"mlx4_0":{"hcaHandles":2,"hcaObjects":2000},"ocrdma1":{"hcaHandles":3}},
      "unified":{"misc.max":"sev 5\nsev_es max"}})"))
              .has_value());
  CHECK(written ==
        std::vector<std::string>{"mlx4_0 hca_handle=2 hca_object=2000", "ocrdma1 hca_handle=3", "sev 5", "sev_es max"});
}

TEST_CASE("rdma of v1 is written into its own hierarchy") {
  const test::TempDir dir;
  std::filesystem::create_directories(dir / "rdma/web");
  test::write_text(dir / "rdma/web/rdma.max", "");
  test::write_text(dir / "rdma/web/cgroup.procs", "");
  Cgroup cgroup =
      Cgroup::load(Hierarchy::at(dir.path(), Mode::legacy).value(), CgroupPath::parse("/web").value()).value();

  REQUIRE(update(cgroup, resources(R"({"rdma":{"mlx4_0":{"hcaObjects":7}}})")).has_value());
  CHECK(test::read_text(dir / "rdma/web/rdma.max") == "mlx4_0 hca_object=7");
  CHECK(update(cgroup, resources(R"({"unified":{"misc.max":"sev 5"}})")).error().code == Errc::unsupported);
}

TEST_CASE("update looks at what is in force") {
  const UnifiedTree tree({"cpu.max", "memory.max"});
  Cgroup cgroup = tree.cgroup();
  tree.write("cpu.max", "7000 100000\n");
  REQUIRE(update(cgroup, resources(R"({"cpu":{"period":50000}})")).has_value());
  CHECK(tree.read("cpu.max").starts_with("7000 50000"));
  tree.write("memory.current", "4096\n");
  const auto refused = update(cgroup, resources(R"({"memory":{"limit":4096,"checkBeforeUpdate":true}})"));
  CHECK(refused.error().code == Errc::cgroup_busy);
  CHECK(tree.read("memory.max").empty());
}

TEST_CASE("a write that fails names field and file and value") {
  const UnifiedTree tree({"memory.max"});
  Cgroup cgroup = tree.cgroup();
  tree.write("memory.current", "8192\n");
  Calls busy = sys::kernel_calls();
  busy.write = fail_write<EBUSY>;
  const sys::ReplacedCalls replaced(busy);

  const auto done = update(cgroup, resources(R"({"memory":{"limit":4096}})"));

  CHECK(done.error().code == Errc::cgroup_busy);
  CHECK(done.error().system == std::errc::device_or_resource_busy);
  const std::string reason = done.error().reason;
  CHECK(reason.starts_with("/memory/limit: "));
  CHECK(reason.find("memory.max") != std::string::npos);
  CHECK(reason.find("4096") != std::string::npos);
  CHECK(reason.find("8192 bytes in use") != std::string::npos);
}

TEST_CASE("a file that is not there fails and one that may be missing does not") {
  const UnifiedTree tree({"memory.max", "hugetlb.2MB.max"});
  Cgroup cgroup = tree.cgroup();
  CHECK(update(cgroup, resources(R"({"memory":{"limit":4096,"swap":4096}})")).has_value());
  const auto pids = update(cgroup, resources(R"({"pids":{"limit":4}})"));
  CHECK(pids.error().system == std::errc::no_such_file_or_directory);
  CHECK(pids.error().reason.starts_with("/pids/limit: "));
}

TEST_CASE("a cgroup that is gone is told as gone") {
  const UnifiedTree tree({});
  Cgroup cgroup = tree.cgroup();
  REQUIRE(std::filesystem::remove_all(cgroup.paths().at("")) > 0);
  CHECK(update(cgroup, resources(R"({"unified":{"cgroup.freeze":"1"}})")).error().code == Errc::cgroup_gone);
  CHECK(update(cgroup, resources(R"({"cpu":{"shares":2}})")).error().code != Errc::none);
}
