// SPDX-License-Identifier: Apache-2.0
// A runtime that is killed in the midst of a verb. CRUNC_KILLS says at how many points of each; by default 2.
#include <doctest/doctest.h>

#include <signal.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "support/leaks.hpp"
#include "support/real_runtime.hpp"
#include "support/requirements.hpp"

using namespace crunc;
using namespace std::chrono_literals;
using std::chrono::steady_clock;
using test::ProcessSnapshot;
using test::RealRuntime;
using test::skip_unless_real_runtime;

namespace {

constexpr const char* id = "web";

/// Kills what this process has started meanwhile, once, after a time.
class Killer {
 public:
  explicit Killer(steady_clock::duration after)
      : thread_([before = ProcessSnapshot::take().children, after] {
          std::this_thread::sleep_for(after);  // nothing tells when the runtime has come how far: any point will do
          for (const auto& [pid, what] : ProcessSnapshot::take().children) {
            if (!before.contains(pid)) ::kill(pid, SIGKILL);
          }
        }) {}
  ~Killer() { thread_.join(); }
  Killer(const Killer&) = delete;
  Killer& operator=(const Killer&) = delete;

 private:
  std::thread thread_;
};

template <class T>
std::optional<Error> error_of(const Result<T>& result) {
  return result ? std::nullopt : std::optional(result.error());
}

enum class Before : std::uint8_t { nothing, created, running, paused };

struct Verb {
  std::string name;
  Before before;
  std::function<std::optional<Error>(const Runc&, const std::filesystem::path& bundle)> call;
  bool needs_cgroups = false;
  bool is_of_runc_alone = false;
};

std::vector<Verb> verbs() {
  using Path = std::filesystem::path;
  return {
      {"create", Before::nothing, [](const Runc& r, const Path& b) { return error_of(r.create(id, b)); }},
      {"run", Before::nothing, [](const Runc& r, const Path& b) { return error_of(r.run(id, b, {.detach = true})); }},
      {"start", Before::created, [](const Runc& r, const Path&) { return error_of(r.start(id)); }},
      {"exec", Before::running, [](const Runc& r, const Path&) { return error_of(r.exec(id, {"true"})); }},
      {"state", Before::running, [](const Runc& r, const Path&) { return error_of(r.state(id)); }},
      {"list", Before::running, [](const Runc& r, const Path&) { return error_of(r.list()); }},
      {"ps", Before::running, [](const Runc& r, const Path&) { return error_of(r.ps(id)); }, true},
      {"kill", Before::running, [](const Runc& r, const Path&) { return error_of(r.kill(id, SIGCONT)); }},
      {"pause", Before::running, [](const Runc& r, const Path&) { return error_of(r.pause(id)); }, true},
      {"resume", Before::paused, [](const Runc& r, const Path&) { return error_of(r.resume(id)); }, true},
      {"update", Before::running, [](const Runc& r, const Path&) { return error_of(r.update(id, {.pids_limit = 50})); },
       true},
      {"events", Before::running, [](const Runc& r, const Path&) { return error_of(r.stats(id)); }, true, true},
      {"delete", Before::running, [](const Runc& r, const Path&) { return error_of(r.remove(id, {.force = true})); }},
  };
}

void prepare(const Runc& runc, const std::filesystem::path& bundle, Before before) {
  if (before >= Before::created) REQUIRE(runc.create(id, bundle).has_value());
  if (before >= Before::running) REQUIRE(runc.start(id).has_value());
  if (before >= Before::paused) REQUIRE(runc.pause(id).has_value());
}

/// What a caller does to whom it was told that the runtime was killed.
void clean_up(const Runc& runc) {
  static_cast<void>(runc.resume(id));
  const Result<void> removed = runc.remove(id, {.force = true});
  if (!removed) CHECK(removed.error().code == Errc::container_not_found);
  CHECK(runc.list().value().empty());
}

void kill_at_points(RealRuntime& runtime, const std::filesystem::path& bundle, const Verb& verb, int points) {
  prepare(runtime.runc(), bundle, verb.before);
  const auto began = steady_clock::now();
  REQUIRE_FALSE(verb.call(runtime.runc(), bundle).has_value());
  const auto whole = steady_clock::now() - began;
  clean_up(runtime.runc());

  int killed = 0;
  for (int point = 0; point < points; ++point) {
    CAPTURE(point);
    prepare(runtime.runc(), bundle, verb.before);
    std::optional<Error> error;
    {
      const Killer killer(whole * point / points);
      error = verb.call(runtime.runc(), bundle);
    }
    if (error) {
      CAPTURE(error->message());
      CHECK(error->code == Errc::runtime_killed);
      CHECK(error->exit == ExitStatus::signaled(SIGKILL));
      ++killed;
    }
    clean_up(runtime.runc());
  }
  MESSAGE(verb.name << " was killed at " << killed << " of " << points << " points");
}

}  // namespace

TEST_CASE("a runtime killed at any point of a verb is an error and its container can be removed") {
  if (skip_unless_real_runtime()) return;
  const char* const given = std::getenv("CRUNC_KILLS");
  const int points = given != nullptr ? std::stoi(given) : 2;
  RealRuntime runtime;
  // A runtime that is killed in the midst of a create may leave its cgroup, and does not know of it any more.
  const std::string cgroup = "/crunc-killed-" + std::to_string(::getpid());
  const auto bundle = runtime.bundle({"sleep", "1000"}, {.cgroups_path = cgroup});
  for (const Verb& verb : verbs()) {
    if ((verb.needs_cgroups && test::cgroups_disabled()) || (verb.is_of_runc_alone && runtime.is_crun())) continue;
    CAPTURE(verb.name);
    kill_at_points(runtime, bundle, verb, points);
  }
  auto left = cgroups::Cgroup::load(cgroups::Hierarchy::system().value(), cgroups::CgroupPath::parse(cgroup).value());
  if (left) CHECK(left->remove().has_value());
}
