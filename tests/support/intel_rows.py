"""intel_rows.py - what the stand-ins of threat intelligence answer (providers.py): a function each of (path behind the name, query, request) -> (key of the answer, the
default answer), as the reference for external systems shows them, with the words that each has for a miss, a wrong question and a missing key.

Half of all things are known: addresses that end in an odd byte, hashes and texts whose last character is odd."""
import ipaddress
import json
import urllib.parse


class Answer(Exception):
    """A status and a body that is not the usual 200 of JSON."""

    def __init__(self, status, body, media="application/json", **headers):
        super().__init__(status)
        self.status, self.media, self.headers = status, media, headers
        self.body = body if isinstance(body, bytes) else json.dumps(body).encode()


def is_known(text):
    try:
        return ipaddress.ip_address(text).packed[-1] % 2 == 1
    except ValueError:
        return ord(text[-1]) % 2 == 1


def form(request):
    if request["method"] != "POST":
        raise Answer(200, {"query_status": "http_post_expected"})
    return {name: values[0] for name, values in urllib.parse.parse_qs(request["body"].decode()).items()}


def abuseipdb(path, query, request):
    address = query["ipAddress"][0]
    if request["headers"].get("accept") != "application/json":
        raise Answer(422, b"<html>unprocessable</html>", "text/html")
    known = is_known(address)
    return address, {"data": {
        "ipAddress": address, "isPublic": True, "ipVersion": ipaddress.ip_address(address).version, "isWhitelisted": None if known else False,
        "abuseConfidenceScore": 100 if known else 0, "countryCode": "NL", "usageType": "Data Center/Web Hosting/Transit", "isp": "Example BV",
        "domain": "example.net", "hostnames": [], "isTor": False, "totalReports": 42 if known else 0, "numDistinctUsers": 18 if known else 0,
        "lastReportedAt": "2026-01-04T20:55:14+00:00" if known else None}}


def greynoise(path, query, request):
    address = path.split("/")[-1]
    if ":" in address or not path.startswith("/v3/community/"):
        raise Answer(400, {"message": "Request is not a valid routable IPv4 address"})
    if not is_known(address):
        raise Answer(404, {"ip": address, "noise": False, "riot": False, "message": "IP not observed scanning the internet or contained in RIOT data set."})
    return address, {"ip": address, "noise": True, "riot": False, "classification": "malicious", "name": "unknown",
                     "link": f"https://viz.greynoise.io/ip/{address}", "last_seen": "2026-01-04", "message": "Success"}


def internetdb(path, query, request):
    address = str(ipaddress.ip_address(path.strip("/")))
    if not is_known(address):
        raise Answer(404, {"detail": "No information available"})
    return address, {"cpes": ["cpe:/a:openbsd:openssh"], "hostnames": ["h.example.net"], "ip": address, "ports": [22, 80], "tags": ["self-signed"],
                     "vulns": ["CVE-2024-6387"]}


def threatfox(path, query, request):
    said = json.loads(request["body"])
    term = said.get("search_term") or said.get("hash")
    if path != "/api/v1/" or said["query"] not in ("search_ioc", "search_hash") or not term:
        raise Answer(200, {"query_status": "illegal_search_term", "data": "The search_term you have provided is not valid"})
    if not is_known(term):
        raise Answer(200, {"query_status": "no_result", "data": "Your search did not yield any results"})
    ioc = f"[{term}]:443" if term.count(":") > 1 and "/" not in term else f"{term}:443" if term.replace(".", "").isdigit() else term
    return term, {"query_status": "ok", "data": [{
        "id": "12", "ioc": ioc, "threat_type": "botnet_cc", "threat_type_desc": "...", "ioc_type": "ip:port", "ioc_type_desc": "...",
        "malware": "win.cobalt_strike", "malware_printable": "Cobalt Strike", "malware_alias": "BEACON", "malware_malpedia": None, "confidence_level": 75,
        "first_seen": "2026-01-01 09:10:23 UTC", "last_seen": None, "reference": None, "reporter": "abuse_ch", "tags": None, "malware_samples": []}]}


def urlhaus(path, query, request):
    said, kind = form(request), path.strip("/").split("/")[1]
    text = said.get({"host": "host", "url": "url"}.get(kind, "sha256_hash"), said.get("md5_hash"))
    if text is None:
        raise Answer(200, {"query_status": "invalid_" + kind})
    if not is_known(text):
        raise Answer(200, {"query_status": "no_results"})
    url = {"id": "165356", "url": f"http://{text}/bins/x.x86", "url_status": "online", "date_added": "2026-01-01 09:55:01 UTC", "threat": "malware_download",
           "reporter": "x", "larted": "true", "takedown_time_seconds": None, "tags": ["mirai"]}
    if kind == "host":
        return text, {"query_status": "ok", "urlhaus_reference": f"https://urlhaus.abuse.ch/host/{text}/", "host": text, "firstseen": "2026-01-01 09:55:01 UTC",
                      "url_count": "11", "blacklists": {"spamhaus_dbl": "not listed", "surbl": "not listed"}, "urls": [url]}
    if kind == "url":
        return text, {**url, "query_status": "ok", "url": text, "payloads": [{"signature": "Mirai"}]}
    return text, {"query_status": "ok", "md5_hash": said.get("md5_hash"), "sha256_hash": said.get("sha256_hash"), "file_type": "elf", "file_size": "68112",
                  "signature": "Mirai", "firstseen": "2026-01-01 09:55:01", "lastseen": None, "url_count": "3", "urls": [url]}


def malwarebazaar(path, query, request):
    said = form(request)
    text = said.get("hash", "")
    name = {32: "md5_hash", 40: "sha1_hash", 64: "sha256_hash"}.get(len(text))
    if said.get("query") != "get_info" or name is None:
        raise Answer(200, {"query_status": "illegal_hash"})
    if not is_known(text):
        raise Answer(200, {"query_status": "hash_not_found"})
    return text, {"query_status": "ok", "data": [{name: text, "first_seen": "2026-01-01 09:55:01", "last_seen": None, "file_name": "x.sh", "file_size": 1234,
                                                  "file_type": "sh", "signature": "Mirai", "tags": ["sh", "mirai"]}]}


def virustotal(path, query, request):
    words = path.strip("/").split("/")
    text = words[-1]
    if not is_known(text):
        raise Answer(404, {"error": {"code": "NotFoundError", "message": f"\"{text}\" not found"}})
    stats = {"harmless": 50, "malicious": 12, "suspicious": 1, "undetected": 10, "timeout": 0}
    if words[2] == "files":
        return text, {"data": {"id": text, "type": "file", "attributes": {
            {32: "md5", 40: "sha1", 64: "sha256"}[len(text)]: text, "size": 1234, "type_description": "ELF", "meaningful_name": "x.x86", "last_analysis_stats": stats,
            "popular_threat_classification": {"suggested_threat_label": "trojan.mirai"}, "first_submission_date": 1767225600}}}
    return text, {"data": {"id": text, "type": "ip_address", "links": {"self": "..."}, "attributes": {
        "last_analysis_stats": stats, "last_analysis_date": 1767571200, "reputation": -5, "asn": 64500, "as_owner": "Example", "country": "NL",
        "network": "198.51.100.0/24", "tags": [], "total_votes": {"harmless": 0, "malicious": 3}}}}


def otx(path, query, request):
    words = path.strip("/").split("/")
    if words[2:3] != ["indicators"] or words[-1] != "general":
        raise Answer(404, {"detail": "endpoint not found"})
    kind, text = words[3], words[4]
    count = 2 if is_known(text) else 0
    return text, {"whois": "...", "reputation": 0, "indicator": text, "type": kind, "type_title": kind, "base_indicator": {}, "false_positive": [], "validation": [],
                  "pulse_info": {"count": count, "pulses": [{"id": "1", "name": "Honeypot data", "tags": ["ssh"], "adversary": "", "TLP": "white"}][:count],
                                 "references": [], "related": {}},
                  "asn": "AS64500 Example", "country_code": "NL", "sections": ["general"]}


def misp(path, query, request):
    said = json.loads(request["body"])
    if path != "/attributes/restSearch" or request["method"] != "POST" or "enforceWarninglist" not in said:
        raise Answer(404, {"name": "Not Found", "message": "Not Found", "url": path})
    text = said["value"][0]
    # one that ends in "3" is in so many events that they come in pages: one page more than half of it
    rows = 0 if not is_known(text) else said["limit"] * 3 // 2 if text.endswith("3") else 1
    first = (said["page"] - 1) * said["limit"]
    attributes = [{"id": str(i), "event_id": "12", "category": "Network activity", "type": said["type"][0], "to_ids": True, "uuid": "...", "timestamp": "1767571200",
                   "distribution": "3", "value": text, "comment": "", "Event": {"id": "12", "info": "SSH campaign", "uuid": "...", "org_id": "1"},
                   "Tag": [{"name": "tlp:amber"}]} for i in range(rows)]
    return f"{text} {said['page']}", {"response": {"Attribute": attributes[first:first + said["limit"]]}}


# name -> (answer function, header with the key)
ROWS = {"abuseipdb": (abuseipdb, "Key"), "greynoise": (greynoise, "key"), "internetdb": (internetdb, None), "threatfox": (threatfox, "Auth-Key"),
        "urlhaus": (urlhaus, "Auth-Key"), "malwarebazaar": (malwarebazaar, "Auth-Key"), "virustotal": (virustotal, "x-apikey"), "otx": (otx, "X-OTX-API-KEY"),
        "misp": (misp, "Authorization")}
