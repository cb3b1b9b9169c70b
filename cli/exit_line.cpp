// SPDX-License-Identifier: Apache-2.0
// Exits as text.

#include "exit_line.hpp"

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <crunc/signal.hpp>

namespace crunc::cli {

int exit_number(const ExitStatus& status) {
  constexpr int by_signal = 128;
  return status.signal() ? by_signal + *status.signal() : status.code().value_or(-1);
}

std::string exit_json(const std::string& id, const ExitStatus& status) {
  boost::json::object line{{"schema", "crunc.wait/1"}, {"id", id}, {"exit_code", nullptr}, {"signal", nullptr}};
  if (status.code()) line["exit_code"] = *status.code();
  if (status.signal()) line["signal"] = Signal(*status.signal()).name();
  return boost::json::serialize(line);
}

}  // namespace crunc::cli
