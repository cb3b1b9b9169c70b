// SPDX-License-Identifier: Apache-2.0
// Lines and JSON of doctor.

#include "doctor/report.hpp"

#include <algorithm>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

namespace crunc::cli::doctor {
namespace {

constexpr std::size_t outcome_width = 9;  // "skipped" and two blanks

const char* colour_of(Outcome outcome) {
  switch (outcome) {
    case Outcome::ok: return "\x1b[32m";
    case Outcome::warn: return "\x1b[33m";
    case Outcome::failed: return "\x1b[31m";
    case Outcome::skipped: return "\x1b[2m";
  }
  return "";
}

/// `text` in lines of at most `width` columns; what is below the first is indented.
std::string wrapped(const std::string& text, std::size_t indent, std::size_t width) {
  const std::size_t room = width > indent + 1 ? width - indent : 1;
  std::string result;
  std::string line;
  std::size_t at = 0;
  while (at < text.size()) {
    const std::size_t end = std::min(text.find(' ', at), text.size());
    const std::string word = text.substr(at, end - at);
    if (!line.empty() && line.size() + 1 + word.size() > room) {
      result += line + "\n" + std::string(indent, ' ');
      line.clear();
    }
    line += (line.empty() ? "" : " ") + word;
    at = end + 1;
  }
  return result + line;
}

}  // namespace

std::size_t count_of(const std::vector<CheckResult>& results, Outcome outcome) {
  const auto count = std::ranges::count_if(results, [&](const auto& each) { return each.finding.outcome == outcome; });
  return static_cast<std::size_t>(count);
}

std::string report_table(const std::vector<CheckResult>& results, std::size_t width, bool colours) {
  std::size_t name_width = 0;
  for (const CheckResult& each : results) name_width = std::max(name_width, each.name.size() + 2);
  const std::size_t indent = outcome_width + name_width;
  std::string text;
  for (const auto& [name, finding] : results) {
    std::string outcome = to_string(finding.outcome);
    outcome.resize(outcome_width, ' ');
    if (colours) outcome = colour_of(finding.outcome) + outcome + "\x1b[0m";
    std::string label = name;
    label.resize(name_width, ' ');
    text.append(outcome).append(label).append(wrapped(finding.fact, indent, width)).append("\n");
    if (finding.remedy.empty()) continue;
    text.append(indent, ' ').append("-> ").append(wrapped(finding.remedy, indent + 3, width)).append("\n");
  }
  for (const Outcome each : {Outcome::ok, Outcome::warn, Outcome::failed, Outcome::skipped}) {
    text += std::to_string(count_of(results, each)) + " " + to_string(each) + (each == Outcome::skipped ? "\n" : ", ");
  }
  return text;
}

std::string report_json(const std::vector<CheckResult>& results) {
  boost::json::array checks;
  for (const auto& [name, finding] : results) {
    boost::json::object check{{"name", name}, {"outcome", to_string(finding.outcome)}, {"fact", finding.fact}};
    if (!finding.remedy.empty()) check["remedy"] = finding.remedy;
    checks.push_back(std::move(check));
  }
  boost::json::object report{{"schema", "crunc.doctor/1"}, {"checks", std::move(checks)}};
  for (const Outcome each : {Outcome::ok, Outcome::warn, Outcome::failed, Outcome::skipped}) {
    report[to_string(each)] = count_of(results, each);
  }
  return boost::json::serialize(report);
}

}  // namespace crunc::cli::doctor
