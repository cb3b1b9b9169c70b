// SPDX-License-Identifier: Apache-2.0
// CRIU's figures for people and for programs.

#include "command/criu_stats.hpp"

#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <system_error>
#include <vector>

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "passthrough.hpp"

namespace crunc::cli {
namespace {

/// A number by its key in JSON, which has the unit where there is one, and its words in a table.
struct Figure {
  const char* key;
  const char* words;
  std::uint64_t number;
};

struct Figures {
  const char* schema = nullptr;
  std::vector<Figure> figures{};
};

std::uint64_t number(std::chrono::microseconds time) { return static_cast<std::uint64_t>(time.count()); }

Figures figures_of(const CriuDump& dump) {
  return {"crunc.checkpoint-stats/1",
          {{"freezing_time_us", "freezing", number(dump.freezing_time)},
           {"frozen_time_us", "frozen", number(dump.frozen_time)},
           {"memdump_time_us", "memory dump", number(dump.memory_dump_time)},
           {"memwrite_time_us", "memory write", number(dump.memory_write_time)},
           {"pages_scanned", "pages scanned", dump.pages_scanned},
           {"pages_skipped_parent", "pages as in the parent", dump.pages_skipped_parent},
           {"pages_written", "pages written", dump.pages_written},
           {"pages_lazy", "pages left lazy", dump.pages_lazy},
           {"shared_pages_written", "shared pages written", dump.shared_pages_written}}};
}

Figures figures_of(const CriuRestore& restore) {
  return {"crunc.restore-stats/1",
          {{"forking_time_us", "forking", number(restore.forking_time)},
           {"restore_time_us", "restoring", number(restore.restore_time)},
           {"pages_compared", "pages compared", restore.pages_compared},
           {"pages_skipped_cow", "pages shared on write", restore.pages_skipped_copy_on_write},
           {"pages_restored", "pages restored", restore.pages_restored}}};
}

/// What CRIU has left there.
Result<Figures> read_figures(const std::filesystem::path& directory, bool is_restore) {
  if (is_restore) {
    const Result<CriuRestore> restore = read_criu_restore(directory);
    return restore ? Result<Figures>(figures_of(*restore)) : Result<Figures>(restore.error());
  }
  const Result<CriuDump> dump = read_criu_dump(directory);
  return dump ? Result<Figures>(figures_of(*dump)) : Result<Figures>(dump.error());
}

void show(const Figures& shown, bool as_json) {
  if (as_json) {
    boost::json::object line{{"schema", shown.schema}};
    for (const Figure& each : shown.figures) line[each.key] = each.number;
    std::printf("%s\n", boost::json::serialize(line).c_str());
    return;
  }
  constexpr double per_milli = 1000;
  for (const Figure& each : shown.figures) {
    if (std::string_view(each.key).ends_with("_us")) {
      std::fprintf(stderr, "%-24s%12.3f ms\n", each.words, static_cast<double>(each.number) / per_milli);
    } else {
      std::fprintf(stderr, "%-24s%12llu\n", each.words, static_cast<unsigned long long>(each.number));
    }
  }
}

}  // namespace

void add_criu_stats(FlagTable& flags, std::string& stats) {
  flags.add({.names = "--stats",
             .value = "[=json]",
             .description = "CRIU's figures afterwards: a table on stderr, or JSON on stdout",
             .target = &stats,
             .implied = "table",
             .own_values = Flag::any_value});
}

CriuWork::CriuWork(Path& path) : path_(path.get()), is_ours_(path.empty()) {
  if (!is_ours_) return;
  std::string pattern = (std::filesystem::temp_directory_path() / "crunc-criu.XXXXXX").string();
  if (::mkdtemp(pattern.data()) == nullptr) throw std::system_error(errno, std::generic_category(), "make " + pattern);
  path_ = pattern;
  path = path_;
}

void CriuWork::remove() noexcept {
  std::error_code ignored;
  if (is_ours_) std::filesystem::remove_all(path_, ignored);
}

int run_with_criu_stats(const Surroundings& here, const Result<Tokens>& argv, CriuWork& work, const CriuCall& call) {
  if (call.stats != "table" && call.stats != "json")
    throw UsageError{"--stats: takes json or nothing, and got " + call.stats};
  if (!argv) throw UsageError{argv.error().message()};
  const Ended ended = stand_in(here.runc, Tokens(argv->begin() + 1, argv->end()), here.timeout);
  if (ended.signal) {
    work.remove();  // nothing is done after this
    return end_as(ended);
  }
  const Result<Figures> figures = read_figures(work.path(), call.is_restore);
  if (figures) {
    show(*figures, call.stats == "json");
  } else if (ended.code == 0) {
    std::fprintf(stderr, "crunc: CRIU has left no figures in %s\n", work.path().c_str());
  } else {
    work.keep();
  }
  return ended.code;
}

}  // namespace crunc::cli
