// SPDX-License-Identifier: Apache-2.0
// What one would write with another JSON library to fill the same Event, its memory used again in the same way: the
// baselines of bench_decode. It knows the keys that runc 1.1 prints.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include <crunc/stats.hpp>

namespace crunc::bench {

/// `Json` is a library: its type Value, and static functions
///   members(value, f)   f(key, value) for each member of an object, where key == "literal" is cheap
///   named(value, f)     the same with the key as a std::string_view, unescaped
///   elements(value, f)  f(value) for each element of an array
///   count(value), number(value), text(value)   std::uint64_t, std::int64_t, std::string_view
/// which throw at what is of another kind.
template <class Json>
class StatsWalk {
 public:
  static void event(auto&& document, Event& into) {
    Json::members(document, [&](auto key, Value value) {
      if (key == "type") {
        into.type_text = Json::text(value);
      } else if (key == "id") {
        into.id = Json::text(value);
      } else if (key == "data") {
        stats(value, made(into.stats));
      }
    });
    into.type = into.type_text == "stats" ? EventType::stats : EventType::oom;
  }

 private:
  using Value = typename Json::Value;

  template <class T>
  static T& made(std::optional<T>& value) {
    return value ? *value : value.emplace();
  }
  static void times(Value array, std::vector<CpuTime>& into) {
    into.clear();
    Json::elements(array, [&](Value each) { into.emplace_back(Json::count(each)); });
  }
  static void numbers(Value array, std::vector<std::uint32_t>& into) {
    into.clear();
    Json::elements(array, [&](Value each) { into.push_back(static_cast<std::uint32_t>(Json::count(each))); });
  }

  static void stats(Value object, Stats& into) {
    Json::members(object, [&](auto key, Value value) {
      if (key == "cpu") {
        cpu(value, made(into.cpu));
      } else if (key == "cpuset") {
        cpuset(value, made(into.cpuset));
      } else if (key == "memory") {
        memory(value, made(into.memory));
      } else if (key == "pids") {
        pids(value, made(into.pids));
      } else if (key == "blkio") {
        blkio(value, made(into.blkio));
      } else if (key == "hugetlb") {
        hugetlb(value, into);
      } else if (key == "intel_rdt") {
        made(into.intel_rdt);
      }
    });
  }
  static void cpu(Value object, CpuStats& into) {
    Json::members(object, [&](auto key, Value value) {
      if (key == "usage") {
        usage(value, made(into.usage));
      } else if (key == "throttling") {
        throttling(value, made(into.throttling));
      }
    });
  }
  static void usage(Value object, CpuUsage& into) {
    Json::members(object, [&](auto key, Value value) {
      if (key == "total") {
        into.total = CpuTime(Json::count(value));
      } else if (key == "percpu") {
        times(value, into.percpu);
      } else if (key == "percpu_kernel") {
        times(value, into.percpu_kernel);
      } else if (key == "percpu_user") {
        times(value, into.percpu_user);
      } else if (key == "kernel") {
        into.kernel = CpuTime(Json::count(value));
      } else if (key == "user") {
        into.user = CpuTime(Json::count(value));
      }
    });
  }
  static void throttling(Value object, CpuThrottling& into) {
    Json::members(object, [&](auto key, Value value) {
      if (key == "periods") {
        into.periods = Json::count(value);
      } else if (key == "throttledPeriods") {
        into.throttled_periods = Json::count(value);
      } else if (key == "throttledTime") {
        into.throttled_time = CpuTime(Json::count(value));
      }
    });
  }
  static void cpuset(Value object, CpusetStats& into) {
    Json::members(object, [&](auto key, Value value) {
      if (key == "cpus") {
        numbers(value, into.cpus);
      } else if (key == "mems") {
        numbers(value, into.mems);
      } else if (key == "sched_relax_domain_level") {
        into.sched_relax_domain_level = Json::number(value);
      } else if (std::optional<std::uint64_t>* const counted = counter(key, into)) {
        *counted = Json::count(value);
      }
    });
  }
  static std::optional<std::uint64_t>* counter(auto key, CpusetStats& into) {
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
  static void memory(Value object, MemoryStats& into) {
    Json::members(object, [&](auto key, Value value) {
      if (key == "cache") {
        into.cache_bytes = Json::count(value);
      } else if (key == "usage") {
        entry(value, made(into.usage));
      } else if (key == "swap") {
        entry(value, made(into.swap));
      } else if (key == "kernel") {
        entry(value, made(into.kernel));
      } else if (key == "kernelTCP") {
        entry(value, made(into.kernel_tcp));
      } else if (key == "raw") {
        raw(value, into);
      }
    });
  }
  static void entry(Value object, MemoryEntry& into) {
    Json::members(object, [&](auto key, Value value) {
      const std::uint64_t number = Json::count(value);
      if (key == "limit") {
        into.limit_bytes = Limit(number);
      } else if (key == "usage") {
        into.usage_bytes = number;
      } else if (key == "max") {
        into.max_bytes = number;
      } else if (key == "failcnt") {
        into.failcnt = number;
      }
    });
  }
  /// Takes the nodes in their order, which is that of the text.
  static void raw(Value object, MemoryStats& into) {
    auto at = into.raw.begin();
    Json::named(object, [&](std::string_view key, Value value) {
      if (at == into.raw.end() || at->first != key) at = into.raw.emplace_hint(at, key, 0);
      at->second = Json::count(value);
      ++at;
    });
  }
  static void pids(Value object, PidsStats& into) {
    Json::members(object, [&](auto key, Value value) {
      if (key == "current") {
        into.current = Json::count(value);
      } else if (key == "limit") {
        into.limit = Limit(Json::count(value));
      }
    });
  }
  static void blkio(Value object, BlkioStats& into) {
    Json::members(object, [&](auto key, Value value) {
      if (key == "ioServiceBytesRecursive") {
        rows(value, into.service_bytes);
      } else if (key == "ioServicedRecursive") {
        rows(value, into.serviced);
      }
    });
  }
  static void rows(Value array, std::vector<BlkioEntry>& into) {
    std::size_t size = 0;
    Json::elements(array, [&](Value element) {
      if (size == into.size()) into.emplace_back();
      row(element, into[size++]);
    });
    into.resize(size);
  }
  static void row(Value object, BlkioEntry& into) {
    Json::members(object, [&](auto key, Value value) {
      if (key == "major") {
        into.major = Json::count(value);
      } else if (key == "minor") {
        into.minor = Json::count(value);
      } else if (key == "op") {
        into.op = Json::text(value);
      } else if (key == "value") {
        into.value = Json::count(value);
      }
    });
  }
  static void hugetlb(Value object, Stats& into) {
    auto at = into.hugetlb.begin();
    Json::named(object, [&](std::string_view key, Value pages) {
      if (at == into.hugetlb.end() || at->first != key) at = into.hugetlb.emplace_hint(at, key, HugetlbEntry{});
      Json::members(pages, [&](auto name, Value value) {
        const std::uint64_t number = Json::count(value);
        if (name == "usage") {
          at->second.usage_bytes = number;
        } else if (name == "max") {
          at->second.max_bytes = number;
        } else if (name == "failcnt") {
          at->second.failcnt = number;
        }
      });
      ++at;
    });
  }
};

}  // namespace crunc::bench
