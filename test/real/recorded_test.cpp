// SPDX-License-Identifier: Apache-2.0
// What the installed runtime prints today against fixtures/recorded, which the decoders are tested with. With
// CRUNC_RECORD=1 it is recorded anew instead.
#include <doctest/doctest.h>

#include <signal.h>

#include <cstdlib>
#include <filesystem>

#include "support/process.hpp"
#include "support/real_runtime.hpp"
#include "support/recorded.hpp"
#include "support/requirements.hpp"
#include "support/text_file.hpp"

using namespace crunc;
using test::RealRuntime;
using test::skip_unless_real_runtime;

namespace {

namespace fs = std::filesystem;
using Tokens = std::vector<std::string>;

const fs::path recordings = fs::path(CRUNC_FIXTURES_PATH) / "recorded";

bool recording() { return std::getenv("CRUNC_RECORD") != nullptr; }

std::string replace_all(std::string text, const std::string& from, const std::string& to) {
  for (std::size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size()) {
    text.replace(at, from.size(), to);
  }
  return text;
}

/// The runtime with one container "a2", and what it prints of it, with the places of the recorded one.
class Speaker {
 public:
  Speaker() { bundle_ = runtime.bundle({"sleep", "1000"}, {.memory_limit_bytes = 32 << 20, .pids_limit = 64}); }

  /// Both outputs of a verb, one after the other: some of the recorded failures went to one, some to the other.
  std::string say(const Tokens& verb) {
    const RuncOptions options = runtime.options();
    Tokens tokens{"--root", options.root->string()};
    if (options.systemd_cgroup) tokens.push_back("--systemd-cgroup");
    tokens.insert(tokens.end(), verb.begin(), verb.end());
    const Finished ran = runtime->raw(tokens, {.io = Io::capture()}).value();
    const std::string said = replace_all(ran.output.out + ran.output.err, bundle_.string(), "/root/b");
    return replace_all(said, options.root->string(), runtime.is_crun() ? "/run/crun" : "/run/runc");
  }

  /// Where the recording of `what` is, made in surroundings such as these.
  [[nodiscard]] fs::path file(const std::string& what) const {
    const std::string systemd = runtime.options().systemd_cgroup ? "-systemd" : "";
    return recordings / (name() + systemd + (test::on_cgroup_v2() ? "-v2-" : "-v1-") + what);
  }
  [[nodiscard]] std::string name() const { return runtime.is_crun() ? "crun" : "runc"; }

  void compare(const fs::path& recorded, const std::string& today) const {
    if (recording()) return test::write_text(recorded, today);
    INFO(recorded.filename().string() << " has drifted; record anew with CRUNC_RECORD=1");
    REQUIRE(fs::exists(recorded));
    CHECK(test::first_difference(test::without_numbers(test::read_text(recorded)), test::without_numbers(today)) == "");
  }

  RealRuntime runtime;
  [[nodiscard]] const fs::path& bundle() const { return bundle_; }

 private:
  fs::path bundle_;
};

/// Members whose keys the kernel chooses.
const std::vector<std::string> kernel_maps{"/data/memory/raw", "/data/hugetlb"};

/// Every place that any recording of this runtime's stats has: a Go runtime leaves out what is zero.
std::vector<std::string> recorded_stats_places() {
  std::vector<std::string> all;
  for (const auto& entry : fs::directory_iterator(recordings)) {
    const std::string name = entry.path().filename().string();
    if (!name.starts_with("runc-") || !name.ends_with("-stats.json")) continue;
    const auto some = test::places(test::read_text(entry.path()), kernel_maps);
    all.insert(all.end(), some.begin(), some.end());
  }
  return all;
}

bool skip_without_cgroups() { return test::skip_unless(!test::cgroups_disabled(), "the runtime is kept off cgroups"); }

}  // namespace

TEST_CASE("help and features are what was recorded of this runtime") {
  if (skip_unless_real_runtime()) return;
  const Speaker speaker;

  for (const std::string what : {"help", "features"}) {
    CAPTURE(what);
    const Finished ran = speaker.runtime->raw({what == "help" ? "--help" : what}, {.io = Io::capture()}).value();
    if (what == "help") {
      speaker.compare(recordings / (speaker.name() + "-help.txt"), ran.output.out + ran.output.err);
    } else {
      speaker.compare(recordings / (speaker.name() + "-features.json"), ran.output.out);
      speaker.compare(recordings / (speaker.name() + "-features.err"), ran.output.err);
    }
  }
}

TEST_CASE("state and list and ps are what was recorded of this runtime") {
  if (skip_unless_real_runtime() || skip_without_cgroups()) return;
  Speaker speaker;
  const auto compare = [&speaker](const std::string& what, const Tokens& verb) {
    speaker.compare(speaker.file(what), speaker.say(verb));
  };

  compare("state-missing.txt", {"state", "a2"});
  REQUIRE(speaker.runtime->create("a2", speaker.bundle()).has_value());
  compare("state-created.json", {"state", "a2"});
  REQUIRE(speaker.runtime->start("a2").has_value());
  compare("state-running.json", {"state", "a2"});
  compare("list.json", {"list", "--format", "json"});
  compare("list.txt", {"list"});
  compare("list-q.txt", {"list", "-q"});
  compare("ps.json", {"ps", "--format", "json", "a2"});
  compare("ps.txt", {"ps", "a2"});
  REQUIRE(speaker.runtime->exec("a2", {"sleep", "1001"}, {.detach = true}).has_value());
  compare("ps2.json", {"ps", "--format", "json", "a2"});
  speaker.say({"pause", "a2"});
  compare("state-paused.json", {"state", "a2"});
  speaker.say({"resume", "a2"});
}

TEST_CASE("a stopped container is described as was recorded of this runtime") {
  if (skip_unless_real_runtime() || skip_without_cgroups()) return;
  Speaker speaker;
  REQUIRE(speaker.runtime->run("a2", speaker.bundle(), {.detach = true}).has_value());
  const pid_t pid = speaker.runtime->state("a2").value().pid;
  REQUIRE(speaker.runtime->kill("a2", SIGKILL).has_value());
  test::wait_for_end(pid);

  speaker.compare(speaker.file("state-stopped.json"), speaker.say({"state", "a2"}));
  speaker.compare(speaker.file("stats-stopped.txt"), speaker.say({"events", "--stats", "a2"}));
}

TEST_CASE("stats have no place that was not recorded of this runtime and lack none of the great ones") {
  if (skip_unless_real_runtime() || skip_without_cgroups()) return;
  Speaker speaker;
  REQUIRE(speaker.runtime->run("a2", speaker.bundle(), {.detach = true}).has_value());

  const std::string today = speaker.say({"events", "--stats", "a2"});

  if (recording() || speaker.runtime.is_crun()) return speaker.compare(speaker.file("stats.json"), today);
  const auto now = test::places(today, kernel_maps);
  CHECK(test::unknown_lines(now, recorded_stats_places()) == std::vector<std::string>{});
  const std::vector<std::string> great{"/data/blkio: object",
                                       "/data/cpu/throttling: object",
                                       "/data/cpu/usage: object",
                                       "/data/cpuset: object",
                                       "/data/hugetlb: object",
                                       "/data/intel_rdt: object",
                                       "/data/memory/raw: object",
                                       "/data/memory/swap: object",
                                       "/data/pids: object",
                                       "/id: string",
                                       "/type: string"};
  CHECK(test::unknown_lines(great, now) == std::vector<std::string>{});
}
