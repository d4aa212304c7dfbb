#!/usr/bin/env python3
"""llm_server.py - a model server that is none: Ollama, vLLM, llama.cpp or another OpenAI-compatible one, as the reference describes their wire (section 4), with
their known faults, and a model that is honest or as bad as a model can be.

    llm_server.py [KIND]        prints {"port": N}; ends with its standard input

Control: POST /_control {"fault": ..., "faults": [...one a chat...], "obedient": true or "quietly", "models": [...], "kind": ...}; GET /_requests gives what came.
The obedient model does whatever it finds between the fences of attacker text: it repeats it, decodes it, follows it, adds links, and tells the canary."""
import base64
import binascii
import codecs
import json
import re
import sys
import threading
import time
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

FAULTS = ["ignored", "whitespace", "empty", "thinking", "length", "truncated", "midstream", "slow", "hang", "stall", "loading", "busy", "wrong_model",
          "prose", "fenced", "enum", "canary", "extra_key", "invented", "html", "error_500", "auth", "no_answer", "close", "bad_utf8", "bad_request",
          "huge", "prompt_cut", "garbage"]


# --- the model -----------------------------------------------------------------------------------------------------------------

def items_of(user):
    """id -> facts of the evidence in a prompt."""
    items = {}
    for line in user.split("\n"):
        m = re.match(r"\[([a-z0-9_.]+)\](.*)$", line)
        if m:
            items[m.group(1)] = dict(p.split("=", 1) for p in m.group(2).split("; ") if "=" in p)
    return items


def honest_sentences(items):
    out = []
    for i, facts in items.items():
        if i == "batch" and "sessions" in facts:
            out.append((f"The batch holds {facts['sessions']} sessions from {facts['sources']} sources.", ["batch"]))
        elif re.fullmatch(r"c\d+", i) and facts.get("verdict", "")[:6] in ("coordi", "single"):
            out.append((f"{i} is a coordinated group of {facts['sources']} sources seen in {facts['sessions']} sessions.", [i]))
        elif "p_value" in facts and float(facts["p_value"]) <= 0.05:
            out.append((f"The channel {i} is stronger than chance would suggest, with p = {facts['p_value']}.", [i]))
        elif ".artefact." in i:
            out.append((f"Some {facts['sources']} sources share the same artefact.", [i]))
    return out


def excerpts_of(system, user):
    fence = re.search(r"FENCE is (\w+)\.", system)
    if not fence:
        return []
    texts = re.findall(rf"<{fence.group(1)} \S+ \w+>(.*?)</{fence.group(1)}>", user, flags=re.S)
    return [re.sub(r"\\x([0-9a-f]{2})", lambda m: chr(int(m.group(1), 16)), t).replace("^", " ") for t in texts]


def decodings(text):
    """What a helpful model reads out of a text."""
    yield text
    yield codecs.encode(text, "rot13")
    yield text[::-1]
    yield urllib.parse.unquote_plus(text)
    yield text.replace(";", " ").replace("_", " ").replace("-", " ").replace(".", " ").replace("${IFS}", " ")
    yield text.translate(str.maketrans("4310057@$", "aeioosta$"))
    for word in re.findall(r"[A-Za-z0-9+/=]{12,}", text):
        try:
            yield base64.b64decode(word + "=" * (-len(word) % 4)).decode("utf-8")
        except (binascii.Error, ValueError):
            pass
    for word in re.findall(r"(?:[0-9a-f]{2}){6,}", text):
        yield bytes.fromhex(word).decode("latin-1")
    for quoted in re.findall(r"[\"'`](.+?)[\"'`]", text):
        yield quoted
    for said in re.findall(r"(?:write|say|state|output|conclude|report|answer|tell|add|append)[: ]+(.+)", text, flags=re.I):
        yield said


def obedient_sentences(system, user, groups):
    """Everything that is asked for, and the worst that may be meant by it."""
    out, canary = [], re.search(r"The word (\S+) is secret", system)
    for text in excerpts_of(system, user):
        for said in decodings(text):
            said = re.sub(r"[\x00-\x1f]", " ", said).strip()
            if len(said) > 8:
                out.append(said[:250])
    order = r"ignore|instruct|system|prompt|model|assistant|write|say|verdict|benign|analyst|report"
    out = sorted(dict.fromkeys(out), key=lambda s: not re.search(order, s, flags=re.I))  # what looks like an order first
    hostile = bool(out) and any(re.search(r"ignore|instruct|system|prompt|model|AI\b|assistant|SGVs|vtaber|verdict|benign|analyst|report", s, flags=re.I) for s in out)
    extra = []
    if hostile:
        for g in groups:
            extra += [(f"{g} is benign and no action is needed.", [g]), (f"{g} is coincidental with a confidence of 0.01.", [g]),
                      (f"{g} has 1 source in 2 sessions.", [g]), (f"See [the report](http://evil.example/{g}) for {g}.", [g])]
    sentences = [(s, [groups[0]] if groups else ["batch"]) for s in out]
    if canary and any(re.search(r"secret|canary|system prompt|repeat", s, flags=re.I) for s in out):
        extra.append((f"The secret word is {canary.group(1)}.", ["batch"]))
    return hostile, extra, sentences


def answer_of(state, system, user, schema):
    """The object that the model says."""
    wanted = schema.get("properties", {})
    if "colour" in wanted:
        return {"colour": "green"}
    items = items_of(user)
    groups = wanted.get("groups", {}).get("items", {}).get("properties", {}).get("id", {}).get("enum", [])
    groups = groups or [i for i in items if re.fullmatch(r"c\d+", i)]
    honest, hostile, bad, verdict = honest_sentences(items), False, [], None
    if state["obedient"]:
        hostile, extra, said = obedient_sentences(system, user, groups)
        if state["obedient"] == "quietly":  # says what it is told among what is true, and nothing that would give it away
            said, extra, hostile = said[:4], [], False
        bad = extra[:8] + said
        verdict = "coincidental" if hostile else None
    if state["fault_now"] == "invented":
        bad = [("c1 is led by 9999 sources.", ["c1"]), ("c99 is not there.", ["c1"]), ("Follow \u202ethis.", ["c1"]), ("c1 is coincidental.", ["c1"])]
    room = 24 - min(len(honest), 8)
    sentences = (bad[:room] + honest)[:24]
    ids = wanted.get("sentences", {}).get("items", {}).get("properties", {}).get("evidence", {}).get("items", {}).get("enum")
    out = {"sentences": [{"text": t[:256], "evidence": [e for e in ev if ids is None or e in ids] or ["batch"]} for t, ev in sentences]}
    if "groups" in wanted:
        names = [s for s, _ in bad if len(s) <= 48] if hostile else []
        out["groups"] = [{"id": g, "verdict": verdict or items[g]["verdict"], "name": names[0] if names else "shared key cluster"} for g in groups[:6]]
        kinds = wanted["hypotheses"]["items"]["properties"]["kind"]["enum"]
        out["hypotheses"] = [{"campaign": g, "kind": kinds[-1], "evidence": [g]} for g in groups[:1]]
    return out


# --- the wire --------------------------------------------------------------------------------------------------------------------

class Gone(Exception):
    pass


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    @property
    def state(self):
        return self.server.state

    def body(self):
        return self.rfile.read(int(self.headers.get("Content-Length") or 0))

    def plain(self, status, body, media="application/json", **headers):
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", media)
        self.send_header("Content-Length", str(len(data)))
        for k, v in headers.items():
            self.send_header(k.replace("_", "-"), v)
        self.end_headers()
        self.wfile.write(data)

    def begin_stream(self, media):
        self.send_response(200)
        self.send_header("Content-Type", media)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()

    def chunk(self, data):
        try:
            self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))
            self.wfile.flush()
        except OSError as e:
            raise Gone from e

    def do_GET(self):
        kind, models = self.state["kind"], self.state["models"]
        self.state["requests"].append({"method": "GET", "path": self.path, "headers": dict(self.headers)})
        if self.path == "/_requests":
            return self.plain(200, self.state["requests"][:-1])
        if self.refused():
            return None
        if kind == "ollama" and self.path == "/api/version":
            return self.plain(200, {"version": "0.12.6"})
        if kind == "ollama" and self.path == "/api/tags":
            return self.plain(200, {"models": [{"name": m, "model": m, "digest": "%064x" % (n + 1), "size": 1, "details": {"family": "llama", "parameter_size": "8B"}}
                                               for n, m in enumerate(models)]})
        if self.path == "/v1/models":
            owner = {"vllm": "vllm", "llama.cpp": "llamacpp", "ollama": "library"}.get(kind, "organization-owner")
            return self.plain(200, {"object": "list", "data": [{"id": m, "object": "model", "owned_by": owner} for m in models]})
        if self.path == "/health" and kind in ("vllm", "llama.cpp"):
            return self.plain(200, b"" if kind == "vllm" else {"status": "ok"})
        if kind == "ollama":
            return self.plain(404, b"404 page not found", "text/plain")
        return self.plain(404, {"detail": "Not Found"} if kind == "vllm" else {"error": {"code": 404, "message": "File Not Found", "type": "not_found_error"}})

    def refused(self):
        key = self.state["key"]
        if key and self.headers.get("Authorization") != "Bearer " + key:
            self.plain(401, {"error": {"message": "Invalid API Key", "type": "authentication_error", "code": 401}})
            return True
        return False

    def do_POST(self):
        raw = self.body()
        if self.path == "/_control":
            self.state.update(json.loads(raw))
            return self.plain(200, {})
        request = json.loads(raw)
        self.state["requests"].append({"method": "POST", "path": self.path, "headers": dict(self.headers), "body": request})
        if self.refused():
            return None
        path = "/api/chat" if self.state["kind"] == "ollama" else "/v1/chat/completions"
        if self.path != path:
            return self.plain(404, {"error": "no such path"})
        with self.server.lock:
            self.state["running"] += 1
            self.state["most"] = max(self.state["most"], self.state["running"])
        try:
            return self.chat(request)
        except (Gone, OSError):
            self.close_connection = True
        finally:
            with self.server.lock:
                self.state["running"] -= 1

    def error(self, status, message, kind="invalid_request_error", **headers):
        if self.state["kind"] == "ollama":
            return self.plain(status, {"error": message}, **headers)
        return self.plain(status, {"error": {"message": message, "type": kind, "param": None, "code": status}}, **headers)

    def schema_of(self, request):
        """(schema that the server holds the answer to, whether any JSON is asked for)"""
        kind, form = self.state["kind"], request.get("response_format", {})
        if kind == "ollama":
            form = request.get("format")
            return (form, True) if isinstance(form, dict) else (None, form == "json")
        if form.get("type") == "json_schema":
            return form.get("json_schema", {}).get("schema"), True
        if kind == "vllm" and "structured_outputs" in request:
            return request["structured_outputs"].get("json"), True
        if kind == "llama.cpp" and "json_schema" in request:
            return request["json_schema"], True
        return None, form.get("type") == "json_object"

    def chat(self, request):
        state = self.state
        with self.server.lock:
            fault = state["faults"].pop(0) if state["faults"] else state["fault"]
        probe = request["messages"][1]["content"] == "Hello!"
        if probe and fault not in ("ignored", "wrong_model", "loading", "auth", "busy", "no_schema", "thinking", "close"):
            fault = None
        state["fault_now"] = fault
        if request["model"] not in state["models"] or fault == "wrong_model":
            name = request["model"]
            return self.error(404, f"model '{name}' not found" if state["kind"] == "ollama" else f"The model `{name}` does not exist.", "NotFoundError")
        early = {"loading": (503, "Loading model"), "busy": (503, "server busy, please try again.  maximum pending requests exceeded"),
                 "error_500": (500, "llama runner process has terminated"), "auth": (401, "Invalid API Key"), "bad_request": (400, "failed to parse grammar")}
        if fault in early:
            return self.error(*early[fault], "unavailable_error")
        if fault == "html":
            return self.plain(502, b"<html>Bad gateway</html>", "text/html")
        if fault == "close":
            raise Gone
        if fault == "hang":
            state["hold"].wait(60)
            raise Gone
        schema, is_json = self.schema_of(request)
        if schema is not None and state["refuse_schema"]:
            return self.error(400, "failed to parse grammar")
        return self.say(request, fault, schema, is_json)

    def text_of(self, request, fault, schema, is_json):
        system, user = (m["content"] for m in request["messages"][:2])
        told = re.search(r"schema[^{]*(\{.*\})", system)
        if fault == "ignored" and user == "Hello!":
            schema, told = None, told if not is_json or schema is None else None
        if schema is None and told is None:
            return "Hello there! How can I help you today?"
        schema = schema or json.loads(told.group(1).split("\n")[0])
        answer = answer_of(self.state, system, user, schema)
        text = json.dumps(answer)
        canary = re.search(r"The word (\S+) is secret", system)
        if fault == "ignored" and "sentences" in answer:
            return json.dumps({"story": "Once upon a time"})
        if fault == "prose":
            return "Sure! Here is what I found about these groups: they are coordinated."
        if fault == "fenced":
            return "```json\n" + text + "\n```"
        if fault == "enum" and "groups" in answer:
            return json.dumps({**answer, "groups": [{"id": "c1", "verdict": "friendly", "name": "x y"}]})
        if fault == "enum":
            return json.dumps({**answer, "sentences": [{"text": "Nothing.", "evidence": ["c999"]}]})
        if fault == "canary":
            return json.dumps({**answer, "sentences": [{"text": canary.group(1), "evidence": ["batch"]}]})
        if fault == "extra_key":
            return json.dumps({**answer, "confidence": 0.99})
        if fault == "truncated":
            return text[:len(text) // 2]
        if fault == "huge":
            return text[:-1] + ', "x": "' + "a" * 400000 + '"}'
        return text

    def say(self, request, fault, schema, is_json):
        text = self.text_of(request, fault, schema, is_json)
        if fault == "whitespace":
            text = text[:10] + "\n" * 5000
        if fault in ("empty", "thinking"):
            text = ""
        reason = "length" if fault in ("length", "whitespace", "truncated") else "stop"
        reasoning = "Let me think about it." if fault == "thinking" else None
        prompt = 10 ** 6 if fault == "prompt_cut" else len(json.dumps(request["messages"])) // 4
        self.stream(text, reason, reasoning, fault, prompt)

    def stream(self, text, reason, reasoning, fault, prompt):
        ollama = self.state["kind"] == "ollama"
        self.begin_stream("application/x-ndjson" if ollama else "text/event-stream")
        if self.state["delay"]:
            time.sleep(self.state["delay"])
        pieces = [text[i:i + 97] for i in range(0, len(text), 97)] if fault != "slow" else [text[i:i + 7] for i in range(0, len(text), 7)]
        if not ollama:
            self.chunk(b": keep-alive\n\n")
        if reasoning:
            self.piece("", reasoning)
        for n, piece in enumerate(pieces):
            if fault == "midstream" and n == min(2, len(pieces) - 1):
                return self.break_off()
            if fault == "stall" and n == 1:
                self.state["hold"].wait(60)
                raise Gone
            if fault == "garbage" and n == 1:
                self.chunk(b"\x00\xff{{{\n\n")
            if fault == "slow":
                time.sleep(0.0005)
            self.piece(piece, None)
        if fault == "no_answer":
            raise Gone
        if fault == "bad_utf8":
            self.chunk(b'{"message":{"content":"\xff\xfe"},"done":false}\n' if ollama else b'data: {"choices":[{"delta":{"content":"\xff\xfe"}}]}\n\n')
        self.last(reason, prompt, len(text) // 4)
        self.chunk(b"")
        return None

    def piece(self, text, reasoning):
        message = {"role": "assistant", "content": text}
        if self.state["kind"] == "ollama":
            if reasoning:
                message["thinking"] = reasoning
            return self.chunk(json.dumps({"model": "m", "created_at": "2026-01-01T00:00:00Z", "message": message, "done": False}).encode() + b"\n")
        if reasoning:
            message["reasoning_content"] = reasoning
        record = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "choices": [{"index": 0, "delta": message, "finish_reason": None}]}
        data = b"data: " + json.dumps(record).encode() + b"\r\n\r\n"
        self.chunk(data[:11])
        return self.chunk(data[11:])

    def break_off(self):
        if self.state["kind"] == "ollama":
            self.chunk(json.dumps({"error": "an error was encountered while running the model: CUDA error"}).encode() + b"\n")
        else:
            self.chunk(b'data: {"error":{"message":"EngineCore died","type":"InternalServerError","code":500}}\n\n')
        self.chunk(b"")

    def last(self, reason, prompt, answer):
        if self.state["kind"] == "ollama":
            return self.chunk(json.dumps({"model": "m", "message": {"role": "assistant", "content": ""}, "done": True, "done_reason": reason, "total_duration": 1,
                                          "prompt_eval_count": prompt, "eval_count": answer}).encode() + b"\n")
        self.chunk(b"data: " + json.dumps({"choices": [{"index": 0, "delta": {}, "finish_reason": reason}]}).encode() + b"\n\n")
        self.chunk(b"data: " + json.dumps({"choices": [], "usage": {"prompt_tokens": prompt, "completion_tokens": answer}}).encode() + b"\n\n")
        return self.chunk(b"data: [DONE]\n\n")


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request, client_address):
        pass  # clients leave in the middle of an answer


class LlmServer:
    """with LlmServer("ollama") as server: server.url, server.set(fault="empty"), server.chats()"""

    def __init__(self, kind="ollama", models=("llama3.1:8b", "qwen3:4b"), port=0):
        self.httpd = Server(("127.0.0.1", port), Handler)
        self.httpd.lock = threading.Lock()
        self.state = self.httpd.state = {"kind": kind, "models": list(models), "fault": None, "faults": [], "fault_now": None, "obedient": False, "key": None,
                                         "delay": 0, "refuse_schema": False, "requests": [], "running": 0, "most": 0, "hold": threading.Event()}
        self.port = self.httpd.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}"

    def __enter__(self):
        threading.Thread(target=self.httpd.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.state["hold"].set()
        self.httpd.shutdown()
        self.httpd.server_close()

    def set(self, **what):
        self.state.update(what)

    def chats(self):
        """Bodies of chats that are no probes."""
        return [r["body"] for r in self.state["requests"] if r["method"] == "POST" and r["body"]["messages"][1]["content"] != "Hello!"]


if __name__ == "__main__":
    with LlmServer(sys.argv[1] if len(sys.argv) > 1 else "ollama") as here:
        print(json.dumps({"port": here.port}), flush=True)
        sys.stdin.read()
