#!/usr/bin/env python3
"""growth_peer.py METHOD SESSIONS.ndjson: groups the sessions as users do without coord, prints the seconds that grouping took
(reading and features not counted). Methods: DBSCAN on scaled features of each session (eps 0.5, 5 neighbours), and MinHash
of each source's credentials, commands and fingerprints (64 permutations, 16 bands of 4, buckets of up to 100), an edge from
Jaccard 0.5 on, Leiden with the Constant Potts Model at 0.05."""
import datetime
import json
import sys
import time
import zlib

import numpy as np


def sessions(path):
    with open(path, "rb") as log:
        for line in log:
            yield json.loads(line)


def features(path):
    rows = []
    for s in sessions(path):
        kinds = [item["kind"] for item in s["items"]]
        at = datetime.datetime.fromisoformat(s["start"].replace("Z", "+00:00"))
        angle = 2 * np.pi * (at.hour * 3600 + at.minute * 60 + at.second) / 86400
        rows.append((np.sin(angle), np.cos(angle), np.log1p(s.get("duration_us", 0) / 1e6), kinds.count("credential"),
                     kinds.count("command"), kinds.count("url"), np.log1p(s["events"]), s.get("target_port", 0)))
    return np.array(rows, dtype=np.float64)


def dbscan(path):
    from sklearn.cluster import DBSCAN
    from sklearn.preprocessing import StandardScaler
    x = features(path)
    begin = time.process_time()
    DBSCAN(eps=0.5, min_samples=5).fit_predict(StandardScaler().fit_transform(x))
    return time.process_time() - begin


def token_sets(path):
    sets = {}
    for s in sessions(path):
        tokens = sets.setdefault(s["source_ip"], set())
        tokens.add(zlib.crc32(("hassh " + s.get("hassh", "")).encode()))
        for item in s["items"]:
            if item["kind"] == "credential":
                tokens.add(zlib.crc32(f"{item.get('user')}\0{item.get('password')}".encode()))
            elif item["kind"] == "command":
                tokens.add(zlib.crc32(item.get("input", "").encode()))
    return [np.fromiter(tokens, dtype=np.uint64) for tokens in sets.values()]


def signatures(sets, permutations=64, prime=(1 << 61) - 1):
    draw = np.random.default_rng(1)
    a = draw.integers(1, 1 << 31, permutations, dtype=np.uint64)[:, None]
    b = draw.integers(0, 1 << 31, permutations, dtype=np.uint64)[:, None]
    return np.array([((a * tokens + b) % np.uint64(prime)).min(axis=1) for tokens in sets])


def candidate_pairs(signature, bands=16, bucket_most=100):
    rows = signature.shape[1] // bands
    found = set()
    for band in range(bands):
        buckets = {}
        for i, key in enumerate(map(bytes, np.ascontiguousarray(signature[:, band * rows:(band + 1) * rows]))):
            buckets.setdefault(key, []).append(i)
        for members in buckets.values():
            if 1 < len(members) <= bucket_most:
                found.update((x, y) for k, x in enumerate(members) for y in members[k + 1:])
    return np.array(sorted(found), dtype=np.int64).reshape(-1, 2)


def minhash(path):
    import igraph
    sets = token_sets(path)
    begin = time.process_time()
    signature = signatures(sets)
    pairs = candidate_pairs(signature)
    weight = np.concatenate([(signature[part[:, 0]] == signature[part[:, 1]]).mean(axis=1)
                             for part in np.array_split(pairs, max(1, len(pairs) // 1_000_000))])
    kept = weight >= 0.5
    graph = igraph.Graph(n=len(sets), edges=pairs[kept])
    graph.community_leiden(objective_function="CPM", resolution=0.05, weights=weight[kept])
    return time.process_time() - begin


if __name__ == "__main__":
    print({"DBSCAN (scikit-learn)": dbscan, "MinHash (numpy) + Leiden (igraph)": minhash}[sys.argv[1]](sys.argv[2]))
