#!/usr/bin/env python3
"""Makes page_parts.c from page.html, page.css and page.js.

The style and the script are set into the page and named in its content security policy by their SHA-256, so that
nothing else can run in it. {{text}}, {{result}} and {{view}} are where html.c sets in what it writes.
Usage: embed.py page.html page.css page.js output.c
"""
import base64
import hashlib
import re
import sys


def source_hash(text):
    return "'sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() + "'"


def read(path):
    with open(path, encoding="utf-8") as f:
        return f.read()


def main():
    html, css, js = (read(p) for p in sys.argv[1:4])
    if re.search(r"</(script|style)|<!--", css + js, re.I):
        sys.exit("the style or script would end its own element")
    policy = "; ".join(["default-src 'none'", "script-src " + source_hash(js), "style-src " + source_hash(css),
                        "base-uri 'none'", "form-action 'none'"])
    html = html.replace("{{policy}}", policy).replace("{{css}}", css).replace("{{js}}", js)
    parts = re.split(r"\{\{text\}\}|\{\{result\}\}|\{\{view\}\}", html)
    if len(parts) != 4 or "{{" in html.replace("{{text}}", "").replace("{{result}}", "").replace("{{view}}", ""):
        sys.exit("page.html: a place is missing or unknown")
    with open(sys.argv[4], "w", encoding="ascii") as out:
        out.write("/* page_parts.c - made by embed.py. */\n#include \"report/page.h\"\n\n#include <assert.h>\n\n")
        for i, part in enumerate(parts):
            data = part.encode()
            out.write("static const unsigned char part_%d[] = {\n" % i)
            for at in range(0, len(data), 24):
                out.write("\t" + ", ".join(str(b) for b in data[at:at + 24]) + ",\n")
            out.write("};\n\n")
        out.write("struct sv\npage_part(enum page_piece piece)\n{\n\tstatic const struct {\n"
                  "\t\tconst unsigned char *data;\n\t\tsize_t len;\n\t} parts[PAGE_PIECES] = {\n")
        for i in range(len(parts)):
            out.write("\t\t{ part_%d, sizeof(part_%d) },\n" % (i, i))
        out.write("\t};\n\n\tassert(piece < PAGE_PIECES);\n"
                  "\treturn (struct sv){ (const char *)parts[piece].data, parts[piece].len };\n}\n")


main()
