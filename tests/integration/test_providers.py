#!/usr/bin/env python3
"""Every provider of threat intelligence through the whole client layer, by `coord tools ask` against stand-ins: hits, misses and each fault; what is sent, and what is not."""
import concurrent.futures
import contextlib
import json
import os
import sqlite3
import sys
import unittest

from support import DONE, FAILED, USAGE, Case, coord, environment

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../support"))
import providers  # noqa: E402

ADDRESS, OTHER = "45.9.20.7", "45.9.20.8"  # known, not known
HASH = "a" * 63
# name -> (known, not known, a fact of the hit, the label of an address)
TABLE = {
    "abuseipdb": (ADDRESS, OTHER, ("score", 1), "abuseipdb:high"),
    "greynoise": (ADDRESS, OTHER, ("class", "malicious"), "greynoise:malicious"),
    "internetdb": (ADDRESS, OTHER, ("port", 22), None),
    "threatfox": (ADDRESS, OTHER, ("malware", "Cobalt Strike"), "threatfox:botnet_cc"),
    "urlhaus": (ADDRESS, OTHER, ("count", 11), None),
    "malwarebazaar": (HASH + "1", HASH + "2", ("malware", "Mirai"), None),
    "virustotal": (ADDRESS, OTHER, ("reports", 12), "virustotal:malicious"),
    "otx": (ADDRESS, OTHER, ("count", 2), "otx:pulses"),
    "misp": (ADDRESS, OTHER, ("count", 1), "misp:to_ids"),
}
KEYLESS = ("internetdb",)
# what is wrong with the answer -> outcome, requests sent
FAULTS = {
    "*status:401": ("auth_failed", 1), "*status:403": ("auth_failed", 1), "*retry:seconds:120": ("rate_limited", 1), "*retry:date:120": ("rate_limited", 1),
    "*status:400": ("bad_request", 1), "*html": ("bad_payload", 1), "*xml": ("bad_payload", 1), "*truncated": ("bad_payload", 1), "*large": ("bad_payload", 1),
    "*bomb": ("bad_payload", 1), "*utf8": ("bad_payload", 1), "*status:500": ("unavailable", 3), "*close": ("unavailable", 3),
}
# bodies of another shape
SHAPES = ([], {}, None, 7, "ok", {"data": "text", "query_status": "ok", "ip": [ADDRESS], "response": []}, {"query_status": 7, "data": [[]], "response": {"Attribute": "x"}})


class Asking(Case):
    def setUp(self):
        super().setUp()
        self.standins = self.enterContext(providers.Providers(self.folder))
        with open(self.standins.file, "w", encoding="utf-8") as f:
            json.dump(self.standins.settings(deadline=60), f)  # nobody hangs here: what is slow is this machine

    def ask(self, provider, key, state, *args, named=None):
        env = environment(COORD_STATE_DIR=self.path(state), COORD_PROVIDERS=provider if named is None else named, COORD_PROVIDERS_FILE=self.standins.file,
                          COORD_CONTACT="soc@example.net", COORD_OWN_PREFIXES="45.10.0.0/16")
        return coord("tools", "ask", provider, key, "-f", "json", *args, env=env)

    def answers(self, result, status):
        self.assertEqual(result.returncode, status, result.stderr.decode())
        self.assertNotIn(providers.KEY.encode(), result.stdout + result.stderr)
        return json.loads(result.stdout)

    def each(self, check):
        """Providers side by side: they have nothing in common but the stand-ins."""
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            for done in [pool.submit(check, name) for name in TABLE]:
                done.result()


class Outcomes(Asking):
    def test_a_hit_is_kept(self):
        self.each(self.check_hit)

    def check_hit(self, name):
        known, _, (fact, value), label = TABLE[name]
        said = self.answers(self.ask(name, known, "hit-" + name), DONE)
        answer = said["answers"][0]
        self.assertEqual((answer["outcome"], answer["cached"], answer["tries"]), ("hit", False, 1), name)
        facts = [(f["name"], f.get("text", f.get("number", f.get("real")))) for f in answer["facts"]]
        self.assertIn((fact, value), facts)
        for f in answer["facts"]:  # strangers' words are marked
            self.assertEqual(f.get("untrusted", False), f["name"] in ("tag", "name", "malware", "hostname", "as_name", "class", "reference", "country", "type",
                                                                      "vulnerability", "feed"), f)
        if label is not None:
            self.assertIn({"label": label, "benign": False}, said["labels"])
        again = self.answers(self.ask(name, known, "hit-" + name), DONE)
        self.assertTrue(all(a["cached"] and a["tries"] == 0 for a in again["answers"]), name)
        self.assertEqual([a["facts"] for a in again["answers"]], [a["facts"] for a in said["answers"]])
        self.assertEqual(len(self.standins.requests(name)), len(said["answers"]))
        self.check_sent(name)
        self.check_kept(name, "hit-" + name)

    def check_sent(self, name):
        """The key in its header and nowhere else."""
        header = providers.ROWS[name].key_header
        for request in self.standins.requests(name):
            self.assertNotIn(providers.KEY, request["path"] + request["body"])
            carriers = [h for h, v in request["headers"].items() if providers.KEY in v]
            self.assertEqual(carriers, [] if header is None else [header.lower()], name)
            self.assertIn("soc@example.net", request["headers"]["user-agent"])

    def check_kept(self, name, state):
        with contextlib.closing(sqlite3.connect(self.path(state + "/coord.db"))) as db:
            rows = db.execute("SELECT subject, outcome, actor FROM audit WHERE action = 'tool.lookup'").fetchall()
        self.assertIn("hit", [row[1] for row in rows])
        self.assertTrue(all(row[0].startswith(name + "/") and row[2] == "cli" for row in rows), rows)
        for kept in os.listdir(self.path(state)):
            with open(self.path(f"{state}/{kept}"), "rb") as f:
                self.assertNotIn(providers.KEY.encode(), f.read())

    def test_a_miss_is_an_answer(self):
        self.each(self.check_miss)

    def check_miss(self, name):
        for _ in range(2):
            said = self.answers(self.ask(name, TABLE[name][1], "miss-" + name), DONE)
            self.assertEqual({a["outcome"] for a in said["answers"]}, {"miss"}, name)
            self.assertEqual(said["labels"], [])
        self.assertEqual(len(self.standins.requests(name)), len(said["answers"]), "a miss is kept too")

    def test_faults(self):
        self.each(self.check_faults)

    def check_faults(self, name):
        for number, (fault, (outcome, requests)) in enumerate(FAULTS.items()):
            if name in KEYLESS and outcome == "auth_failed":
                outcome, requests = "unavailable", 3
            before = len(self.standins.requests(name))
            self.standins.fault(name, fault)
            said = self.answers(self.ask(name, TABLE[name][0], f"fault-{name}-{number}"), FAILED)
            answer = said["answers"][0]
            self.assertEqual(answer["outcome"], outcome, (name, fault, answer))
            self.assertEqual(answer["facts"], [])
            self.assertEqual(len(self.standins.requests(name)) - before, requests, (name, fault))
            self.assertTrue(answer["why"])
            if outcome == "rate_limited":
                self.assertGreater(answer["until_us"], answer["fetched_us"])
        self.standins.fault(name)

    def test_other_shapes(self):
        self.each(self.check_shapes)

    def check_shapes(self, name):
        known = TABLE[name][0]
        for number, shape in enumerate(SHAPES):
            self.standins.answer(name, f"{known} 1" if name == "misp" else known, json.dumps(shape))
            said = self.answers(self.ask(name, known, f"shape-{name}-{number}"), DONE if name == "misp" and number == 5 else FAILED)
            if name == "misp" and number == 5:
                self.assertEqual(said["answers"][0]["outcome"], "miss")  # "response": [] is nothing found
            else:
                self.assertEqual(said["answers"][0]["outcome"], "bad_payload", (name, shape))

    def test_one_failure_is_tried_again(self):
        self.standins.fault("abuseipdb", "status:503", "")
        answer = self.answers(self.ask("abuseipdb", ADDRESS, "again"), DONE)["answers"][0]
        self.assertEqual((answer["outcome"], answer["tries"]), ("hit", 2))

    def test_pages(self):
        said = self.answers(self.ask("misp", "45.9.20.3", "pages"), DONE)
        self.assertEqual([f["number"] for f in said["answers"][0]["facts"] if f["name"] == "count"], [150])
        self.assertEqual([json.loads(r["body"])["page"] for r in self.standins.requests("misp")], [1, 2])
        self.assertEqual(said["answers"][0]["tries"], 2)
        self.standins.fault("misp", "", "*status:500")
        said = self.answers(self.ask("misp", "45.9.20.3", "pages-2"), DONE)
        self.assertEqual([f["number"] for f in said["answers"][0]["facts"] if f["name"] == "count"], [100], "what there is")


class Kinds(Asking):
    def test_each_kind_goes_to_its_calls(self):
        url = "http://45.9.20.7/bins/x.x86s"
        for name, key, paths in (("urlhaus", url, ["/v1/url/"]), ("urlhaus", "evil.example.orgs", ["/v1/host/"]),
                                 ("urlhaus", HASH + "1", ["/v1/payload/"]), ("virustotal", HASH + "1", ["/api/v3/files/" + HASH + "1"]),
                                 ("otx", "evil.example.orgs", ["/api/v1/indicators/domain/evil.example.orgs/general"]),
                                 ("threatfox", HASH.upper() + "1", ["/api/v1/"]), ("misp", url, ["/attributes/restSearch"])):
            self.standins.forget(name)
            said = self.answers(self.ask(name, key, "kinds"), DONE)
            self.assertEqual([a["outcome"] for a in said["answers"]], ["hit"] * len(paths), (name, key))
            self.assertEqual([r["path"].removeprefix("/" + name) for r in self.standins.requests(name)], paths)
            self.assertEqual(said["labels"], [], "only addresses are labelled")

    def test_what_must_not_leave(self):
        for key in ("10.0.0.1", "127.0.0.1", "192.0.2.1", "100.64.0.1", "169.254.169.254", "224.0.0.1", "fe80::1", "45.10.3.4",  # the last one the site's own
                    "http://user:hunter2@evil.example.com/x", "http://evil.example.com/x?password=hunter2", "http://10.0.0.1/x", "printer.local"):
            said = self.ask("misp", key, "gate")
            self.assertIn(said.returncode, (FAILED, USAGE), key)
            if said.returncode == FAILED:
                self.assertEqual({a["outcome"] for a in json.loads(said.stdout)["answers"]}, {"refused"}, key)
        self.assertEqual(self.standins.requests(), [])

    def test_who_is_not_named_is_not_asked(self):
        said = self.ask("misp", ADDRESS, "off", named="isc")
        self.assertEqual(said.returncode, USAGE)
        self.assertIn(b"not named in COORD_PROVIDERS", said.stderr)
        for name, key, words in (("nobody", ADDRESS, b"there is no provider"), ("abuseipdb", HASH + "1", b"is not asked about hash"),
                                 ("misp", "!", b"expected an address")):
            said = self.ask(name, key, "off", named="misp,abuseipdb")
            self.assertEqual(said.returncode, USAGE)
            self.assertIn(words, said.stderr)
        self.assertEqual(self.standins.requests(), [])


class Table(Asking):
    def providers(self, *args, **settings):
        env = environment(COORD_STATE_DIR=self.path("table"), COORD_PROVIDERS_FILE=self.standins.file, COORD_OWN_PREFIXES="45.10.0.0/16", **settings)
        return self.status(DONE, coord("tools", "providers", *args, env=env)).stdout

    def test_states(self):
        rows = {r["name"]: r for r in json.loads(self.providers("-f", "json"))}
        self.assertTrue({*TABLE, "cymru", "cymru-whois", "ripestat", "isc"} <= set(rows))
        self.assertTrue(all(r["state"] == "off" and not r["named"] for r in rows.values()))
        self.assertEqual((rows["greynoise"]["per_week"], rows["abuseipdb"]["per_day"], rows["virustotal"]["per_day"]), (45, 900, 450))
        self.assertEqual([r["label"] for r in rows["virustotal"]["labels"]], ["virustotal:malicious"])
        with open(self.path("keyless.json"), "w", encoding="utf-8") as f:
            settings = self.standins.settings()
            del settings["otx"]["key"]
            settings["abuseipdb"]["per_day"] = 1
            json.dump(settings, f)
        self.standins.file = self.path("keyless.json")
        self.ask("abuseipdb", ADDRESS, "table")
        self.standins.fault("greynoise", "*retry:seconds:600")
        self.ask("greynoise", ADDRESS, "table")
        text = self.providers("-f", "json", COORD_PROVIDERS="otx,abuseipdb,greynoise,internetdb")
        rows = {r["name"]: r for r in json.loads(text)}
        self.assertEqual([rows[n]["state"] for n in ("otx", "abuseipdb", "greynoise", "internetdb", "isc")], ["no key", "spent", "resting", "ready", "off"])
        self.assertEqual((rows["abuseipdb"]["used_today"], rows["greynoise"]["used_this_week"]), (1, 1))
        self.assertNotIn(providers.KEY.encode(), text)
        table = self.providers(COORD_PROVIDERS="otx,abuseipdb,greynoise,internetdb").decode()
        self.assertEqual(len(table.splitlines()), 1 + len(rows))
        self.assertRegex(table, r"(?m)^abuseipdb .* spent until 20")

    def test_documents_have_every_provider_and_label(self):
        with open(os.path.join(os.environ.get("COORD_SOURCE", "."), "docs/tools.md"), encoding="utf-8") as f:
            page = f.read()
        for row in json.loads(self.providers("-f", "json")):
            self.assertIn(f"| `{row['name']}` |", page)
            for rule in row["labels"]:
                self.assertIn(f"| `{rule['label']}` | {rule['when']} |", page)


if __name__ == "__main__":
    unittest.main()
