// SPDX-License-Identifier: Apache-2.0
// The decoders on what real runtimes printed, and on CRIU's figures.
#include <doctest/doctest.h>

#include <filesystem>

#include "runtime/criu.hpp"
#include "runtime/decode.hpp"
#include "runtime/line_buffer.hpp"
#include "runtime/process_table.hpp"
#include "support/text_file.hpp"

using namespace crunc;
using Argv = std::vector<std::string>;

namespace {

std::string recorded(const std::string& name) {
  return test::read_text(std::filesystem::path(CRUNC_FIXTURES_PATH) / "recorded" / name);
}

const std::string magics("\x40\x59\x10\x55\x06\x33\x09\x57", 8);

}  // namespace

TEST_CASE("ps of runc and of crun is a list of pids and null is none") {
  CHECK(runtime::decode_ps(recorded("runc-v1-ps.json")).value() == std::vector<pid_t>{521});
  CHECK(runtime::decode_ps(recorded("runc-v1-ps2.json")).value() == std::vector<pid_t>{521, 648});
  CHECK(runtime::decode_ps(recorded("crun-v1-ps2.json")).value() == std::vector<pid_t>{1247, 1298});
  CHECK(runtime::decode_ps("null\n").value().empty());
  CHECK(runtime::decode_ps("[1,\"2\"]").error().reason == "/1: not a process id");
  CHECK(runtime::decode_ps("[-1]").has_error());
  CHECK(runtime::decode_ps("[4294967296]").has_error());
}

TEST_CASE("a table of processes is read with the rest of the line as its last column") {
  const ProcessTable table = runtime::decode_process_table(recorded("runc-v1-ps.txt")).value();
  CHECK(table.headers == Argv{"UID", "PID", "PPID", "C", "STIME", "TTY", "TIME", "CMD"});
  CHECK(table.processes == std::vector<Argv>{{"root", "521", "1", "9", "08:40", "?", "00:00:00", "sleep 1000"}});
}

TEST_CASE("a quiet list is containers of which only the id is known") {
  const auto list = runtime::decode_ids(recorded("runc-v1-list-q.txt")).value();
  REQUIRE(list.size() == 1);
  CHECK(list.front().id == "a2");
  CHECK(runtime::decode_ids("").value().empty());
}

TEST_CASE("CRIU's figures are read and what is cut or of another kind is refused") {
  using namespace std::chrono_literals;
  // stats_entry { dump { freezing 5, frozen 300, memdump 1, memwrite 2, scanned 7, skipped 8, written 9, lazy 0 } }
  const std::string dump("\x0a\x11\x08\x05\x10\xac\x02\x18\x01\x20\x02\x28\x07\x30\x08\x38\x09\x48\x00", 19);
  const std::string file = magics + std::string("\x13\0\0\0", 4) + dump;

  const CriuDump figures = runtime::decode_criu_dump(file).value();

  CHECK(figures.freezing_time == 5us);
  CHECK(figures.frozen_time == 300us);
  CHECK(figures.pages_written == 9);
  CHECK(runtime::decode_criu_restore(file).error().code == Errc::malformed_output);
  for (std::size_t length = 0; length < file.size(); ++length) {
    CHECK(runtime::decode_criu_dump(file.substr(0, length)).has_error());
  }
}

TEST_CASE("a time of CRIU's that would be below 0 is refused") {
  const std::string longest("\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 11);
  const std::string file = magics + std::string("\x0d\0\0\0", 4) + "\x0a\x0b" + longest;
  CHECK(runtime::decode_criu_dump(file).error().reason == "CRIU's figures have a time that is none");
}

TEST_CASE("lines come out whole however their bytes come in") {
  runtime::LineBuffer lines(8);
  lines.append("a");
  CHECK_FALSE(lines.take().has_value());
  lines.append("b\n\ncd");
  CHECK(lines.take() == "ab");
  CHECK(lines.take() == "");
  CHECK_FALSE(lines.take().has_value());
  lines.append("0123456789");
  lines.append("dropped\nnext");
  CHECK(lines.take() == "cd012345");
  CHECK_FALSE(lines.take().has_value());
  lines.finish();
  CHECK(lines.take() == "next");
  CHECK_FALSE(lines.take().has_value());
}
