#!/usr/bin/env python3
"""embed.py NAME INPUT OUTPUT - a file as a C array: `const unsigned char NAME[]` and `const size_t NAME_len`."""
import sys

name, source, target = sys.argv[1:]
data = open(source, "rb").read()
with open(target, "w") as out:
    out.write("#include <stddef.h>\n")
    out.write(f"extern const unsigned char {name}[];\nextern const size_t {name}_len;\n")
    out.write(f"const size_t {name}_len = {len(data)};\nconst unsigned char {name}[] = {{\n")
    for at in range(0, len(data), 20):
        out.write(",".join(str(byte) for byte in data[at:at + 20]) + ",\n")
    out.write("0};\n")
