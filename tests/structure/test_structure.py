#!/usr/bin/env python3
"""The rules of the house that no compiler checks, read from the sources themselves.

- Arrows point down only: a room includes the rooms below it, by their public header; base/ may be included by the part.
- A few calls are banned: each has a safer or a deterministic counterpart.
- Nothing that would be committed names a path of the machine it was written on.
- Every source file opens with a paragraph on its concept, and stays short enough to be read.
"""
import os
import re
import subprocess
import sys
import unittest

ROOT = os.path.abspath(sys.argv.pop(1) if len(sys.argv) > 1 else os.path.join(os.path.dirname(__file__), "../.."))

# room -> the rooms it may know (design.md section 3)
BELOW = {
    "base": set(),
    "session": {"base"},
    "ingest": {"session", "base"},
    "reference": {"ingest", "session", "base"},
    "detect": {"reference", "session", "base"},
    "generate": {"session", "base"},
    "report": {"detect", "ingest", "session", "base"},
    "evaluate": {"report", "generate", "detect", "reference", "ingest", "session", "base"},
    "config": {"base"},
    "metrics": {"base"},
    "store": {"base"},
    "workflow": {"store", "base"},
    "queue": {"base"},
    "net": {"base"},
    "tracing": {"net", "base"},
    "auth": {"config", "net", "store", "base"},
    "tools": {"config", "metrics", "net", "store", "base"},
    "llm": {"config", "metrics", "net", "store", "base"},
    "enrich": {"config", "metrics", "net", "base"},
    "services": {"workflow", "tools", "llm", "enrich", "config", "metrics", "net", "store", "report", "detect", "reference", "ingest", "session", "base"},
    "jobs": {"tracing", "services", "workflow", "tools", "llm", "enrich", "config", "metrics", "net", "queue", "store", "report", "detect", "reference", "ingest", "session", "base"},
    "api": {"tracing", "auth", "jobs", "services", "workflow", "config", "metrics", "net", "queue", "store", "report", "detect", "ingest", "session", "base"},
    "cli": {"tracing", "api", "services", "workflow", "tools", "llm", "enrich", "jobs", "auth", "config", "metrics", "net", "queue", "store", "evaluate", "report", "generate", "detect", "reference", "ingest", "session", "base"},
}

BANNED = {
    "strcpy": "memcpy with a checked length",
    "strcat": "struct buf",
    "sprintf": "snprintf or buf_printf",
    "vsprintf": "vsnprintf",
    "gets": "read",
    "strtok": "sv_cut",
    "strtok_r": "sv_cut",
    "atoi": "sv_to_i64",
    "atol": "sv_to_i64",
    "atof": "sv_to_f64",
    "system": "nothing: no shell is ever started",
    "popen": "nothing: no shell is ever started",
    "rand": "rng_at",
    "srand": "rng_at",
    "random": "rng_at",
    "drand48": "rng_at",
    "setlocale": "nothing: results must not depend on the locale",
    "localtime": "time_format",
    "gmtime": "time_format",
    "asctime": "time_format",
    "ctime": "time_format",
    "mktime": "time_days",
    "tmpnam": "mkstemp",
    "mktemp": "mkstemp",
    "alloca": "struct arena",
    "clock_gettime": "clock_steady or clock_wall (base/clock.h)",
    "gettimeofday": "clock_wall",
    "nanosleep": "clock_sleep",
    "usleep": "clock_sleep",
    "pthread_cond_timedwait": "clock_cond_wait: a wait by wall time lasts as long as the clock was set back",
}
MAKERS = {"src/base/clock.c"}  # where the counterparts are made
LINES_MOST = 700


def committable():
    """The files that git tracks or would add; every file when this is no git checkout."""
    git = subprocess.run(["git", "-C", ROOT, "ls-files", "-co", "--exclude-standard", "-z"], capture_output=True,
                         check=False)
    if git.returncode == 0:
        return [f for f in git.stdout.decode().split("\0") if f and os.path.isfile(os.path.join(ROOT, f))]
    found = []
    for folder, _, names in os.walk(ROOT):
        if not re.search(r"/build[^/]*(/|$)|/\.git(/|$)", folder):
            found += [os.path.relpath(os.path.join(folder, n), ROOT) for n in names]
    return found


def read(path):
    with open(os.path.join(ROOT, path), encoding="utf-8", errors="replace") as f:
        return f.read()


def without_comments_and_strings(text):
    return re.sub(r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'',
                  lambda m: re.sub(r"[^\n]", " ", m.group()), text, flags=re.S)


def include_faults(path, text):
    """What is wrong with the #include lines of a file of src/."""
    room = path.split("/")[1]
    faults = []
    for number, line in enumerate(text.splitlines(), 1):
        m = re.match(r'\s*#\s*include\s*([<"])([^>"]+)[>"]', line)
        if not m or m.group(1) == "<":
            continue
        target = m.group(2)
        if "/" not in target or ".." in target.split("/"):
            faults.append(f'{path}:{number}: "{target}": own headers are named "room/file.h"')
            continue
        other, header = target.split("/", 1)
        if not os.path.isfile(os.path.join(ROOT, "src", target)):
            faults.append(f'{path}:{number}: "{target}": no such header in src/')
        elif other != room and other not in BELOW.get(room, set()):
            faults.append(f'{path}:{number}: "{target}": {room}/ may not know {other}/')
        elif other not in (room, "base") and header != other + ".h":
            faults.append(f'{path}:{number}: "{target}": {header} is private to {other}/')
    return faults


def banned_faults(path, text):
    faults = []
    for number, line in enumerate(without_comments_and_strings(text).splitlines(), 1):
        for call in re.findall(r"(?<![\w.>])(\w+)\s*\(", line):
            if call in BANNED:
                faults.append(f"{path}:{number}: {call}() is banned: use {BANNED[call]}")
    return faults


class Structure(unittest.TestCase):
    maxDiff = None

    def sources(self):
        return [f for f in committable() if f.startswith("src/") and f.endswith((".c", ".h", ".cpp"))]

    def test_maps_name_everything(self):
        with open(os.path.join(ROOT, "CONTRIBUTING.md"), encoding="utf-8") as f:
            rooms = set(re.findall(r"^\| `(\w+)/` \|", f.read(), flags=re.M))
        self.assertEqual({s.split("/")[1] for s in self.sources()}, rooms, "the table of rooms in CONTRIBUTING.md")
        with open(os.path.join(ROOT, "docs/README.md"), encoding="utf-8") as f:
            linked = set(re.findall(r"\]\(([\w-]+\.md)\)", f.read()))
        pages = {f.split("/")[1] for f in committable() if re.fullmatch(r"docs/[\w-]+\.md", f)} - {"README.md"}
        self.assertEqual(pages, linked, "the map in docs/README.md")

    def test_there_are_sources(self):
        self.assertGreater(len(self.sources()), 20)

    def test_every_room_is_known(self):
        self.assertLessEqual({f.split("/")[1] for f in self.sources()}, set(BELOW))

    def test_arrows_point_down(self):
        self.assertEqual([], [fault for f in self.sources() for fault in include_faults(f, read(f))])

    def test_an_arrow_up_is_seen(self):
        faults = include_faults("src/base/x.c", '#include "session/session.h"\n#include <stdio.h>\n')
        self.assertEqual(1, len(faults))
        self.assertEqual(1, len(include_faults("src/detect/x.c", '#include "ingest/ingest.h"\n')))
        self.assertEqual(1, len(include_faults("src/cli/x.c", '#include "ingest/reader.h"\n')))
        self.assertEqual([], include_faults("src/ingest/x.c", '#include "ingest/reader.h"\n#include "base/sv.h"\n'))

    def test_no_banned_call(self):
        self.assertEqual([], [fault for f in self.sources() if f not in MAKERS for fault in banned_faults(f, read(f))])

    def test_a_banned_call_is_seen(self):
        self.assertEqual(1, len(banned_faults("x.c", "\tstrcpy(a, b); /* system( */\n")))
        self.assertEqual([], banned_faults("x.c", '\tputs("system(x)"); w->system(x); my_rand(); x.random(1);\n'))

    def test_no_machine_paths(self):
        # written in pieces, so that this file is not its own finding
        home = "/" + r"(?:home|Users)" + r"/[a-z][\w-]*/(?:\w+/)*(?:coord|dshield|src)"
        work = "/" + "work" + r"/(?:main|shared|wt-)"
        pattern = re.compile("|".join([home, work, re.escape(ROOT) + r"\b"]))
        faults = []
        for path in committable():
            for number, line in enumerate(read(path).splitlines(), 1):
                if pattern.search(line):
                    faults.append(f"{path}:{number}: {line.strip()[:120]}")
        self.assertEqual([], faults)

    def test_every_file_opens_with_its_concept(self):
        faults = []
        for path in self.sources():
            head = read(path)[:400]
            name = os.path.basename(path)
            if not re.match(r"(/\*|//) " + re.escape(name) + r" - \S", head):
                faults.append(f"{path}: should open with '/* {name} - ...'")
        self.assertEqual([], faults)

    def test_files_are_short_enough_to_read(self):
        long = [f"{f}: {n} lines" for f in self.sources() if (n := read(f).count("\n")) > LINES_MOST]
        self.assertEqual([], long)

    def test_links_between_documents_resolve(self):
        faults = []
        for path in committable():
            if not path.endswith(".md"):
                continue
            for target in re.findall(r"\]\(([^)\s]+)\)", re.sub(r"`[^`\n]*`", "", read(path))):
                target = target.split("#")[0]
                if not target or re.match(r"[a-z]+:", target):
                    continue
                if not os.path.exists(os.path.join(ROOT, os.path.dirname(path), target)):
                    faults.append(f"{path}: {target}")
        self.assertEqual([], faults)

    def test_the_map_names_every_page(self):
        named = read("docs/README.md")
        pages = [f for f in committable() if re.match(r"docs/[\w.-]+\.(md|json)$", f)]
        self.assertEqual([], [p for p in pages if p != "docs/README.md" and f"({p[5:]})" not in named])

    def test_headers_are_guarded(self):
        faults = [f for f in self.sources() if f.endswith(".h")
                  and not re.search(r"#ifndef (\w+)\n#define \1\n", read(f))]
        self.assertEqual([], faults)


if __name__ == "__main__":
    unittest.main()
