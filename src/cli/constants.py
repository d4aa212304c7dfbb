#!/usr/bin/env python3
"""Makes constants.c from constants.def: each value is read from the source that uses it, so that the table of
`coord version --methods` can't say anything else than the program does. A name that is not found gives null (and fails
tests/structure)."""
import os
import re
import sys

NUMBER = re.compile(r"^[-+*/(). 0-9eE<]+$")


def evaluate(text):
    """A constant expression of C as a number; None when it is none."""
    text = text.replace("TIME_SECOND", "1").strip()
    text = re.sub(r"(?<=[0-9])[uUlLfF]+\b", "", text)
    if not text or not NUMBER.match(text):
        return None
    try:
        return eval(text, {"__builtins__": {}})  # numbers and operators only, from our own source
    except (SyntaxError, ZeroDivisionError, TypeError):
        return None


def raw_value(source, name):
    """The text of the value of `name`: a list keeps its braces."""
    if name.startswith("/"):
        found = re.search(name[1:-1], source)
        return found.group(1) if found else None
    found = re.search(r"#define\s+" + re.escape(name) + r"\s+(\S+)", source)
    if found:
        return found.group(1)
    found = re.search(r"(?<![\w>])" + re.escape(name) + r"(?:\[\w*\])?\s*=\s*(?!=)", source)
    if not found:
        return None
    rest = source[found.end():]
    return rest[:rest.index("}") + 1] if rest.startswith("{") else re.split(r"[,;}]", rest, maxsplit=1)[0]


def json_value(source, name):
    raw = raw_value(re.sub(r"/\*.*?\*/", "", source, flags=re.S), name)
    if raw is None:
        return "null"
    if raw.startswith("{"):
        values = [evaluate(part) for part in raw[1:-1].split(",") if part.strip()]
        return "null" if not values or None in values else "[" + ", ".join(map(repr, values)) + "]"
    value = evaluate(raw)
    return "null" if value is None else repr(value)


def c_text(text):
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def rows(path):
    with open(path, encoding="utf-8") as f:
        for line in f:
            if line.strip() and not line.startswith("#"):
                yield [part.strip() for part in line.split("|")]


def neighbours(src, file):
    """The file itself, then the others of its folder: a constant that moved next door is found there."""
    folder = os.path.dirname(file)
    yield file
    if os.path.isdir(os.path.join(src, folder)):
        yield from sorted(os.path.join(folder, f) for f in os.listdir(os.path.join(src, folder))
                          if f.endswith((".c", ".h")) and os.path.join(folder, f) != file)


def find(src, file, name, depth=0):
    """(value as JSON, the file that has it). A name whose value is another name is followed."""
    for candidate in neighbours(src, file):
        try:
            with open(os.path.join(src, candidate), encoding="utf-8") as f:
                source = re.sub(r"/\*.*?\*/", "", f.read(), flags=re.S)
        except OSError:
            continue
        value = json_value(source, name)
        if value != "null":
            return value, candidate
        other = (raw_value(source, name) or "").strip()
        if depth == 0 and re.fullmatch(r"[A-Za-z_]\w*", other):
            return find(src, candidate, other, 1)
    return "null", file


def main(table, src, out, depfile):
    lines = ['#include "cli/constants.h"\n\n#include <stddef.h>\n\n', "const struct constant constants[] = {\n"]
    files = set()
    for file, name, unit, meaning, origin, test in rows(table):
        value, found = find(src, file, name)
        files.update(os.path.join(src, f) for f in (file, found))
        shown = "artefact_prior_" + re.search(r'"(\w+)"', name).group(1) if name.startswith("/") else name.replace("ret->", "")
        lines.append("\t{ " + ", ".join(map(c_text, (shown, value, unit, meaning, origin, "src/" + found, test))) + " },\n")
    lines.append("\t{ .name = NULL }\n};\n")
    with open(out, "w", encoding="utf-8") as f:
        f.writelines(lines)
    with open(depfile, "w", encoding="utf-8") as f:
        f.write(out + ": " + " ".join(sorted(f for f in files if os.path.exists(f))) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
