#!/usr/bin/env python3
"""Makes docs_parts.c from openapi.json, docs.html, docs.css and docs.js.

The version in openapi.json is replaced by the program's. Style and script are set into the page and named in its
content security policy by their SHA-256, so that nothing else can run in it.
Usage: embed.py openapi.json docs.html docs.css docs.js version output.c
"""
import base64
import hashlib
import json
import re
import sys


def source_hash(text):
    return "'sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() + "'"


def read(path):
    with open(path, encoding="utf-8") as f:
        return f.read()


def array(out, name, data):
    out.write("const unsigned char %s[] = {\n" % name)
    for at in range(0, len(data), 24):
        out.write("\t" + ", ".join(str(b) for b in data[at:at + 24]) + ",\n")
    out.write("};\nconst size_t %s_len = %d;\n\n" % (name, len(data)))


def main():
    document = json.loads(read(sys.argv[1]))
    html, css, js = (read(p) for p in sys.argv[2:5])
    document["info"]["version"] = sys.argv[5]
    if re.search(r"</(script|style)|<!--", css + js, re.I):
        sys.exit("the style or script would end its own element")
    policy = "; ".join(["default-src 'none'", "script-src " + source_hash(js), "style-src " + source_hash(css),
                        "connect-src 'self'", "base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'"])
    page = html.replace("{{css}}", css).replace("{{js}}", js)
    with open(sys.argv[6], "w", encoding="ascii") as out:
        out.write("/* docs_parts.c - made by embed.py. */\n#include \"api/docs.h\"\n\n")
        array(out, "docs_openapi", json.dumps(document, separators=(",", ":")).encode())
        array(out, "docs_page", page.encode())
        out.write('const char docs_policy[] = "%s";\n' % policy)


if __name__ == "__main__":
    main()
