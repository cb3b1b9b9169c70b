// SPDX-License-Identifier: Apache-2.0
// What a blocking call costs: state() on the fake runtime, beside the same by hand, by Boost.Process and by go-runc,
// and from a process with much memory resident. Each is a process of its own.

#include <sys/mman.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <string>
#include <vector>

#include <crunc/crunc.hpp>

#include "callers.hpp"
#include "go.hpp"
#include "report.hpp"
#include "stopwatch.hpp"
#include "worker.hpp"

namespace {

namespace fs = std::filesystem;
using namespace crunc::bench;

constexpr const char* state_document =
    R"({\"ociVersion\":\"1.0.2\",\"id\":\"web\",\"pid\":42,\"status\":\"running\",\"bundle\":\"/bundles/web\",)"
    R"(\"rootfs\":\"/bundles/web/rootfs\",\"created\":\"2026-11-22T07:45:51.795330362Z\",\"owner\":\"\"})";

/// A fake runtime that prints a container's state, gone with this.
class FakeRuntime {
 public:
  FakeRuntime() {
    std::string place = fs::temp_directory_path() / "crunc-bench-XXXXXX";
    need(::mkdtemp(place.data()) != nullptr, "cannot make " + place);
    directory_ = place;
    fs::copy_file(CRUNC_FAKE_RUNTIME_PATH, path());
    std::ofstream(path() + ".scenario") << "on *\nstdout \"" << state_document << "\"\nexit 0\n";
  }
  ~FakeRuntime() {
    std::error_code ignored;
    fs::remove_all(directory_, ignored);
  }
  FakeRuntime(const FakeRuntime&) = delete;
  FakeRuntime& operator=(const FakeRuntime&) = delete;
  [[nodiscard]] std::string path() const { return directory_ / "runc"; }

 private:
  fs::path directory_;
};

Measure by_crunc(const std::string& program) {
  return [runc = crunc::Runc({.command = program})] { return time_of([&] { need(runc.state("web"), "state"); }); };
}

/// Of those that return what the program printed.
Measure by(std::string (*call)(const std::string&), const std::string& program) {
  return [=] { return time_of([&] { need(!call(program).empty(), "no output"); }); };
}

/// Fills that much memory, in small pages as a daemon's heap has them.
void fill_memory(std::size_t gibibytes) {
  constexpr std::size_t page = 4096;
  const std::size_t size = gibibytes << 30U;
  void* const memory = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  need(memory != MAP_FAILED, "no memory");
  ::madvise(memory, size, MADV_NOHUGEPAGE);
  for (std::size_t at = 0; at < size; at += page) static_cast<char*>(memory)[at] = 1;
}

/// What can be had without the machine's swapping, or its killing of somebody else.
std::size_t available_gibibytes() {
  std::ifstream file("/proc/meminfo");
  std::string word;
  std::size_t kibibytes = 0;
  while (file >> word) {
    if (word == "MemAvailable:") file >> kibibytes;
  }
  return kibibytes >> 20U;
}

/// Only these two in turn: whatever else ran in between would take the caches from the larger program.
void compare_with_hand(Report& report, const std::string& program) {
  constexpr int calls = 8;  // so that it matters less where the scheduler has put caller and child
  const Worker ours([&] { return mean_of(calls, by_crunc(program)); });
  const Worker hand([&] { return mean_of(calls, by(call_by_hand, program)); });
  const auto times =
      in_turn({[&] { return ours.measure(); }, [&] { return hand.measure(); }}, report.quick() ? 10 : 200);
  report.ratio(bars::call, "us", times[0], times[1]);
}

void compare_with_others(Report& report, const std::string& program) {
  struct Rival {
    Figure figure;
    Worker worker;
  };
  std::vector<Rival> rivals;
#ifdef HAVE_BOOST_PROCESS
  const auto rival = [&](const char* what, auto* call) {
    rivals.push_back({speed(what), Worker([&] { return by(call, program); })});
  };
  rival("Boost.Process v1's child over state()", call_by_boost_child);
  rival("Boost.Process v1's system() over state()", call_by_boost_system);
  rival("Boost.Process v2's process over state()", call_by_boost_v2);
#endif
  const Figure go = speed("go-runc's State over state()");
  if (const auto helper = go_program()) {
    rivals.push_back({go, Worker({*helper, "state", program})});
  } else {
    report.skip(go, no_go_program);
  }
  const Worker ours([&] { return by_crunc(program); });
  std::vector<Measure> measures{[&] { return ours.measure(); }};
  for (const Rival& each : rivals) measures.push_back([&] { return each.worker.measure(); });
  const auto times = in_turn(measures, report.quick() ? 50 : 400);
  for (std::size_t i = 0; i < rivals.size(); ++i) report.ratio(rivals[i].figure, "us", times[0], times[i + 1]);
}

/// The same call from a small process and from one that has filled its memory before.
void compare_memory(Report& report, const std::string& program) {
  constexpr std::size_t gibibytes = 4;
  if (available_gibibytes() < gibibytes + 1) {
    report.skip(bars::call_from_4_gib, "there are not 5 GiB of memory to be had");
    return;
  }
  const Worker small([&] { return by_crunc(program); });
  const Worker large([&] {
    fill_memory(gibibytes);
    return by_crunc(program);
  });
  const auto times =
      in_turn({[&] { return large.measure(); }, [&] { return small.measure(); }}, report.quick() ? 50 : 400);
  report.ratio(bars::call_from_4_gib, "us", times[0], times[1]);
}

}  // namespace

int main(int argc, char** argv) {
  return run_bench("call", argc, argv, [](Report& report) {
    const FakeRuntime runtime;
    compare_with_hand(report, runtime.path());
    compare_with_others(report, runtime.path());
    compare_memory(report, runtime.path());
  });
}
