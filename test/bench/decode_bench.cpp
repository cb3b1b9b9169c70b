// SPDX-License-Identifier: Apache-2.0
// What the decoding of a stats line costs: EventReader, its event used again, beside simdjson, RapidJSON and go-runc's
// way into types as well, and beside the mere parsing by Boost.JSON.

#include <fstream>
#include <functional>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <boost/json/monotonic_resource.hpp>
#include <boost/json/parser.hpp>

#include "go.hpp"
#include "oci/event_reader.hpp"
#include "oci/event_writer.hpp"
#include "report.hpp"
#include "stopwatch.hpp"
#include "worker.hpp"

#ifdef HAVE_RAPIDJSON
#include "rapidjson_reader.hpp"
#endif
#ifdef HAVE_SIMDJSON
#include "simdjson_reader.hpp"
#endif

namespace {

using namespace crunc::bench;
using crunc::Event;

constexpr int lines_a_round = 2000;

/// Nanoseconds for one line.
Measure reading(std::function<void()> one) {
  return [one = std::move(one)] {
    const double all = time_of<std::nano>([&] {
      for (int i = 0; i < lines_a_round; ++i) one();
    });
    return all / lines_a_round;
  };
}

class Contest {
 public:
  Contest(Report& report, std::string name, std::string line)
      : report_(report), name_(std::move(name)), line_(std::move(line)) {
    need(reader_.read(line_, event_), "read");
    measures_.push_back(reading([this] { need(reader_.read(line_, event_), "read"); }));
  }

  void add(const Figure& figure, Measure measure) {
    figures_.push_back(figure.of(name_));
    measures_.push_back(std::move(measure));
  }
  void skip(const Figure& figure, const std::string& reason) { report_.skip(figure.of(name_), reason); }

  /// Another library's, which has to come to the same.
  template <class Reader>
  void add_reader(const Figure& figure) {
    struct State {
      Reader reader{};
      Event event{};
    };
    const auto state = std::make_shared<State>();
    state->reader.read(line_, state->event);
    need(state->event == event_, figure.what + ": the results differ");
    add(figure, reading([this, state] { state->reader.read(line_, state->event); }));
  }

  void add_own() {
    add(speed("reader and event new each time over reading a stats line"), reading([this] {
          Event fresh;
          need(crunc::oci::EventReader().read(line_, fresh), "read");
        }));
    add(speed("Boost.JSON's parser into no types over reading a stats line"), reading([this] {
          boost::json::monotonic_resource resource(memory_.data(), memory_.size());
          parser_.reset(&resource);
          parser_.write(line_);
          need(parser_.release().is_object(), "parse");
        }));
    add(speed("writing a stats line over reading it"), reading([this] { written_ = crunc::oci::write_event(event_); }));
  }

  void run() {
    const auto times = in_turn(measures_, report_.quick() ? 11 : 101);
    for (std::size_t i = 0; i < figures_.size(); ++i) report_.ratio(figures_[i], "ns", times[0], times[i + 1]);
  }

 private:
  Report& report_;
  std::string name_;
  std::string line_;
  std::vector<Measure> measures_{};
  std::vector<Figure> figures_{};
  crunc::oci::EventReader reader_{};
  Event event_{};
  boost::json::parser parser_{};
  std::vector<unsigned char> memory_ = std::vector<unsigned char>(1U << 16U);
  std::string written_{};
};

void compare(Report& report, const std::string& path, const std::string& name) {
  std::ifstream file(path, std::ios::binary);
  std::string line{std::istreambuf_iterator<char>(file), {}};
  need(!line.empty(), "cannot read " + path);
  Contest contest(report, name, std::move(line));
  std::optional<Worker> go;
  if (const auto helper = go_program()) {
    go.emplace(std::vector<std::string>{*helper, "decode", path, std::to_string(lines_a_round)});
    contest.add(bars::decode_go, [&go] { return go->measure(); });
  } else {
    contest.skip(bars::decode_go, no_go_program);
  }
#ifdef HAVE_SIMDJSON
  contest.add_reader<SimdjsonReader>(bars::decode_simdjson);
#else
  contest.skip(bars::decode_simdjson, "built without libsimdjson-dev");
#endif
  const Figure rapidjson = speed("RapidJSON into the same types over reading a stats line");
#ifdef HAVE_RAPIDJSON
  contest.add_reader<RapidjsonReader>(rapidjson);
#else
  contest.skip(rapidjson, "built without rapidjson-dev");
#endif
  contest.add_own();
  contest.run();
}

}  // namespace

int main(int argc, char** argv) {
  return run_bench("decode", argc, argv, [](Report& report) {
    compare(report, CRUNC_FIXTURES_PATH "/recorded/runc-v1-stats.json", "cgroup v1");
    compare(report, CRUNC_FIXTURES_PATH "/recorded/runc-v2-stats.json", "cgroup v2");
  });
}
