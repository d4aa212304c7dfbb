#!/usr/bin/env python3
"""providers.py - stand-ins of the providers that are asked over the network: HTTP for all of them, DNS (UDP and TCP) and whois for Team Cymru. They answer as the
reference for external systems says, and show every fault it lists.

As a program: `providers.py FOLDER` prints one line of JSON with the ports, serves on 127.0.0.1 and ends when its standard input does.
As a module:

    with providers.Providers(folder) as p:
        env["COORD_PROVIDERS"] = "isc,cymru"
        env["COORD_PROVIDERS_FILE"] = p.file           # URLs and keys of all of them
        p.fault("isc", "status:500", "hang")            # the next two requests; the third is answered again
        p.answer("isc", "45.9.20.7", {"ip": {...}})      # instead of the default answer; of DNS by name: a list of texts
        p.requests("isc")                               # everything that came, in order

Over HTTP the same: POST /control/NAME {"faults": [...], "answers": {key: body}, "forget": true}, GET /requests/NAME, GET /count/NAME, GET /file.

Faults of HTTP: status:N, retry:seconds:N, retry:date:N, hang, close, dribble, chunked, gzip, bomb, html, xml, truncated, twice, large, utf8, garbage, slow:SECONDS.
Faults of DNS: nxdomain, servfail, refused, silence, truncate, wrong_id, wrong_question, loop, garbage, empty. Of whois: hang, close, no_banner, missing, large.

A provider is a row of ROWS: name -> Row(answer function, key header). A new one is a function and a row; see isc() for the smallest. Those of
threat intelligence are in intel_rows.py."""
import collections
import gzip
import ipaddress
import json
import os
import socket
import struct
import sys
import threading
import time
import urllib.parse

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import intel_rows  # noqa: E402
import standin  # noqa: E402
from intel_rows import Answer, is_known  # noqa: E402

Row = collections.namedtuple("Row", "answer key_header", defaults=(None,))
KEY = "key-of-the-tests-0123456789"


def network_of(address):
    """What every stand-in says of an address: its /24 (/48), an AS made of its first byte, a country. 45.9.99.0/24 is not announced."""
    address = ipaddress.ip_address(address)
    prefix = ipaddress.ip_network((address, 24 if address.version == 4 else 48), strict=False)
    if str(prefix) == "45.9.99.0/24":
        return None
    return {"prefix": str(prefix), "asn": 3000 + address.packed[0], "country": "NL", "name": f"EXAMPLE-{address.packed[0]}, NL"}


# --- rows: a function of (path behind the name, query, request) -> (key of the answer, the default answer); the answer is JSON, text or an Answer -----------------


def isc(path, query, request):
    agent = request["headers"].get("user-agent", "")
    if agent.split("/")[0] in ("", "curl", "libcurl", "python-requests", "Python-urllib"):
        raise Answer(403, b"<html>blocked</html>", "text/html")
    address = path.split("/")[-1]
    if "json" not in query:
        raise Answer(200, f"<?xml version=\"1.0\"?><ip><number>{address}</number></ip>".encode(), "text/xml; charset=UTF-8")
    network = network_of(address) or {"asn": None, "name": None, "country": None, "prefix": None}
    base = {"number": address, "comment": None, "maxrisk": None, "asabusecontact": None, "as": network["asn"], "asname": network["name"],
            "ascountry": network["country"], "assize": 256, "network": network["prefix"], "weblogs": None}
    if is_known(address):
        padded = ".".join(part.zfill(3) for part in address.split(".")) if "." in address else address
        base.update(number=padded, count="4213", attacks=311, maxdate="2026-01-04", mindate="2025-12-20", updated="2026-01-05 03:15:59",
                    threatfeeds={"blocklistde22": {"lastseen": "2026-01-04", "firstseen": "2025-12-20"}})
        base["as"] = str(base["as"])
    else:
        base.update(count=None, attacks=None, maxdate=None, mindate=None, updated=None, threatfeeds=None)
    return address, {"ip": base}


def ripestat(path, query, request):
    call, resource = path.strip("/").split("/")[1], query.get("resource", [""])[0]
    if "sourceapp" not in query or "callback" in query:
        raise Answer(400, json.dumps({"status": "error", "status_code": 400, "messages": [["error", "sourceapp is missing"]], "data": {}}).encode())
    try:
        data = {"network-info": ripestat_network, "routing-history": ripestat_history, "prefix-overview": ripestat_prefix,
                "as-overview": lambda r: {"resource": r.removeprefix("AS"), "type": "as", "holder": "EXAMPLE", "announced": True},
                "rpki-validation": lambda r: {"status": "valid", "validating_roas": [], "validator": "routinator", "prefix": query["prefix"][0]},
                "abuse-contact-finder": lambda r: {"abuse_contacts": ["abuse@example.net"], "authoritative_rir": "ripe"}}[call](resource)
    except (ValueError, KeyError):
        message = f"{resource} is of unsupported type. It should be one of: IP address."
        raise Answer(400, json.dumps({"status": "error", "status_code": 400, "messages": [["error", message]], "data": {}}).encode()) from None
    key = f"{call} {resource}" + (f" {query['prefix'][0]}" if "prefix" in query else "")
    return key, {"messages": [["info", "Results exclude routes with very low visibility."]], "see_also": [], "version": "1.1", "data_call_name": call,
                 "data_call_status": "supported", "cached": False, "data": data, "status": "ok", "status_code": 200, "time": "2026-01-05T15:31:09.830045"}


def ripestat_network(resource):
    network = network_of(resource)
    return {"asns": [str(network["asn"])], "prefix": network["prefix"]} if network else {"asns": [], "prefix": ""}


def ripestat_prefix(resource):
    network = network_of(resource.split("/")[0])
    if not network:
        return {"announced": False, "asns": [], "resource": resource}
    return {"announced": True, "resource": resource, "asns": [{"asn": network["asn"], "holder": network["name"]}], "is_less_specific": False}


def ripestat_history(resource):
    network = network_of(resource.split("/")[0])
    stays = [{"starttime": "2020-01-01T00:00:00", "endtime": "2099-01-01T00:00:00", "full_peers_seeing": 300.5}]
    return {"by_origin": [{"origin": str(network["asn"]), "prefixes": [{"prefix": resource, "timelines": stays}]}]}


ROWS = {"isc": Row(isc), "ripestat": Row(ripestat), **{name: Row(*row) for name, row in intel_rows.ROWS.items()}}


# --- HTTP ------------------------------------------------------------------------------------------------------------------------------------------------------


class Http(standin.Connection):
    def serve(self):
        request = self.read_request()
        url = urllib.parse.urlsplit(request["path"])
        words = url.path.strip("/").split("/")
        if hasattr(self, "serve_" + words[0]):
            getattr(self, "serve_" + words[0])(request, words[1:])
            return
        name, row = words[0], ROWS.get(words[0])
        self.server.record(name, {"transport": "http", **request, "body": request["body"].decode("latin-1")})
        if row is None:
            self.answer(404, b"no such provider")
            return
        self.give(name, row, url, request)

    def give(self, name, row, url, request):
        fault = self.server.next_fault(name).split(":")
        if hasattr(self, "fault_" + fault[0]):
            if not getattr(self, "fault_" + fault[0])(*fault[1:]):
                return
        if row.key_header and request["headers"].get(row.key_header.lower(), "").split(" ")[-1] != KEY:
            self.answer(401, b'{"error":"Unauthorized"}')
            return
        query = urllib.parse.parse_qs(url.query, keep_blank_values=True)
        path = urllib.parse.unquote(url.path[len(name) + 1:])
        try:
            key, body = row.answer(path, query, request)
        except Answer as a:
            self.answer(a.status, a.body, a.media, **a.headers)
            return
        except (ValueError, KeyError, IndexError):
            self.answer(400, b'{"error":"bad request"}')
            return
        body = self.server.answers[name].get(key, body)
        self.wrap(fault[0], body if isinstance(body, bytes) else body.encode() if isinstance(body, str) else json.dumps(body).encode())

    def wrap(self, fault, body):
        """Faults that need the answer."""
        if fault == "chunked":
            self.send(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n")
            for piece in (body[:7], body[7:]):
                self.send(b"%x\r\n%s\r\n" % (len(piece), piece))
            self.send(b"0\r\n\r\n")
        elif fault == "gzip":
            self.answer(200, gzip.compress(body), Content_Encoding="gzip")
        elif fault == "close":
            self.send(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body[:len(body) // 2]))
        elif fault == "truncated":
            self.answer(200, body[:len(body) // 2])
        elif fault == "twice":
            self.answer(200, b'{"zz":1,"zz":{"zz":[]},' + body[1:])
        elif fault == "utf8":
            self.answer(200, body[:-1] + b',"name":"\xff\xfe"}')
        else:
            self.answer(200, body)

    # a fault that returns True goes on to the answer
    def fault_status(self, status):
        self.answer(int(status), json.dumps({"status": int(status)}).encode())

    def fault_retry(self, form, seconds):
        self.answer(429, b'{"detail":"Rate limit exceeded"}', Retry_After=standin.http_date(int(seconds)) if form == "date" else seconds)

    def fault_hang(self):
        self.do_hang(None, None)

    def fault_dribble(self):
        self.do_dribble(None, None)

    def fault_bomb(self):
        self.do_bomb(None, None)

    def fault_html(self):
        self.do_html(None, None)

    def fault_xml(self):
        self.answer(200, b"<?xml version=\"1.0\"?><ip/>", "text/xml")

    def fault_large(self):
        self.do_large(None, None)

    def fault_garbage(self):
        self.do_garbage(None, None)

    def fault_slow(self, seconds):
        time.sleep(float(seconds))
        return True

    # what the tests say and ask
    def serve_control(self, request, words):
        said = json.loads(request["body"])
        if said.get("forget"):
            self.server.forget(words[0])
        self.server.fault(words[0], *said.get("faults", []))
        for key, body in said.get("answers", {}).items():
            self.server.answer(words[0], key, body)
        self.answer(200)

    def serve_requests(self, request, words):
        self.answer(200, json.dumps(self.server.requests(words[0] if words else None)).encode())

    def serve_count(self, request, words):
        self.answer(200, str(len(self.server.requests(words[0]))).encode())

    def serve_file(self, request, words):
        self.answer(200, json.dumps(self.server.settings()).encode())


# --- DNS -------------------------------------------------------------------------------------------------------------------------------------------------------


def cymru_texts(name):
    """The TXT records of a name of asn.cymru.com, each a list of strings; None: NXDOMAIN."""
    if not name.endswith(".asn.cymru.com"):
        return None
    labels = name[: -len(".asn.cymru.com")].split(".")
    if labels[-1].upper().startswith("AS") and len(labels) == 1:
        number = labels[0][2:]
        return [[f"{number} | NL | ripencc | 2002-01-04 | EXAMPLE-{number} - Example, Inc., NL"]]
    if labels[-1] == "origin6":
        nibbles = "".join(reversed(labels[:-1])).ljust(32, "0")
        address = ipaddress.IPv6Address(int(nibbles, 16))
    else:
        parts = list(reversed(labels[:-1]))
        address = ipaddress.IPv4Address(".".join((parts + ["0"] * 4)[:4]))
    network = network_of(address)
    if network is None:
        return None
    wide = ipaddress.ip_network((address, 16 if address.version == 4 else 32), strict=False)
    number = "174 701 1239" if labels[-1] == "peer" else network["asn"]
    text = f"{number} | {network['prefix']} | NL | ripencc | 1998-09-25"
    # several records are several covering prefixes; a record may come in several strings
    return [[f"64999 | {wide} | NL | ripencc | "], [text[:9], text[9:]]]


class Dns:
    def __init__(self, server):
        self.server = server
        while not self.bind():
            pass

    def bind(self):
        """One port of both kinds: somebody may have the one of the other kind."""
        self.tcp = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = self.tcp.getsockname()[1]
        self.udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        try:
            self.udp.bind(("127.0.0.1", self.port))
        except OSError:
            self.tcp.close()
            self.udp.close()
            return False
        return True

    def start(self):
        for run in (self.run_udp, self.run_tcp):
            threading.Thread(target=run, daemon=True).start()

    def close(self):
        self.tcp.close()
        self.udp.close()

    def run_udp(self):
        while True:
            try:
                query, peer = self.udp.recvfrom(4096)
            except OSError:
                return
            answer = self.reply(query, False)
            if answer is not None:
                self.udp.sendto(answer, peer)

    def run_tcp(self):
        while True:
            try:
                sock, _ = self.tcp.accept()
            except OSError:
                return
            threading.Thread(target=self.serve_tcp, args=(sock,), daemon=True).start()

    def serve_tcp(self, sock):
        with sock:
            head = sock.recv(2, socket.MSG_WAITALL)
            if len(head) == 2:
                query = sock.recv(struct.unpack(">H", head)[0], socket.MSG_WAITALL)
                answer = self.reply(query, True)
                if answer is not None:
                    sock.sendall(struct.pack(">H", len(answer)) + answer)

    @staticmethod
    def question(query):
        at, labels = 12, []
        while query[at]:
            labels.append(query[at + 1:at + 1 + query[at]].decode("latin-1"))
            at += 1 + query[at]
        return ".".join(labels), query[12:at + 5]

    def reply(self, query, over_tcp):
        name, question = self.question(query)
        self.server.record("cymru", {"transport": "tcp" if over_tcp else "udp", "path": name, "method": "TXT", "headers": {}, "body": ""})
        # an answer that was cut is asked for again: the fault goes on for that one
        fault = "" if over_tcp else self.server.next_fault("cymru")
        texts = self.server.answers["cymru"].get(name, cymru_texts(name))
        texts = None if texts is None else [[t] if isinstance(t, str) else t for t in texts]
        ident = query[:2]
        if fault == "silence":
            return None
        if fault == "garbage":
            return ident + b"\x81\x80" + os.urandom(3)
        if fault == "truncate":
            return ident + struct.pack(">HHHHH", 0x8380, 1, 0, 0, 0) + question
        if fault == "wrong_id":
            ident = bytes([ident[0] ^ 0xff, ident[1]])
        if fault == "wrong_question":
            question = b"\x05wrong" + question[-5:]
        code = {"servfail": 2, "nxdomain": 3, "refused": 5}.get(fault, 0)
        if code == 0 and texts is None:
            code = 3
        records = [] if code or fault == "empty" else texts
        head = ident + struct.pack(">HHHHH", 0x8180 | code, 1, len(records), 0, 0)
        body = b""
        for strings in records:
            data = b"".join(bytes([len(s.encode())]) + s.encode() for s in strings)
            # a pointer to the question's name; the fault's points to itself
            owner = struct.pack(">H", 0xc000 | (len(head + question + body) if fault == "loop" else 12))
            body += owner + struct.pack(">HHIH", 16, 1, 300, len(data)) + data
        return head + question + body


# --- whois -----------------------------------------------------------------------------------------------------------------------------------------------------


class Whois:
    def __init__(self, server):
        self.server = server
        self.tcp = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = self.tcp.getsockname()[1]

    def start(self):
        threading.Thread(target=self.run, daemon=True).start()

    def close(self):
        self.tcp.close()

    def run(self):
        while True:
            try:
                sock, _ = self.tcp.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(sock,), daemon=True).start()

    def serve(self, sock):
        said = b""
        with sock:
            while b"end\n" not in said:
                piece = sock.recv(65536)
                if not piece:
                    return
                said += piece
            self.server.record("cymru-whois", {"transport": "whois", "path": "", "method": "", "headers": {}, "body": said.decode("latin-1")})
            fault = self.server.next_fault("cymru-whois")
            if fault == "hang":
                while sock.recv(65536):
                    pass
                return
            text = "" if fault == "no_banner" else "Bulk mode; whois.cymru.com [2026-01-05 04:40:56 +0000]\n"
            for line in [] if fault == "missing" else said.decode().split("\n")[2:-2]:
                network = network_of(line)
                text += (f"{network['asn']:<7} | {line:<16} | {network['prefix']:<19} | NL | ripencc  | 1998-09-25 | {network['name']}\n" if network
                         else f"NA      | {line:<16} | NA                  | NA | other    |            | NA\n")
            if fault == "close":
                text = text[:60]
            if fault == "large":
                text += "x" * (10 << 20)
            try:
                sock.sendall(text.encode())
            except OSError:
                pass


# --- all of them -------------------------------------------------------------------------------------------------------------------------------------------------


class Providers:
    def __init__(self, folder=None):
        self.lock = threading.Lock()
        self.recorded, self.faults, self.answers = [], collections.defaultdict(list), collections.defaultdict(dict)
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.http = self.listener.getsockname()[1]
        self.dns, self.whois = Dns(self), Whois(self)
        standin.bomb()  # not while somebody waits
        self.file = None
        if folder is not None:
            self.file = os.path.join(folder, "providers.json")
            with open(self.file, "w", encoding="utf-8") as f:
                json.dump(self.settings(), f, indent=1)

    def settings(self, **more):
        """What COORD_PROVIDERS_FILE says: where the stand-ins are, their keys, quick rates."""
        rows = {name: {"url": f"http://127.0.0.1:{self.http}/{name}", "per_second": 1000, **({"key": KEY} if row.key_header else {})} for name, row in ROWS.items()}
        rows["cymru"] = {"url": f"dns://127.0.0.1:{self.dns.port}", "per_second": 1000}
        rows["cymru-whois"] = {"url": f"whois://127.0.0.1:{self.whois.port}", "per_second": 1000}
        return {name: {**row, **more} for name, row in rows.items()}

    def __enter__(self):
        self.dns.start()
        self.whois.start()
        threading.Thread(target=self.run, daemon=True).start()
        return self

    def __exit__(self, *_):
        for server in (self.listener, self.dns, self.whois):
            server.close()

    def run(self):
        while True:
            try:
                sock, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(sock,), daemon=True).start()

    def serve(self, sock):
        try:
            with sock:
                Http(self, sock).serve()
        except (OSError, standin.Gone, ValueError):
            pass

    def record(self, provider, request):
        with self.lock:
            self.recorded.append({"provider": provider, "time": time.time(), **request})

    def requests(self, provider=None):
        with self.lock:
            return [r for r in self.recorded if provider is None or r["provider"] == provider]

    def forget(self, provider=None):
        """What was recorded, and what was to be answered instead."""
        with self.lock:
            for name in [provider] if provider is not None else list(self.answers):
                self.answers[name] = {}
            self.recorded = [r for r in self.recorded if provider is not None and r["provider"] != provider]

    def fault(self, provider, *faults):
        """Of the next requests, one each; "*FAULT" for all from now on, "" for none."""
        with self.lock:
            self.faults[provider] = list(faults)

    def next_fault(self, provider):
        with self.lock:
            queue = self.faults[provider]
            if queue and queue[0].startswith("*"):
                return queue[0][1:]
            return queue.pop(0) if queue else ""

    def answer(self, provider, key, body):
        with self.lock:
            self.answers[provider][key] = body


if __name__ == "__main__":
    with Providers() as providers:
        # "https" and "ca" are what tests/support/standin.c reads behind "http"
        print(json.dumps({"http": providers.http, "https": providers.dns.port, "ca": str(providers.whois.port)}), flush=True)
        sys.stdin.read()
