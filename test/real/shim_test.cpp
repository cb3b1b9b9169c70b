// SPDX-License-Identifier: Apache-2.0
// The example of a shim: that it serves, and that killing it at any time loses nothing that the kernel still knows.
#include <doctest/doctest.h>

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <memory>
#include <optional>
#include <random>
#include <thread>

#include "support/process.hpp"
#include "support/real_runtime.hpp"
#include "support/requirements.hpp"
#include "support/text_file.hpp"

using namespace crunc;
using namespace std::chrono_literals;
using test::RealRuntime;
using test::skip_unless_real_runtime;

namespace {

/// A connection to a shim.
class Client {
 public:
  explicit Client(const std::string& path) : fd_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(static_cast<char*>(address.sun_path), sizeof address.sun_path - 1);
    connected_ = ::connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  }
  ~Client() { ::close(fd_); }
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  /// The answer to a request; "gone" when there is nobody to give one.
  std::string ask(const std::string& request) {
    const std::string line = request + "\n";
    if (!connected_ || ::send(fd_, line.data(), line.size(), MSG_NOSIGNAL) < 0) return "gone";
    std::string answer;
    for (char c = 0; ::read(fd_, &c, 1) == 1;) {
      if (c == '\n') return answer;
      answer += c;
    }
    return "gone";
  }

 private:
  int fd_;
  bool connected_ = false;
};

/// The shim, as a process of its own, which may be killed and started anew.
class ShimProcess {
 public:
  explicit ShimProcess(RealRuntime& runtime) : runtime_(runtime) { start(); }
  ~ShimProcess() { kill(); }
  ShimProcess(const ShimProcess&) = delete;
  ShimProcess& operator=(const ShimProcess&) = delete;

  void start() {
    auto out = StreamPipe::from_container().value();
    const std::string runtime = runtime_.options().command->string();
    thread_ = std::thread([this, runtime, stream = out.stream()] {
      const Runc shim({.command = CRUNC_EXAMPLES_PATH "/shim"});
      const auto ended = shim.raw({socket(), directory(), runtime},
                                  {.io = {.in = Stream::null(), .out = stream, .err = Stream::inherit()},
                                   .on_spawned = [this](const RuntimeProcess& process) { process_.emplace(process); }});
      CHECK(ended.has_value());
    });
    char first = 0;
    REQUIRE(::read(out.fd(), &first, 1) == 1);  // "ready"
  }
  void kill() {
    if (!thread_.joinable()) return;
    static_cast<void>(process_->signal(SIGKILL));
    thread_.join();
  }
  [[nodiscard]] std::string socket() const { return runtime_ / "shim.sock"; }
  [[nodiscard]] std::string directory() const { return runtime_ / "shim"; }
  [[nodiscard]] std::string journal() const { return test::read_text(directory() + "/journal"); }
  std::string ask(const std::string& request) const { return Client(socket()).ask(request); }

 private:
  RealRuntime& runtime_;
  std::optional<RuntimeProcess> process_{};
  std::thread thread_{};
};

std::size_t count(const std::string& text, const std::string& wanted) {
  std::size_t result = 0;
  for (auto at = text.find(wanted); at != std::string::npos; at = text.find(wanted, at + 1)) ++result;
  return result;
}

}  // namespace

TEST_CASE("the example of a shim runs containers and survives being killed") {
  if (skip_unless_real_runtime()) return;
  if (test::skip_unless(!test::cgroups_disabled(), "the shim's runtime is to have cgroups")) return;
  RealRuntime runtime;
  ShimProcess shim(runtime);
  const std::string bundle =
      runtime.bundle({"sh", "-c", "echo hello; trap 'exit 5' TERM; while :; do sleep 0.1; done"});

  CHECK(shim.ask("create web " + bundle) == "ok");
  CHECK(shim.ask("create web " + bundle).starts_with("error create web: "));
  CHECK(shim.ask("start web") == "ok");
  CHECK(shim.ask("exec web one /bin/sh -c exit") == "ok");
  CHECK(shim.ask("wait web one") == "ok exited(0)");
  CHECK(shim.ask("stats web").starts_with("ok memory "));

  shim.kill();
  shim.start();

  CHECK(shim.ask("list") == "ok web");
  CHECK(shim.ask("exec web two /bin/sleep 1000") == "ok");
  CHECK(shim.ask("kill web TERM") == "ok");
  const std::string ended = shim.ask("wait web");
  const bool may_be_lost = !test::kernel_is_at_least(6, 15);
  CHECK((ended == "ok exited(5)" || (may_be_lost && ended == "ok lost")));
  CHECK(test::read_text(shim.directory() + "/web.log") == "hello\n");
  CHECK(shim.ask("delete web") == "ok");
  CHECK(shim.ask("list") == "ok");

  const std::string journal = shim.journal();
  CHECK(count(journal, "exited web one ") == 1);
  CHECK(count(journal, "exited web two ") == 1);
  CHECK(count(journal, "exited web - ") == 1);
  CHECK(journal.find("exited web two ") < journal.find("exited web - "));
  CHECK(journal.ends_with("removed web -\n"));
}

TEST_CASE("a shim killed at random points of many lives loses nothing that the kernel still knows") {
  if (skip_unless_real_runtime()) return;
  if (test::skip_unless(!test::cgroups_disabled(), "the shim's runtime is to have cgroups")) return;
  const char* const given = std::getenv("CRUNC_SEED");
  const unsigned seed = given != nullptr ? static_cast<unsigned>(std::stoul(given)) : std::random_device{}();
  const char* const given_lives = std::getenv("CRUNC_LIVES");
  const int lives = given_lives != nullptr ? std::stoi(given_lives) : 5;
  MESSAGE("CRUNC_SEED=", seed, " CRUNC_LIVES=", lives);
  std::mt19937 random(seed);
  RealRuntime runtime;
  ShimProcess shim(runtime);
  // A runtime that is killed in the midst of a create may leave its cgroup, and does not know of it any more.
  const std::string cgroup = "/crunc-shim-" + std::to_string(::getpid());
  const std::string bundle = runtime.bundle({"sh", "-c", "echo hello; exec sleep 1000"}, {.cgroups_path = cgroup});
  const std::vector<std::string> steps{"create ID " + bundle, "start ID", "exec ID one /bin/sh -c exit",
                                       "kill ID KILL",        "wait ID",  "delete ID"};

  for (int life = 0; life < lives; ++life) {
    const std::string id = "c" + std::to_string(life);
    const auto at = [&](const std::string& step) { return std::string(step).replace(step.find("ID"), 2, id); };
    const std::size_t killed_in = random() % steps.size();
    for (std::size_t i = 0; i < killed_in; ++i) CHECK(shim.ask(at(steps[i])).starts_with("ok"));
    // In the midst of this step: nothing tells when that is, and that is the point.
    std::thread asker([&] { static_cast<void>(shim.ask(at(steps[killed_in]))); });
    std::this_thread::sleep_for(std::chrono::microseconds(random() % 60'000));
    shim.kill();
    asker.join();
    shim.start();

    // Whatever became of it, the container can be brought to its end, and its exit is told once, if it had a life.
    const bool is_known = shim.ask("list").find(" " + id) != std::string::npos;
    if (is_known) {
      static_cast<void>(shim.ask("start " + id));
      static_cast<void>(shim.ask("kill " + id + " KILL"));
      const std::string ended = shim.ask("wait " + id);
      const bool may_be_lost = killed_in >= 3 || !test::kernel_is_at_least(6, 15);
      CHECK((ended == "ok signaled(9)" || (may_be_lost && ended == "ok lost")));
      CHECK(shim.ask("delete " + id) == "ok");
      CHECK(count(shim.journal(), "exited " + id + " - ") == 1);
    }
    CHECK_FALSE(std::filesystem::exists(shim.directory() + "/tasks/" + id));
    const Runc inside({.command = runtime.options().command, .root = shim.directory() + "/runtime"});
    CHECK(inside.list().value().empty());
    for (const Container& left : inside.list().value()) static_cast<void>(inside.remove(left.id, {.force = true}));
  }
  auto left = cgroups::Cgroup::load(cgroups::Hierarchy::system().value(), cgroups::CgroupPath::parse(cgroup).value());
  if (left) CHECK(left->remove().has_value());
}
