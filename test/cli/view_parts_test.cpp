// SPDX-License-Identifier: Apache-2.0
// The pure parts of the live views: tables, sparklines, numbers, rates, keys and frames.
#include <doctest/doctest.h>

#include <array>
#include <deque>

#include "view/figures.hpp"
#include "view/frame.hpp"
#include "view/json_line.hpp"
#include "view/keys.hpp"
#include "view/process.hpp"
#include "view/sorted.hpp"
#include "view/sparkline.hpp"
#include "view/table.hpp"
#include "view/usage.hpp"

using namespace crunc;
using namespace crunc::cli;
using namespace std::chrono_literals;

namespace {

const Table two_rows{{{.title = "ID", .align = Align::left, .shrink_to = 4},
                      {.title = "N", .min_width = 3},
                      {.title = "EXTRA", .drop = 1}},
                     {{"a-long-name", "1", "x"}, {"b", "12", "y"}}};

constexpr std::array sorts{Sorting{'c', "cpu"}, Sorting{'n', "name"}};

/// As many rows as it is told.
class Rows final : public View {
 public:
  explicit Rows(std::size_t count) : count_(count) {}
  bool sample(const Deadline&) override { return true; }
  Table table(const Order&, const Shape&) const override {
    return {{{.title = "ID", .align = Align::left}}, std::vector<Cells>(count_, {std::string(200, 'x')})};
  }
  std::vector<std::string> json_lines(const Order&) const override { return {}; }
  std::string summary() const override { return "rows"; }
  std::span<const Sorting> sortings() const override { return sorts; }

 private:
  std::size_t count_;
};

}  // namespace

TEST_CASE("a table that fits has wide gaps and numbers to the right") {
  CHECK(fit(two_rows, 80) ==
        std::vector<std::string>{"ID             N  EXTRA", "a-long-name    1      x", "b             12      y"});
}

TEST_CASE("a narrow table first loses gaps then characters and then columns") {
  CHECK(fit(two_rows, 21)[1] == "a-long-name   1     x");
  CHECK(fit(two_rows, 16)[1] == "a-long   1     x");
  CHECK(fit(two_rows, 13)[1] == "a-long-na   1");
  CHECK(fit(two_rows, 13)[0] == "ID          N");
  for (std::size_t width = 1; width < 40; ++width) {
    for (const std::string& line : fit(two_rows, width)) CHECK(width_of(line) <= width);
  }
}

TEST_CASE("a growing table widens its columns and never narrows them") {
  GrowingTable table({{.title = "ID", .align = Align::left}, {.title = "N"}});
  CHECK(table.titles() == "ID  N");
  table.grow({"longer", "1"});
  CHECK(table.line({"a", "1"}) == "a       1");
  table.grow({"b", "2"});
  CHECK(table.line({"b", "2"}) == "b       2");
}

TEST_CASE("widths count characters and names cannot move the cursor") {
  CHECK(width_of("▁█x") == 3);
  CHECK(cut("▁█x", 2) == "▁█");
  CHECK(printable("a\x1b[2Jb\n\x7f\xc2\x9b") == "a?[2Jb???");
  CHECK(printable("ä") == "ä");
}

TEST_CASE("a sparkline goes up to what is full or to the greatest that it shows") {
  const std::deque<std::optional<double>> numbers{std::nullopt, 0, 50, 100};
  CHECK(sparkline(numbers, 6, 100, Glyphs::unicode) == "   ▁▅█");
  CHECK(sparkline(numbers, 2, 100, Glyphs::unicode) == "▅█");
  CHECK(sparkline(numbers, 4, 100, Glyphs::ascii) == " _=#");
  CHECK(sparkline({0.0, 100, 800}, 3, 100, Glyphs::unicode) == "▁▂█");
  CHECK(sparkline({}, 3, 100, Glyphs::unicode) == "   ");
}

TEST_CASE("numbers are short") {
  CHECK(bytes_text(std::optional(0.0)) == "0B");
  CHECK(bytes_text(std::optional(1023.0)) == "1023B");
  CHECK(bytes_text(std::optional(1024.0)) == "1.0K");
  CHECK(bytes_text(std::optional(10.0 * 1024)) == "10K");
  CHECK(bytes_text(std::optional(1023.9 * 1024)) == "1.0M");
  CHECK(bytes_text(std::optional(std::uint64_t{5} << 30)) == "5.0G");
  CHECK(bytes_text(std::optional<double>{}) == "-");
  CHECK(percent_text(12.345) == "12.3");
  CHECK(percent_text(std::nullopt) == "-");
  CHECK(cpu_time_text(61s + 250ms) == "1:01.25");
  CHECK(timestamp(std::chrono::system_clock::time_point(1'700'000'000s + 5ms)) == "2023-11-14T22:13:20.005Z");
}

TEST_CASE("the first sample has no rates and a counter that went back has none either") {
  Usage before{.at = std::chrono::steady_clock::time_point(10s), .cpu_nanoseconds = 1'000'000'000, .read_bytes = 100};
  Usage now{.at = std::chrono::steady_clock::time_point(12s), .cpu_nanoseconds = 4'000'000'000, .read_bytes = 4196};
  CHECK(rates(before, now).cpu_percent == doctest::Approx(150.0));
  CHECK(rates(before, now).read_bytes_per_second == doctest::Approx(2048.0));
  CHECK(!rates(before, now).written_bytes_per_second);
  now.cpu_nanoseconds = 1;
  CHECK(!rates(before, now).cpu_percent);
  CHECK(!rates(before, before).read_bytes_per_second);
}

TEST_CASE("statistics become what is shown and no limit is none") {
  Stats stats;
  stats.memory.emplace().usage = MemoryEntry{.limit_bytes = Limit(), .usage_bytes = 512};
  stats.blkio.emplace().service_bytes = {
      {.op = "Read", .value = 1}, {.op = "Write", .value = 2}, {.op = "Read", .value = 4}};
  stats.blkio->psi.emplace().some = PressureShare{.avg10 = 7.5};
  Usage usage = usage_of(stats, {.oom_control = cgroups::OomControl{.oom_kill = 3}}, {});
  CHECK(usage.read_bytes == 5);
  CHECK(usage.written_bytes == 2);
  CHECK(usage.oom_kills == 3);
  CHECK(!memory_percent(usage));
  CHECK(highest_pressure(usage) == 7.5);
  stats.memory->usage->limit_bytes = Limit(2048);
  usage = usage_of(stats, {}, {});
  CHECK(memory_percent(usage) == 25.0);
  CHECK(!usage.oom_kills);
  CHECK(!usage.cpu_nanoseconds);
}

TEST_CASE("keys sort and reverse and filter and end") {
  Keys keys({.sort = 'c'}, "cn");
  CHECK(keys.type("n") == Wish::redraw);
  CHECK(keys.order().sort == 'n');
  CHECK(keys.type("x") == Wish::none);
  CHECK(keys.type("r") == Wish::redraw);
  CHECK(keys.order().reverse);
  CHECK(keys.type("/qq\x7f") == Wish::redraw);
  CHECK(keys.is_filtering());
  CHECK(keys.order().filter == "q");
  CHECK(keys.type("\r") == Wish::redraw);
  CHECK(!keys.is_filtering());
  CHECK(keys.type("\x1b") == Wish::redraw);
  CHECK(keys.order().filter.empty());
  CHECK(keys.type("\x1b[A\x1bOB") == Wish::none);
  CHECK(keys.order().sort == 'n');
  CHECK(keys.type("/\x03") == Wish::interrupt);
  CHECK(Keys({}, "cn").type("\x1a") == Wish::suspend);
  CHECK(Keys({}, "cn").type("cq") == Wish::quit);
}

TEST_CASE("rows are sorted by rank and those alike by name") {
  std::vector<std::string> rows{"b1", "a1", "c2"};
  const auto name = [](const std::string& row) { return row; };
  const auto rank = [](const std::string& row) { return row[1]; };
  sort_by(rows, {.sort = 'c'}, name, rank);
  CHECK(rows == std::vector<std::string>{"c2", "a1", "b1"});
  sort_by(rows, {.sort = 'n', .reverse = true}, name, rank);
  CHECK(rows == std::vector<std::string>{"c2", "b1", "a1"});
}

TEST_CASE("a frame stays within the terminal and says what it leaves out") {
  const Keys keys({}, "cn");
  for (const std::uint16_t columns : std::array<std::uint16_t, 3>{20, 80, 120}) {
    const auto lines = frame(Rows(50), keys, {.verb = "stats", .interval = 500ms, .size = {columns, 10}});
    CHECK(lines.size() == 10);
    for (const std::string& line : lines) CHECK(width_of(line) <= columns);
  }
  const auto lines = frame(Rows(50), keys, {.verb = "stats", .interval = 500ms, .size = {80, 10}});
  CHECK(lines[0] == "crunc stats  rows  every 500ms  by cpu  the first 7 shown");
  CHECK(lines.back() == "c cpu  n name  r reverse  / filter  q quit");
  CHECK(frame(Rows(2), keys, {.verb = "stats", .interval = 2s, .size = {80, 10}}).size() == 5);
}

TEST_CASE("a line of proc is read whatever the process is called") {
  const auto process = parse_process(
      "42 (a) b( c) S 1 42 42 0 -1 4194560 100 0 0 0 150 50 0 0 20 0 1 0 777 1000000 25 18446744073709551615 1 1", 100,
      4096);
  REQUIRE(process.has_value());
  CHECK(process->pid == 42);
  CHECK(process->name == "a) b( c");
  CHECK(process->state == 'S');
  CHECK(process->cpu_time == 2s);
  CHECK(process->started == 777);
  CHECK(process->rss_bytes == 25 * 4096);
  for (const char* const bad : {"", "42 (x", "42 (x)", "42 (x) S", "42 (x) S 1 2 3", "x (x) S 1"}) {
    CHECK(!parse_process(bad, 100, 4096));
  }
  ProcessUsage later = *process;
  later.at += 1s;
  later.cpu_time += 500ms;
  CHECK(cpu_percent(*process, later) == doctest::Approx(50.0));
  later.started = 778;
  CHECK(!cpu_percent(*process, later));
}

TEST_CASE("a command is its words or the kernel's name for it") {
  CHECK(command_text(std::string_view("sh\0-c\0exit\0", 11), "sh") == "sh -c exit");
  CHECK(command_text("", "kworker") == "[kworker]");
}

TEST_CASE("a JSON line has its members in order and null for what is missing") {
  CHECK(JsonLine("s/1").add("a", "x\"\n\xff").add("b", 1.5).add("c", std::optional<double>{}).add("d", 7).text() ==
        "{\"schema\":\"s/1\",\"a\":\"x\\\"\\n\xEF\xBF\xBD\",\"b\":1.50,\"c\":null,\"d\":7}");
}
