#!/usr/bin/env python3
"""picture.py COORD SAMPLE_DIR OUT.svg [LINES]: draws what `make run` prints as an SVG of plain text.

The recipe of `make run` is run with colour; the escape sequences become coloured text.
Nothing but the program and Python's own library is used, so the picture can be made again on any machine.
"""
import html
import os
import re
import subprocess
import sys
import unicodedata

CELL_W, CELL_H, MARGIN = 8.4, 18, 18
BACKGROUND, FOREGROUND = "#10151c", "#d6dde6"
COLOURS = ["#3b4654", "#f0716f", "#7fd18b", "#e6c56c", "#6fb1f0", "#c792e8", "#66c7c7", "#d6dde6"]
BRIGHT = ["#7b8794", "#ff9a98", "#a6e8af", "#f5dc94", "#9bccff", "#dfb5f7", "#94e2e2", "#ffffff"]
NO_BREAK = "\u00a0"  # runs of plain blanks would be drawn as one
CUBE = [0, 95, 135, 175, 215, 255]


def indexed(n):
    """A colour of the 256-colour table."""
    if n < 16:
        return COLOURS[n] if n < 8 else BRIGHT[n - 8]
    if n >= 232:
        grey = 8 + 10 * (n - 232)
        return f"#{grey:02x}{grey:02x}{grey:02x}"
    n -= 16
    return "#{:02x}{:02x}{:02x}".format(CUBE[n // 36], CUBE[n // 6 % 6], CUBE[n % 6])


class Pen:
    """The state that SGR sequences change."""

    def __init__(self):
        self.reset()

    def reset(self):
        self.colour, self.bold, self.dim, self.italic, self.underline = None, False, False, False, False

    def apply(self, sequence):
        codes = [int(c or 0) for c in sequence.split(";")]
        while codes:
            code = codes.pop(0)
            if code == 0:
                self.reset()
            elif code in (1, 2, 3, 4):
                setattr(self, ("bold", "dim", "italic", "underline")[code - 1], True)
            elif code == 22:
                self.bold = self.dim = False
            elif 30 <= code <= 37:
                self.colour = COLOURS[code - 30]
            elif 90 <= code <= 97:
                self.colour = BRIGHT[code - 90]
            elif code == 38 and codes[:1] == [5] and len(codes) > 1:
                self.colour = indexed(codes[1])
                del codes[:2]
            elif code == 39:
                self.colour = None

    def attributes(self):
        out = f' fill="{self.colour}"' if self.colour else ""
        out += ' font-weight="bold"' if self.bold else ""
        out += ' opacity="0.62"' if self.dim else ""
        out += ' font-style="italic"' if self.italic else ""
        out += ' text-decoration="underline"' if self.underline else ""
        return out


def cells(text):
    return sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def spans(lines):
    """Pieces of equal looks: (row, column, text, attributes)."""
    pen = Pen()
    for row, line in enumerate(lines):
        column = 0
        for part in re.split(r"(\x1b\[[0-9;]*m)", line):
            if part.startswith("\x1b"):
                pen.apply(part[2:-1])
                continue
            if part.strip():
                lead = len(part) - len(part.lstrip(" "))
                yield row, column + lead, part.strip(" "), pen.attributes()
            column += cells(part)


def draw(lines, title):
    plain = [re.sub(r"\x1b\[[0-9;]*m", "", line) for line in lines]
    width = max(map(cells, plain)) * CELL_W + 2 * MARGIN
    height = len(lines) * CELL_H + 2 * MARGIN
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" '
           f'width="{width:.0f}" height="{height:.0f}" role="img" aria-label="{html.escape(title)}">',
           f'<rect width="100%" height="100%" rx="8" fill="{BACKGROUND}"/>',
           f'<g font-family="ui-monospace, DejaVu Sans Mono, Menlo, Consolas, monospace" font-size="14" '
           f'fill="{FOREGROUND}">']
    for row, column, text, attributes in spans(lines):
        x, y = MARGIN + column * CELL_W, MARGIN + (row + 0.75) * CELL_H
        out.append(f'<text x="{x:.1f}" y="{y:.1f}" textLength="{cells(text) * CELL_W:.1f}"{attributes}>'
                   f"{html.escape(text.replace(' ', NO_BREAK), quote=False)}</text>")
    return "\n".join(out + ["</g>", "</svg>", ""])


def main(coord, sample, target, most=60):
    environment = {**os.environ, "COLUMNS": "80", "LC_ALL": "C.UTF-8"}
    environment.pop("NO_COLOR", None)
    recipe = os.path.join(os.path.dirname(os.path.abspath(__file__)), "run.sh")
    answer = subprocess.run([recipe, coord, sample, "--", "--color", "always"], check=False, env=environment,
                            stdout=subprocess.PIPE)
    if answer.returncode != 0:
        sys.exit(f"picture: run.sh failed with status {answer.returncode}")
    lines = answer.stdout.decode().rstrip("\n").replace(" --color always", "").split("\n")
    if len(lines) > most:
        lines = lines[:most] + ["\x1b[2m... and so on\x1b[0m"]
    lines = ["\x1b[1m$ make run\x1b[0m", ""] + lines
    os.makedirs(os.path.dirname(target) or ".", exist_ok=True)
    with open(target, "w", encoding="utf-8") as f:
        f.write(draw(lines, "What make run prints: a verdict, the campaigns, and the evidence for each"))


if __name__ == "__main__":
    if len(sys.argv) < 4:
        sys.exit(__doc__.splitlines()[0])
    main(*sys.argv[1:4], *map(int, sys.argv[4:5]))
