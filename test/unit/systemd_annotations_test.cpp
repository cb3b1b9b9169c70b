// SPDX-License-Identifier: Apache-2.0
// The annotations org.systemd.property.NAME: names, seconds, and the text format of GVariant, also where it is none.
#include <doctest/doctest.h>

#include <crunc/cgroups/units.hpp>

#include "support/property_text.hpp"

using namespace crunc;
using namespace crunc::cgroups;
using Lines = std::vector<std::string>;

namespace {

Result<std::vector<UnitProperty>> read(const std::string& name, const std::string& value) {
  return systemd_annotations({{"org.systemd.property." + name, value}});
}

/// "Name t 5", or why not.
std::string made(const std::string& name, const std::string& value) {
  const auto properties = read(name, value);
  if (properties) return test::lines(*properties).at(0);
  REQUIRE(properties.error().code == Errc::invalid_argument);
  return properties.error().reason;
}

/// The type and the value of a text.
std::string value_of(const std::string& text) {
  const std::string all = made("Any", text);
  return all.starts_with("Any ") ? all.substr(4) : "refused";
}

}  // namespace

TEST_CASE("annotations of systemd are properties in their order and others are passed over") {
  const auto properties = systemd_annotations({{"org.systemd.property.TimeoutStopUSec", "uint64 123456789"},
                                               {"com.example.other", "no GVariant"},
                                               {"org.systemd.propertyX", "neither"},
                                               {"org.systemd.property.CollectMode", "'inactive-or-failed'"},
                                               {"org.systemd.property.After", "['a.service', \"b.service\"]"},
                                               {"org.systemd.property.SendSIGHUP", "true"}})
                              .value();
  CHECK(test::lines(properties) == Lines{"TimeoutStopUSec t 123456789", "CollectMode s inactive-or-failed",
                                         "After as a.service b.service", "SendSIGHUP b true"});
  for (const UnitProperty& property : properties) {
    CHECK(property.field.empty());
    CHECK_FALSE(property.is_optional);
  }
  CHECK(systemd_annotations({}).value().empty());
}

TEST_CASE("a name is of letters and at least three") {
  for (const char* const name : {"", "Ab", "A-b", "Slice1", "Sl ice", "Caf\xc3\xa9", "A.B.C"}) {
    CAPTURE(name);
    CHECK(made(name, "true") == "annotation \"org.systemd.property." + std::string(name) +
                                    "\": the name is none of a property: at least 3 letters");
  }
  CHECK(made("Abc", "true") == "Abc b true");
}

TEST_CASE("seconds become microseconds") {
  struct Row {
    const char* name;
    const char* value;
    const char* property;
  };
  for (const Row& row : {
           Row{"TimeoutStopSec", "5", "TimeoutStopUSec t 5000000"},
           Row{"TimeoutStopSec", "uint64 5", "TimeoutStopUSec t 5000000"},
           Row{"TimeoutStopSec", "byte 5", "TimeoutStopUSec t 5000000"},
           Row{"TimeoutStopSec", "int16 5", "TimeoutStopUSec t 5000000"},
           Row{"TimeoutStopSec", "uint16 5", "TimeoutStopUSec t 5000000"},
           Row{"TimeoutStopSec", "uint32 5", "TimeoutStopUSec t 5000000"},
           Row{"TimeoutStopSec", "int64 5", "TimeoutStopUSec t 5000000"},
           Row{"TimeoutStopSec", "0", "TimeoutStopUSec t 0"},
           Row{"TimeoutStopSec", "1.5", "TimeoutStopUSec t 1500000"},
           Row{"TimeoutStopSec", "1.001", "TimeoutStopUSec t 1001000"},  // not 1000999
           Row{"TimeoutStopSec", "uint64 18446744073709", "TimeoutStopUSec t 18446744073709000000"},
           Row{"TimeoutStopUSec", "uint64 5", "TimeoutStopUSec t 5"},
           Row{"RuntimeMaxUSec", "5", "RuntimeMaxUSec i 5"},
           Row{"Sec", "5", "Sec i 5"},
           Row{"XSec", "5", "XSec i 5"},
           Row{"TimeoutStopsec", "5", "TimeoutStopsec i 5"},
       }) {
    CAPTURE(row.value);
    CHECK(made(row.name, row.value) == row.property);
  }
  for (const char* const value :
       {"-1", "int64 -1", "-0.5", "uint64 18446744073710", "uint64 18446744073709551615", "1e300", "inf", "nan", "-inf",
        "'5'", "true", "[byte 5]", "@as []", "1.8446744073709552e13"}) {
    CAPTURE(value);
    CHECK(made("TimeoutStopSec", value) ==
          "annotation \"org.systemd.property.TimeoutStopSec\": the value is no time in seconds");
  }
}

TEST_CASE("values are GVariants as text") {
  struct Row {
    const char* text;
    const char* value;
  };
  for (const Row& row : {
           Row{"true", "b true"},
           Row{" false\n", "b false"},
           Row{"boolean true", "b true"},
           Row{"@b false", "b false"},
           Row{"5", "i 5"},
           Row{"-5", "i -5"},
           Row{"+5", "i 5"},
           Row{"0", "i 0"},
           Row{"0x1F", "i 31"},
           Row{"017", "i 15"},
           Row{"2147483647", "i 2147483647"},
           Row{"-2147483648", "i -2147483648"},
           Row{"int32 7", "i 7"},
           Row{"uint32 4294967295", "u 4294967295"},
           Row{"@u 7", "u 7"},
           Row{"int64 -9223372036854775808", "x -9223372036854775808"},
           Row{"int64 9223372036854775807", "x 9223372036854775807"},
           Row{"uint64 5", "t 5"},
           Row{"uint64\t0xffffffffffffffff", "t max"},
           Row{"@t 18446744073709551614", "t 18446744073709551614"},
           Row{"1.5", "d 1.5"},
           Row{"-1e3", "d -1000"},
           Row{"double 5", "d 5"},
           Row{"@d 5", "d 5"},
           Row{"inf", "d inf"},
           Row{"''", "s "},
           Row{"'a b'", "s a b"},
           Row{"\"it's\"", "s it's"},
           Row{"string 'x'", "s x"},
           Row{"@s 'x'", "s x"},
           Row{R"('a\'b\"c\\d\te\u00e9\U0001F600')", "s a'b\"c\\d\te\xc3\xa9\xf0\x9f\x98\x80"},
           Row{"'a\\\nb'", "s ab"},
           Row{"'caf\xc3\xa9'", "s caf\xc3\xa9"},
           Row{"['a']", "as a"},
           Row{"[ 'a' , 'b' ]", "as a b"},
           Row{"@as ['a']", "as a"},
           Row{"@as []", "as"},
           Row{"[string 'a', 'b']", "as a b"},
           Row{"@ay [1, 0xff]", "ay 1 255"},
           Row{"[byte 1, 2]", "ay 1 2"},
           Row{"@au []", "au"},
           Row{"[uint32 1, 4294967295]", "au 1 4294967295"},
           Row{"[1, uint32 2]", "au 1 2"},
       }) {
    CAPTURE(row.text);
    CHECK(value_of(row.text) == row.value);
  }
}

TEST_CASE("what is no value is refused") {
  for (const std::string text : {
           "",
           " ",
           "x",
           "True",
           "TRUE",
           "nothing",
           "5x",
           "5 5",
           "5,",
           "--5",
           "+-5",
           "0x",
           "08",
           "0xg",
           "2147483648",
           "-2147483649",
           "byte 256",
           "byte -1",
           "uint32 -1",
           "uint32 4294967296",
           "int64 9223372036854775808",
           "uint64 18446744073709551616",
           "uint64 -1",
           "uint64 1.5",
           "uint64",
           "uint64 uint64 5",
           "uint64 '5'",
           "uint64 true",
           "@",
           "@t",
           "@tt 5",
           "@z 5",
           "@v 5",
           "@a{sv} {}",
           "@a(ss) []",
           "@as",
           "@as 'a'",
           "@as 5",
           "@as [5]",
           "@aas []",
           "@o '/'",
           "boolean 0",
           "boolean 1",
           "@b 0",
           "string 0",
           "@s 0",
           "'a",
           "\"a'",
           "'",
           "'a\\",
           "'\\'",
           "'\\q'",
           "'\\u12'",
           "'\\u0000'",
           "'\\ud800'",
           "'\\uzzzz'",
           "'\\U00110000'",
           "'\\U123'",
           "'a' 'b'",
           "'a'b",
           "b'a'",
           "'\xff'",
           "'\xc3'",
           "'\xed\xa0\x80'",
           "[",
           "]",
           "[]",
           "[,]",
           "['a'",
           "['a',",
           "['a',]",
           "['a' 'b']",
           "['a', 5]",
           "[5, 'a']",
           "[uint32 1, uint64 2]",
           "[[]]",
           "[['a']]",
           "uint32 [1]",
           "byte [1]",
           "@u [1]",
           "['a']]",
           "{'a': 'b'}",
           "('a', 'b')",
           "<'a'>",
           "1.5.5",
           "1e",
           "e",
           "0x1.5",
           "double x",
           "nan(",
           "1e999",
           "@ay ['a']",
           "[byte 1, 256]",
           "@ay [-1]",
       }) {
    CAPTURE(text);
    CHECK(value_of(text) == "refused");
  }
  CHECK(value_of(std::string("'a\0b'", 5)) == "refused");
  CHECK(value_of(std::string("5\0", 2)) == "refused");
}

TEST_CASE("a type that no property has is refused") {
  for (const char* const text :
       {"byte 5", "int16 5", "uint16 5", "[true]", "[1, 2]", "[1, 2.5]", "[2.5, 1]", "[uint64 1]", "@ad []"}) {
    CAPTURE(text);
    CHECK(made("Any", text) ==
          "annotation \"org.systemd.property.Any\": the value has a type that no property of a unit has");
  }
}

TEST_CASE("an error tells the annotation and what is wrong with it") {
  const std::string start = "annotation \"org.systemd.property.Any\": the value ";
  CHECK(made("Any", "") == start + "has no value where one is due");
  CHECK(made("Any", "uint64 x") == start + "has \"x\", which is none of type t");
  CHECK(made("Any", "5 6") == start + "has \"6\" behind its end");
  CHECK(made("Any", "[]") == start + "has no type, which an empty array needs: @as []");
  CHECK(made("Any", "['a' 5]") == start + "has no ']' where one is due");
  CHECK(made("Any", "'a") == start + "has a string that is none");
  CHECK(made("Any", "@z 5") == start + "has \"@z\", which is no type that is read here");
  CHECK(made("Any", "[byte 1, int32 2]") == start + "has two types");
  CHECK(made("Any", "@as 5") == start + "is no array");
  CHECK(made("Any", "@u [5]") == start + "is an array, which its type is not");
  CHECK(systemd_annotations({{"org.systemd.property.Good", "true"}, {"org.systemd.property.Bad", "x"}})
            .error()
            .reason.find("Bad") != std::string::npos);
}

TEST_CASE("hostile texts are refused in bounded time") {
  const std::string long_text(65534, 'a');
  CHECK(value_of('\'' + long_text + '\'') == "s " + long_text);
  CHECK(made("Any", '\'' + long_text + "a'") == "annotation \"org.systemd.property.Any\": the value is too long");
  CHECK(value_of(std::string(65536, '[')) == "refused");
  CHECK(value_of(std::string(65536, '@')) == "refused");
  CHECK(value_of(std::string(65536, '9')) == "refused");
  CHECK(value_of(std::string(65536, '\\')) == "refused");

  // Every text of a few marks, and every start of a long one, is read or refused; nothing else happens.
  constexpr std::string_view marks = "@[]',\\ 5tbys.-x";
  std::size_t good = 0;
  for (std::size_t number = 0; number < marks.size() * marks.size() * marks.size() * marks.size(); ++number) {
    std::string text;
    for (std::size_t rest = number, i = 0; i < 4; ++i, rest /= marks.size()) text += marks[rest % marks.size()];
    good += read("Any", text) ? 1 : 0;
    good += read("AnySec", text) ? 1 : 0;
  }
  CHECK(good > 100);
  const std::string whole = R"(@as [ 'a\'b', "c\u00e9", string 'd' ])";
  for (std::size_t size = 0; size < whole.size(); ++size) CHECK(value_of(whole.substr(0, size)) == "refused");
  CHECK(value_of(whole) == "as a'b c\xc3\xa9 d");
}
