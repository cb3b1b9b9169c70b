// SPDX-License-Identifier: Apache-2.0
// The Boost.Process front: v2's own initializers work with our launcher.
#include <doctest/doctest.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/process/v2/start_dir.hpp>
#include <boost/process/v2/stdio.hpp>
#include <string>
#include <utility>

#include "process/launcher.hpp"
#include "support/requirements.hpp"
#include "support/scenario.hpp"
#include "support/text_file.hpp"
#include "sys/process_ref.hpp"

using namespace crunc;
using process::Launcher;
using sys::SpawnStage;
namespace v2 = boost::process::v2;

namespace {

/// A runtime that writes to both of its streams, and a directory for what it writes.
struct Scene {
  test::FakeRuntime fake{};
  test::TempDir dir{};
  std::string out = dir / "out";
  std::string err = dir / "err";

  Scene() {
    fake.on("*").step("stdout out").step("stderr err").step("exit 0");
    test::write_text(out, "");
    test::write_text(err, "");
  }

  [[nodiscard]] v2::process_stdio streams() const { return {{}, v2::filesystem::path(out), v2::filesystem::path(err)}; }

  /// Starts the runtime with `initializers`, waits for its end, and returns what it recorded.
  template <typename... Initializers>
  [[nodiscard]] boost::json::object launched(Initializers&&... initializers) {
    const std::string program = fake.command();
    const char* const argv[] = {program.c_str(), "x", nullptr};
    Launcher launcher;
    sys::SpawnResult child = launcher.launch(program.c_str(), argv, std::forward<Initializers>(initializers)...);
    REQUIRE(child.failed_at == SpawnStage::none);
    sys::ProcessRef::of_child(child.pid, std::move(child.pidfd)).reap();
    return fake.records().at(0);
  }

  void check_streams(const boost::json::object& record) const {
    CHECK(test::read_text(out) == "out");
    CHECK(test::read_text(err) == "err");
    CHECK(record.at("fds").as_array().size() == 3);
  }
};

}  // namespace

TEST_CASE("v2's process_stdio sets the streams of a child of our launcher") {
  Scene scene;

  const auto record = scene.launched(scene.streams());

  scene.check_streams(record);
}

TEST_CASE("v2's process_start_dir and process_stdio set up a child of our launcher") {
#ifdef HAVE_BOOST_PROCESS_LIBRARY
  Scene scene;

  const auto record = scene.launched(v2::process_start_dir(scene.dir.path().c_str()), scene.streams());

  scene.check_streams(record);
  CHECK(record.at("cwd").as_string() == scene.dir.path().string());
#else
  if (test::skip_unless(false, "this Boost has process_start_dir in libboost_process, which is not installed")) return;
#endif
}

namespace {

struct Refuse {
  static boost::system::error_code on_setup(Launcher&, const v2::filesystem::path&, const char* const*&) {
    return {EPERM, boost::system::system_category()};
  }
};

struct FailInChild {
  static boost::system::error_code on_exec_setup(Launcher&, const v2::filesystem::path&, const char* const*) {
    return {EDOM, boost::system::system_category()};
  }
};

}  // namespace

TEST_CASE("an initializer that fails is told apart by where it failed") {
  const char* const argv[] = {"true", nullptr};
  Launcher refused;
  Launcher failed;

  const sys::SpawnResult before = refused.launch("/bin/true", argv, Refuse{});
  const sys::SpawnResult inside = failed.launch("/bin/true", argv, FailInChild{});

  CHECK(before.failed_at == SpawnStage::prepare);
  CHECK(before.error.value() == EPERM);
  CHECK(inside.failed_at == SpawnStage::initializer);
  CHECK(inside.error.value() == EDOM);
}
