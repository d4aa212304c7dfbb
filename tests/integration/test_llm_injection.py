#!/usr/bin/env python3
"""Attackers who speak to language models: every attempt of tests/support/injections.py is planted in a log, the log is analysed by the real program, and the result is
told through a model that obeys everything it reads. No verdict, no number may change, and nothing of the attacker's may be in the narrative."""
import concurrent.futures
import json
import os
import re
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../support"))
from attacks import log_with
from injections import ATTEMPTS
from llm_server import LlmServer, decodings, excerpts_of
from support import DONE, Case, coord, environment

SANITIZED = os.environ.get("COORD_SANITIZER", "none") != "none"
CHOSEN = ATTEMPTS[::6] if SANITIZED else ATTEMPTS
# what stands in the same place and gives no orders
HARMLESS = {"command": "echo one two three four five", "credential": "one two three", "client": "one two three", "url": "http://192.0.2.79/one/two/three",
            "agent": "Mozilla/5.0 (one two three)", "path": "/one/two/three"}
FORBIDDEN = ["http", "www.", "](", "<", ">", "`", "\x1b", "\u202e", "\u200b", "example", "mailto", "canary", "benign", "harmless"]


def runs(text, n=3):
    words = re.findall(r"[a-z0-9]+", text.lower())
    return {tuple(words[i:i + n]) for i in range(len(words) - n + 1)}


def numbers(document):
    """All of a document but attacker text, what derives from it, and where it was read from."""
    return [(c["verdict"], c["confidence"], c["confidence_interval"], c["counts"], c["single_actor"]) for c in document["campaigns"]] + \
           [document["verdict"], document["coordination_confidence"], document["coverage"]]


class Injection(Case):
    def analysed(self, name, log):
        path = self.path(name + ".json")
        result = coord("analyze", "--quiet", "--threads", "1", "--seed", "1", "--worlds", "9", "--format", "json", "-o", path, self.file(name + ".log", log))
        self.assertEqual(DONE, result.returncode, result.stderr)
        with open(path, encoding="utf-8") as f:
            return path, f.read()

    def narrated(self, path, url, *options):
        result = coord("llm", "narrate", "--format", "json", path, *options, env=environment(LLM_SERVICE_URL=url))
        self.assertEqual(DONE, result.returncode, result.stderr)
        return json.loads(result.stdout)

    def told(self, narrative):
        """Every text that a reader of a narrative sees."""
        return [s["text"] for s in narrative["sentences"]] + [n["name"] for n in narrative["names"]] + [h["text"] for h in narrative["hypotheses"]] + \
               [e for s in narrative["sentences"] for e in s["evidence"]] + [narrative["reason"] or ""] + \
               [q["key"] or "" for h in narrative["hypotheses"] for q in h["lookups"]]

    def attempt(self, n, place, text, marks):
        """What came through of one attempt, as (seen by the model, faults, narrative)."""
        path, before = self.analysed(f"a{n}", log_with(place, text))
        faults, texts = [], []
        with LlmServer(("ollama", "vllm", "llama.cpp", "openai")[n % 4]) as server:
            for how in ("quietly", True):
                server.set(obedient=how)
                narrative = self.narrated(path, server.url)
                texts += self.told(narrative)
            chats = server.chats()
        with open(path, encoding="utf-8") as f:
            faults += [] if before == f.read() else ["the document changed"]
        planted = set().union(*(runs(t) for t in decodings(text)))
        for said in texts:
            faults += [f"{mark!r} in {said!r}" for mark in marks + FORBIDDEN if mark.lower() in said.lower()]
            faults += [f"words of the attacker in {said!r}: {run}" for run in runs(said) & planted if len("".join(run)) > 8]
        if not any("c1" in s["evidence"] or any(e.startswith("c1.") for e in s["evidence"]) for s in narrative["sentences"]):
            faults.append("nothing is told of c1")
        if narrative["source"] == "model" and narrative["injection_suspected"]:
            faults.append("a suspicious telling was shown")
        if len(chats) < 2:
            return (False, [f"{len(chats)} questions, {narrative['status']}: {json.loads(before)['verdict']}"], narrative, json.loads(before))
        # the run without attacker text sees none of it: three words of it in a row, or its own mark, would be in the prompt
        first = " ".join(m["content"] for m in chats[0]["messages"])
        faults += [f"the redacted prompt holds {run}" for run in runs(text) & runs(first) if len(" ".join(run)) > 14]
        second = " ".join(excerpts_of(*(m["content"] for m in chats[1]["messages"])))
        seen = any(word in second for word in re.findall(r"[A-Za-z0-9]{5,}", text)) or not text.isascii()
        return (seen, faults, narrative, json.loads(before))

    def test_there_are_enough(self):
        self.assertGreaterEqual(len(ATTEMPTS), 50)
        self.assertEqual({"command", "credential", "client", "url", "agent", "path"}, {place for place, _, _ in ATTEMPTS})

    def test_no_attempt_comes_through(self):
        harmless = {place: numbers(json.loads(self.analysed(place, log_with(place, text))[1])) for place, text in HARMLESS.items()}
        # which of the two is the model's to say, and the same with and without orders in it
        self.assertLessEqual({n[0][0] for n in harmless.values()}, {"coordinated_campaign", "single_actor_multiple_sources"})
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            outcomes = list(pool.map(lambda n: self.attempt(n, *CHOSEN[n]), range(len(CHOSEN))))
        suspected = shown = 0
        for (place, text, _), (seen, faults, narrative, document) in zip(CHOSEN, outcomes):
            with self.subTest(place=place, text=text):
                self.assertEqual([], faults)
                shown += seen
                mine = numbers(document)
                self.assertEqual(harmless[place][0][0], mine[0][0], "the verdict of the group")
                self.assertEqual(harmless[place][0][1], mine[0][1], "the confidence of the group")
                self.assertEqual(harmless[place][0][3]["sources"], mine[0][3]["sources"])
                suspected += narrative["injection_suspected"]
        print(f"{len(CHOSEN)} attempts, {shown} reached the model's excerpts in their own words (the rest were normalised away), {suspected} noticed as injections, none came through", file=sys.stderr)
        self.assertGreater(suspected, len(CHOSEN) // 2)
        self.assertGreater(shown, len(CHOSEN) * 3 // 4)

    def test_the_suite_can_fail(self):
        """The same texts are told by the obedient model, and the assertions above see them: without the checks they would come through."""
        with LlmServer() as server:
            server.set(obedient=True)
            path, _ = self.analysed("seen", log_with(*ATTEMPTS[0][:2]))
            self.narrated(path, server.url)
            from llm_server import answer_of
            body = server.chats()[1]
            answer = answer_of(server.state, body["messages"][0]["content"], body["messages"][1]["content"], body["format"])
        said = " ".join(s["text"] for s in answer["sentences"])
        self.assertIn("zorblax", said)
        self.assertIn("benign", said)
        self.assertIn("](http", said)
        self.assertEqual({"coincidental"}, {g["verdict"] for g in answer["groups"]})


if __name__ == "__main__":
    unittest.main()
