// SPDX-License-Identifier: Apache-2.0
// Checkpoint and restore of a container that counts, with a real CRIU.
#include <doctest/doctest.h>

#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <charconv>
#include <chrono>
#include <future>
#include <optional>
#include <thread>
#include <utility>

#include <crunc/crunc.hpp>

#include "support/criu.hpp"
#include "support/real_runtime.hpp"
#include "support/requirements.hpp"
#include "support/run_program.hpp"
#include "support/text_file.hpp"

using namespace crunc;
using namespace std::chrono_literals;
using test::RealRuntime;
namespace fs = std::filesystem;

namespace {

/// The runtime with a CRIU, and a container that writes a number and a word drawn at its start, renamed into place.
class Counter {
 public:
  Counter() : runc_(options()), bundle_(runtime_.bundle({"sh", "-c", script})) {}

  [[nodiscard]] const Runc* operator->() const noexcept { return &runc_; }
  [[nodiscard]] fs::path operator/(const char* name) const { return runtime_ / name; }
  [[nodiscard]] const fs::path& bundle() const noexcept { return bundle_; }
  [[nodiscard]] bool is_crun() const { return runtime_.is_crun(); }

  [[nodiscard]] long count() const {
    const std::string text = test::read_text(bundle_ / "rootfs/count");
    long number = -1;
    std::from_chars(text.data(), text.data() + text.size(), number);
    return number;
  }
  [[nodiscard]] std::string word() const {
    const std::string text = test::read_text(bundle_ / "rootfs/count");
    return text.substr(text.find(' ') + 1);
  }
  /// Whether the count goes beyond `number` within a minute.
  [[nodiscard]] bool goes_beyond(long number) const {
    const auto end = std::chrono::steady_clock::now() + 60s;
    while (count() <= number) {
      if (std::chrono::steady_clock::now() > end) return false;
      ::poll(nullptr, 0, 20);
    }
    return true;
  }
  void start() {
    REQUIRE(runc_.run("count", bundle_, {.detach = true}).has_value());
    REQUIRE(goes_beyond(3));
  }

 private:
  static constexpr const char* script =
      "read -r word </proc/sys/kernel/random/uuid; i=0; while :; do i=$((i + 1)); echo \"$i $word\" >/new && "
      "mv /new /count; sleep 0.05; done";

  RuncOptions options() {
    RuncOptions options = runtime_.options();
    options.criu = test::working_criu().value();
    return options;
  }

  RealRuntime runtime_{};
  Runc runc_;
  fs::path bundle_;
};

bool skip_without_checkpoints() {
  return test::skip_unless_real_runtime() ||
         test::skip_unless(!RealRuntime().is_crun(), "this crun is built without CRIU") || test::skip_unless_criu();
}

/// A TCP port that nobody listens on now.
int free_port() {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  ::bind(fd, reinterpret_cast<const sockaddr*>(&address), size);
  ::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size);
  ::close(fd);
  return ntohs(address.sin_port);
}

bool appears(const fs::path& path) {
  const auto end = std::chrono::steady_clock::now() + 60s;
  while (!fs::exists(path)) {
    if (std::chrono::steady_clock::now() > end) return false;
    ::poll(nullptr, 0, 10);
  }
  return true;
}

/// In words, for a message.
std::string words_of(const Error& error) {
  std::string words = error.message();
  if (error.criu) {
    words += " [" + error.criu->log_path + "]";
    for (const std::string& line : error.criu->errors) words += "\n" + line;
  }
  return words;
}

template <class T>
T checked(Result<T> result) {
  if (!result) FAIL(words_of(result.error()));
  return std::move(*result);
}

}  // namespace

TEST_CASE("a container that was checkpointed and restored counts on where it was") {
  if (skip_without_checkpoints()) return;
  Counter counter;
  counter.start();

  const Checkpointed made =
      checked(counter->checkpoint("count", {.image_path = counter / "image", .work_path = counter / "work"}));

  CHECK(counter->state("count").error().code == Errc::container_not_found);
  REQUIRE(made.criu.has_value());
  CHECK(made.criu->frozen_time > 0us);
  CHECK(made.criu->pages_written > 0);
  const long at = counter.count();
  const std::string word = counter.word();
  const Restored back = checked(counter->restore(
      "count", counter.bundle(), {.image_path = counter / "image", .work_path = counter / "work", .detach = true}));
  CHECK(back.status.success());
  REQUIRE(back.criu.has_value());
  CHECK(back.criu->restore_time > 0us);
  CHECK(back.criu->pages_restored > 0);
  CHECK(counter.goes_beyond(at));
  CHECK(counter.word() == word);
}

TEST_CASE("a container goes on after a checkpoint that leaves it running") {
  if (skip_without_checkpoints()) return;
  Counter counter;
  counter.start();

  checked(counter->checkpoint("count", {.image_path = counter / "image", .leave_running = true}));

  CHECK(counter->state("count").value().status == Status::running);
  CHECK(counter.goes_beyond(counter.count()));
}

TEST_CASE("a chain of pre-dumps ends in a checkpoint that restores") {
  if (skip_without_checkpoints()) return;
  Counter counter;
  counter.start();

  const auto first =
      counter->checkpoint("count", {.image_path = counter / "1", .work_path = counter / "work", .pre_dump = true});
  const bool is_tracked = first || first.error().code != Errc::unsupported;
  if (test::skip_unless(is_tracked,
                        "the kernel does not track dirty memory: " + (first ? "" : words_of(first.error())))) {
    return;
  }
  checked(first);
  CHECK(counter->state("count").value().status == Status::running);
  checked(counter->checkpoint("count", {.image_path = counter / "2", .parent_path = "../1", .pre_dump = true}));
  const Checkpointed last = checked(counter->checkpoint(
      "count", {.image_path = counter / "3", .work_path = counter / "work", .parent_path = "../2"}));
  CHECK(last.criu.value().pages_skipped_parent > 0);
  const long at = counter.count();
  checked(counter->restore("count", counter.bundle(), {.image_path = counter / "3", .detach = true}));
  CHECK(counter.goes_beyond(at));
}

TEST_CASE("B30 a checkpoint that CRIU cannot make has CRIU's own words and the path of its log") {
  if (skip_without_checkpoints()) return;
  Counter counter;
  counter.start();

  // A page server where nobody listens.
  const auto made = counter->checkpoint(
      "count", {.image_path = counter / "image", .work_path = counter / "work", .page_server = "127.0.0.1:1"});

  REQUIRE(made.has_error());
  CHECK(made.error().code == Errc::runtime_failed);
  REQUIRE(made.error().criu.has_value());
  CHECK(made.error().criu->log_path == (counter / "work/dump.log").string());
  REQUIRE_FALSE(made.error().criu->errors.empty());
  CHECK(made.error().criu->errors.front().starts_with("Error ("));
  CHECK(counter->state("count").value().status == Status::running);
}

TEST_CASE("a container restores with lazy pages while its checkpoint serves them") {
  if (skip_without_checkpoints()) return;
  Counter counter;
  counter.start();
  const std::string port = std::to_string(free_port());
  std::promise<bool> ready;
  std::stop_source failed;
  auto tell = [&ready, is_told = false](bool is_ready) mutable {
    if (!std::exchange(is_told, true)) ready.set_value(is_ready);
  };
  std::optional<Result<Checkpointed>> made;
  std::thread serving([&] {
    made = counter->checkpoint("count", {.image_path = counter / "image",
                                         .work_path = counter / "work",
                                         .lazy_pages = true,
                                         .page_server = "127.0.0.1:" + port,
                                         .on_ready = [&tell] { tell(true); },
                                         .timeout = 100s});
    tell(false);
    if (made->has_error()) failed.request_stop();
  });
  const bool is_ready = ready.get_future().get();
  std::thread fetching;
  std::optional<Result<Restored>> back;
  if (is_ready) {
    fetching = std::thread([&] {
      static_cast<void>(
          test::run_program({test::working_criu()->string(), "lazy-pages", "--images-dir", counter / "image",
                             "--work-dir", counter / "work", "--page-server", "--address", "127.0.0.1", "--port", port},
                            {.timeout = 90s}));
    });
    CHECK(appears(counter / "work/lazy-pages.socket"));
    back = counter->restore("copy", counter.bundle(),
                            {.image_path = counter / "image",
                             .work_path = counter / "work",
                             .detach = true,
                             .lazy_pages = true,
                             .timeout = 60s,
                             .stop = failed.get_token()});
    fetching.join();
  }
  serving.join();

  const std::string why = *made ? "" : words_of(made->error());
  // CRIU 4.1 itself fails at it on some kernels, with plain runc as well: its page server's splice(2) says EBADF.
  const bool can = why.find("userfault") == std::string::npos && why.find("uffd") == std::string::npos &&
                   why.find("Lazy pages transfer FAILED") == std::string::npos;
  if (test::skip_unless(can, "CRIU cannot do lazy pages on this kernel: " + why)) return;
  CAPTURE(why);
  REQUIRE(is_ready);
  REQUIRE(made->has_value());
  const Restored restored = checked(*back);
  CHECK(restored.status.success());
  CHECK(counter.goes_beyond(counter.count()));
}
