// SPDX-License-Identifier: Apache-2.0
// What one would write with simdjson's on-demand parser to fill the same struct, memory reused in the same way: the
// baseline of bench_decode. It knows the keys that runc 1.1 prints.
#pragma once

#include <simdjson.h>

#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <crunc/stats.hpp>

namespace crunc::bench {

/// Throws simdjson_error on what is wrong.
class SimdjsonReader {
 public:
  bool read(std::string_view line, Event& event) {
    text_.resize(line.size() + simdjson::SIMDJSON_PADDING);
    std::memcpy(text_.data(), line.data(), line.size());
    auto document = parser_.iterate(text_.data(), line.size(), text_.size());
    for (auto field : document.get_object()) {
      const auto key = field.key().value();
      if (key == "type") {
        event.type_text = field.value().get_string().value();
      } else if (key == "id") {
        event.id = field.value().get_string().value();
      } else if (key == "data") {
        stats(field.value().get_object(), made(event.stats));
      }
    }
    event.type = event.type_text == "stats" ? EventType::stats : EventType::oom;
    return true;
  }

 private:
  using Object = simdjson::ondemand::object;
  using Value = simdjson::ondemand::value;
  using Array = simdjson::ondemand::array;

  template <class T>
  static T& made(std::optional<T>& value) {
    return value ? *value : value.emplace();
  }
  static void times(Array array, std::vector<CpuTime>& into) {
    into.clear();
    for (auto each : array) into.emplace_back(each.get_uint64().value());
  }
  static void numbers(Array array, std::vector<std::uint32_t>& into) {
    into.clear();
    for (auto each : array) into.push_back(static_cast<std::uint32_t>(each.get_uint64().value()));
  }

  static void stats(Object object, Stats& into) {
    for (auto field : object) {
      const auto key = field.key().value();
      Value value = field.value();
      if (key == "cpu") {
        cpu(value.get_object(), made(into.cpu));
      } else if (key == "cpuset") {
        cpuset(value.get_object(), made(into.cpuset));
      } else if (key == "memory") {
        memory(value.get_object(), made(into.memory));
      } else if (key == "pids") {
        pids(value.get_object(), made(into.pids));
      } else if (key == "blkio") {
        blkio(value.get_object(), made(into.blkio));
      } else if (key == "hugetlb") {
        hugetlb(value.get_object(), into);
      } else if (key == "intel_rdt") {
        made(into.intel_rdt);
      }
    }
  }
  static void cpu(Object object, CpuStats& into) {
    for (auto field : object) {
      const auto key = field.key().value();
      if (key == "usage") {
        usage(field.value().get_object(), made(into.usage));
      } else if (key == "throttling") {
        throttling(field.value().get_object(), made(into.throttling));
      }
    }
  }
  static void usage(Object object, CpuUsage& into) {
    for (auto field : object) {
      const auto key = field.key().value();
      Value value = field.value();
      if (key == "total") {
        into.total = CpuTime(value.get_uint64().value());
      } else if (key == "percpu") {
        times(value.get_array(), into.percpu);
      } else if (key == "percpu_kernel") {
        times(value.get_array(), into.percpu_kernel);
      } else if (key == "percpu_user") {
        times(value.get_array(), into.percpu_user);
      } else if (key == "kernel") {
        into.kernel = CpuTime(value.get_uint64().value());
      } else if (key == "user") {
        into.user = CpuTime(value.get_uint64().value());
      }
    }
  }
  static void throttling(Object object, CpuThrottling& into) {
    for (auto field : object) {
      const auto key = field.key().value();
      if (key == "periods") {
        into.periods = field.value().get_uint64().value();
      } else if (key == "throttledPeriods") {
        into.throttled_periods = field.value().get_uint64().value();
      } else if (key == "throttledTime") {
        into.throttled_time = CpuTime(field.value().get_uint64().value());
      }
    }
  }
  static void cpuset(Object object, CpusetStats& into) {
    for (auto field : object) {
      const auto key = field.key().value();
      Value value = field.value();
      if (key == "cpus") {
        numbers(value.get_array(), into.cpus);
      } else if (key == "mems") {
        numbers(value.get_array(), into.mems);
      } else if (key == "sched_relax_domain_level") {
        into.sched_relax_domain_level = value.get_int64().value();
      } else if (std::optional<std::uint64_t>* const count = counter(key, into)) {
        *count = value.get_uint64().value();
      }
    }
  }
  static std::optional<std::uint64_t>* counter(simdjson::ondemand::raw_json_string key, CpusetStats& into) {
    if (key == "cpu_exclusive") return &into.cpu_exclusive;
    if (key == "mem_hardwall") return &into.mem_hardwall;
    if (key == "mem_exclusive") return &into.mem_exclusive;
    if (key == "memory_migrate") return &into.memory_migrate;
    if (key == "memory_spread_page") return &into.memory_spread_page;
    if (key == "memory_spread_slab") return &into.memory_spread_slab;
    if (key == "memory_pressure") return &into.memory_pressure;
    if (key == "sched_load_balance") return &into.sched_load_balance;
    return nullptr;
  }
  static void memory(Object object, MemoryStats& into) {
    for (auto field : object) {
      const auto key = field.key().value();
      Value value = field.value();
      if (key == "cache") {
        into.cache_bytes = value.get_uint64().value();
      } else if (key == "usage") {
        entry(value.get_object(), made(into.usage));
      } else if (key == "swap") {
        entry(value.get_object(), made(into.swap));
      } else if (key == "kernel") {
        entry(value.get_object(), made(into.kernel));
      } else if (key == "kernelTCP") {
        entry(value.get_object(), made(into.kernel_tcp));
      } else if (key == "raw") {
        raw(value.get_object(), into);
      }
    }
  }
  static void entry(Object object, MemoryEntry& into) {
    for (auto field : object) {
      const auto key = field.key().value();
      const std::uint64_t number = field.value().get_uint64().value();
      if (key == "limit") {
        into.limit_bytes = Limit(number);
      } else if (key == "usage") {
        into.usage_bytes = number;
      } else if (key == "max") {
        into.max_bytes = number;
      } else if (key == "failcnt") {
        into.failcnt = number;
      }
    }
  }
  /// Takes the nodes in their order, which is that of the text.
  static void raw(Object object, MemoryStats& into) {
    auto at = into.raw.begin();
    for (auto field : object) {
      const std::string_view key = field.unescaped_key().value();
      if (at == into.raw.end() || at->first != key) at = into.raw.emplace_hint(at, key, 0);
      at->second = field.value().get_uint64().value();
      ++at;
    }
  }
  static void pids(Object object, PidsStats& into) {
    for (auto field : object) {
      const auto key = field.key().value();
      if (key == "current") {
        into.current = field.value().get_uint64().value();
      } else if (key == "limit") {
        into.limit = Limit(field.value().get_uint64().value());
      }
    }
  }
  static void blkio(Object object, BlkioStats& into) {
    for (auto field : object) {
      const auto key = field.key().value();
      if (key == "ioServiceBytesRecursive") {
        rows(field.value().get_array(), into.service_bytes);
      } else if (key == "ioServicedRecursive") {
        rows(field.value().get_array(), into.serviced);
      }
    }
  }
  static void rows(Array array, std::vector<BlkioEntry>& into) {
    std::size_t count = 0;
    for (auto element : array) {
      if (count == into.size()) into.emplace_back();
      BlkioEntry& row = into[count++];
      for (auto field : element.get_object()) {
        const auto key = field.key().value();
        Value value = field.value();
        if (key == "major") {
          row.major = value.get_uint64().value();
        } else if (key == "minor") {
          row.minor = value.get_uint64().value();
        } else if (key == "op") {
          row.op = value.get_string().value();
        } else if (key == "value") {
          row.value = value.get_uint64().value();
        }
      }
    }
    into.resize(count);
  }
  static void hugetlb(Object object, Stats& into) {
    auto at = into.hugetlb.begin();
    for (auto field : object) {
      const std::string_view key = field.unescaped_key().value();
      if (at == into.hugetlb.end() || at->first != key) at = into.hugetlb.emplace_hint(at, key, HugetlbEntry{});
      for (auto member : field.value().get_object()) {
        const auto name = member.key().value();
        const std::uint64_t number = member.value().get_uint64().value();
        if (name == "usage") {
          at->second.usage_bytes = number;
        } else if (name == "max") {
          at->second.max_bytes = number;
        } else if (name == "failcnt") {
          at->second.failcnt = number;
        }
      }
      ++at;
    }
  }

  simdjson::ondemand::parser parser_;
  std::vector<char> text_;
};

}  // namespace crunc::bench
