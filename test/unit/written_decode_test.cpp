// SPDX-License-Identifier: Apache-2.0
// The decoders on what runtimes would print that cannot be run here: texts of fixtures/written, written after the
// formats in youki's source and not recorded.
#include <doctest/doctest.h>

#include <chrono>
#include <filesystem>

#include "core/text.hpp"
#include "oci/event_reader.hpp"
#include "runtime/container_table.hpp"
#include "runtime/decode.hpp"
#include "runtime/log.hpp"
#include "support/text_file.hpp"

using namespace crunc;
using namespace std::chrono_literals;
using runtime::decode_container_table;
using runtime::is_container_table;

namespace {

std::string written(const std::string& name) {
  const std::string text = test::read_text(std::filesystem::path(CRUNC_FIXTURES_PATH) / "written" / name);
  REQUIRE_FALSE(text.empty());
  return text;
}

const auto made = core::parse_rfc3339("2026-11-22T07:45:51Z");

}  // namespace

TEST_CASE("a state as youki writes it decodes with its owner by number and without a root file system") {
  const Container running = runtime::decode_state(written("youki-state.json")).value();
  CHECK(running.status == Status::running);
  CHECK(running.pid == 4242);
  CHECK(running.bundle == "/bundles/my web");
  CHECK(running.owner == "1000");
  CHECK(running.annotations.at("org.example/a") == "b<&>\"é");
  CHECK(running.created.value() - made.value() == 795330362ns);
  CHECK(running.extra.empty());

  const Container stopped = runtime::decode_state(written("youki-state-stopped.json")).value();
  CHECK(stopped.status == Status::stopped);
  CHECK(stopped.pid == 0);
}

TEST_CASE("the table of youki's list decodes with blanks in a bundle and cells that are empty") {
  const std::string text = written("youki-list.txt");
  REQUIRE(is_container_table(text));
  const auto list = decode_container_table(text).value();

  REQUIRE(list.size() == 3);
  CHECK(list[0].id == "web");
  CHECK(list[0].pid == 4242);
  CHECK(list[0].status == Status::running);
  CHECK(list[0].status_text == "running");
  CHECK(list[0].bundle == "/bundles/my web");
  CHECK(list[0].created == made);
  CHECK(list[0].owner == "root");
  CHECK(list[1].id == "job.1");
  CHECK(list[1].pid == 0);
  CHECK(list[1].status == Status::stopped);
  CHECK(list[1].owner.empty());
  CHECK(list[1].created.has_value());
  CHECK(list[2].status == Status::creating);
  CHECK(list[2].bundle == "/bundles/half");
  CHECK(list[2].owner == "root");
  CHECK_FALSE(list[2].created.has_value());
}

TEST_CASE("a table of youki's list that cannot be read is malformed and one without rows is empty") {
  const std::string header = "ID  PID  STATUS  BUNDLE  CREATED  CREATOR\n";
  CHECK(decode_container_table(header).value().empty());
  for (const char* const row : {"web", "web  1", "web  1  Odd  /b  2026-11-22T08:45:51+01:00  root",
                                "web  1  Running  b  2026-11-22T08:45:51+01:00  root", "web  -5  Running  /b",
                                "\xff\xfe  \n\x01", "rest of a bundle's name with a newline in it"}) {
    CAPTURE(row);
    const auto list = decode_container_table(header + row);
    REQUIRE(list.has_error());
    CHECK(list.error().code == Errc::malformed_output);
    CHECK(list.error().reason.starts_with("not a row of the table"));
  }
  for (const char* const other :
       {"", "null\n", "[\n\n]\n", "ID\n", "web\n", "ID  PID  STATUS  BUNDLE  CREATED  OWNER\n"}) {
    CHECK_FALSE(is_container_table(other));
  }
}

TEST_CASE("pids as youki writes them decode") {
  CHECK(runtime::decode_ps(written("youki-ps.json")).value() == std::vector<pid_t>{4242, 4250});
}

TEST_CASE("statistics of youki's own making are refused and not taken for empty ones") {
  const std::string text = written("youki-stats.json");
  CHECK(runtime::decode_stats(text).error().code == Errc::malformed_output);
  oci::EventReader reader;
  Event event;
  CHECK(reader.read(text, event).error().code == Errc::malformed_output);
  CHECK(reader.read(text.substr(0, text.find('\n')), event).has_error());
}

TEST_CASE("log lines as youki writes them are entries with level and time and message") {
  const auto log = runtime::parse_log(written("youki-log.jsonl"));
  REQUIRE(log.size() == 2);
  CHECK(log[0].level == "error");
  CHECK(log[0].message == "container is not running");
  CHECK(log[0].time == "2026-11-22T07:45:33.018211Z");
  CHECK(runtime::is_error(log[1]));
  CHECK(log[1].message.starts_with("error in executing command: failed to get events from container web\n"));
}
