#!/usr/bin/env python3
"""dead_stores.py BUILD - what clang's analyser says of values that nobody reads and of unsafe calls, in every file of src/ that
the build folder's compile_commands.json names. Asked by itself: through clang-tidy the same two checks run the path-sensitive
engine as well, and take thirty times as long. Status 1 when anything was found."""
import concurrent.futures
import json
import os
import shlex
import subprocess
import sys

CHECKS = ("deadcode.DeadStores",
          *(f"security.insecureAPI.{call}" for call in ("bcmp", "bcopy", "bzero", "getpw", "gets", "mkstemp", "mktemp", "rand", "strcpy",
                                                        "vfork", "UncheckedReturn")))


def analyse(entry):
    words, command = iter(shlex.split(entry["command"])), []
    for word in words:
        if word in ("-o", "-MF", "-MQ"):
            next(words)
        elif word not in ("-c", "-MD", "ccache", "-fcolor-diagnostics"):
            command.append(word)
    asked = [f"-analyzer-checker={check}" for check in CHECKS] + ["-analyzer-output=text", "-analyzer-werror"]
    command += ["--analyze", "--analyzer-no-default-checks", *(word for flag in asked for word in ("-Xclang", flag))]
    done = subprocess.run(command, cwd=entry["directory"], capture_output=True, text=True, check=False)
    return done.returncode, done.stderr


def main(build):
    with open(os.path.join(build, "compile_commands.json"), encoding="utf-8") as f:
        entries = [e for e in json.load(f) if e["file"].endswith(".c") and "/src/" in e["file"]  # not what the build generates
                   and os.path.exists(os.path.join(e["directory"], e["file"]))]
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        answers = list(pool.map(analyse, entries))
    for status, text in answers:
        if status != 0:
            sys.stderr.write(text)
    return 1 if not entries or any(status != 0 for status, _ in answers) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
