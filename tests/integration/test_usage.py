#!/usr/bin/env python3
"""Commands, help, man pages, completions, and what wrong usage says."""
import os
import re
import shutil
import subprocess
import unittest

from support import BUILD, DONE, FAILED, SOURCE, USAGE, Case, commands, coord


class Usage(Case):
    def complains(self, args, *needles):
        result = self.status(USAGE, coord(*args))
        self.assertEqual(b"", result.stdout)
        text = result.stderr.decode()
        self.assertTrue(text.startswith("coord"), text)
        for needle in needles:
            self.assertIn(needle, text)

    def test_no_command(self):
        self.complains([], "no command given", "coord help")

    def test_unknown_command_names_the_nearest(self):
        self.complains(["ingset"], "did you mean ingest?")
        self.complains(["xyzzy"], 'no command "xyzzy"')
        self.complains(["ing\x1b[31mest"], "ing?[31mest")

    def test_unknown_option_names_the_nearest(self):
        self.complains(["ingest", "--formt", "csv", "x"], "unknown option --formt; did you mean --format?")
        self.complains(["ingest", "-Z", "x"], "unknown option -Z")

    def test_missing_operand_and_argument(self):
        self.complains(["ingest"], "missing operand: LOGS...", "coord help ingest")
        self.complains(["ingest", "x", "--format"], "--format needs an argument")
        self.complains(["version", "x"], 'one operand too many: "x"')
        self.complains(["ingest", "--quiet=yes", "x"], "--quiet takes no argument")

    def test_values_are_checked(self):
        for option, value, expected in [
                ("--format", "xml", "expected ndjson or csv"), ("--year", "12", "from 1990 to 2099"),
                ("--year", "", "whole number"), ("--threads", "0", "from 1 to 64"), ("--threads", "-1", "from 1 to 64"),
                ("--from", "yesterday", "a time such as"), ("--zone", "CET", "an offset such as"),
                ("--zone", "+25:00", "an offset such as"), ("--input-format", "pcap", "cowrie"),
                ("--sensor", "nameless", "NAME=PATH"), ("--sensor", "=x", "NAME=PATH"), ("--sensor", "x=", "NAME=PATH")]:
            with self.subTest(option=option, value=value):
                self.complains(["ingest", option, value, "x"], option, expected)

    def test_every_command_has_help(self):
        self.assertIn("ingest", commands())
        for command in commands():
            result = self.status(DONE, coord("help", *command.split()))
            text = result.stdout.decode()
            self.assertTrue(text.startswith(f"Usage: coord {command}"), text)
            self.assertEqual(result.stdout, self.status(DONE, coord(*command.split(), "--help")).stdout)
            too_wide = [line for line in text.split("Examples:")[0].splitlines() if len(line) > 80]
            self.assertEqual([], too_wide)
        self.assertEqual(self.status(DONE, coord("help")).stdout, self.status(DONE, coord("--help")).stdout)
        self.status(USAGE, coord("help", "nothing"))

    def test_every_command_has_a_man_page(self):
        for command in commands():
            page = os.path.join(BUILD, "coord-" + command.replace(" ", "-") + ".1")
            with open(page, "rb") as f:
                self.assertEqual(f.read(), self.status(DONE, coord("help", "--man", *command.split())).stdout)
        overview = self.status(DONE, coord("help", "--man")).stdout.decode()
        for command in commands():
            self.assertIn("coord\\-" + command.replace(" ", "-"), overview)

    def test_man_pages_are_good_groff(self):
        if shutil.which("groff") is None:
            self.skipTest("groff is not installed")
        for command in ["", *commands()]:
            page = coord("help", "--man", *command.split()).stdout
            lint = subprocess.run(["groff", "-man", "-ww", "-z", "-Tascii"], input=page, capture_output=True, check=False)
            self.assertEqual(b"", lint.stderr, command)

    def test_every_command_and_option_is_completed(self):
        for shell in ("bash", "zsh", "fish"):
            script = self.status(DONE, coord("help", "--completion", shell)).stdout.decode()
            for command in commands():
                self.assertIn(command.split()[-1], script)
                for option in re.findall(r"^ +(?:-\w, )?--([\w-]+)", coord("help", *command.split()).stdout.decode(), re.M):
                    self.assertRegex(script, rf"(--|-l ){option}\b")
        self.status(USAGE, coord("help", "--completion", "csh"))

    def test_bash_completion_works(self):
        script = self.file("coord.bash", coord("help", "--completion", "bash").stdout)

        def complete(*words):
            listed = " ".join(f"'{w}'" for w in words)
            done = subprocess.run(
                ["bash", "-c", f". '{script}'; COMP_WORDS=({listed}); COMP_CWORD={len(words) - 1}; _coord; "
                 'printf "%s\\n" "${COMPREPLY[@]}"'], capture_output=True, cwd=self.folder, check=True)
            return done.stdout.decode().split()
        self.assertEqual(["ingest"], complete("coord", "ing"))
        self.assertIn("--format", complete("coord", "ingest", "--fo"))
        self.assertEqual(["ndjson"], complete("coord", "ingest", "--format", "nd"))
        self.assertEqual(["coord.bash"], complete("coord", "ingest", "coo"))
        self.assertIn("version", complete("coord", "help", "ver"))
        if "reference build" in commands():
            self.assertEqual(["build"], complete("coord", "reference", "bu"))
            self.assertIn("--output", complete("coord", "reference", "build", "--ou"))

    def test_documents_know_every_command_and_format(self):
        with open(os.path.join(SOURCE, "docs/operations.md"), encoding="utf-8") as f:
            operations = f.read()
        for command in commands():
            self.assertIn(f"| `coord {command}", operations)
        with open(os.path.join(SOURCE, "README.md"), encoding="utf-8") as f:
            readme = f.read()
        for name in self.formats():
            self.assertIn(f"`{name}`", readme)

    def test_documents_know_every_setting(self):
        def rows(text):
            return [line for line in text.splitlines() if line.startswith("| `")]

        with open(os.path.join(SOURCE, "docs/settings.md"), encoding="utf-8") as f:
            known = rows(f.read())
        self.assertGreater(len(known), 50)
        self.assertEqual(rows(self.status(DONE, coord("config", "--format", "markdown")).stdout.decode()), known)

    def formats(self):
        text = " ".join(coord("help", "ingest").stdout.decode().split())
        names = re.search(r"Takes one of (cowrie, [\w, -]+)\.", text).group(1).split(", ")
        self.assertGreater(len(names), 10)
        return names

    def test_version(self):
        with open(os.path.join(SOURCE, "meson.build"), encoding="utf-8") as f:
            version = re.search(r"version: '([\d.]+)'", f.read()).group(1)
        self.assertEqual(f"coord {version}\n", self.status(DONE, coord("version")).stdout.decode())
        self.assertEqual(f"coord {version}\n", self.status(DONE, coord("--version")).stdout.decode())

    def test_full_device_is_a_failure(self):
        if not os.path.exists("/dev/full"):
            self.skipTest("no /dev/full here")
        with open("/dev/full", "wb") as full:
            result = subprocess.run([os.environ.get("COORD", "build/coord"), "help"], stdout=full,
                                    stderr=subprocess.PIPE, check=False)
        self.assertEqual(FAILED, result.returncode)
        self.assertIn(b"cannot write standard output", result.stderr)


if __name__ == "__main__":
    unittest.main()
