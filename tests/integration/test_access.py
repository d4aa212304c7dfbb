#!/usr/bin/env python3
"""Who comes in and what goes out, on a running service: keys made, rotated and revoked beside it, tokens under a JWK set, callbacks to a
receiver that misbehaves (tests/support/standin.py)."""
import base64
import hashlib
import hmac
import json
import os
import subprocess
import sys
import time
import unittest

from support import DONE, FAILED, SOURCE, coord, environment
from serving import Server, eventually, new_folder, sessions

sys.path[:0] = [os.path.join(SOURCE, "tests/support"), os.path.join(SOURCE, "tests/unit/auth")]
from make_tokens import Key, b64  # noqa: E402
from standin import StandIn  # noqa: E402

import servers  # noqa: E402  (tests/support/servers.py)

ISSUER, AUDIENCE = "https://login.example.org/", "coord"


def token(key, **changes):
    now = int(time.time())
    claims = {"iss": ISSUER, "aud": AUDIENCE, "sub": "alice", "exp": now + 3600, "scope": "submit read", **changes}
    signed = (b64(json.dumps({"alg": key.alg, "kid": key.kid}).encode()) + "." + b64(json.dumps(claims).encode())).encode()
    return signed.decode() + "." + b64(key.sign(signed))


class Access(unittest.TestCase):
    @classmethod
    def servers(cls):
        """Settings of the database and the queue: none, SQLite for both."""
        return {}

    @classmethod
    def setUpClass(cls):
        cls.folder = new_folder(cls)
        cls.receiver = StandIn(cls.folder)
        cls.enterClassContext(cls.receiver)
        cls.keys = {alg: Key(cls.folder, alg, alg, "-algorithm", *options) for alg, options in
                    {"ES256": ["EC", "-pkeyopt", "ec_paramgen_curve:P-256"], "EdDSA": ["ed25519"]}.items()}
        jwks = os.path.join(cls.folder, "jwks.json")
        with open(jwks, "w", encoding="ascii") as f:
            json.dump({"keys": [cls.keys["ES256"].jwk()]}, f)
        cls.settings = {"COORD_JWKS": jwks, "COORD_JWT_ISSUER": ISSUER, "COORD_JWT_AUDIENCE": AUDIENCE,
                        "COORD_API_KEYS": "a-key-of-the-environment", "COORD_CA_FILE": cls.receiver.ca,
                        "COORD_CALLBACK_HTTP": "yes", "COORD_CALLBACK_PORTS": "*", "COORD_CALLBACK_PRIVATE": "127.0.0.1",
                        **cls.servers()}
        cls.server = Server(cls.folder, **cls.settings)
        assert cls.server.key is None, "with other ways in no first key is made"
        cls.server.key = cls.run_cli("keys", "create", "first", "--scopes", "submit,read,admin,all").stdout.decode().strip()
        cls.addClassCleanup(cls.server.stop)

    @classmethod
    def run_cli(cls, *args):
        return coord(*args, env=environment(COORD_STATE_DIR=os.path.join(cls.folder, "state"), **cls.settings))

    def cli(self, *args, expected=DONE):
        result = self.run_cli(*args)
        self.assertEqual(expected, result.returncode, result.stderr)
        return result.stdout.decode().strip()

    def status(self, key, path="/analyze"):
        return self.server.get(path, key=key).status

    # --- keys and tokens ---

    def test_a_key_made_beside_the_server_opens_at_once(self):
        key = self.cli("keys", "create", "made", "--scopes", "read")
        self.assertEqual(200, self.status(key))
        self.assertEqual(403, self.server.post("/analyze/coordination", {"attack_sessions": sessions()}, key=key).status)

    def test_rotation_and_revocation_reach_the_server(self):
        old = self.cli("keys", "create", "rotated")
        new = self.cli("keys", "rotate", "rotated", "--grace", "1")
        analysis = self.server.submit(key=old)
        self.assertEqual(200, self.status(new, "/analyze/" + analysis), "the same owner")
        self.cli("keys", "revoke", "rotated")
        for key in (old, new):
            eventually(lambda k=key: self.status(k) == 401, "a revoked key is refused")

    def test_analyses_belong_to_their_key(self):
        mine, yours, all_ = (self.cli("keys", "create", name, "--scopes", scopes) for name, scopes in
                             [("mine", "submit,read"), ("yours", "submit,read"), ("everybody", "read,all")])
        analysis = self.server.submit(key=mine)
        self.assertEqual([200, 404, 200], [self.status(k, "/analyze/" + analysis) for k in (mine, yours, all_)])

    def test_tokens(self):
        alice, bob = token(self.keys["ES256"]), token(self.keys["ES256"], sub="bob", scope="coord:read")
        analysis = self.server.submit(key=alice)
        self.assertEqual(200, self.status(alice, "/analyze/" + analysis))
        self.assertEqual(404, self.status(bob, "/analyze/" + analysis))
        self.assertEqual(403, self.server.post("/analyze/coordination", {"attack_sessions": sessions()}, key=bob).status)
        for wrong in (token(self.keys["ES256"], aud="other"), token(self.keys["ES256"], exp=int(time.time()) - 61),
                      token(self.keys["EdDSA"]), alice[:-4] + "AAAA", b64(b'{"alg":"none"}') + "." + alice.split(".")[1] + "."):
            answer = self.server.get("/analyze", key=wrong)
            self.assertEqual(401, answer.status)
            self.assertEqual("Bearer", answer.headers["WWW-Authenticate"].split()[0])

    def test_a_key_of_the_environment(self):
        self.assertEqual(200, self.status("a-key-of-the-environment"))
        self.assertEqual(401, self.status("a-key-of-the-environmenu"))

    def test_no_secret_in_logs_or_process_list(self):
        secrets = [self.server.key, "a-key-of-the-environment", self.cli("callbacks", "secret"), token(self.keys["ES256"])]
        for secret in secrets:
            self.status(secret)
        lines = subprocess.run(["ps", "-eo", "args", "-ww"], capture_output=True, check=True).stdout.decode()
        for secret in secrets:
            self.assertNotIn(secret, self.server.errors())
            self.assertNotIn(secret, lines)

    def test_the_audit_log_knows_and_holds(self):
        self.cli("keys", "create", "audited")
        self.assertIn("the audit log holds", self.cli("audit", "verify"))

    # --- callbacks ---

    def url(self, path, secure=False):
        return f"http{'s' if secure else ''}://127.0.0.1:{self.receiver.https if secure else self.receiver.http}{path}"

    def came(self, path):
        return [r for r in list(self.receiver.requests) if r["path"].startswith(path)]

    def submit(self, url):
        return self.server.submit({"attack_sessions": sessions(), "analysis_depth": "minimal", "callback_url": url})

    def delivered(self, path, n=1):
        return eventually(lambda: len(self.came(path)) >= n and self.came(path), f"a callback to {path}")

    def test_a_callback_is_signed_and_says_what_get_says(self):
        for secure in (False, True):
            path = f"/echo/signed/{secure}?token=of%20the%20receiver"
            analysis = self.submit(self.url(path, secure))
            request, = self.delivered(path)
            self.assertEqual(("POST", path), (request["method"], request["path"]))
            headers = request["headers"]
            key = base64.b64decode(self.cli("callbacks", "secret").removeprefix("whsec_"))
            signed = b".".join([headers["webhook-id"].encode(), headers["webhook-timestamp"].encode(), request["body"]])
            good = "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
            self.assertEqual(good, headers["webhook-signature"])
            told, answer = json.loads(request["body"]), self.server.get("/analyze/" + analysis).json()
            self.assertEqual(answer, told)
            self.assertEqual("completed", told["status"])

    def test_bulk_has_a_callback_a_batch(self):
        answer = self.server.post("/analyze/bulk", {"session_batches": [sessions(), sessions(6)], "analysis_depth": "minimal",
                                                    "callback_url": self.url("/echo/bulk")})
        ids = {json.loads(r["body"])["analysis_id"] for r in self.delivered("/echo/bulk", 2)}
        self.assertEqual(set(answer.json()["analysis_ids"]), ids)

    def test_a_failure_is_tried_again_under_the_same_id(self):
        self.receiver.scripts["flaky"] = [500, 200]
        self.submit(self.url("/script/flaky"))
        first, second = self.delivered("/script/flaky", 2)
        self.assertEqual(first["headers"]["webhook-id"], second["headers"]["webhook-id"])

    def test_a_dead_one_is_shown_and_requeued(self):
        self.receiver.scripts["gone"] = [410]
        analysis = self.submit(self.url("/script/gone?secret=x"))

        def dead():
            found = json.loads(self.cli("callbacks", "list", "--dead", "--format", "json"))
            return [c for c in found if c["analysis_id"] == analysis]
        callback, = eventually(dead, "a dead callback")
        self.assertEqual("the receiver answered 410", callback["error"])
        text = self.cli("callbacks", "list", "--dead")
        self.assertIn(callback["id"], text)
        self.assertNotIn("secret=x", text)
        self.receiver.scripts["gone"] = [200]
        self.cli("callbacks", "requeue", callback["id"])
        self.delivered("/script/gone", 2)
        eventually(lambda: not dead(), "delivered at last")
        self.assertIn("no dead callback", self.run_cli("callbacks", "requeue", callback["id"]).stderr.decode())
        self.cli("callbacks", "requeue", "not-an-id", expected=FAILED)

    def test_a_url_that_may_not_be_reached_is_refused_at_once(self):
        for url in ("http://10.0.0.1/x", "http://127.0.0.2/", "http://[::1]/", "http://169.254.169.254/latest/meta-data",
                    "http://2130706433/", "http://0x7f.1/", "http://user@example.org/", "ftp://example.org/", "http://example.org/#x"):
            with self.subTest(url=url):
                answer = self.server.post("/analyze/coordination", {"attack_sessions": sessions(), "callback_url": url})
                self.assertEqual(422, answer.status)
                self.assertEqual(["body", "callback_url"], answer.json()["detail"][0]["loc"])

    def test_a_redirect_is_not_followed(self):
        target = base64.urlsafe_b64encode(self.url("/echo/followed").encode()).decode()
        self.submit(self.url("/redirect-to/" + target))
        self.delivered("/redirect-to/")
        self.receiver.scripts["after"] = [200]
        self.submit(self.url("/script/after"))
        self.delivered("/script/after")
        self.assertEqual([], self.came("/echo/followed"))


class AccessOnServers(Access):
    """The same on PostgreSQL and Redis."""

    @classmethod
    def servers(cls):
        try:
            postgres, redis = (cls.enterClassContext(kind()) for kind in (servers.Postgres, servers.Redis))
        except servers.Missing as missing:
            raise unittest.SkipTest(str(missing))
        settings = {"DATABASE_URL": postgres.database(), "REDIS_URL": redis.url}
        migrated = coord("migrate", env=environment(**settings))
        assert migrated.returncode == 0, migrated.stderr
        return settings


if __name__ == "__main__":
    unittest.main()
