// SPDX-License-Identifier: Apache-2.0
//
// Writes scenarios and reads back the records of the calls.
#include "scenario.hpp"

#include <sys/stat.h>

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <cerrno>
#include <fstream>
#include <stdexcept>

namespace crunc::test {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view record_name = "records.jsonl";

}  // namespace

std::string quote(std::string_view text) {
  constexpr char digits[] = "0123456789abcdef";
  std::string quoted = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      (quoted += '\\') += c;
    } else if (byte < 0x20 || byte == 0x7f) {
      ((quoted += "\\x") += digits[byte >> 4]) += digits[byte & 0xf];
    } else {
      quoted += c;
    }
  }
  return quoted += '"';
}

FakeRuntime::FakeRuntime(const std::string& name) : command_(dir_ / name) {
  fs::copy_file(CRUNC_FAKE_RUNTIME_PATH, command_);
}

FakeRuntime& FakeRuntime::on(const std::string& words) {
  rules_ += "on " + words + '\n';
  written_ = false;
  return *this;
}

FakeRuntime& FakeRuntime::step(const std::string& line) {
  if (rules_.empty()) throw std::logic_error("a step needs a rule: call on() first");
  rules_ += "  " + line + '\n';
  written_ = false;
  return *this;
}

FakeRuntime& FakeRuntime::recording(bool wanted) {
  recording_ = wanted;
  written_ = false;
  return *this;
}

void FakeRuntime::write() {
  const fs::path scenario = command_.string() + ".scenario";
  const fs::path draft = scenario.string() + ".new";
  std::ofstream file(draft, std::ios::binary);
  if (recording_) file << "record " << quote((dir_ / record_name).string()) << '\n';
  file << rules_;
  file.close();
  if (!file) throw std::runtime_error("cannot write " + draft.string());
  fs::rename(draft, scenario);
  written_ = true;
}

fs::path FakeRuntime::command() {
  if (!written_) write();
  return command_;
}

std::vector<boost::json::object> FakeRuntime::records() const {
  std::vector<boost::json::object> records;
  std::ifstream file(dir_ / record_name, std::ios::binary);
  for (std::string line; std::getline(file, line);) records.push_back(boost::json::parse(line).as_object());
  return records;
}

std::vector<std::vector<std::string>> FakeRuntime::calls() const {
  std::vector<std::vector<std::string>> calls;
  for (const boost::json::object& record : records()) {
    auto& call = calls.emplace_back();
    for (const boost::json::value& word : record.at("argv").as_array()) call.emplace_back(word.as_string());
    if (!call.empty()) call.erase(call.begin());
  }
  return calls;
}

fs::path FakeRuntime::make_fifo(std::string_view name) const {
  fs::path fifo = dir_ / name;
  if (::mkfifo(fifo.c_str(), 0600) != 0) {
    throw fs::filesystem_error("mkfifo", fifo, {errno, std::generic_category()});
  }
  return fifo;
}

}  // namespace crunc::test
