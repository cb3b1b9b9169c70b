// SPDX-License-Identifier: Apache-2.0
// Reading and writing OCI documents, for tests.
#pragma once

#include <string>
#include <string_view>

#include <doctest/doctest.h>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include <crunc/error.hpp>

#include "support/text_file.hpp"

namespace crunc::test {

/// A file of fixtures/, parsed.
inline boost::json::value fixture_json(const std::string& name) {
  const std::string text = read_text(std::string(CRUNC_FIXTURES_PATH "/") + name);
  REQUIRE_FALSE(text.empty());
  return boost::json::parse(text);
}

/// What is written of what `read` makes of `text`.
template <class Read>
std::string round_trip(Read read, std::string_view text) {
  const auto value = read(text);
  REQUIRE_MESSAGE(value.has_value(), value.error().message());
  const auto written = write(*value);
  REQUIRE_MESSAGE(written.has_value(), written.error().message());
  const auto again = read(*written);
  REQUIRE_MESSAGE(again.has_value(), again.error().message());
  CHECK(*again == *value);
  return *written;
}

/// Whether the round trip gives the same document, key order aside.
template <class Read>
void check_lossless(Read read, const boost::json::value& document) {
  const std::string written = round_trip(read, boost::json::serialize(document));
  CAPTURE(written);
  CHECK(boost::json::parse(written) == document);
}

/// Why `read` refuses `text`.
template <class Read>
std::string refusal(Read read, std::string_view text) {
  const auto value = read(text);
  return value ? "nothing is wrong" : value.error().reason;
}

}  // namespace crunc::test
