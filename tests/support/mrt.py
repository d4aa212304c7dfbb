"""mrt.py - writes MRT table dumps (TABLE_DUMP_V2, RFC 6396 and 8050) for tests and benchmarks.

    mrt.py OUT --prefixes N [--peers P]    N prefixes, mostly /24, a tenth IPv6, seen by P peers: as a collector's dump
"""
import ipaddress
import struct

TABLE_DUMP_V2, PEER_INDEX_TABLE, V4, V6, GENERIC, V4_ADD, V6_ADD = 13, 1, 2, 4, 6, 8, 10
SET, SEQUENCE, CONFED_SEQUENCE = 1, 2, 3
TIME = 1767571200


def record(subtype, body, kind=TABLE_DUMP_V2, time=TIME):
    return struct.pack(">IHHI", time, kind, subtype, len(body)) + body


def peer_index(peers, view=b"test"):
    """peers: (address, AS number, four bytes?)"""
    body = struct.pack(">IH", 0x0a000001, len(view)) + view + struct.pack(">H", len(peers))
    for text, number, wide in peers:
        address = ipaddress.ip_address(text)
        body += struct.pack(">BI", (address.version == 6) | wide << 1, 0x0a000002) + address.packed
        body += struct.pack(">I" if wide else ">H", number)
    return record(PEER_INDEX_TABLE, body)


def attribute(kind, value, flags=0x40):
    if len(value) > 255:
        flags |= 0x10
    return struct.pack(">BBH" if flags & 0x10 else ">BBB", flags, kind, len(value)) + value


def segment(kind, *numbers):
    return struct.pack(">BB", kind, len(numbers)) + b"".join(struct.pack(">I", n) for n in numbers)


def path(*numbers):
    return segment(SEQUENCE, *numbers)


def attributes(as_path, v6=False):
    out = attribute(1, b"\0") + attribute(2, as_path)
    if v6:  # abbreviated: next hop alone (RFC 6396 section 4.3.4)
        return out + attribute(14, bytes([16]) + bytes(16), 0x80)
    return out + attribute(3, bytes(4))


def rib(prefix, entries, sequence=0, add_path=False):
    """entries: (peer, AS path)"""
    network = ipaddress.ip_network(prefix)
    v6 = network.version == 6
    body = struct.pack(">IB", sequence, network.prefixlen)
    body += network.network_address.packed[:(network.prefixlen + 7) // 8] + struct.pack(">H", len(entries))
    for peer, as_path in entries:
        attrs = attributes(as_path, v6)
        body += struct.pack(">HI", peer, TIME) + (struct.pack(">I", 7) if add_path else b"")
        body += struct.pack(">H", len(attrs)) + attrs
    kind = (V6_ADD if v6 else V4_ADD) if add_path else (V6 if v6 else V4)
    return record(kind, body)


def table(prefixes, peers, out):
    """A dump of the size of a real one: 60 in 100 prefixes are /24, the rest /23 to /16; a tenth IPv6 /48 to /29."""
    out.write(peer_index([(f"192.0.2.{i + 1}", 64496 + i, True) for i in range(peers)]))
    v4 = prefixes - prefixes // 10
    done, at = 0, 0x01000000
    paths = {}

    def entries(i):
        origin = 1000 + i * 2654435761 % 75000
        if origin not in paths:
            paths[origin] = [(p, path(64496 + p, 3000 + origin % 40, 2000 + origin % 400, origin))
                             for p in range(peers)]
        return paths[origin]
    lengths = [24] * 60 + [23] * 15 + [22] * 15 + [20] * 8 + [16] * 2
    while done < v4:
        bits = lengths[done * 37 % 100]
        size = 1 << (32 - bits)
        at = (at + size - 1) // size * size
        out.write(rib(f"{ipaddress.IPv4Address(at)}/{bits}", entries(done), done))
        # now and then the next ones lie inside
        at += 0 if bits < 22 and done % 5 == 0 else size
        done += 1
    for i in range(prefixes // 10):
        bits = 48 if i % 2 else 32
        at = (0x2000 << 112) + (i << (128 - bits)) + (bits << 104)
        out.write(rib(f"{ipaddress.IPv6Address(at)}/{bits}", entries(i), done + i))


if __name__ == "__main__":
    import argparse

    options = argparse.ArgumentParser()
    options.add_argument("out")
    options.add_argument("--prefixes", type=int, required=True)
    options.add_argument("--peers", type=int, default=4)
    given = options.parse_args()
    with open(given.out, "wb") as f:
        table(given.prefixes, given.peers, f)
