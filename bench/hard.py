#!/usr/bin/env python3
"""hard.py COORD [RUNS] [DIFFICULTY] - what is there to be seen in a hard campaign when somebody points at exactly its
members? Groups of each structure are planted in a week of background; the true set is judged in group mode against the
rest of that week and another month of the same site, so nothing is lost in finding it and nothing paid for searching. Prints
the share of sets with eight visits or more, the share for which each kind of evidence is significant (p < 0.01 after
Bonferroni within the kind), for which two kinds are, and for which an artefact is shared. Ten minutes for 30 runs."""
import csv
import json
import os
import subprocess
import sys
import tempfile

STRUCTURES = ("C1", "C1T", "C1M", "C2", "C3", "H2a", "H2b", "H2c", "H2d", "H2e")
KINDS = {
    "time": ("synchrony", "handoff", "regularity"),
    "place": ("infrastructure",),
    "content": ("behavior", "dictionary", "payload", "partition", "order", "handover"),
    "targets": ("victims", "cover"),
}


def split(folder, campaign):
    """The lines of the first campaign, and of everybody but the planted."""
    with open(os.path.join(folder, "labels.csv"), newline="", encoding="utf-8") as f:
        rows = list(csv.DictReader(f))
    names = sorted({r["campaign"] for r in rows if r["campaign"]})
    planted = {r["session"]: r["campaign"] for r in rows if r["group"]}
    members, others = [], []
    with open(os.path.join(folder, "cowrie.json"), encoding="utf-8") as f:
        for line in f:
            whose = planted.get(json.loads(line)["session"])
            if whose is None:
                others.append(line)
            elif names and whose == names[0]:
                members.append(line)
    return members, others


def main(coord, runs="30", difficulty="hard"):
    def call(*words):
        return subprocess.run([coord, *words], check=True, capture_output=True).stdout

    print("structure  8 visits  " + "".join(f"{k:>9}" for k in KINDS) + "  two kinds  artefact")
    with tempfile.TemporaryDirectory() as folder:
        path = lambda *names: os.path.join(folder, *names)
        for site in (1, 2):
            call("generate", "-q", "--site", str(site), "--seed", "99", "--start", "2025-02-03", "--days", "30", "--sources",
                 "5000", "--sessions", "20000", "--sensors", "2", "--plant", "none", "-o", path(f"month{site}"))
        for structure in STRUCTURES:
            count = dict.fromkeys(("visits", *KINDS, "two", "artefact"), 0)
            judged = 0
            for run in range(int(runs)):
                site = 1 + run % 2
                call("generate", "-q", "--site", str(site), "--seed", str(1000 + run), "--start", "2025-03-10", "--sources",
                     "250", "--sessions", "1000", "--sensors", "2", "--plant", f"{structure}:{difficulty}", "-o", path("batch"))
                members, others = split(path("batch"), structure)
                for name, lines in (("set", members), ("rest", others)):
                    with open(path(name), "w", encoding="utf-8") as f:
                        f.writelines(lines)
                call("reference", "build", "-q", "-o", path("ref"), path(f"month{site}", "cowrie.json"), path("rest"))
                result = json.loads(call("analyze", "-q", "--group", "-r", path("ref"), "-f", "json", path("set")))
                if not result["campaigns"]:
                    continue
                judged += 1
                campaign = result["campaigns"][0]
                evidence = {e["channel"]: e for e in campaign["evidence"]}
                p = {c: e["p_value"] for c, e in evidence.items() if e.get("p_value") is not None}
                seen = []
                for kind, channels in KINDS.items():
                    tested = [p[c] for c in channels if c in p]
                    if tested and min(tested) * len(tested) < 0.01:
                        seen.append(kind)
                        count[kind] += 1
                count["two"] += len(seen) >= 2
                count["visits"] += campaign["counts"]["visits"] >= 8
                count["artefact"] += bool(campaign.get("artefacts"))
            share = {k: n / judged if judged else 0 for k, n in count.items()}
            print(f"{structure:9}  {share['visits']:8.2f}  " + "".join(f"{share[k]:9.2f}" for k in KINDS) +
                  f"  {share['two']:9.2f}  {share['artefact']:8.2f}", flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
