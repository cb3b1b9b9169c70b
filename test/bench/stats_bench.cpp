// SPDX-License-Identifier: Apache-2.0
// What a sample costs: natively by path, by directory descriptor and with files kept open, over one `runc events
// --stats` of the same container and files; and what it costs to sample many containers each second. Needs root and
// runc.

#include <sys/types.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <crunc/cgroups/cgroup.hpp>
#include <crunc/cgroups/stat_reader.hpp>
#include <crunc/crunc.hpp>

#include "containers.hpp"
#include "report.hpp"
#include "stopwatch.hpp"
#include "usage.hpp"

namespace {

namespace cgroups = crunc::cgroups;
using namespace crunc::bench;
using cgroups::StatMask;

/// Containers that sleep.
class Sleepers {
 public:
  pid_t add() {
    const std::string id = Containers::unique_id() + "-" + std::to_string(count_++);
    need(runc_.run(id, containers_.bundle(), {.detach = true}), "run a container");
    auto state = runc_.state(id);
    need(state, "its state");
    return state->pid;
  }
  /// Of the first one.
  void runtime_stats() const { need(runc_.stats(Containers::unique_id() + "-0"), "runc events --stats"); }

 private:
  Containers containers_{};
  int count_ = 0;
  crunc::Runc runc_{{.command = containers_.runtime(), .root = containers_.root(), .new_process_group = true}};
};

/// Microseconds for one of many samples.
Measure sampling(std::function<void()> one) {
  constexpr int samples = 25;
  return [one = std::move(one)] {
    return time_of([&] {
             for (int i = 0; i < samples; ++i) one();
           }) /
           samples;
  };
}

void compare(Report& report, const Sleepers& sleepers, pid_t pid, StatMask mask, const std::string& files,
             bool has_bars) {
  const auto hierarchy = cgroups::Hierarchy::system().value();
  const auto cgroup = std::make_shared<const cgroups::Cgroup>(cgroups::Cgroup::load(hierarchy, pid).value());
  const cgroups::CgroupPaths paths = cgroup->paths();
  const cgroups::Directories directories = cgroups::directories_of(cgroup);
  cgroups::StatReader reader = cgroups::StatReader::open(directories, mask).value();
  cgroups::Sample sample;
  const auto times = in_turn({[&] { return time_of([&] { sleepers.runtime_stats(); }); }, sampling([&] {
                                const auto loaded = cgroups::Cgroup::load(hierarchy, paths);
                                need(loaded, "open a cgroup");
                                need(cgroups::read_stats(cgroups::directories_of(*loaded), mask), "a sample by path");
                              }),
                              sampling([&] { need(cgroups::read_stats(directories, mask), "a sample"); }),
                              sampling([&] { need(reader.read(sample), "a sample of files kept open"); })},
                             report.quick() ? 10 : 40);
  const auto tell = [&](Figure figure, std::size_t which) {
    if (!has_bars) figure.bar.reset();
    report.ratio(figure.of(files), "us", times[which], times[0]);
  };
  tell(speed("runc events --stats over a sample by path"), 1);
  tell(bars::sample_by_directory, 2);
  tell(bars::sample_by_open_files, 3);
}

/// Each of `count` containers, the first of them `first`, sampled once a second by its five files that a CRI needs.
void watch(Report& report, Sleepers& sleepers, pid_t first, std::size_t count) {
  const auto hierarchy = cgroups::Hierarchy::system().value();
  std::vector<cgroups::StatReader> readers;
  std::size_t files = 0;
  while (readers.size() < count) {
    take_interruption();
    const auto cgroup = cgroups::Cgroup::load(hierarchy, readers.empty() ? first : sleepers.add());
    need(cgroup, "open a cgroup");
    auto reader = cgroups::StatReader::open(cgroups::directories_of(*cgroup), StatMask::cri);
    need(reader, "open its files");
    files += reader->descriptors();
    readers.push_back(std::move(*reader));
  }
  cgroups::Sample sample;
  const std::size_t children_before = children();
  const auto sample_all = [&] {
    for (auto& reader : readers) need(reader.read(sample), "read");
  };
  sample_all();  // the kernel makes buffers
  const std::vector<double> percent = load(10, sample_all);
  const std::string which = std::to_string(count) + " containers";
  report.value(bars::watch_cpu.of(which), "%", percent);
  report.value(bars::watch_memory.of(which), "MiB", {resident_mib()});
  report.value(bars::watch_processes.of(which), "", {static_cast<double>(children() - children_before)});
  report.value(cost("descriptors for watching").of(which), "", {static_cast<double>(files)});
}

}  // namespace

int main(int argc, char** argv) {
  return run_bench("stats", argc, argv, [](Report& report) {
    if (const auto obstacle = Containers::obstacle()) {
      for (const Figure& each : {bars::sample_by_directory, bars::sample_by_open_files, bars::watch_cpu,
                                 bars::watch_memory, bars::watch_processes}) {
        report.skip(each, *obstacle);
      }
      return;
    }
    raise_descriptor_limit();
    Sleepers sleepers;
    const pid_t first = sleepers.add();
    compare(report, sleepers, first, StatMask::runc, "the same files", true);
    compare(report, sleepers, first, StatMask::cri, "a CRI's five files", false);
    watch(report, sleepers, first, report.quick() ? 50 : 1000);
  });
}
