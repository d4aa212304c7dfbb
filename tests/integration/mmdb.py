"""mmdb.py - writes small MaxMind DB files (format 2.0) for tests: a search tree over IPv6 with IPv4 below ::/96."""
import ipaddress


def control(kind, size):
    """The control byte(s) in front of a value."""
    if kind > 7:
        head, tail = 0, bytes([kind - 7])
    else:
        head, tail = kind << 5, b""
    if size < 29:
        return bytes([head | size]) + tail
    if size < 285:
        return bytes([head | 29]) + tail + bytes([size - 29])
    return bytes([head | 30]) + tail + (size - 285).to_bytes(2, "big")


def encode(value):
    if isinstance(value, dict):
        return control(7, len(value)) + b"".join(encode(k) + encode(v) for k, v in value.items())
    if isinstance(value, list):
        return control(11, len(value)) + b"".join(map(encode, value))
    if isinstance(value, str):
        data = value.encode()
        return control(2, len(data)) + data
    kind, bits, number = value
    data = number.to_bytes((number.bit_length() + 7) // 8, "big")
    return control({"uint16": 5, "uint32": 6, "uint64": 9}[kind], len(data)) + data if bits else b""


def u16(n):
    return ("uint16", 16, n)


def u32(n):
    return ("uint32", 32, n)


def u64(n):
    return ("uint64", 64, n)


def build(networks, database_type="GeoLite2-ASN"):
    """networks: {"198.18.0.0/24": {...}}; later entries must not contain earlier ones."""
    nodes, data, places = [[None, None]], b"", {}
    for text, value in networks.items():
        network = ipaddress.ip_network(text)
        bits, length = int(network.network_address), network.prefixlen
        if network.version == 4:
            length += 96
        encoded = encode(value)
        if encoded not in places:
            places[encoded] = len(data)
            data += encoded
        at = 0
        for depth in range(length):
            bit = bits >> (127 - depth) & 1
            if depth == length - 1:
                nodes[at][bit] = ("data", places[encoded])
            else:
                if not isinstance(nodes[at][bit], int):
                    nodes.append([None, None])
                    nodes[at][bit] = len(nodes) - 1
                at = nodes[at][bit]
    count = len(nodes)

    def record(entry):
        number = count if entry is None else entry if isinstance(entry, int) else count + 16 + entry[1]
        return number.to_bytes(4, "big")
    tree = b"".join(record(left) + record(right) for left, right in nodes)
    metadata = {"binary_format_major_version": u16(2), "binary_format_minor_version": u16(0),
                "build_epoch": u64(1700000000), "database_type": database_type, "description": {"en": "test"},
                "ip_version": u16(6), "languages": ["en"], "node_count": u32(count), "record_size": u16(32)}
    return tree + bytes(16) + data + b"\xab\xcd\xefMaxMind.com" + encode(metadata)


if __name__ == "__main__":
    import sys

    with open(sys.argv[1], "wb") as out:
        out.write(build({"198.18.0.0/24": {"autonomous_system_number": u32(64500)},
                         "198.18.1.0/24": {"asn": "AS64501"},
                         "198.18.2.0/24": {"asn": "64502"},
                         "198.18.3.0/24": {"autonomous_system_organization": "Nameless"},
                         "2001:db8::/32": {"autonomous_system_number": u32(4294967295)}},
                        sys.argv[2]))
