// SPDX-License-Identifier: Apache-2.0
// The example of a migration: between two directories that stand for hosts, and back when the other cannot restore.
#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>

#include "support/criu.hpp"
#include "support/example.hpp"
#include "support/real_runtime.hpp"
#include "support/requirements.hpp"
#include "support/text_file.hpp"

using namespace crunc;
using test::comes_to_be;
using test::contains;
using test::Example;
using test::RealRuntime;
using test::runtime_program;
using test::skip_unless_real_runtime;
namespace fs = std::filesystem;

namespace {

/// A container that counts, in a root that stands for one host, and another root for another.
class Migration {
 public:
  explicit Migration(RealRuntime& runtime)
      : runtime_(runtime), from(with_root(runtime, "from")), to(with_root(runtime, "to")) {
    REQUIRE(from.run("web", bundle, {.detach = true}).has_value());
    REQUIRE(counts_beyond(3));
  }
  ~Migration() {
    for (const Runc* each : {&from, &to}) static_cast<void>(each->remove("web", {.force = true}));
  }
  Migration(const Migration&) = delete;
  Migration& operator=(const Migration&) = delete;

  [[nodiscard]] Example migrate() const {
    return {"migrate", {"web", runtime_ / "from", runtime_ / "to", runtime_program(runtime_), *test::working_criu()}};
  }
  [[nodiscard]] long count() const { return std::strtol(written().c_str(), nullptr, 10); }
  /// Drawn as the container started.
  [[nodiscard]] std::string word() const { return written().substr(written().find(' ')); }
  [[nodiscard]] bool counts_beyond(long number) const {
    return comes_to_be([&] { return count() > number; });
  }

 private:
  static Runc with_root(const RealRuntime& runtime, const char* host) {
    RuncOptions options = runtime.options();
    options.root = runtime / host / "root";
    return Runc(options);
  }
  [[nodiscard]] std::string written() const { return test::read_text(bundle / "rootfs/count"); }

  RealRuntime& runtime_;

 public:
  const Runc from;
  const Runc to;
  const fs::path bundle = runtime_.bundle(
      {"sh", "-c",
       // Some memory that does not change: more pages than the example would take for few.
       "ballast=$(head -c 2000000 /dev/zero | tr '\\0' x); read -r word </proc/sys/kernel/random/uuid; i=0; "
       "while :; do i=$((i + 1)); echo \"$i $word\" >/new && mv /new /count; sleep 0.05; done"});
};

bool skip_without_checkpoints() {
  return skip_unless_real_runtime() || test::skip_unless(!RealRuntime().is_crun(), "this crun is built without CRIU") ||
         test::skip_unless_criu();
}

}  // namespace

TEST_CASE("the example migrate moves a running container and its counter goes on") {
  if (skip_without_checkpoints()) return;
  RealRuntime runtime;
  const Migration migration(runtime);
  const std::string word = migration.word();

  Example example = migration.migrate();
  const std::string out = example.read_all();

  MESSAGE(out);
  CHECK(example.wait().success());
  CHECK(migration.from.state("web").error().code == Errc::container_not_found);
  CHECK(migration.to.state("web").value().status == Status::running);
  CHECK(migration.counts_beyond(migration.count()));
  CHECK(migration.word() == word);
  CHECK(contains(out, "a plain dump, ") != contains(out, "round 2: "));
  CHECK(contains(out, "last dump: "));
  CHECK(contains(out, "moved, after it had stood still for "));
}

TEST_CASE("the example migrate has the container go on where it was when the other host cannot restore it") {
  if (skip_without_checkpoints()) return;
  RealRuntime runtime;
  const Migration migration(runtime);
  const std::string word = migration.word();
  const auto in_the_way = runtime.bundle({"sleep", "1000"}, {.cgroups_path = "/crunc-in-the-way"});
  REQUIRE(migration.to.create("web", in_the_way).has_value());

  Example example = migration.migrate();
  const std::string out = example.read_all();

  CHECK(example.wait() == ExitStatus::exited(1));
  CHECK_MESSAGE(contains(out, "it goes on where it was"), out);
  CHECK(migration.from.state("web").value().status == Status::running);
  CHECK(migration.counts_beyond(migration.count()));
  CHECK(migration.word() == word);
}
