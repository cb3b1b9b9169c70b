// SPDX-License-Identifier: Apache-2.0
// What the decoding of a stats line costs: EventReader over Boost.JSON's DOM, and over RapidJSON's and simdjson where
// they are installed. Rounds in turn, medians, ratios.

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/monotonic_resource.hpp>
#include <boost/json/parser.hpp>

#include "oci/event_reader.hpp"
#include "oci/event_writer.hpp"

#if __has_include(<rapidjson/document.h>)
#include <rapidjson/document.h>
#define HAVE_RAPIDJSON 1
#endif
#ifdef HAVE_SIMDJSON
#include "simdjson_stats.hpp"
#endif

namespace {

using Clock = std::chrono::steady_clock;
using Nanoseconds = std::chrono::duration<double, std::nano>;
using crunc::Event;

constexpr int per_round = 2000;

struct Contestant {
  const char* name;
  std::function<void()> decode;
  std::vector<double> rounds{};  ///< ns for one line
};

double median(std::vector<double> values) {
  std::ranges::nth_element(values, values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2));
  return values[values.size() / 2];
}

void run(std::vector<Contestant>& contestants, int rounds) {
  for (int round = -1; round < rounds; ++round) {  // the first one warms up
    for (Contestant& each : contestants) {
      const auto begin = Clock::now();
      for (int i = 0; i < per_round; ++i) each.decode();
      if (round >= 0) each.rounds.push_back(Nanoseconds(Clock::now() - begin).count() / per_round);
    }
  }
}

/// Each contestant's time over that of the first, of the same round.
void print(const std::vector<Contestant>& contestants, std::size_t size) {
  for (const Contestant& each : contestants) {
    std::vector<double> ratios;
    for (std::size_t i = 0; i < each.rounds.size(); ++i) ratios.push_back(each.rounds[i] / contestants[0].rounds[i]);
    const double time = median(each.rounds);
    std::printf("  %-46s %8.0f ns %7.2f GB/s  %6.2fx the time of EventReader\n", each.name, time,
                static_cast<double>(size) / time, median(ratios));
  }
}

void must(bool good) {
  if (!good) std::abort();
}

void compare(const std::string& line, int rounds) {
  crunc::oci::EventReader reader;
  Event event;
  std::vector<Contestant> contestants{{"EventReader, reused", [&] { must(reader.read(line, event).has_value()); }}};
  contestants.push_back({"EventReader, new for each line", [&] {
                           Event fresh;
                           must(crunc::oci::EventReader().read(line, fresh).has_value());
                         }});
  boost::json::parser parser;
  std::vector<unsigned char> memory(1U << 16U);
  contestants.push_back({"Boost.JSON, DOM only, memory reused", [&] {
                           boost::json::monotonic_resource resource(memory.data(), memory.size());
                           parser.reset(&resource);
                           parser.write(line);
                           must(parser.release().is_object());
                         }});
#ifdef HAVE_RAPIDJSON
  rapidjson::Document document;
  contestants.push_back({"RapidJSON, DOM only, checking UTF-8", [&] {
                           document.GetAllocator().Clear();
                           document.Parse<rapidjson::kParseValidateEncodingFlag>(line.data(), line.size());
                           must(document.IsObject());
                         }});
#endif
#ifdef HAVE_SIMDJSON
  crunc::bench::SimdjsonReader simdjson_reader;
  Event other;
  must(simdjson_reader.read(line, other) && reader.read(line, event) && other == event);
  contestants.push_back(
      {"simdjson on demand into the same struct, reused", [&] { must(simdjson_reader.read(line, other)); }});
#endif
  std::string written;
  contestants.push_back({"write_event()", [&] { written = crunc::oci::write_event(event); }});
  run(contestants, rounds);
  print(contestants, line.size());
}

}  // namespace

int main(int argc, char** argv) {
  const int rounds = argc > 1 ? std::atoi(argv[1]) : 101;
  for (const char* const name : {"runc-v1-stats.json", "runc-v2-stats.json"}) {
    std::ifstream file(std::string(CRUNC_FIXTURES_PATH "/recorded/") + name, std::ios::binary);
    std::string line{std::istreambuf_iterator<char>(file), {}};
    if (line.empty()) return 1;
    std::printf("%s, %zu bytes, %d rounds of %d\n", name, line.size(), rounds, per_round);
    compare(line, rounds);
  }
  return 0;
}
