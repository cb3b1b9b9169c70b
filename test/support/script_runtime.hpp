// SPDX-License-Identifier: Apache-2.0
//
// A runtime for tests of Task that need no root: a script of sh(1) whose containers are plain processes. `bundle`/run
// is the program of the container, run by its start; what is executed is `bundle`/exec, with its exec id as argument.
#pragma once

#include <sys/stat.h>

#include <chrono>
#include <filesystem>
#include <memory>
#include <string>

#include "support/task_scene.hpp"
#include "support/temp_dir.hpp"
#include "support/text_file.hpp"

namespace crunc::test {

class ScriptRuntime {
 public:
  ScriptRuntime() {
    write_text(command(), script);
    ::chmod(command().c_str(), 0700);
    std::filesystem::create_directory(dir_ / "root");
    std::filesystem::create_directory(bundle());
    on_exec("exit 0");
  }
  [[nodiscard]] std::filesystem::path command() const { return dir_ / "runtime"; }
  [[nodiscard]] std::filesystem::path root() const { return dir_ / "root"; }
  [[nodiscard]] std::filesystem::path bundle() const { return dir_ / "bundle"; }
  [[nodiscard]] std::filesystem::path operator/(const std::string& name) const { return dir_ / name; }
  /// What the container runs.
  void on_run(const std::string& text) const { write_text(bundle() / "run", text); }
  /// What is run by exec.
  void on_exec(const std::string& text) const { write_text(bundle() / "exec", text); }
  /// What the runtime does first when it is called for this verb.
  void on_verb(const std::string& verb, const std::string& text) const { write_text(root() / ("on-" + verb), text); }
  /// Whether there is a container of this id.
  [[nodiscard]] bool has(const std::string& id) const { return std::filesystem::exists(root() / id); }

 private:
  static constexpr const char* script = R"sh(#!/bin/sh
while [ $# -gt 0 ]; do
  case $1 in
    --root) root=$2; shift 2;;
    --pid-file) pid_file=$2; shift 2;;
    --bundle) bundle=$2; shift 2;;
    --log) log=$2; shift 2;;
    --log-format|--process|--console-socket) shift 2;;
    -*) force=$1; shift;;
    *) if [ -z "$verb" ]; then verb=$1; elif [ -z "$id" ]; then id=$1; fi; shift;;
  esac
done
fail() { printf '{"level":"error","msg":"%s"}\n' "$1" >"$log"; exit 1; }
c=$root/$id
[ -f "$root/on-$verb" ] && . "$root/on-$verb"
case $verb in
  create)
    mkdir "$c" 2>/dev/null || fail "container with given ID already exists"
    mkfifo "$c/start"
    echo "$bundle" >"$c/bundle"
    sh -c 'read -r go <"$0/start"; exec sh "$1/run"' "$c" "$bundle" &
    echo $! >"$c/pid"
    printf %s $! >"$pid_file";;
  start) [ -d "$c" ] || fail "container does not exist"; echo >"$c/start";;
  exec)
    [ -d "$c" ] || fail "container does not exist"
    bundle=$(cat "$c/bundle")  # not below: a process that is killed at once would leave its cat behind
    sh "$bundle/exec" "$pid_file" &
    # Another program: dash would now and then reap what has ended by now, and its exit would be nobody's to know.
    exec printf %s $! >"$pid_file";;
  state)
    [ -d "$c" ] || fail "container does not exist"
    pid=$(cat "$c/pid") status=running
    kill -0 "$pid" 2>/dev/null || { pid=0; status=stopped; }
    printf '{"ociVersion":"1.0.2","id":"%s","pid":%d,"status":"%s","bundle":"%s"}' "$id" "$pid" "$status" "$(cat "$c/bundle")";;
  delete)
    [ -d "$c" ] || { [ -n "$force" ] && exit 0; fail "container does not exist"; }
    kill -9 "$(cat "$c/pid")" 2>/dev/null
    rm -r "$c";;
esac
)sh";
  TempDir dir_{};
};

/// What runs tasks on it.
struct ScriptScene {
  ScriptRuntime runtime{};
  Loop loop{};
  std::shared_ptr<SubreaperMonitor> monitor = SubreaperMonitor::start().value();
  Runc runc{{.command = runtime.command(),
             .root = runtime.root(),
             .monitor = monitor,
             .kill_grace = std::chrono::milliseconds(100),
             .executor = loop.executor()}};
};

}  // namespace crunc::test
