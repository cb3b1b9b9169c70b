// SPDX-License-Identifier: Apache-2.0
// What a sample costs: natively by path, by directory descriptor and with files kept open, over one `runc events
// --stats` of the same container and files; and what it costs to sample many cgroups each second. Needs root and runc.

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include <crunc/cgroups/cgroup.hpp>
#include <crunc/cgroups/stat_reader.hpp>
#include <crunc/crunc.hpp>

#include "bundle/bundle.hpp"
#include "usage.hpp"

namespace {

namespace fs = std::filesystem;
namespace cgroups = crunc::cgroups;
using cgroups::StatMask;
using Clock = std::chrono::steady_clock;
using crunc::bench::cpu_seconds;
using crunc::bench::raise_descriptor_limit;
using crunc::bench::resident_mib;
using Microseconds = std::chrono::duration<double, std::micro>;

double median(std::vector<double> values) {
  std::ranges::nth_element(values, values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2));
  return values[values.size() / 2];
}

double microseconds(auto&& action) {
  const auto begin = Clock::now();
  action();
  return Microseconds(Clock::now() - begin).count();
}

void need(bool good, const char* what) {
  if (good) return;
  std::fprintf(stderr, "failed: %s\n", what);
  std::exit(1);
}

/// One container asleep, gone with this.
class Sleeper {
 public:
  Sleeper() {
    crunc::fixtures::make_bundle(dir_ / "bundle", {.memory_limit_bytes = 64 << 20, .pids_limit = 64});
    need(runc.run("bench", dir_ / "bundle", {.detach = true}).has_value(), "run a container");
    pid = runc.state("bench").value().pid;
  }
  ~Sleeper() {
    static_cast<void>(runc.remove("bench", {.force = true}));
    std::error_code ignored;
    fs::remove_all(dir_, ignored);
  }
  Sleeper(const Sleeper&) = delete;
  Sleeper& operator=(const Sleeper&) = delete;

 private:
  fs::path dir_ = fs::temp_directory_path() / ("crunc-bench-" + std::to_string(::getpid()));

 public:
  crunc::Runc runc{{.command = "runc", .root = dir_ / "root"}};
  pid_t pid = 0;
};

void compare(const Sleeper& sleeper, const char* name, StatMask mask) {
  const auto hierarchy = cgroups::Hierarchy::system().value();
  const auto cgroup = std::make_shared<const cgroups::Cgroup>(cgroups::Cgroup::load(hierarchy, sleeper.pid).value());
  const cgroups::CgroupPaths paths = cgroup->paths();
  const cgroups::Directories directories = cgroups::directories_of(cgroup);
  cgroups::StatReader reader = cgroups::StatReader::open(directories, mask).value();
  cgroups::Sample sample;
  std::vector<double> runc;
  std::vector<double> by_path;
  std::vector<double> by_directory;
  std::vector<double> hot;
  for (int i = 0; i < 40; ++i) {
    // All in one round, so that the machine's other load meets each of them.
    runc.push_back(microseconds([&] { need(sleeper.runc.stats("bench").has_value(), "runc events --stats"); }));
    for (int k = 0; k < 25; ++k) {
      by_path.push_back(microseconds([&] {
        const auto loaded = cgroups::Cgroup::load(hierarchy, paths);
        need(loaded && cgroups::read_stats(cgroups::directories_of(*loaded), mask), "a sample by path");
      }));
      by_directory.push_back(
          microseconds([&] { need(cgroups::read_stats(directories, mask).has_value(), "a sample"); }));
      hot.push_back(microseconds([&] { need(reader.read(sample).has_value(), "a sample of files kept open"); }));
    }
  }
  const double base = median(runc);
  std::printf("%-9s runc events --stats %8.0f us\n", name, base);
  std::printf("%-9s by path             %8.1f us  x%.0f\n", name, median(by_path), base / median(by_path));
  std::printf("%-9s by directory fd     %8.1f us  x%.0f\n", name, median(by_directory), base / median(by_directory));
  std::printf("%-9s files kept open     %8.1f us  x%.0f  (%zu descriptors)\n", name, median(hot), base / median(hot),
              reader.descriptors());
}

/// `count` cgroups, each sampled once a second for some seconds.
void watch_many(std::size_t count, int seconds) {
  raise_descriptor_limit();
  const auto hierarchy = cgroups::Hierarchy::system().value();
  const auto top = cgroups::CgroupPath::parse("/crunc-bench-" + std::to_string(::getpid())).value();
  cgroups::Cgroup parent = cgroups::Cgroup::create(hierarchy, top).value();
  std::vector<cgroups::StatReader> readers;
  std::size_t descriptors = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const auto cgroup = parent.child("c" + std::to_string(i));
    need(cgroup.has_value(), "make a cgroup");
    auto reader = cgroups::StatReader::open(cgroups::directories_of(*cgroup), StatMask::cri);
    need(reader.has_value(), "open its files");
    descriptors += reader->descriptors();
    readers.push_back(std::move(*reader));
  }
  cgroups::Sample sample;
  for (auto& reader : readers) need(reader.read(sample).has_value(), "read");  // the kernel makes buffers
  const double before = cpu_seconds();
  const auto begin = Clock::now();
  for (int i = 1; i <= seconds; ++i) {
    for (auto& reader : readers) need(reader.read(sample).has_value(), "read");
    std::this_thread::sleep_until(begin + std::chrono::seconds(i));
  }
  const double elapsed = std::chrono::duration<double>(Clock::now() - begin).count();
  std::printf("%zu cgroups each second: %.2f %% of one core, %.1f MiB resident, %zu descriptors\n", count,
              100 * (cpu_seconds() - before) / elapsed, resident_mib(), descriptors);
  readers.clear();
  need(parent.remove().has_value(), "remove the cgroups");
}

}  // namespace

int main(int argc, char** argv) {
  const std::size_t count = argc > 1 ? std::strtoul(argv[1], nullptr, 10) : 1000;
  if (::geteuid() != 0) {
    std::puts("skipped: needs root");
    return 0;
  }
  {
    const Sleeper sleeper;
    compare(sleeper, "all files", StatMask::runc);
    compare(sleeper, "cri", StatMask::cri);
  }
  watch_many(count, 10);
  return 0;
}
