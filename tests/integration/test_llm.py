#!/usr/bin/env python3
"""Model servers and their faults: each kind found and asked in the strictest way it obeys, each fault of the reference ends in a narrative all the same, turns and
answers are shared by processes. With LLM_SERVICE_URL set in the caller's environment, a real server is asked too."""
import json
import os
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../support"))
from attacks import ssh_log
from llm_server import LlmServer
from support import COORD, DEADLINE_S, DONE, FAILED, USAGE, Case, coord, environment

KINDS = {"ollama": "schema_no_thinking", "vllm": "schema", "llama.cpp": "schema_no_thinking", "openai": "schema"}
# fault -> (source, status, words of the reason)
FAULTS = {
    "ignored": ("template", "malformed", "schema"),
    "whitespace": ("template", "malformed", "white space"),
    "empty": ("template", "malformed", "empty"),
    "thinking": ("template", "malformed", "empty"),
    "length": ("template", "malformed", "cut"),
    "truncated": ("template", "malformed", "cut"),
    "midstream": ("template", "malformed", "broke off"),
    "garbage": ("template", "malformed", "broke off"),
    "bad_utf8": ("template", "malformed", "broke off"),
    "no_answer": ("template", "malformed", "broke off"),
    "close": ("template", "malformed", "broke off"),
    "huge": ("template", "malformed", "cut"),
    "prose": ("template", "malformed", "schema"),
    "enum": ("template", "malformed", "schema"),
    "extra_key": ("template", "malformed", "schema"),
    "canary": ("template", "malformed", "never be repeated"),
    "prompt_cut": ("template", "unavailable", "cut the prompt"),
    "wrong_model": ("template", "unavailable", "have the model"),
    "error_500": ("template", "unavailable", "failed"),
    "html": ("template", "unavailable", "failed"),
    "auth": ("template", "unavailable", "key"),
    "bad_request": ("template", "unavailable", "take the request"),
    "loading": ("template", "unavailable", "loading"),
    "busy": ("template", "unavailable", "too much"),
    "hang": ("template", "unavailable", "no token"),
    "stall": ("template", "malformed", "stopped"),
    "fenced": ("model", "done", ""),
    "slow": ("model", "done", ""),
    "invented": ("model", "done", ""),
}


class Llm(Case):
    @classmethod
    def setUpClass(cls):
        result = coord("analyze", "--quiet", "--seed", "1", "--worlds", "9", "--format", "json", "-", stdin=ssh_log())
        cls.document = result.stdout

    def setUp(self):
        super().setUp()
        self.result = self.file("result.json", self.document)

    def narrate(self, server, *options, command=("llm", "narrate"), more=(), **env):
        done = coord(*command, "--format", "json", self.result, *more, *options, env=environment(LLM_SERVICE_URL=server.url, **env))
        self.assertEqual(DONE, done.returncode, done.stderr)
        return json.loads(done.stdout)

    def checked(self, narrative):
        """What holds of every narrative, whoever told it."""
        self.assertGreaterEqual(len(narrative["sentences"]), 2)
        for sentence in narrative["sentences"]:
            self.assertTrue(sentence["evidence"])
            self.assertNotRegex(sentence["text"], r"https?:|[<>`\x00-\x1f]")
        return narrative

    def test_without_a_server(self):
        done = coord("llm", "narrate", "--format", "json", self.result)
        self.assertEqual(DONE, done.returncode, done.stderr)
        narrative = self.checked(json.loads(done.stdout))
        self.assertEqual(("template", "no_model"), (narrative["source"], narrative["status"]))
        self.assertEqual(done.stdout, coord("llm", "narrate", "--format", "json", self.result).stdout)

    def test_every_kind_is_known_and_tells(self):
        for kind, mode in KINDS.items():
            with self.subTest(kind=kind), LlmServer(kind) as server:
                probed = coord("llm", "probe", env=environment(LLM_SERVICE_URL=server.url + "/v1/"))
                self.assertEqual(DONE, probed.returncode, probed.stderr)
                self.assertIn(f"server: {kind}\nmodel: llama3.1:8b, asked by {mode}, which the server holds answers to\n", probed.stdout.decode())
                narrative = self.checked(self.narrate(server))
                self.assertEqual(("model", "done", "llama3.1:8b", kind), tuple(narrative[k] for k in ("source", "status", "model", "server")))
                self.assertEqual(0, sum(narrative["dropped"].values()))
                first, second = server.chats()
                self.assertNotIn("EXCERPTS", json.dumps(first))
                self.assertIn("EXCERPTS", json.dumps(second))
                options = first.get("options", first)
                self.assertEqual((42, 0), (options["seed"], options["temperature"]))
                self.assertEqual(kind == "ollama", "num_ctx" in options)

    def test_the_narrative_is_as_the_schema_says(self):
        try:
            import jsonschema
        except ImportError:
            self.skipTest("jsonschema is not installed")
        with open(os.path.join(os.environ.get("COORD_SOURCE", "."), "docs/result.schema.json"), encoding="utf-8") as f:
            schema = json.load(f)
        with LlmServer() as server:
            jsonschema.validate(self.narrate(server), {"$ref": "#/$defs/narrative", "$defs": schema["$defs"]})

    def test_every_fault_ends_in_a_narrative(self):
        short = ("--set", "COORD_LLM_FIRST_TOKEN=1500ms", "--set", "COORD_LLM_STALL=1500ms", "--set", "COORD_LLM_BUDGET=60s", "--set", "COORD_LLM_MODELS=llama3.1:8b")
        for n, (fault, (source, status, reason)) in enumerate(FAULTS.items()):
            kind = list(KINDS)[n % len(KINDS)] if fault not in ("hang", "slow", "fenced", "invented", "garbage") else "ollama"
            with self.subTest(fault=fault, kind=kind), LlmServer(kind) as server:
                server.set(fault=fault)
                budget = ("--set", "COORD_LLM_BUDGET=2s") if fault in ("loading", "busy") else ()
                patient = ("--set", "COORD_LLM_FIRST_TOKEN=60s", "--set", "COORD_LLM_STALL=60s") if fault not in ("hang", "stall") else ()
                narrative = self.checked(self.narrate(server, *short, *patient, *budget))
                self.assertEqual((source, status), (narrative["source"], narrative["status"]), narrative["reason"])
                self.assertIn(reason, narrative["reason"] or "")

    def test_what_is_invented_is_dropped(self):
        with LlmServer("openai") as server:
            server.set(fault="invented")
            narrative = self.narrate(server)
        self.assertEqual("model", narrative["source"])
        self.assertEqual({"uncited": 0, "number": 2, "claim": 1, "quote": 0, "character": 1, "word": 0}, narrative["dropped"])
        self.assertNotIn("9999", json.dumps(narrative["sentences"]))
        self.assertNotIn("coincidental", json.dumps(narrative["sentences"]))

    def test_ways_of_asking_are_tried_down_to_the_prompt(self):
        for kind in KINDS:
            with self.subTest(kind=kind), LlmServer(kind) as server:
                server.set(refuse_schema=True)
                done = coord("llm", "probe", env=environment(LLM_SERVICE_URL=server.url))
                self.assertIn(b"asked by json_object, which only the prompt asks for", done.stdout)
                self.assertEqual("model", self.narrate(server)["source"])

    def test_models_fall_back(self):
        with LlmServer(models=("good:1b",)) as server:
            narrative = self.narrate(server, "--set", "COORD_LLM_MODELS=missing:70b,good:1b")
            self.assertEqual(("model", "good:1b"), (narrative["source"], narrative["model"]))
            narrative = self.narrate(server, "--set", "COORD_LLM_MODELS=missing:70b")
            self.assertEqual(("template", "unavailable"), (narrative["source"], narrative["status"]))
        with LlmServer(models=("first:1b", "second:1b")) as server:
            server.set(faults=[None, "prose", "prose"])  # the probe of the first goes well, its answers do not
            narrative = self.narrate(server, "--set", "COORD_LLM_MODELS=first:1b,second:1b")
            self.assertEqual("model", narrative["source"])
            self.assertIn("second:1b", [c["model"] for c in server.chats()])

    def test_another_seed_is_tried_once(self):
        with LlmServer() as server:
            server.set(faults=[None, "whitespace", None])
            self.assertEqual("model", self.narrate(server)["source"])
            self.assertEqual([42, 43, 42], [c["options"]["seed"] for c in server.chats()])

    def test_nobody_listens(self):
        with LlmServer() as server:
            pass
        narrative = self.checked(self.narrate(server))
        self.assertEqual(("template", "unavailable"), (narrative["source"], narrative["status"]))
        done = coord("llm", "probe", env=environment(LLM_SERVICE_URL=server.url))
        self.assertEqual(FAILED, done.returncode)
        self.assertIn(b"cannot be reached", done.stderr)

    def test_public_addresses_need_leave(self):
        done = coord("llm", "probe", env=environment(LLM_SERVICE_URL="http://8.8.8.8:1"))
        self.assertEqual(FAILED, done.returncode)
        self.assertIn(b"not allowed", done.stderr)
        done = coord("llm", "probe", env=environment(LLM_SERVICE_URL="ftp//x"))
        self.assertEqual(USAGE, done.returncode)
        self.assertIn(b"LLM_SERVICE_URL", done.stderr)

    def test_a_remote_server_is_sent_no_attacker_text(self):
        with LlmServer() as server:
            narrative = self.narrate(server, "--set", "COORD_LLM_REMOTE=yes")
            self.assertEqual(("redacted", "done"), (narrative["source"], narrative["status"]))
            sent = json.dumps(server.chats())
        for text in ("Xk9!", "192.0.2.77", "authorized_keys", "a8460f446b", "203.0.113", "198.51.100", "sensor-a"):
            self.assertIn(text.encode(), self.document)
            self.assertNotIn(text, sent)

    def test_addresses_and_sensors_are_never_sent(self):
        with LlmServer() as server:
            self.narrate(server)
            sent = json.dumps(server.chats())
        for text in ("203.0.113.4", "198.51.100.2\"", "sensor-a"):
            self.assertNotIn(text, sent)

    def test_the_key_is_sent_and_never_shown(self):
        with LlmServer() as server:
            server.set(key="s3cret-key")
            narrative = self.narrate(server)
            self.assertIn("key", narrative["reason"])
            self.assertEqual("model", self.narrate(server, COORD_LLM_KEY="s3cret-key")["source"])
            shown = coord("config", env=environment(COORD_LLM_KEY="s3cret-key", LLM_SERVICE_URL=server.url))
            self.assertNotIn(b"s3cret-key", shown.stdout + shown.stderr)

    def test_a_small_context_cuts_whole_items(self):
        with LlmServer() as server:
            self.narrate(server, "--set", "COORD_LLM_CONTEXT=2048", "--set", "COORD_LLM_ANSWER=256")
            small = server.chats()[0]["messages"][1]["content"]
            self.assertTrue(all(line.startswith("[") or line in ("EVIDENCE", "") for line in small.split("\n")))
            self.narrate(server)
            self.assertLess(len(small), len(server.chats()[-2]["messages"][1]["content"]))

    def test_answers_are_kept_by_model_and_prompt(self):
        url = "sqlite:" + self.path("coord.db")
        with LlmServer() as server:
            first = self.narrate(server, DATABASE_URL=url)
            asked = len(server.chats())
            second = self.narrate(server, DATABASE_URL=url)
            self.assertEqual(asked, len(server.chats()))
            self.assertEqual(first["sentences"], second["sentences"])
            self.narrate(server, "--set", "COORD_LLM_SEED=7", DATABASE_URL=url)
            self.assertGreater(len(server.chats()), asked)

    def test_one_card_is_asked_by_one_process_at_a_time(self):
        url = "sqlite:" + self.path("coord.db")
        self.assertEqual(DONE, coord("migrate", env=environment(DATABASE_URL=url)).returncode)
        with LlmServer() as server:
            server.set(delay=0.1)
            env = environment(LLM_SERVICE_URL=server.url, DATABASE_URL=url, COORD_LLM_CACHE="0")
            for parallel, most in (("1", 1), ("2", 2)):
                server.set(most=0)
                running = [subprocess.Popen([COORD, "llm", "narrate", "--format", "json", self.result], env={**env, "COORD_LLM_PARALLEL": parallel},
                                            stdout=subprocess.PIPE, stderr=subprocess.PIPE) for _ in range(4)]
                for process in running:
                    out, errors = process.communicate(timeout=DEADLINE_S)
                    self.assertEqual("model", json.loads(out)["source"], errors)
                self.assertLessEqual(server.state["most"], most)

    def test_questions(self):
        question = "Which sources share an artefact?"
        plain = json.loads(coord("llm", "ask", "--format", "json", self.result, question).stdout)
        self.assertEqual("template", plain["source"])
        self.assertTrue(all("artefact" in s["text"] or "same" in s["text"] for s in plain["sentences"]))
        with LlmServer() as server:
            told = self.narrate(server, command=("llm", "ask"), more=(question,))
            self.assertEqual(("model", [], []), (told["source"], told["names"], told["hypotheses"]))
            self.assertIn("QUESTION: " + question, server.chats()[0]["messages"][1]["content"])
        self.assertEqual(USAGE, coord("llm", "ask", self.result, " ").returncode)

    def test_bad_documents(self):
        for text in (b"", b"{}", b"[1]", b"not json"):
            done = coord("llm", "narrate", self.file("bad.json", text))
            self.assertEqual(FAILED, done.returncode)
            self.assertNotEqual(b"", done.stderr)
        self.assertEqual(FAILED, coord("llm", "narrate", self.path("missing.json")).returncode)

    def test_real_server(self):
        url = os.environ.get("LLM_SERVICE_URL")
        if not url:
            self.skipTest("LLM_SERVICE_URL is not set: no real model server is asked")
        env = environment(**{k: v for k, v in os.environ.items() if k.startswith(("LLM_SERVICE_URL", "COORD_LLM_"))})
        probed = subprocess.run([COORD, "llm", "probe"], env=env, capture_output=True, timeout=1800, check=False)
        self.assertEqual(DONE, probed.returncode, probed.stderr)
        done = subprocess.run([COORD, "llm", "narrate", "--format", "json", self.result], env=env, capture_output=True, timeout=1800, check=False)
        narrative = self.checked(json.loads(done.stdout))
        print(probed.stdout.decode(), narrative["source"], narrative["status"], narrative["dropped"], file=sys.stderr)
        self.assertIn(narrative["status"], ("done", "disagreement", "unsupported", "malformed"))


if __name__ == "__main__":
    unittest.main()
