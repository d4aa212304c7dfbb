#!/usr/bin/env python3
"""openapi.json against the running server: every rule it states for a field holds at its borders, every path answers, and
two tools from elsewhere agree: Redocly's linter, and Schemathesis, which makes requests out of it. The tools are fetched
from their registries into the build folder; without a network those tests are skipped."""
import json
import os
import shutil
import subprocess
import sys
import unittest

from serving import Server, new_folder, session
from support import BUILD, SOURCE, environment

DOCUMENT = os.path.join(SOURCE, "src/api/openapi.json")
FETCH_S = 240


def load():
    with open(DOCUMENT, encoding="utf-8") as f:
        return json.load(f)


def fetched(test, marker, *commands):
    """Runs the commands that fetch a tool, once a build folder."""
    folder = os.path.join(BUILD, "tools")
    if os.path.exists(os.path.join(folder, marker)):
        return folder
    os.makedirs(folder, exist_ok=True)
    for command in commands:
        try:
            done = subprocess.run(command, cwd=folder, capture_output=True, timeout=FETCH_S, check=False)
        except (OSError, subprocess.TimeoutExpired) as e:
            test.skipTest(f"cannot be fetched here: {e}")
        if done.returncode != 0:
            test.skipTest("cannot be fetched here: " + done.stderr.decode(errors="replace").strip()[-200:])
    return folder


class Document(unittest.TestCase):
    def test_redocly_finds_nothing(self):
        if shutil.which("npm") is None:
            self.skipTest("npm is not installed")
        folder = fetched(self, "node_modules/.bin/redocly",
                         ["npm", "install", "--no-audit", "--no-fund", "--silent", "--prefix", ".", "@redocly/cli@2"])
        done = subprocess.run([os.path.join(folder, "node_modules/.bin/redocly"), "lint", "--format=json", DOCUMENT],
                              cwd=folder, capture_output=True, timeout=FETCH_S, check=False,
                              env=environment(REDOCLY_TELEMETRY="off", HOME=folder,
                                              REDOCLY_SUPPRESS_UPDATE_NOTICE="true"))
        self.assertEqual(0, done.returncode, done.stdout.decode()[-3000:] + done.stderr.decode()[-3000:])
        self.assertEqual([], json.loads(done.stdout)["problems"])

    def test_every_reference_leads_somewhere_and_every_part_is_used(self):
        document, used = load(), set()

        def walk(x):
            if isinstance(x, dict):
                if "$ref" in x:
                    at = document
                    for step in x["$ref"][2:].split("/"):
                        at = at[step]
                    used.add(x["$ref"])
                for y in x.values():
                    walk(y)
            elif isinstance(x, list):
                for y in x:
                    walk(y)
        walk(document)
        for kind in ("schemas", "parameters", "responses", "headers"):
            for name in document["components"][kind]:
                self.assertIn(f"#/components/{kind}/{name}", used)


class Live(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Server(new_folder(cls), COORD_WORKERS="0", COORD_QUEUE_MOST="100000000")
        cls.addClassCleanup(cls.server.stop)

    def test_what_is_served_is_this_document(self):
        served = self.server.get("/openapi.json", key=None).json()
        document = load()
        document["info"]["version"] = served["info"]["version"]
        self.assertEqual(document, served)

    def test_every_operation_is_there(self):
        for path, methods in load()["paths"].items():
            for method in methods:
                answer = self.server.request(method.upper(), path.replace("{", "").replace("}", ""), key=None)
                self.assertNotEqual(405, answer.status, (method, path))
                self.assertNotEqual(b'{"detail":"Not Found"', answer.body[:21], (method, path))

    def test_operations_without_security_need_no_key_and_all_others_do(self):
        document = load()
        for path, methods in document["paths"].items():
            for method, operation in methods.items():
                needed = operation.get("security", document["security"])
                answer = self.server.request(method.upper(), path.replace("{", "").replace("}", ""), key=None)
                self.assertEqual(bool(needed) and {} not in needed, answer.status == 401, (method, path))

    def accepts(self, member, value, where):
        body = {"attack_sessions": [session(), session(1)]}
        if where == "session":
            body["attack_sessions"][1][member] = value
        else:
            body[member] = value
        answer = self.server.post("/analyze/coordination", body)
        self.assertIn(answer.status, (200, 422), answer)
        if answer.status == 422:
            self.assertEqual(member, answer.json()["detail"][0]["loc"][-1])
        return answer.status == 200

    def borders(self, schema):
        """Pairs of a value and whether the schema takes it."""
        types = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
        found = [(None, "null" in types)]
        if "minLength" in schema:
            found += [("x" * schema["minLength"], True), ("x" * (schema["minLength"] - 1), False)]
        if "maxLength" in schema and "pattern" not in schema:
            found += [("x" * schema["maxLength"], True), ("x" * (schema["maxLength"] + 1), False)]
        if "minimum" in schema:
            found += [(schema["minimum"], True), (schema["minimum"] - 1, False)]
        if "maximum" in schema:
            found += [(schema["maximum"], True), (schema["maximum"] + 1, False)]
        if "enum" in schema:
            found += [(schema["enum"][0], True), ("none of them", False)]
        if schema.get("pattern") == "^[A-Za-z][A-Za-z0-9]{1,9}$":
            found += [("ab", True), ("A123456789", True), ("a", False), ("a1234567890", False), ("1a", False)]
        if schema.get("pattern") == "^https?://.+":
            found += [("https://example.com/x", True), ("ftp://example.com", False), ("https://", False),
                      ("https://example.com/" + "x" * schema["maxLength"], False)]
        if types == ["boolean", "null"]:
            found += [(True, True), ("true", False), (1, False)]
        for kind, value in (("boolean", True), ("array", [1]), ("object", {"a": 1})):
            if kind not in types:
                found.append((value, False))
        return found

    def test_fields_at_their_borders(self):
        schemas = load()["components"]["schemas"]
        checked = 0
        for where, properties in (("session", schemas["AttackSession"]["properties"]),
                                  ("request", schemas["CoordinationRequest"]["properties"])):
            for member, schema in properties.items():
                if member in ("attack_sessions", "selected_by"):  # the second needs "group": below
                    continue
                for value, taken in self.borders(schema):
                    with self.subTest(where=where, member=member, value=str(value)[:40]):
                        self.assertEqual(taken, self.accepts(member, value, where))
                    checked += 1
        self.assertGreater(checked, 40)

    def test_selected_by(self):
        for word in load()["components"]["schemas"]["CoordinationRequest"]["properties"]["selected_by"]["enum"]:
            answer = self.server.post("/analyze/coordination", {
                "attack_sessions": [session(), session(1)], "group": True, "selected_by": word})
            self.assertEqual(200, answer.status, answer)

    def test_counts_at_their_borders(self):
        schema = load()["components"]["schemas"]
        least = schema["CoordinationRequest"]["properties"]["attack_sessions"]["minItems"]
        most = schema["CoordinationRequest"]["properties"]["attack_sessions"]["maxItems"]
        batches = schema["BulkArray"]["maxItems"]
        post = lambda path, body: self.server.post(path, body).status
        self.assertEqual(200, post("/analyze/coordination", {"attack_sessions": [{}] * least}))
        self.assertEqual(422, post("/analyze/coordination", {"attack_sessions": [{}] * (least - 1)}))
        self.assertEqual(200, post("/analyze/coordination", {"attack_sessions": [{}] * most}))
        self.assertEqual(422, post("/analyze/coordination", {"attack_sessions": [{}] * (most + 1)}))
        self.assertEqual(200, post("/analyze/bulk", [[{}]] * batches))
        self.assertEqual(422, post("/analyze/bulk", [[{}]] * (batches + 1)))

    def test_schemathesis_finds_no_fault(self):
        folder = fetched(self, "schemathesis/bin/schemathesis", [sys.executable, "-m", "venv", "schemathesis"],
                         ["schemathesis/bin/pip", "install", "-q", "--disable-pip-version-check", "schemathesis>=4,<5"])
        checks = "not_a_server_error,status_code_conformance,content_type_conformance,response_headers_conformance," \
                 "response_schema_conformance,negative_data_rejection,unsupported_method,ignored_auth"
        done = subprocess.run([os.path.join(folder, "schemathesis/bin/schemathesis"), "run", self.server.url + "/openapi.json",
                               "-H", "Authorization: Bearer " + self.server.key, "--checks", checks, "--seed", "1",
                               "--max-examples", os.environ.get("SCHEMATHESIS_EXAMPLES", "4"), "--request-timeout", "30", "--no-color",
                               "--exclude-operation-id", "followAnalysis",  # a stream that has no end without workers
                               "--continue-on-failure",
                               "--phases", "examples,coverage,fuzzing", "--suppress-health-check", "all"],
                              cwd=self.server.folder, env=environment(HOME=self.server.folder), capture_output=True,
                              timeout=800, check=False)
        self.assertEqual(0, done.returncode, done.stdout.decode(errors="replace")[-6000:])


if __name__ == "__main__":
    unittest.main()
