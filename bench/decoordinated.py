#!/usr/bin/env python3
"""decoordinated.py COORD [NAME...] - the table of docs/real-data.md, "De-coordinated copies": null worlds of the real
logs, analysed like logs. A confidence of 0.9 or more, or a group called coordinated, is a false alarm. The logs lie in
COORD_DATA or ../shared/data. NAME: only these rows. Seven minutes on two cores."""

import json
import os
import pathlib
import subprocess
import sys
import tempfile

DATA = pathlib.Path(os.environ.get("COORD_DATA", "../shared/data"))
CALLED = ("coordinated_campaign", "single_actor_multiple_sources")
SECOND_HALF = "cowrie-tpot-2020, second half against the first as reference"
RUNS = {
    "cowrie-tpot-2020": 5,
    SECOND_HALF: 5,
    "cowrie-2018": 5,
    "cowrie-aws-2022": 5,
    "tpot-other-2020": 5,
    "firewall-csv-2013": 2,
    "firewall-ufw/vultr-2022": 2,
    "firewall-ufw/mail-2017": 10,
}


def arguments(coord, name, work):
    """What to analyse: a folder; or the later half of set 1's days, beside the sources and tools of the earlier."""
    if name != SECOND_HALF:
        return [DATA / name]
    days = sorted((DATA / "cowrie-tpot-2020").glob("*.gz"))
    earlier = [day for day in days if day.name <= "cowrie.json.2020-02-11.gz"]
    reference = work / "half.ref"
    subprocess.run([coord, "reference", "build", "--quiet", "-o", reference, *earlier], check=True)
    return ["--reference", reference, *days[len(earlier):]]


def campaigns(coord, world, what):
    done = subprocess.run([coord, "analyze", "--quiet", "--format", "json", "--decoordinate", str(world), *what],
                          stdout=subprocess.PIPE, check=False)
    if done.returncode not in (0, 3):  # 3: some records were refused
        raise SystemExit(f"coord analyze: status {done.returncode}")
    return json.loads(done.stdout)["campaigns"]


def main():
    coord, names = sys.argv[1], sys.argv[2:] or list(RUNS)
    print("| set | runs | groups found, in all | highest confidence | 0.9 or more, or called |\n|---|---:|---:|---:|---:|")
    with tempfile.TemporaryDirectory() as work:
        for name in names:
            if not (DATA / name.split(",")[0]).is_dir():
                print(f"| {name} | skipped: not in {DATA} | | | |")
                continue
            what = arguments(coord, name, pathlib.Path(work))
            found = [c for k in range(RUNS[name]) for c in campaigns(coord, k + 1, what)]
            most = f"{max(c['confidence'] for c in found):.2f}" if found else "-"
            false = sum(c["confidence"] >= 0.9 or c["verdict"] in CALLED for c in found)
            print(f"| {name} | {RUNS[name]} | {len(found)} | {most} | {false} |", flush=True)


if __name__ == "__main__":
    main()
