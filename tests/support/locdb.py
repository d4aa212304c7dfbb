"""locdb.py - writes small location databases (IPFire's format, version 1) for tests.

    locdb.py OUT
"""
import ipaddress
import struct

NOTHING = 0xffffffff
NETWORKS = {"1.0.0.0/24": ("AU", 13335, 4), "1.0.0.128/25": ("US", 13335, 0), "100.64.0.0/10": ("A1", 0, 1),
            "2001:db8::/32": ("DE", 64500, 8), "9.0.0.0/8": ("US", 64502, 0)}
SYSTEMS = {13335: "Cloudflare, Inc.", 64500: "Example Broadband", 64501: "Unused"}


def build(networks, systems):
    nodes, records, pool = [[0, 0, NOTHING]], b"", b"\0"
    for text, (country, number, flags) in networks.items():
        network = ipaddress.ip_network(text)
        bits, length = int(network.network_address), network.prefixlen
        if network.version == 4:
            bits, length = bits | 0xffff << 32, length + 96
        at = 0
        for depth in range(length):
            bit = bits >> (127 - depth) & 1
            if nodes[at][bit] == 0:
                nodes.append([0, 0, NOTHING])
                nodes[at][bit] = len(nodes) - 1
            at = nodes[at][bit]
        nodes[at][2] = len(records) // 12
        records += country.encode() + bytes(2) + struct.pack(">IHH", number, flags, 0)
    names = b""
    for number, name in sorted(systems.items()):
        names += struct.pack(">II", number, len(pool))
        pool += name.encode() + b"\0"
    tree = b"".join(struct.pack(">III", *node) for node in nodes)
    head, at = b"LOCDBXX\x01" + struct.pack(">QIII", 1667023194, 0, 0, 0), 8192
    parts = [names, records, tree, b"", pool]
    body = b""
    for part in parts:
        head += struct.pack(">II", at + len(body), len(part))
        body += part
    return head.ljust(at, b"\0") + body


if __name__ == "__main__":
    import sys

    with open(sys.argv[1], "wb") as out:
        out.write(build(NETWORKS, SYSTEMS))
