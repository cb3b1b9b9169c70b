// SPDX-License-Identifier: Apache-2.0
// Decoding of `state` and `list`, on what real runtimes printed.
#include <doctest/doctest.h>

#include <crunc/container.hpp>

#include "runtime/decode.hpp"
#include "support/text_file.hpp"

using namespace crunc;
using runtime::decode_list;
using runtime::decode_state;

namespace {

std::string recorded(const std::string& name) {
  const std::string text = test::read_text(std::string(CRUNC_FIXTURES_PATH "/recorded/") + name);
  REQUIRE_FALSE(text.empty());
  return text;
}

constexpr const char* setups[] = {"runc-v1", "runc-v2", "runc-systemd-v1", "runc-systemd-v2",
                                  "crun-v1", "crun-v2", "crun-systemd-v1", "crun-systemd-v2"};

}  // namespace

TEST_CASE("every recorded state of runc and crun decodes") {
  for (const std::string setup : setups) {
    for (const Status status : {Status::created, Status::running, Status::paused, Status::stopped}) {
      const std::string name = setup + "-state-" + to_string(status) + ".json";
      CAPTURE(name);
      const auto container = decode_state(recorded(name));
      REQUIRE(container.has_value());
      CHECK(container->status == status);
      CHECK(container->id == "a2");
      CHECK(container->bundle == "/root/b");
      CHECK((container->pid != 0) == (status != Status::stopped));
      CHECK(container->created.has_value());
    }
  }
}

TEST_CASE("every recorded list of runc and crun decodes") {
  for (const std::string setup : setups) {
    CAPTURE(setup);
    const auto list = decode_list(recorded(setup + "-list.json"));
    REQUIRE(list.has_value());
    REQUIRE(list->size() == 1);
    CHECK(list->front().owner == "root");
  }
}

TEST_CASE("a member without a place is kept as JSON text") {
  const auto container = decode_state(R"({"id":"a","status":"running","new":{"x":[1,null]},"systemd-scope":"s"})");
  REQUIRE(container.has_value());
  CHECK(container->extra.at("new") == R"({"x":[1,null]})");
  CHECK(container->extra.at("systemd-scope") == "\"s\"");
  CHECK(container->extra.size() == 2);
}

TEST_CASE("an empty list is null for runc and an empty array for crun") {
  CHECK(decode_list("null\n")->empty());
  CHECK(decode_list("[\n\n]\n")->empty());
}

TEST_CASE("B20 annotations may be absent and escaped and created is a time") {
  const auto container = decode_state(
      R"({"id":"a","status":"running","created":"2026-11-22T07:45:51.795330362Z","annotations":{"k":"b\u003c\u0026\u003e\"é"}})");
  REQUIRE(container.has_value());
  CHECK(container->annotations.at("k") == "b<&>\"é");
  CHECK(container->created.has_value());
  CHECK(decode_state(R"({"id":"a","status":"stopped"})").has_value());
}

TEST_CASE("a pid that is null is none and an owner may be a number") {
  const auto container = decode_state(R"({"id":"a","status":"stopped","owner":1000,"pid":null})");
  REQUIRE(container.has_value());
  CHECK(container->pid == 0);
  CHECK(container->owner == "1000");
}

TEST_CASE("numbers in a member without a place keep their spelling") {
  const auto state = decode_state(R"({"id":"a","status":"x","new":[1.10, 1e5],"big":123456789012345678901})");
  CHECK(state.value().extra.at("new") == "[1.10,1e5]");
  CHECK(state.value().extra.at("big") == "123456789012345678901");
  const auto list = decode_list(R"([{"id":"a","status":"x"}, {"id":"b","status":"x","a/b~":{"k": -0.0}}])");
  CHECK(list.value().at(1).extra.at("a/b~") == R"({"k":-0.0})");
}

TEST_CASE("a status that no specification has is kept by name") {
  const auto container = decode_state(R"({"id":"a","status":"checkpointing"})");
  REQUIRE(container.has_value());
  CHECK(container->status == Status::other);
  CHECK(container->status_text == "checkpointing");
}

TEST_CASE("hostile output is malformed and the Error says where") {
  struct Row {
    std::string text;
    const char* reason;
  };
  for (const Row& row : {Row{"", "not JSON"}, Row{"{", "not JSON"}, Row{"[]", "not a JSON object"}, Row{"{}", "/id"},
                         Row{R"({"id":5,"status":"x"})", "/id"}, Row{R"({"id":"a"})", "/status"},
                         Row{R"({"id":"a","status":"x","pid":99999999999})", "/pid"},
                         Row{R"({"id":"a","status":"x","pid":"5"})", "/pid"},
                         Row{R"({"id":"a","status":"x","annotations":{"k":1}})", "/annotations"},
                         Row{R"({"id":"a","status":"x"} trailing)", "not JSON"},
                         Row{std::string(100'000, '['), "not JSON"}, Row{"{\"id\":\"\xff\"}", "not JSON"}}) {
    CAPTURE(row.text.substr(0, 60));
    const auto container = decode_state(row.text);
    REQUIRE(container.has_error());
    CHECK(container.error().code == Errc::malformed_output);
    CHECK(container.error().reason.find(row.reason) != std::string::npos);
    CHECK(container.error().reason.size() < 500);
  }
  CHECK(decode_list(R"([{"id":"a","status":"x"},{"id":1}])").error().reason.starts_with("/1/id"));
  CHECK(decode_list("[7]").error().reason == "/0: not a JSON object: \"7\"");
}

TEST_CASE("a pid below 0 is none") {
  CHECK(decode_state(R"({"id":"a","status":"running","pid":-1})").error().reason == "/pid: not a process id");
}

TEST_CASE("a time of creation that is none is kept as JSON whatever is in it") {
  const auto container = decode_state(R"({"id":"a","status":"x","created":"\u0001 \"now\""})");
  CHECK(container.value().extra.at("created") == R"("\u0001 \"now\"")");
}
