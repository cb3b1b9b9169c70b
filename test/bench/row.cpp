// SPDX-License-Identifier: Apache-2.0
// Rows as text and as JSON, and from JSON.
#include "row.hpp"

#include <cstdio>

#include <boost/json/value_to.hpp>

namespace crunc::bench {
namespace {

namespace json = boost::json;

/// Four digits or fewer, as many as a reader can use.
std::string text_of(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.*f", value < 10 ? 3 : value < 100 ? 1 : 0, value);
  std::string short_text = text;
  if (short_text.find('.') != std::string::npos) {
    short_text.erase(short_text.find_last_not_of('0') + 1);
    if (short_text.back() == '.') short_text.pop_back();
  }
  return short_text;
}

std::string with_unit(double value, const std::string& unit) {
  return text_of(value) + (unit == "x" || unit.empty() ? "" : " ") + unit;
}

std::string bar_text(const Row& row) {
  if (!row.figure.bar) return {};
  return (row.figure.good == Good::low ? "<= " : ">= ") + with_unit(*row.figure.bar, row.unit);
}

std::string details(const Row& row) {
  std::string text;
  if (row.costs) {
    const bool ours_first = row.figure.good == Good::low;
    text = with_unit(ours_first ? row.costs->ours : row.costs->baseline, row.costs->unit) + " / " +
           with_unit(ours_first ? row.costs->baseline : row.costs->ours, row.costs->unit) + ", ";
  }
  return text + std::to_string(row.runs) + (row.runs == 1 ? " run" : " runs");
}

}  // namespace

json::object to_json(const Row& row) {
  json::object object{{"bench", row.bench}, {"what", row.figure.what}, {"unit", row.unit}};
  object["good"] = row.figure.good == Good::low ? "low" : "high";
  if (row.figure.bar) object["bar"] = *row.figure.bar;
  if (!row.value) {
    object["skipped"] = row.skipped;
    return object;
  }
  object["value"] = row.value->median;
  object["lower_quartile"] = row.value->lower_quartile;
  object["upper_quartile"] = row.value->upper_quartile;
  object["runs"] = row.runs;
  if (row.figure.bar) object["reached"] = row.figure.reached(row.value->median);
  if (row.costs) {
    object["ours"] = row.costs->ours;
    object["baseline"] = row.costs->baseline;
    object["cost_unit"] = row.costs->unit;
  }
  return object;
}

Row row_of(const json::object& object) {
  const auto text = [&object](const char* key) { return std::string(object.at(key).as_string()); };
  const auto number = [&object](const char* key) { return object.at(key).to_number<double>(); };
  Row row{.bench = text("bench"), .figure = {.what = text("what")}, .unit = text("unit")};
  row.figure.good = text("good") == "low" ? Good::low : Good::high;
  if (object.contains("bar")) row.figure.bar = number("bar");
  if (object.contains("skipped")) {
    row.skipped = text("skipped");
    return row;
  }
  row.value = Spread{number("value"), number("lower_quartile"), number("upper_quartile")};
  row.runs = object.at("runs").to_number<std::size_t>();
  if (object.contains("ours")) row.costs = Row::Costs{number("ours"), number("baseline"), text("cost_unit")};
  return row;
}

std::array<std::string, headings.size()> cells(const Row& row) {
  if (!row.value) return {row.figure.what, bar_text(row), "skipped", "", "", row.skipped};
  const Spread& value = *row.value;
  const bool alone = row.runs == 1;
  return {row.figure.what,
          bar_text(row),
          with_unit(value.median, row.unit),
          alone ? std::string() : text_of(value.lower_quartile) + " to " + text_of(value.upper_quartile),
          !row.figure.bar                    ? ""
          : row.figure.reached(value.median) ? "yes"
                                             : "NO",
          details(row)};
}

}  // namespace crunc::bench
