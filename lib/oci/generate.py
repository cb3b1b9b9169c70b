#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Write the types of crunc::oci, their readers and their writers from the JSON schema of the OCI runtime-spec.

generate.py [ROOT] writes ROOT/include/crunc/oci/*.hpp and ROOT/lib/oci/*.cpp; ROOT is the repository itself by default.
What the schema does not know (words, units, exceptions) is in docs.json beside this file. The output is as
clang-format 14 would have it.
"""

import json
import re
import sys
import textwrap
from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).resolve().parent
REPOSITORY = HERE.parent.parent
COLUMNS = 120
MOST_ENUM_VALUES = 8  # longer lists are no help beside a member

INTEGERS = {(0, 2**bits - 1): f"std::uint{bits}_t" for bits in (8, 16, 32, 64)}
INTEGERS |= {(-(2 ** (bits - 1)), 2 ** (bits - 1) - 1): f"std::int{bits}_t" for bits in (8, 16, 32, 64)}
INTEGERS[None, None] = "std::int64_t"
SCALARS = {"string": "std::string", "boolean": "bool"}
HEADERS_OF = {"std::int": "cstdint", "std::uint": "cstdint", "std::map": "map", "std::optional": "optional",
              "std::string": "string", "std::string_view": "string_view", "std::vector": "vector"}
EXTRA = "what has no place above, each value as JSON text"


def fail(text):
    sys.exit(f"generate.py: {text}")


def snake(name):
    """kernelTCP -> kernel_tcp, throttleReadIOPSDevice -> throttle_read_iops_device"""
    name = re.sub(r"([A-Z]+)([A-Z][a-z])", r"\1_\2", name)
    return re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", name).lower()


def pascal(name):
    """blockIO -> BlockIo"""
    return "".join(word.capitalize() for word in snake(name).split("_"))


@dataclass
class Node:
    """A schema with where it was found: the file, for the references in it, and the name that it has there."""
    schema: dict
    file: str
    name: str
    shared: bool = False  # from "definitions": its type is named for itself, else for the document, too


@dataclass
class Member:
    json: str
    name: str
    type: str
    required: bool
    doc: str


@dataclass
class Struct:
    name: str
    doc: str
    source: str
    note: str
    members: list = field(default_factory=list)


class Schemas:
    """The schema files, by reference."""

    def __init__(self, folder):
        self.folder = folder
        self.files = {}

    def at(self, reference, base=""):
        file, _, pointer = reference.partition("#")
        file = file or base
        if file not in self.files:
            self.files[file] = json.loads((self.folder / file).read_text())
        schema = self.files[file]
        steps = [step for step in pointer.split("/") if step]
        for step in steps:
            schema = schema[step]
        return Node(schema, file, steps[-1] if steps else "", "definitions" in steps)

    def resolved(self, node):
        """The node itself, or what it refers to in the end."""
        while True:
            schema = node.schema
            if "$ref" in schema:
                node = self.at(schema["$ref"], node.file)
            elif "anyOf" in schema and len(schema["anyOf"]) == 1:
                node = Node(schema["anyOf"][0], node.file, node.name)
            else:
                return node

    def properties(self, node):
        """The properties of an object, each a Node, and the names of those that it requires."""
        properties = {key: Node(value, node.file, key) for key, value in node.schema.get("properties", {}).items()}
        required = set(node.schema.get("required", []))
        for part in node.schema.get("allOf", []):
            more, needed = self.properties(self.resolved(Node(part, node.file, node.name)))
            properties |= more
            required |= needed
        return properties, required


class Document:
    """One kind of document, such as Process: the structs that it is made of, each after those that it has within."""

    def __init__(self, root, schemas, words):
        self.root, self.schemas, self.words = root, schemas, words
        self.structs = {}
        node = schemas.at(root["node"])
        self.add_struct(root["type"], schemas.resolved(node))

    def add_struct(self, name, node):
        if name in self.structs:
            return name
        words = self.words.get(name) or fail(f"docs.json has no words for {name}")
        properties, required = self.schemas.properties(node)
        struct = Struct(name, words["doc"], words["source"], words.get("note"))
        for key, value in words["members"].items():
            if isinstance(value, dict) and "schema" in value:
                if key in properties:
                    fail(f"{name}/{key} is in the schema now: take its schema out of docs.json")
                properties[key] = Node(value["schema"], node.file, key)
        for key in words["members"].keys() - properties.keys():
            fail(f"docs.json has words for {name}/{key}, which is not in the schema")
        for key, prop in properties.items():
            if key not in words["members"]:
                fail(f"docs.json has no words for {name}/{key}")
            value = words["members"][key]
            value = {"doc": value} if isinstance(value, str) else value
            struct.members.append(self.member(key, prop, key in required, value))
        self.structs[name] = struct
        return name

    def member(self, key, prop, required, words):
        required = words.get("required", required)
        kind = self.type_of(prop)
        collection = kind.startswith(("std::vector", "std::map"))
        if not required and (not collection or self.root.get("keep_empty")):
            kind = f"std::optional<{kind}>"
        what, semicolon, more = words["doc"].partition(";")
        doc = what + (f", in {words['unit']}" if "unit" in words else "") + semicolon + more
        values = self.schemas.resolved(prop).schema.get("enum", [])
        if 0 < len(values) <= MOST_ENUM_VALUES:
            doc += ": " + ", ".join(values)
        return Member(key, words.get("name", snake(key)), kind, required, doc)

    def type_of(self, node, plural=False):
        found = self.schemas.resolved(node)
        schema = found.schema
        kind = schema.get("type", "object" if "allOf" in schema else None)
        if kind in SCALARS:
            return SCALARS[kind]
        if kind == "integer":
            bounds = schema.get("minimum"), schema.get("maximum")
            return INTEGERS.get(bounds) or fail(f"no C++ type has the range of {found.name}: {bounds}")
        if kind == "array":
            return f"std::vector<{self.type_of(Node(schema['items'], found.file, found.name), True)}>"
        if kind == "object" and ("properties" in schema or "allOf" in schema):
            name = found.name.removesuffix("s") if plural and not found.shared else found.name
            return self.add_struct(("" if found.shared else self.root.get("prefix", "")) + pascal(name), found)
        values = schema.get("additionalProperties") or next(iter(schema.get("patternProperties", {}).values()), None)
        if kind == "object" and isinstance(values, dict):
            return f"std::map<std::string, {self.type_of(Node(values, found.file, found.name), True)}>"
        return fail(f"no rule for {found.name}: {schema}")


def banner(tag, about):
    made = f"Generated by lib/oci/generate.py from the schema of runtime-spec {tag} and lib/oci/docs.json: do not edit."
    return f"// SPDX-License-Identifier: Apache-2.0\n// {made}\n" + comment(about, "//")


def comment(text, mark, indent=""):
    lines = textwrap.wrap(text, COLUMNS - len(indent) - len(mark) - 1, break_long_words=False, break_on_hyphens=False)
    return "".join(f"{indent}{mark} {line}\n" for line in lines)


def member_lines(members):
    """Declarations with their words: behind, in one column with the neighbours', or above if too long for that."""
    declared = [f"  {kind} {name}{{}};" for kind, name, _ in members]
    above = set()
    while True:
        columns, run = {}, []
        for i in range(len(members) + 1):
            if i < len(members) and i not in above:
                run.append(i)
                continue
            columns |= {j: max(len(declared[k]) for k in run) for j in run}
            run = []
        long = {i for i, at in columns.items() if at + len("  ///< ") + len(members[i][2]) > COLUMNS}
        if not long:
            break
        above.add(max(long, key=lambda i: len(declared[i]) + len(members[i][2])))
    text = ""
    for i, (_, _, doc) in enumerate(members):
        if i in above:
            text += comment(doc[0].upper() + doc[1:] + ".", "///", "  ") + declared[i] + "\n"
        else:
            text += declared[i].ljust(columns[i]) + "  ///< " + doc + "\n"
    return text


def struct_text(struct):
    members = [(member.type, member.name, member.doc) for member in struct.members]
    members.append(("std::map<std::string, std::string>", "extra", EXTRA))
    text = comment(struct.doc, "///") + f"/// @source runtime-spec {struct.source}\n"
    text += comment(f"@note {struct.note}", "///") if struct.note else ""
    text += f"struct {struct.name} {{\n" + member_lines(members) + "\n"
    return text + f"  friend bool operator==(const {struct.name}&, const {struct.name}&) = default;\n}};\n\n"


READ = """Read {name} from JSON. Null is the same as absent, unknown members go to `extra`, of equal keys the last
counts. Strings are taken as they are, even where the spec enumerates them."""
READ_FAILS = """@return Errc::{code} with the JSON Pointer of what is wrong: `/a/0/b: expected an integer, found
a string`"""
WRITE = "Write JSON: what is absent is left out, never null. A member wins over an `extra` of its name."
WRITE_FAILS = """@return Errc::invalid_argument with a JSON Pointer, for a string that is not UTF-8 or an `extra` that
is not JSON"""


def header_text(document, tag):
    name, variable = document.root["type"], document.root["header"]
    body = "".join(struct_text(struct) for struct in document.structs.values())
    body += comment(READ.format(name=name), "///") + comment(READ_FAILS.format(code=document.root["fails"]), "///")
    body += f"[[nodiscard]] CRUNC_API Result<{name}> read_{variable}(std::string_view text);\n"
    body += comment(WRITE, "///") + comment(WRITE_FAILS, "///")
    body += f"[[nodiscard]] CRUNC_API Result<std::string> write(const {name}& {variable});\n"
    std = {header for word, header in HEADERS_OF.items() if re.search(rf"{word}(?!_view)", body)}
    includes = "".join(f"#include <{header}>\n" for header in sorted(std))
    return (banner(tag, document.root["about"]) + f"#pragma once\n\n{includes}\n#include <crunc/config.hpp>\n"
            "#include <crunc/error.hpp>\n\nnamespace crunc::oci {\n\n" + body + "\n}  // namespace crunc::oci\n")


def function(signature, statements):
    short = f"{signature} {{ {statements[0]} }}\n\n"
    if len(statements) == 1 and len(short.strip()) <= COLUMNS:
        return short
    return signature + " {\n" + "".join(f"  {statement}\n" for statement in statements) + "}\n\n"


def source_text(document, tag):
    root = document.root
    name, variable = root["type"], root["header"]
    text = banner(tag, f"Reading and writing of {root['type']}: which member is which, for codec.hpp.")
    text += f'\n#include <crunc/oci/{variable}.hpp>\n\n#include "oci/codec.hpp"\n\nnamespace crunc::oci {{\n\n'
    for struct in document.structs.values():
        text += function(f"static void members(auto& each, Like<{struct.name}> auto& of)",
                         [f"each.{'required' if member.required else 'member'}(\"{member.json}\", of.{member.name});"
                          for member in struct.members])
    text += function(f"Result<{name}> read_{variable}(std::string_view text)",
                     [f"return from_json<{name}>(text, Errc::{root['fails']});"])
    text += function(f"Result<std::string> write(const {name}& {variable})", [f"return to_json({variable});"])
    return text + "}  // namespace crunc::oci\n"


def main():
    to = Path(sys.argv[1]) if len(sys.argv) > 1 else REPOSITORY
    docs = json.loads((HERE / "docs.json").read_text())
    tag, unused = docs["tag"], set(docs["types"])
    schemas = Schemas(REPOSITORY / "fixtures" / "oci-schema" / tag)
    seen = set()
    for root in docs["roots"]:
        document = Document(root, schemas, docs["types"])
        for name in seen & document.structs.keys():
            fail(f"two headers would have a {name}")
        seen |= document.structs.keys()
        for path, text in ((f"include/crunc/oci/{root['header']}.hpp", header_text(document, tag)),
                           (f"lib/oci/{root['header']}.cpp", source_text(document, tag))):
            (to / path).parent.mkdir(parents=True, exist_ok=True)
            (to / path).write_text(text)
    for name in unused - seen:
        fail(f"docs.json has words for {name}, which is not in the schema")


if __name__ == "__main__":
    main()
