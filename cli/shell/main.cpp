// SPDX-License-Identifier: Apache-2.0
// crunc_shell DIRECTORY: writes completions and manual pages there. Run by the build.

#include <cstdio>
#include <exception>
#include <filesystem>
#include <fstream>

#include "shell/writers.hpp"

namespace {

void write(const std::filesystem::path& path, const std::string& text) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file.exceptions(std::ios::badbit | std::ios::failbit);
  file << text;
  file.close();
}

}  // namespace

int main(int argc, char** argv) try {
  namespace shell = crunc::cli::shell;
  if (argc != 2) {
    std::fputs("usage: crunc_shell DIRECTORY\n", stderr);
    return 2;
  }
  const std::filesystem::path directory = argv[1];
  const shell::Tree tree = shell::command_tree();
  std::filesystem::create_directories(directory / "man1");
  write(directory / "crunc", shell::bash_completion(tree));
  write(directory / "_crunc", shell::zsh_completion(tree));
  write(directory / "crunc.fish", shell::fish_completion(tree));
  write(directory / "man1/crunc.1", shell::command_page(tree));
  for (const shell::Verb& verb : tree.verbs) {
    write(directory / "man1" / ("crunc-" + verb.name + ".1"), shell::verb_page(verb));
  }
  return 0;
} catch (const std::exception& error) {
  std::fprintf(stderr, "crunc_shell: %s\n", error.what());
  return 1;
}
