#!/usr/bin/env python3
"""embed.py INPUT.lua OUTPUT.c - the script as `const char queue_lua[]`."""
import sys

source, target = sys.argv[1:]
with open(source, "rb") as f:
    data = f.read()
if b"\0" in data or not data.isascii():
    sys.exit(f"{source}: expected plain ASCII")
with open(target, "w", encoding="ascii") as out:
    out.write("extern const char queue_lua[];\nconst char queue_lua[] = {\n")
    for at in range(0, len(data), 24):
        out.write("\t" + ", ".join(str(byte) for byte in data[at:at + 24]) + ",\n")
    out.write("\t0,\n};\n")
