// SPDX-License-Identifier: Apache-2.0
// Manual pages in the man macros.

#include <sstream>

#include "shell/writers.hpp"

namespace crunc::cli::shell {
namespace {

constexpr const char* runtime_status =
    "That of the runtime; 124 when --timeout ended it, 127 and 126 when there is no runtime or it cannot be executed, "
    "2 "
    "for a mistake in an option of crunc's own.";

/// Text that no macro and no escape is read from.
std::string escaped(const std::string& text) {
  std::string result;
  bool at_start = true;
  for (const char c : text) {
    if (at_start && (c == '.' || c == '\'')) result += "\\&";
    at_start = c == '\n';
    switch (c) {
      case '\\': result += "\\e"; break;
      case '-': result += "\\-"; break;
      case '\'': result += "\\(aq"; break;
      case '`': result += "\\(ga"; break;
      case '^': result += "\\(ha"; break;
      case '~': result += "\\(ti"; break;
      default: result += c;
    }
  }
  return result;
}

std::string heading(const std::string& page, const std::string& summary) {
  return ".TH " + page + " 1 \"\" crunc \"User Commands\"\n.SH NAME\n" + escaped(page) + " \\- " + escaped(summary) +
         "\n.SH SYNOPSIS\n";
}

std::string options(const std::vector<Flag>& flags) {
  std::string text;
  for (const Flag& flag : flags) {
    text += ".TP\n";
    std::string names;
    for (const std::string& name : flag.names) names += (names.empty() ? "\\fB" : ", \\fB") + escaped(name) + "\\fR";
    if (!flag.value.empty()) names += " \\fI" + escaped(flag.value) + "\\fR";
    text += names + "\n" + escaped(flag.description) + "\n";
  }
  return text;
}

std::string examples(const std::string& lines) { return ".SH EXAMPLES\n.nf\n" + escaped(lines) + ".fi\n"; }

std::string lower_first(std::string text) {
  if (!text.empty() && text.front() >= 'A' && text.front() <= 'Z') text.front() = static_cast<char>(text.front() + 32);
  return text;
}

}  // namespace

std::string verb_page(const Verb& verb) {
  return heading("crunc-" + verb.name, lower_first(summary_of(verb))) + R"(\fBcrunc\fR [\fIglobal options\fR] )" +
         escaped(verb.usage) + "\n.SH DESCRIPTION\n" + escaped(verb.description) + "\n" + examples(verb.examples) +
         ".SH OPTIONS\n" + options(verb.flags) + ".SH EXIT STATUS\n" +
         escaped(verb.exit_status.empty() ? runtime_status : verb.exit_status) + "\n.SH SEE ALSO\n.BR crunc (1)\n";
}

std::string command_page(const Tree& tree) {
  std::string text =
      heading("crunc", "an OCI runtime's command line, in runc's place") +
      "\\fBcrunc\\fR [\\fIglobal options\\fR] \\fIVERB\\fR [\\fIoptions\\fR] [\\fIID\\fR] [...]\n"
      ".SH DESCRIPTION\nHands verbs, options, streams, signals and exit status to an OCI runtime and "
      "back, and adds verbs and options of its own. A verb that is not named here goes to the runtime as "
      "typed.\n.SH VERBS\n";
  for (const Verb& verb : tree.verbs) {
    text += ".TP\n\\fBcrunc\\-" + escaped(verb.name) + "\\fR(1)\n" + escaped(summary_of(verb)) + "\n";
  }
  text +=
      ".TP\n\\fBhelp\\fR [\\fIVERB\\fR]\nShows help\n.TP\n\\fBversion\\fR\n"
      "Shows the versions of crunc and of the runtime\n.SH GLOBAL OPTIONS\n";
  return text + options(tree.globals) + ".SH EXIT STATUS\n" + escaped(runtime_status) +
         "\n.SH ENVIRONMENT\n.TP\n.B CRUNC_RUNTIME\nThe runtime, where \\-\\-runtime names none\n.TP\n.B NO_COLOR\n"
         "Not empty: no colours\n.SH SEE ALSO\n.BR runc (8),\n.BR crun (1)\n";
}

}  // namespace crunc::cli::shell
