// SPDX-License-Identifier: Apache-2.0
// Read from /proc, asked of the library, or known since it was compiled.
#include "machine.hpp"

#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <string>

#include <boost/config/helper_macros.hpp>
#include <boost/version.hpp>

#include <crunc/cgroups/mode.hpp>
#include <crunc/crunc.hpp>

#ifdef HAVE_SIMDJSON
#include <simdjson.h>
#endif
#ifdef HAVE_RAPIDJSON
#include <rapidjson/rapidjson.h>
#endif

namespace crunc::bench {
namespace {

/// What stands behind `key` in a file of "key : value" lines; the first one.
std::string value_in(const char* path, const std::string& key) {
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    const std::size_t colon = line.find(':');
    if (line.starts_with(key) && colon != std::string::npos)
      return line.substr(line.find_first_not_of(" \t", colon + 1));
  }
  return "unknown";
}

/// "1.81" of "1_81"
std::string boost_version() {
  std::string version = BOOST_LIB_VERSION;
  std::ranges::replace(version, '_', '.');
  return version;
}

}  // namespace

boost::json::object machine() {
  utsname name{};
  ::uname(&name);
  return {{"cpu", value_in("/proc/cpuinfo", "model name")},
          {"cores", ::sysconf(_SC_NPROCESSORS_ONLN)},
          {"memory", value_in("/proc/meminfo", "MemTotal")},
          {"kernel", name.release},
          {"cgroups", cgroups::to_string(cgroups::detect())}};
}

boost::json::object versions() {
  boost::json::object found{{"crunc", library_version()},
#ifdef __clang__
                            {"clang", __clang_version__},
#else
                            {"g++", __VERSION__},
#endif
                            {"Boost", boost_version()}};
  for (const char* const runtime : {"runc", "crun"}) {
    const auto version = Runc({.command = runtime}).version();
    if (version) found[runtime] = version->version;
  }
#ifdef HAVE_SIMDJSON
  found["simdjson"] = BOOST_STRINGIZE(SIMDJSON_VERSION);
#endif
#ifdef HAVE_RAPIDJSON
  found["RapidJSON"] = RAPIDJSON_VERSION_STRING;
#endif
  return found;
}

}  // namespace crunc::bench
