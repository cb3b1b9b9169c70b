// SPDX-License-Identifier: Apache-2.0
// Moves a running container to another host: migrate ID FROM TO [RUNTIME [CRIU]]. FROM and TO are directories that
// stand for two hosts with the same bundle, each with `root`, the runtime's state, and `images`, which is made. Needs
// root.
//
//   runc --root FROM/root run --detach --bundle BUNDLE web </dev/null >/dev/null 2>&1
//   migrate web FROM TO
//
// The container's memory is dumped and copied while it runs, then what has changed since, and so on; only the last dump
// stops it. Where the kernel does not track what changes, there is the last dump alone. The images stay.

#include <chrono>
#include <cstdint>
#include <exception>
#include <filesystem>
#include <iostream>
#include <stdexcept>
#include <string>

#include <crunc/crunc.hpp>

namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

constexpr int most_rounds = 5;
constexpr std::uint64_t few_pages = 256;

struct Host {
  crunc::Runc runc;
  fs::path images;
};

/// On real hosts this is rsync or the like. The link to the parent's images is relative, so it is right there, too.
void copy(const Host& from, const Host& to, const std::string& name) {
  fs::copy(from.images / name, to.images / name, fs::copy_options::recursive | fs::copy_options::copy_symlinks);
}

std::string pages(const crunc::Checkpointed& dumped) {
  if (!dumped.criu) return "an unknown number of pages";
  return std::to_string(dumped.criu->pages_written) + " pages written, " +
         std::to_string(dumped.criu->pages_skipped_parent) + " there already";
}

/// Dumps memory round by round while the container runs. Returns the parent for the last dump; empty: there is none.
std::string pre_dump(const Host& from, const Host& to, const std::string& id) {
  std::string parent;
  std::uint64_t before = UINT64_MAX;
  for (int round = 1; round <= most_rounds; ++round) {
    const std::string name = std::to_string(round);
    const auto dumped = from.runc.checkpoint(id, {.image_path = from.images / name,
                                                  .work_path = from.images / (name + ".work"),
                                                  .parent_path = parent,
                                                  .pre_dump = true});
    if (!dumped && dumped.error().code == crunc::Errc::unsupported) {
      std::cout << "a plain dump, since the kernel does not track dirty memory: " << dumped.error() << std::endl;
      return "";
    }
    std::cout << "round " << name << ": " << pages(dumped.value()) << std::endl;
    copy(from, to, name);
    parent = "../" + name;
    const std::uint64_t written = dumped->criu ? dumped->criu->pages_written : before;
    if (written < few_pages || written >= before) break;  // as little as it will get
    before = written;
  }
  return parent;
}

crunc::Restored restore(const Host& host, const std::string& id, const std::string& bundle) {
  return host.runc
      .restore(id, bundle,
               {.image_path = host.images / "last", .work_path = host.images / "restore.work", .detach = true})
      .value();
}

void migrate(const Host& from, const Host& to, const std::string& id) {
  const std::string bundle = from.runc.state(id).value().bundle;
  for (const Host* host : {&from, &to}) {
    if (!fs::create_directories(host->images)) throw std::runtime_error(host->images.string() + " is there already");
  }
  const std::string parent = pre_dump(from, to, id);
  const auto begin = Clock::now();
  const auto last =
      from.runc
          .checkpoint(
              id, {.image_path = from.images / "last", .work_path = from.images / "last.work", .parent_path = parent})
          .value();
  std::cout << "last dump: " << pages(last) << std::endl;
  try {  // from here to its end the container is but files
    copy(from, to, "last");
    restore(to, id, bundle);
  } catch (...) {
    restore(from, id, bundle);
    std::cout << "it goes on where it was" << std::endl;
    throw;
  }
  const auto down = std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - begin);
  std::cout << "moved, after it had stood still for " << down.count() << " ms at most" << std::endl;
}

}  // namespace

int main(int argc, char** argv) try {
  if (argc < 4 || argc > 6) {
    std::cerr << "usage: migrate ID FROM TO [RUNTIME [CRIU]]\n";
    return 2;
  }
  crunc::RuncOptions options;
  if (argc > 4) options.command = argv[4];
  if (argc > 5) options.criu = argv[5];
  const auto host = [&](const fs::path& directory) {
    options.root = directory / "root";
    return Host{crunc::Runc(options), fs::absolute(directory / "images")};
  };
  migrate(host(argv[2]), host(argv[3]), argv[1]);
  return 0;
} catch (const crunc::Exception& exception) {
  std::cerr << "migrate: " << exception.what() << '\n';
  if (const auto& criu = exception.error().criu) {
    for (const std::string& line : criu->errors) std::cerr << "  " << line << '\n';
  }
  return 1;
} catch (const std::exception& exception) {
  std::cerr << "migrate: " << exception.what() << '\n';
  return 1;
}
