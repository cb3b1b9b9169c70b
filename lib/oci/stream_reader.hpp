// SPDX-License-Identifier: Apache-2.0
// Reading of described structs from a JsonCursor. Targets are filled in place, so that a struct that is read into again
// keeps its strings, vectors and map nodes.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <crunc/limit.hpp>

#include "oci/fields.hpp"
#include "oci/json_cursor.hpp"

namespace crunc::oci {

template <class T>
void make_absent(std::optional<T>& value) noexcept {
  value.reset();
}
template <class T>
void make_absent(std::vector<T>& value) noexcept {
  value.clear();
}
template <class T>
void make_absent(std::map<std::string, T, std::less<>>& value) noexcept {
  value.clear();
}
inline void make_absent(std::string& value) noexcept { value.clear(); }
inline void make_absent(std::uint64_t& value) noexcept { value = 0; }
inline void make_absent(Limit& value) noexcept { value = Limit(); }

/// Reads values of all kinds that a described struct has. False after a fault, which the cursor knows.
class StreamReader {
 public:
  explicit StreamReader(JsonCursor& in) noexcept : in_(in) {}

  [[nodiscard]] bool value(std::uint64_t& into) { return in_.number(into); }
  [[nodiscard]] bool value(std::int64_t& into) { return in_.number(into); }
  [[nodiscard]] bool value(double& into) { return in_.number(into); }
  [[nodiscard]] bool value(std::string& into) { return in_.string(into); }
  [[nodiscard]] bool value(std::uint32_t& into) {
    std::uint64_t number = 0;
    if (!in_.number(number)) return false;
    if (!std::in_range<std::uint32_t>(number)) return in_.fail("out of the range of 32 bits");
    into = static_cast<std::uint32_t>(number);
    return true;
  }
  template <class Period>
  [[nodiscard]] bool value(std::chrono::duration<std::uint64_t, Period>& into) {
    std::uint64_t number = 0;
    if (!in_.number(number)) return false;
    into = std::chrono::duration<std::uint64_t, Period>(number);
    return true;
  }
  [[nodiscard]] bool value(Limit& into) {
    std::uint64_t number = 0;
    if (!in_.number(number)) return false;
    into = Limit(number);
    return true;
  }
  template <class T>
  [[nodiscard]] bool value(std::optional<T>& into) {
    return value(into ? *into : into.emplace());
  }
  template <class T>
  [[nodiscard]] bool value(std::vector<T>& into);
  template <class T>
  [[nodiscard]] bool value(std::map<std::string, T, std::less<>>& into);
  template <Described T>
  [[nodiscard]] bool value(T& into) {
    return object(into, typename FieldsOf<T>::List{});
  }

 private:
  template <class T>
  using Map = std::map<std::string, T, std::less<>>;

  template <class T, class... F>
  bool object(T& into, Fields<F...>);
  template <class T, class... F>
  Step any_member(T& into, std::uint32_t& seen, Fields<F...>);
  template <class F, class T>
  Step member(T& into);
  template <class T>
  Step unknown_member(T& into, std::string_view name);
  template <class T>
  static auto node(Map<T>& map, typename Map<T>::iterator& stale, std::string_view name);

  JsonCursor& in_;
};

template <class T>
bool StreamReader::value(std::vector<T>& into) {
  if (!in_.open('[', "an array")) return false;
  std::size_t count = 0;
  Step step = in_.take_mark(']') ? Step::done : Step::more;
  while (step == Step::more) {
    if (count == into.size()) into.emplace_back();
    if (!value(into[count])) {
      in_.within(count);
      return false;
    }
    ++count;
    step = in_.next(']');
  }
  into.resize(count);
  return step == Step::done;
}

/// The node for `name`. Those before `stale` are of this text, those from it on of an earlier one.
///
/// Go prints maps in the order of their keys, so with a map that is used again the one at `stale` is nearly always it.
template <class T>
auto StreamReader::node(Map<T>& map, typename Map<T>::iterator& stale, std::string_view name) {
  if (stale != map.end() && stale->first < name) stale = map.erase(stale, map.lower_bound(name));
  if (stale != map.end() && stale->first == name) return stale++;
  if (const auto found = map.find(name); found != map.end()) return found;
  return map.emplace_hint(stale, name, T{});
}

template <class T>
bool StreamReader::value(Map<T>& into) {
  if (!in_.open('{', "an object")) return false;
  auto stale = into.begin();
  Step step = in_.take_mark('}') ? Step::done : Step::more;
  std::string_view name;
  std::string scratch;
  while (step == Step::more) {
    if (!in_.key(name, scratch)) return false;
    const auto at = stale != into.end() && same(stale->first, name) ? stale++ : node(into, stale, name);
    if (!value(at->second)) {
      in_.within(at->first);
      return false;
    }
    step = in_.next('}');
  }
  into.erase(stale, into.end());
  return step == Step::done;
}

/// First one pass in the order of the list, in which a name is no more than a comparison, then whatever there is.
template <class T, class... F>
bool StreamReader::object(T& into, Fields<F...> fields) {
  static_assert(sizeof...(F) < 32);
  constexpr std::uint32_t all = (1U << sizeof...(F)) - 1;
  if (!in_.open('{', "an object")) return false;
  if (!into.extra.empty()) into.extra.clear();
  std::uint32_t seen = 0;
  std::uint32_t bit = 1;
  Step step = in_.take_mark('}') ? Step::done : Step::more;
  const auto in_order = [&]<class One>(One) {
    if (step == Step::more && in_.take(One::quoted.text)) {
      step = member<One>(into);
      seen |= bit;
    }
    bit <<= 1U;
  };
  (in_order(F{}), ...);
  while (step == Step::more) step = any_member(into, seen, fields);
  if (step == Step::failed) return false;
  if (seen != all) {
    bit = 1;
    (((seen & bit) == 0 ? make_absent(into.*F::member) : void(), bit <<= 1U), ...);
  }
  if constexpr (requires { FieldsOf<T>::settle(into); }) FieldsOf<T>::settle(into);
  return true;
}

template <class T, class... F>
Step StreamReader::any_member(T& into, std::uint32_t& seen, Fields<F...>) {
  std::string_view name;
  std::string scratch;
  if (!in_.key(name, scratch)) return Step::failed;
  Step step = Step::failed;
  std::uint32_t bit = 1;
  const auto is = [&]<class One>(One) {
    const bool found = One::name == name;
    if (found) {
      step = member<One>(into);
      seen |= bit;
    }
    bit <<= 1U;
    return found;
  };
  return (is(F{}) || ...) ? step : unknown_member(into, name);
}

template <class F, class T>
Step StreamReader::member(T& into) {
  auto& place = into.*F::member;
  bool good = false;
  if (in_.peek() == 'n') {
    make_absent(place);
    good = in_.null();
  } else {
    good = value(place);
  }
  if (good) return in_.next('}');
  in_.within(F::name);
  return Step::failed;
}

template <class T>
Step StreamReader::unknown_member(T& into, std::string_view name) {
  if (in_.capture(into.extra[std::string(name)])) return in_.next('}');
  in_.within(name);
  return Step::failed;
}

}  // namespace crunc::oci
