#!/usr/bin/env python3
"""`coord worker` on one SQLite file: what comes out, and what becomes of jobs when something dies, stops, hangs or is too large."""
import contextlib
import json
import os
import signal
import sqlite3
import time
import unittest
import urllib.error
import urllib.request

from support import background, coord, DONE, FAILED as STATUS_FAILED, environment, ndjson
from workers import CANCELLED, COMPLETED, FAILED, QUEUED, SANITIZED, WorkerCase, alive, sessions, status_of

CONTRACT = ["analysis_id", "status", "coordination_confidence", "evidence", "enrichment_applied"]


class Answers(WorkerCase):
    def test_the_answer_is_the_contract_and_the_document_is_the_command_lines(self):
        self.start()
        ident, = self.submit()
        got = self.wait_state(ident, COMPLETED, FAILED)
        answer = got["response"]
        self.assertEqual(CONTRACT, list(answer)[:5])
        self.assertEqual((ident, "completed", False), (answer["analysis_id"], answer["status"], answer["enrichment_applied"]))
        self.assertIsInstance(answer["coordination_confidence"], float)
        for key, value in answer["evidence"].items():
            self.assertTrue(0 <= value <= 1, key)
        self.assertEqual((40, 0, "minimal"), (answer["session_count"], answer["unusable_sessions"], answer["analysis_depth"]))
        self.assertEqual(40, len(answer["session_clusters"]))
        document = json.loads(self.tool("document", ident))
        ours = self.path("ours.json")
        self.status(DONE, coord("analyze", "--depth", "minimal", "--format", "json", "-o", ours, self.small))
        with open(ours, encoding="utf-8") as f:
            theirs = json.load(f)
        for key in ("verdict", "coordination_confidence", "campaigns", "evidence"):
            self.assertEqual(theirs[key], document[key], key)
        self.assertEqual(theirs["provenance"]["configuration_sha256"], document["provenance"]["configuration_sha256"])
        self.assertEqual(ident, document["analysis_id"])

    def test_unusable_sessions_are_counted_and_the_rest_is_analysed(self):
        with open(self.small, "rb") as f:
            text = f.read()
        mixed = self.file("mixed.json", b'{"colour":"red"}\n' + text + b'{"source_ip":"203.0.113.7"}\n')
        nothing = self.file("nothing.json", b'{"colour":"red"}\n{"colour":"blue"}\n')
        self.start()
        first, second = *self.submit(file=mixed), *self.submit(file=nothing)
        answer = self.wait_state(first, COMPLETED, FAILED)["response"]
        self.assertEqual(("completed", 40, 2), (answer["status"], answer["session_count"], answer["unusable_sessions"]))
        self.assertIn("session 1: ", answer["errors"][0])
        answer = self.wait_state(second, COMPLETED, FAILED)["response"]
        self.assertEqual(("completed", 0, 2, "insufficient_evidence", 0),
                         (answer["status"], answer["session_count"], answer["unusable_sessions"], answer["verdict"],
                          answer["coordination_confidence"]))

    def test_a_faulty_request_fails_at_once_and_others_go_on(self):
        self.start()
        bad, = self.submit(options='{"format":"no such"}')
        good, = self.submit(options='{"group":true,"selected_by":"time"}')
        got = self.wait_state(bad, FAILED)
        self.assertEqual((1, False), (got["attempts"], got["dead"]))
        self.assertIn("format", got["error"])
        self.assertEqual(CONTRACT + ["error"], list(got["response"]))
        self.assertIsNone(got["response"]["coordination_confidence"])
        self.wait_state(good, COMPLETED)
        self.assert_once(good)

    def test_other_forms_are_made_again_from_what_is_stored(self):
        self.start()
        ident, = self.submit()
        self.wait_state(ident, COMPLETED)
        page = self.tool("render", ident, "html").decode()
        self.assertIn(ident, page)
        self.assertEqual(page, self.tool("render", ident, "html").decode())
        self.assertTrue(self.tool("render", ident, "csv").startswith(b"campaign,campaign_key,verdict"))
        self.assertEqual("bundle", json.loads(self.tool("render", ident, "stix"))["type"])
        self.tool("render", "00000000-0000-4000-8000-000000000000", "html", fails=True)

    def test_other_forms_do_not_depend_on_how_busy_the_machine_was(self):
        self.start()
        ident, = self.submit()
        self.wait_state(ident, COMPLETED)
        with contextlib.closing(sqlite3.connect(os.path.join(self.folder, "coord.db"), timeout=30)) as db, db:
            db.execute("UPDATE analyses SET started_us = started_us - 3600000000")
        self.assertIn(ident, self.tool("render", ident, "html").decode())
        with contextlib.closing(sqlite3.connect(os.path.join(self.folder, "coord.db"), timeout=30)) as db, db:
            db.execute("UPDATE small_values SET value = x'' WHERE key = ?", (ident + "/html",))
        self.assertEqual(b"", self.tool("render", ident, "html", fails=True), "it was too large to be kept")

    def test_logs_are_analysed_as_the_command_line_does(self):
        log = self.file("cowrie.json", ndjson(background(80)))
        self.start()
        ident, = self.submit(options='{"kind":"logs"}', file=log)
        answer = self.wait_state(ident, COMPLETED, FAILED)["response"]
        self.assertEqual(("completed", 80, 0), (answer["status"], answer["session_count"], answer["unusable_records"]))

    def test_what_it_cannot_open_is_told_and_nothing_starts(self):
        bad = {**self.settings, "COORD_MODEL": "no-such-file"}
        worker = self.start(**bad)
        self.wait("its complaint", lambda: any("no-such-file" in line.get("reason", "") for line in worker.lines()))
        other = coord("worker", env=environment(**{**self.settings, "COORD_LEASE": "soon"}))
        self.assertEqual(2, other.returncode, other.stderr)
        self.assertIn(b"COORD_LEASE", other.stderr)
        other = coord("worker", env=environment(DATABASE_URL="sqlite:/proc/no/such/place.db"))
        self.assertEqual(STATUS_FAILED, other.returncode, other.stderr)


class Deaths(WorkerCase):
    def test_a_killed_worker_is_replaced_and_its_job_done_once(self):
        worker = self.start()
        ident, victim = self.stop_midway(worker)
        os.kill(victim, signal.SIGKILL)
        got = self.wait_state(ident, COMPLETED, FAILED)
        self.assertEqual((COMPLETED, 2), (got["state"], got["attempts"]), got["error"])
        self.assert_once(ident)
        self.assertNotIn(victim, worker.children())
        self.assertEqual(2, len(worker.children()))

    def test_one_that_takes_too_long_is_a_dead_letter_and_others_go_on(self):
        worker = self.start(COORD_WORKER_CPU="1s", COORD_ATTEMPTS="2")
        ident = self.submit_endless()
        others = self.submit(count=6)
        for other in others:
            self.wait_state(other, COMPLETED)
        got = self.wait_state(ident, FAILED)
        self.assertEqual((2, True), (got["attempts"], got["dead"]))
        self.assertIn("processor time", got["error"])
        self.assertEqual(got["error"], got["response"]["error"])
        self.assertEqual(2, sum(line.get("event", line.get("msg")) == "worker died" for line in worker.lines()))
        # requeued by hand it has all its attempts again
        self.tool("requeue", ident)
        self.wait("two more attempts", lambda: self.get(ident)["state"] == FAILED and
                  sum("processor time" in line.get("reason", "") for line in worker.lines()
                      if line.get("event", line.get("msg")) == "worker died") == 4)

    def test_one_that_hangs_is_killed_by_the_clock(self):
        self.start(COORD_WORKER_CLOCK="1s", COORD_ATTEMPTS="1")
        ident = self.submit_endless()
        got = self.wait_state(ident, FAILED)
        self.assertTrue(got["dead"])
        self.assertIn("COORD_WORKER_CLOCK", got["error"])

    @unittest.skipIf(SANITIZED, "no limit of addresses under a sanitizer")
    def test_one_that_takes_too_much_memory_fails_and_others_go_on(self):
        huge = self.file("huge.json", sessions(150000, sources=30000))
        self.start(COORD_WORKER_MEMORY="64MiB", COORD_ATTEMPTS="2")
        ident, = self.submit(file=huge)
        others = self.submit(count=6)
        got = self.wait_state(ident, FAILED, COMPLETED)
        self.assertEqual((FAILED, 2, True), (got["state"], got["attempts"], got["dead"]))
        self.assertRegex(got["error"], "memory|signal")
        for other in others:
            self.wait_state(other, COMPLETED)

    def test_without_its_supervisor_a_worker_hands_back_and_ends(self):
        worker = self.start(COORD_STOP_DEADLINE="1s")
        ident = self.submit_endless()
        self.wait_running(worker, ident)
        children = worker.children()
        worker.process.kill()
        worker.process.wait()
        self.wait("the children's end", lambda: not any(map(alive, children)))
        got = self.get(ident)
        self.assertEqual((QUEUED, 0), (got["state"], got["attempts"]))

    def test_one_that_was_thought_dead_changes_nothing(self):
        worker = self.start(COORD_LEASE="5s", COORD_WORKERS="2")
        ident, sleeper = self.stop_midway(worker)
        self.addCleanup(lambda: alive(sleeper) and os.kill(sleeper, signal.SIGKILL))
        got = self.wait_state(ident, COMPLETED, FAILED)
        self.assertEqual((COMPLETED, 2), (got["state"], got["attempts"]))
        os.kill(sleeper, signal.SIGCONT)
        after, = self.submit(count=1)
        self.wait_state(after, COMPLETED)
        # it is told at its next heartbeat, or when it wants to write; either way nothing is written
        self.wait("its end or its idleness", lambda: not alive(sleeper) or self.idle(sleeper))
        self.assertEqual(got["response"], self.get(ident)["response"])
        self.assert_once(ident)

    def idle(self, pid):
        before = self.ticks(pid)
        time.sleep(0.5)
        return self.ticks(pid) - before <= 2


class Stops(WorkerCase):
    def test_sigterm_finishes_what_fits(self):
        worker = self.start()
        idents = self.submit(count=4)
        self.wait_state(idents[0], COMPLETED)
        worker.process.terminate()
        self.assertEqual(0, worker.process.wait(self.DEADLINE_S))
        states = [self.get(i) for i in idents]
        self.assertTrue(all(s["state"] in (QUEUED, COMPLETED) for s in states), states)
        self.assertTrue(all(s["attempts"] == (s["state"] == COMPLETED) for s in states), states)
        self.start()
        for ident in idents:
            self.wait_state(ident, COMPLETED)
            self.assert_once(ident)

    def test_sigterm_hands_back_what_does_not_fit(self):
        worker = self.start(COORD_STOP_DEADLINE="1s")
        ident = self.submit_endless()
        self.wait_running(worker, ident)
        worker.process.terminate()
        self.assertEqual(0, worker.process.wait(self.DEADLINE_S))
        got = self.get(ident)
        self.assertEqual((QUEUED, 0, None), (got["state"], got["attempts"], got["error"]))
        again = self.start()
        self.wait_running(again, ident)

    def test_a_stopped_child_is_killed_and_its_job_handed_back(self):
        worker = self.start(COORD_STOP_DEADLINE="1s")
        ident = self.submit_endless()
        os.kill(self.wait_running(worker, ident), signal.SIGSTOP)
        worker.process.terminate()
        self.assertEqual(0, worker.process.wait(self.DEADLINE_S))
        got = self.get(ident)
        self.assertEqual((QUEUED, 0), (got["state"], got["attempts"]))

    def test_cancelling_a_running_one_frees_its_worker(self):
        worker = self.start(COORD_WORKERS="1", COORD_LEASE="3s")
        ident = self.submit_endless()
        self.wait_running(worker, ident)
        self.assertEqual(b"cancelled\n", self.tool("delete", ident))
        after, = self.submit()
        self.wait_state(after, COMPLETED)
        got = self.get(ident)
        self.assertEqual((CANCELLED, "failed"), (got["state"], got["response"]["status"]))
        self.assertEqual(0, self.events(ident).count("completed"))


class Shared(WorkerCase):
    def test_two_supervisors_do_each_job_once(self):
        idents = self.submit(count=40)
        self.start()
        self.start()
        for ident in idents:
            self.wait_state(ident, COMPLETED, FAILED)
            self.assert_once(ident)
        self.assertEqual({"queued": 0, "processing": 0, "completed": 40, "failed": 0, "cancelled": 0},
                         json.loads(self.tool("counts")))
        self.assertTrue(all(self.get(i)["attempts"] == 1 for i in idents))

    def test_a_database_that_is_away_for_a_while_loses_nothing(self):
        worker = self.start()
        first, = self.submit()
        self.wait_state(first, COMPLETED)
        children = self.wait("both children", lambda: len(worker.children()) == 2 and worker.children())
        time.sleep(1)  # idle: none holds the database when it is stopped
        blocker = sqlite3.connect(self.path("coord.db"), timeout=60, isolation_level=None)
        for pid in children:  # or all four may be done before the lock is there
            os.kill(pid, signal.SIGSTOP)
        try:
            busy = self.submit(count=4)
            blocker.execute("BEGIN IMMEDIATE")
        finally:
            for pid in children:
                os.kill(pid, signal.SIGCONT)
        self.wait("the worker's complaint", lambda: any("away" in str(line) for line in worker.lines()))
        blocker.execute("ROLLBACK")
        blocker.close()
        for ident in busy:
            self.wait_state(ident, COMPLETED)
            self.assert_once(ident)

    def test_jobs_that_no_queue_knows_are_found(self):
        self.start(COORD_LEASE="1s")
        ident, = self.submit(JOB_TOOL_NO_QUEUE="1")
        self.wait_state(ident, COMPLETED)


def nice_of(pid):
    with open(f"/proc/{pid}/stat", encoding="utf-8") as f:
        return f.read().rsplit(")", 1)[1].split()[16]


class Fences(WorkerCase):
    def test_a_worker_is_fenced_in(self):
        worker = self.start()
        ident, = self.submit()
        self.wait_state(ident, COMPLETED)
        for pid in worker.children():
            # the other child may still be starting; priority comes before the fences, which a sanitizer does without
            self.wait(f"the priority of {pid}", lambda pid=pid: nice_of(pid) == "5")
            with open(f"/proc/{pid}/limits", encoding="utf-8") as f:
                core = [line.split()[4:6] for line in f if line.startswith("Max core file size")]
            self.assertEqual([["0", "0"]], core)
            with open(f"/proc/{pid}/cmdline", "rb") as f:
                self.assertEqual([b"coord", b"worker", b"--child", b""], f.read().split(b"\0"))
            if not SANITIZED and not any("fewer fences" in str(line) for line in worker.lines()):
                self.wait(f"the fences of {pid}", lambda pid=pid: (status_of(pid, "NoNewPrivs"), status_of(pid, "Seccomp")) == (["1"], ["2"]))

    @unittest.skipIf(os.getuid() != 0, "only root can become somebody else")
    def test_root_becomes_the_named_user(self):
        os.chmod(self.folder, 0o777)
        worker = self.start(COORD_USER="nobody", DATABASE_URL="sqlite:" + self.path("theirs.db"))
        self.wait("its children", lambda: len(worker.children()) == 2)
        for pid in [worker.process.pid, *worker.children()]:
            self.assertNotIn("0", status_of(pid, "Uid"))
            self.assertNotIn("0", status_of(pid, "Gid"))
        other = coord("worker", env=environment(**self.settings, COORD_USER="no-such-user"))
        self.assertEqual(2, other.returncode)

    def test_metrics_and_health_are_served(self):
        worker = self.start(COORD_METRICS_LISTEN="127.0.0.1:0")
        port = self.wait("its port", lambda: [line["port"] for line in worker.lines() if "port" in line])[0]
        ident, = self.submit()
        self.wait_state(ident, COMPLETED)

        def fetch(path):
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=60) as answer:
                    return answer.status, answer.read().decode()
            except urllib.error.HTTPError as error:
                return error.code, error.read().decode()
        self.assertEqual(200, fetch("/health/live")[0])
        self.assertEqual((200, "ready"), (lambda s, t: (s, json.loads(t)["status"]))(*fetch("/health/ready")))
        self.assertEqual(404, fetch("/nothing")[0])
        self.assertEqual(200, fetch("/metrics")[0])
        for line in ('coordination_jobs_total{outcome="completed"} 1', "coordination_workers 2"):
            self.wait(line, lambda line=line: line in fetch("/metrics")[1].splitlines())

    def test_sighup_reads_settings_again(self):
        path = self.path("coord.env")

        def write(*lines):
            with open(path, "w", encoding="utf-8") as f:
                f.write("\n".join(lines) + "\n")

        def told(event):
            return lambda: [line for line in worker.lines() if line.get("event", line.get("msg")) == event]
        write("COORD_KEEP_EVENTS=2d")
        worker = self.start(COORD_CONFIG_FILE=path)
        before = self.wait("two children", lambda: len(worker.children()) == 2 and set(worker.children()))
        write("COORD_KEEP_EVENTS=3d", "COORD_LEASE=31s")
        worker.process.send_signal(signal.SIGHUP)
        line = self.wait("it is told", told("settings read again"))[0]
        self.assertEqual(("COORD_KEEP_EVENTS", "COORD_LEASE"), (line["changed"], line["at_next_start"]))
        self.wait("others are there", lambda: len(worker.children()) == 2 and not before & set(worker.children()))
        ident, = self.submit()
        self.wait_state(ident, COMPLETED)
        write("COORD_KEEP_EVENTS=some")
        worker.process.send_signal(signal.SIGHUP)
        line = self.wait("it is refused", told("settings not read again: nothing has changed"))[0]
        self.assertIn("coord.env:1: COORD_KEEP_EVENTS", line["reason"])
        self.assertEqual([], told("worker died")())


if __name__ == "__main__":
    unittest.main()
