// SPDX-License-Identifier: Apache-2.0
//
// A directory of its own for one test, under $TMPDIR or /tmp, gone when the test ends.
#pragma once

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <system_error>
#include <utility>

namespace crunc::test {

class TempDir {
 public:
  TempDir() : path_(make()) {}
  ~TempDir() { remove(); }

  TempDir(TempDir&& other) noexcept : path_(std::move(other.path_)) { other.path_.clear(); }
  TempDir& operator=(TempDir&& other) noexcept {
    path_.swap(other.path_);
    return *this;
  }

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  [[nodiscard]] std::filesystem::path operator/(const std::filesystem::path& name) const { return path_ / name; }

 private:
  static std::filesystem::path make() {
    const char* const base = std::getenv("TMPDIR");
    std::string name = base != nullptr && *base != '\0' ? base : "/tmp";
    name += "/crunc-test-XXXXXX";
    if (::mkdtemp(name.data()) == nullptr) {
      throw std::filesystem::filesystem_error("mkdtemp", name, {errno, std::generic_category()});
    }
    return name;
  }

  void remove() noexcept {
    std::error_code ignored;
    if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
  }

  std::filesystem::path path_;
};

}  // namespace crunc::test
