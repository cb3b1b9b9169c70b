// SPDX-License-Identifier: Apache-2.0
#include "fake_cgroups.hpp"

#include <algorithm>
#include <cerrno>
#include <sstream>

#include <fcntl.h>
#include <unistd.h>

#include "text_file.hpp"

namespace crunc::test {
namespace {

namespace fs = std::filesystem;

FakeCgroups* current = nullptr;
std::map<int, int> pids_of_pidfds;  // NOLINT(cert-err58-cpp)

int fail(int error) {
  errno = error;
  return -1;
}

std::vector<std::string> words_of(const std::string& text) {
  std::istringstream stream(text);
  std::vector<std::string> words;
  for (std::string word; stream >> word;) words.push_back(word);
  return words;
}

std::string join(const std::vector<std::string>& words, char separator) {
  std::string text;
  for (const std::string& word : words) text += word + separator;
  return text;
}

}  // namespace

FakeCgroups::FakeCgroups(cgroups::Mode mode, const std::string& v2, const std::vector<std::string>& v1)
    : root_(dir_ / "cgroup"), mode_(mode), v2_controllers_(v2), table_(make_table()), replaced_(table_) {
  current = this;
  fs::create_directories(outside());
  std::vector<fs::path> roots;
  if (mode == cgroups::Mode::unified) roots.push_back(root_);
  if (mode == cgroups::Mode::hybrid) roots.push_back(root_ / "unified");
  if (mode != cgroups::Mode::unified) {
    for (const std::string& name : v1) roots.push_back(root_ / name);
  }
  for (const fs::path& root : roots) {
    fs::create_directories(root);
    populate(root, true);
  }
}

FakeCgroups::~FakeCgroups() { current = nullptr; }

cgroups::Hierarchy FakeCgroups::hierarchy() const { return cgroups::Hierarchy::at(root_, mode_).value(); }

std::vector<std::string> FakeCgroups::take_writes() { return std::exchange(writes_, {}); }

std::vector<std::string> FakeCgroups::directories() const {
  std::vector<std::string> found;
  for (const auto& entry : fs::recursive_directory_iterator(root_)) {
    const std::string relative = fs::relative(entry.path(), root_).string();
    const bool is_below_root = mode_ == cgroups::Mode::unified || relative.find('/') != std::string::npos;
    if (entry.is_directory() && !entry.is_symlink() && is_below_root) found.push_back(relative);
  }
  std::sort(found.begin(), found.end());
  return found;
}

void FakeCgroups::put_processes(const fs::path& cgroup, std::string_view pids) {
  write_text(root_ / cgroup / "cgroup.procs", pids);
}

std::string FakeCgroups::path_of(int fd) const {
  const fs::path path = fs::read_symlink("/proc/self/fd/" + std::to_string(fd));
  return path.string().starts_with(root_.string()) ? fs::relative(path, root_).string() : path.string();
}

std::string FakeCgroups::path_of(int dirfd, const char* name) const {
  const std::string directory = path_of(dirfd);
  if (*name == '\0') return directory;
  return directory == "." ? name : directory + "/" + name;
}

void FakeCgroups::populate(const fs::path& cgroup, bool is_root) const {
  const auto put = [&](const char* name, std::string_view text) { write_text(cgroup / name, text); };
  const std::string hierarchy = fs::relative(cgroup, root_).begin()->string();
  put("cgroup.procs", "");
  for (const auto& [file, text] : more_files) {
    const fs::path path = file;
    if (path.parent_path() == (mode_ == cgroups::Mode::unified ? "" : hierarchy)) put(path.filename().c_str(), text);
  }
  if (mode_ == cgroups::Mode::unified || hierarchy == "unified") {
    const std::string parent_type = is_root ? "" : read_text(cgroup.parent_path() / "cgroup.type");
    put("cgroup.controllers", is_root ? v2_controllers_ : read_text(cgroup.parent_path() / "cgroup.subtree_control"));
    put("cgroup.subtree_control", "");
    put("cgroup.threads", "");
    if (is_root) return;
    put("cgroup.type", parent_type.empty() || parent_type == "domain\n" ? "domain\n" : "domain invalid\n");
    put("cgroup.events", "populated 0\nfrozen 0\n");
    put("cgroup.freeze", "0\n");
    return;
  }
  put("tasks", "");
  if (hierarchy == "freezer" && !is_root) put("freezer.state", "THAWED\n"), put("freezer.self_freezing", "0\n");
  if (hierarchy == "cpuset") put("cpuset.cpus", is_root ? "0-3\n" : "\n"), put("cpuset.mems", is_root ? "0\n" : "\n");
}

/// What the kernel does upon a write, as far as it is played.
int FakeCgroups::write_value(const std::string& path, const std::string& value) {
  const fs::path file = root_ / path;
  if (file.filename() == "cgroup.subtree_control") {
    const auto has = words_of(read_text(file.parent_path() / "cgroup.controllers"));
    std::vector<std::string> enabled = words_of(read_text(file));
    for (const std::string& word : words_of(value)) {
      const std::string name = word.substr(1);
      if (std::find(has.begin(), has.end(), name) == has.end()) return ENOENT;
      std::erase(enabled, name);
      if (word[0] == '+') enabled.push_back(name);
    }
    write_text(file, join(enabled, ' '));
  } else if (file.filename() == "cgroup.procs") {
    const fs::path top = mode_ == cgroups::Mode::unified ? root_ : root_ / *fs::path(path).begin();
    for (const auto& entry : fs::recursive_directory_iterator(top)) {
      if (entry.path().filename() != "cgroup.procs") continue;
      std::vector<std::string> pids = words_of(read_text(entry.path()));
      if (std::erase(pids, value) > 0) write_text(entry.path(), join(pids, '\n'));
    }
    write_text(file, read_text(file) + value + "\n");
  } else if (file.filename() == "freezer.state" && value == "FROZEN") {
    write_text(file, stuck_freezer ? "FREEZING\n" : "FROZEN\n");
    write_text(file.parent_path() / "freezer.self_freezing", "1\n");
  } else if (file.filename() == "cgroup.freeze") {
    write_text(file, value + "\n");
    if (!stuck_freezer) write_text(file.parent_path() / "cgroup.events", "populated 1\nfrozen " + value + "\n");
  } else {
    write_text(file, value);
  }
  return 0;
}

sys::Calls FakeCgroups::make_table() {
  sys::Calls table = sys::kernel_calls();
  replace_directory_calls(table);
  replace_file_calls(table);
  replace_process_calls(table);
  return table;
}

void FakeCgroups::replace_directory_calls(sys::Calls& table) {
  table.openat2 = [](int dirfd, const char* path, const open_how* how, size_t size) {
    if (current->openat2_errno != 0) return fail(current->openat2_errno);
    if (current->before_open) current->before_open(current->path_of(dirfd, path));
    return sys::kernel_calls().openat2(dirfd, path, how, size);
  };
  table.mkdirat = [](int dirfd, const char* name, mode_t mode) {
    const std::string path = current->path_of(dirfd, name);
    const int error = current->on_mkdir ? current->on_mkdir(path) : 0;
    if (error != 0) return fail(error);
    if (const int made = sys::kernel_calls().mkdirat(dirfd, name, mode); made != 0) return made;
    current->populate(current->root_ / path, false);
    return 0;
  };
  table.unlinkat = [](int dirfd, const char* name, int flags) {
    const std::string path = current->path_of(dirfd, name);
    const int error = current->on_rmdir ? current->on_rmdir(path) : 0;
    if (error != 0) return fail(error);
    if ((flags & AT_REMOVEDIR) == 0) return fail(EPERM);
    const fs::path directory = current->root_ / path;
    if (!read_text(directory / "cgroup.procs").empty()) return fail(EBUSY);
    std::vector<fs::path> files;
    for (const auto& entry : fs::directory_iterator(directory, fs::directory_options::none)) {
      if (entry.is_directory()) return fail(EBUSY);
      files.push_back(entry.path());
    }
    for (const fs::path& file : files) fs::remove(file);
    return sys::kernel_calls().unlinkat(dirfd, name, flags);
  };
}

void FakeCgroups::replace_file_calls(sys::Calls& table) {
  table.write = [](int fd, const void* bytes, size_t size) -> ssize_t {
    const std::string path = current->path_of(fd);
    const std::string value(static_cast<const char*>(bytes), size);
    int error = current->on_write ? current->on_write(path, value) : 0;
    if (error == 0) {
      current->writes_.push_back(path + "=" + value);
      error = current->write_value(path, value);
    }
    if (error != 0) return fail(error);
    return static_cast<ssize_t>(size - (current->writes_are_short ? 1 : 0));
  };
  table.fchownat = [](int dirfd, const char* name, uid_t uid, gid_t, int) {
    current->owners.push_back(current->path_of(dirfd, name) + "=" + std::to_string(uid));
    return 0;
  };
}

void FakeCgroups::replace_process_calls(sys::Calls& table) {
  table.poll = [](pollfd* fds, nfds_t count, const timespec* timeout) {
    if (count > 0) return sys::kernel_calls().poll(fds, count, timeout);
    ++current->pauses;
    return 0;
  };
  table.pidfd_open = [](pid_t pid) {
    const int fd = sys::kernel_calls().eventfd(0, O_CLOEXEC);
    pids_of_pidfds[fd] = pid;
    return fd;
  };
  table.pidfd_send_signal = [](int pidfd, int signo) {
    current->signals.push_back(std::to_string(pids_of_pidfds[pidfd]) + ":" + std::to_string(signo));
    return 0;
  };
}

}  // namespace crunc::test
