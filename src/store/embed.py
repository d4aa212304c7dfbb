#!/usr/bin/env python3
"""Makes migrations.c from the folders of migrations: their texts go into the program, in the order of their numbers.

Usage: embed.py output.c sqlite/001_first.sql ... postgresql/001_first.sql ...
"""
import os
import re
import sys


def read(path):
    with open(path, "rb") as f:
        return f.read()


def rows(kind, paths):
    out, table = [], []
    for number, path in enumerate(sorted(paths), 1):
        m = re.fullmatch(r"(\d{3})_(\w+)\.sql", os.path.basename(path))
        if not m or int(m.group(1)) != number:
            sys.exit(f"{path}: expected {number:03}_name.sql: migrations are numbered without a gap")
        data = read(path)
        name = f"{kind}_{number}"
        out.append("static const char %s[] = {\n" % name)
        for at in range(0, len(data), 24):
            out.append("\t" + ", ".join(str(b) for b in data[at:at + 24]) + ",\n")
        out.append("\t0,\n};\n\n")
        table.append('\t{ %d, "%s", %s, %d },\n' % (number, m.group(2), name, len(data)))
    out.append("const struct migration migrations_%s[] = {\n%s\t{ 0, NULL, NULL, 0 },\n};\n\n" % (kind, "".join(table)))
    return "".join(out)


def main():
    kinds = {}
    for path in sys.argv[2:]:
        if b"\0" in read(path) or not read(path).isascii():
            sys.exit(f"{path}: migrations are plain ASCII")
        kinds.setdefault(os.path.basename(os.path.dirname(path)), []).append(path)
    with open(sys.argv[1], "w", encoding="ascii") as out:
        out.write('/* migrations.c - made by embed.py. */\n#include "store/migrate.h"\n\n')
        for kind, paths in kinds.items():
            out.write(rows(kind, paths))


main()
