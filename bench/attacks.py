#!/usr/bin/env python3
"""attacks.py COORD [BATCHES] [STRUCTURE...] - poisoning, batch by batch: whom does a group judged coordinated hold? Generates
victims who have nothing to do with each other and an adversary among them (A4 forged artefact, A5 shadows), judges the batch against
a background of the same site, and counts batches with a confident group that holds two victims or more, and batches in which
the adversary's own addresses were found. Some seconds a batch."""
import csv
import json
import os
import subprocess
import sys
import tempfile

COORDINATED = ("coordinated_campaign", "single_actor_multiple_sources")


def roles(path):
    """Source -> victim, adversary or nothing: the victims of a group belong to no campaign."""
    with open(path, encoding="utf-8") as f:
        return {r["source"]: "adversary" if r["campaign"] else "victim" for r in csv.DictReader(f) if r["group"]}


def judge(coord, folder, structure, seed):
    data, result = os.path.join(folder, f"{structure}-{seed}"), os.path.join(folder, "result.json")
    subprocess.run([coord, "generate", "-q", "--seed", str(seed), "--site", "3", "--plant", structure, "-o", data], check=True)
    subprocess.run([coord, "analyze", "-q", "-f", "json", "-r", os.path.join(folder, "ref"), "-o", result, "--threads", "1",
                    os.path.join(data, "cowrie.json")], check=True)
    who = roles(os.path.join(data, "labels.csv"))
    with open(result, encoding="utf-8") as f:
        document = json.load(f)
    groups = [[who.get(s) for s in c["sources"]] for c in document["campaigns"]
              if c["verdict"] in COORDINATED and c["confidence"] >= 0.9]
    victims = max((g.count("victim") for g in groups), default=0)
    found = any(g.count("adversary") >= 2 and g.count("adversary") > g.count("victim") for g in groups)
    most = max((c["confidence"] or 0 for c in document["campaigns"]
                if sum(who.get(s) == "victim" for s in c["sources"]) >= 2), default=0)
    return victims, found, most


def main(coord, batches=8, *structures):
    with tempfile.TemporaryDirectory() as folder:
        background = os.path.join(folder, "background")
        subprocess.run([coord, "generate", "-q", "--seed", "1000", "--site", "3", "--plant", "none", "-o", background], check=True)
        subprocess.run([coord, "reference", "build", "-q", "-o", os.path.join(folder, "ref"),
                        os.path.join(background, "cowrie.json")], check=True)
        for structure in structures or ("A4:easy", "A4:standard", "A4:hard", "A5:easy", "A5:standard", "A5:hard"):
            rows = [judge(coord, folder, structure, seed) for seed in range(1, int(batches) + 1)]
            print(f"{structure:14} victims in a group at 0.9: {sum(v >= 2 for v, _, _ in rows)} of {len(rows)} batches"
                  f" (most {max(v for v, _, _ in rows)}); highest confidence with two victims {max(m for _, _, m in rows):.2f};"
                  f" adversary found: {sum(f for _, f, _ in rows)}", flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
