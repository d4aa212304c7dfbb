"""mmdb.py - writes small MaxMind DB files (format 2.0) for tests: a search tree over IPv6 with IPv4 below ::/96.

    mmdb.py OUT TYPE             the networks of 198.18.0.0/16 that test_asn.c looks up, as a database of that type
    mmdb.py OUT --shape NAME     entries as a vendor writes them: SHAPES
"""
import ipaddress
import struct


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
    if isinstance(value, bool):
        return control(14, int(value))
    if isinstance(value, float):
        return control(3, 8) + struct.pack(">d", value)
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


ASN = "autonomous_system_number"
ORGANISATION = "autonomous_system_organization"
GOOGLE = {ASN: u32(15169), ORGANISATION: "Google Inc."}
BOXFORD = {"city": {"geoname_id": u32(2655045), "names": {"en": "Boxford", "ru": "Боксфорд"}},
           "continent": {"code": "EU", "names": {"en": "Europe"}},
           "country": {"geoname_id": u32(2635167), "iso_code": "GB", "names": {"en": "United Kingdom"}},
           "location": {"accuracy_radius": u16(100), "latitude": 51.75, "longitude": -1.25,
                        "time_zone": "Europe/London"},
           "postal": {"code": "OX1"},
           "registered_country": {"iso_code": "FR", "names": {"en": "France"}},
           "subdivisions": [{"iso_code": "ENG", "names": {"en": "England"}},
                            {"iso_code": "WBK", "names": {"en": "West Berkshire"}}]}

# name -> (database_type, networks): what MaxMind's own test set, DB-IP Lite and IPinfo have, and entries that lack things
SHAPES = {
    "geolite2-asn": ("GeoLite2-ASN", {
        "1.0.0.0/24": GOOGLE,
        "1.128.0.0/11": {ASN: u32(1221), ORGANISATION: "Telstra Pty Ltd"},
        "12.81.96.0/19": {ASN: u32(7018)},
        "2600:6000::/20": {ASN: u32(237), ORGANISATION: "Merit Network Inc."}}),
    "geolite2-country": ("GeoLite2-Country", {
        "2.125.160.216/29": {k: BOXFORD[k] for k in ("continent", "country", "registered_country")},
        "5.83.124.0/22": {"registered_country": {"iso_code": "DE"}},
        "5.83.128.0/22": {"country": {"iso_code": "Q"}, "continent": {"code": "EU"}}}),
    "geolite2-city": ("GeoLite2-City", {
        "2.125.160.216/29": BOXFORD,
        "2.125.161.0/24": {"country": {"iso_code": "GB"}},
        "2.125.162.0/24": {"location": {"latitude": 1.5}}}),
    "dbip-asn": ("DBIP-ASN-Lite", {"1.0.0.0/24": {ASN: u32(13335), ORGANISATION: "Cloudflare, Inc."}}),
    "dbip-city": ("DBIP-City-Lite", {
        "1.0.0.0/24": {"city": {"names": {"en": "Sydney"}}, "continent": {"code": "OC"},
                       "country": {"iso_code": "AU", "is_in_european_union": False},
                       "location": {"latitude": -33.875, "longitude": 151.25},
                       "subdivisions": [{"names": {"en": "New South Wales"}}]}}),
    "ipinfo-lite": ("ipinfo generic_bundle_lite.mmdb", {
        "1.0.0.0/24": {"asn": "AS13335", "as_name": "Cloudflare, Inc.", "as_domain": "cloudflare.com",
                       "country": "Australia", "country_code": "AU", "continent": "Oceania",
                       "continent_code": "OC"}}),
    "ipinfo-asn": ("ipinfo standard_asn.mmdb", {
        "1.0.0.0/24": {"asn": "AS13335", "name": "Cloudflare, Inc.", "type": "hosting", "country": "AU"},
        "1.0.1.0/24": {"asn": "AS64500", "name": "A Cloud in a Name Only", "type": "isp"}}),
    "anonymous": ("GeoIP2-Anonymous-IP", {
        "1.0.0.0/24": {"is_anonymous": True, "is_hosting_provider": True, "is_tor_exit_node": True},
        "1.0.1.0/24": {"is_anonymous_vpn": True},
        "1.0.2.0/24": {"is_anonymous": False}}),
    "domain": ("GeoIP2-Domain", {"1.0.0.0/24": {"domain": "example.net"}}),
}


def shape(name):
    kind, networks = SHAPES[name]
    return build(networks, kind)


if __name__ == "__main__":
    import sys

    with open(sys.argv[1], "wb") as out:
        out.write(shape(sys.argv[3]) if sys.argv[2] == "--shape" else
                  build({"198.18.0.0/24": {ASN: u32(64500)},
                         "198.18.1.0/24": {"asn": "AS64501"},
                         "198.18.2.0/24": {"asn": "64502"},
                         "198.18.3.0/24": {ORGANISATION: "Nameless"},
                         "2001:db8::/32": {ASN: u32(4294967295)}}, sys.argv[2]))
