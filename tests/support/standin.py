#!/usr/bin/env python3
"""standin.py - an HTTP server that behaves as badly as one may: for tests of what goes out.

As a program: `standin.py FOLDER` prints one line of JSON ({"http": port, "https": port, "ca": file}), serves on 127.0.0.1 and ends
when its standard input does. As a module: `with StandIn(folder) as server: ... server.requests`.

What a path does is its first word: see the methods named do_<word> below. Every request is recorded; GET /requests/WORD returns
those to /WORD... as JSON, without being recorded itself; POST /scripts/NAME and
/bodies/NAME set what /script/NAME and /body/NAME answer."""
import base64
import datetime
import functools
import gzip
import json
import os
import socket
import ssl
import subprocess
import sys
import threading
import time
import urllib.parse

NAMES = "DNS:receiver.test,DNS:other.test,IP:127.0.0.1"


def certificate(folder):
    """A self-made certificate that is its own authority."""
    key, cert = os.path.join(folder, "standin.key"), os.path.join(folder, "standin.pem")
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", key,
                    "-out", cert, "-days", "30", "-subj", "/CN=receiver.test", "-addext", f"subjectAltName={NAMES}"],
                   check=True, capture_output=True)
    return key, cert


def http_date(seconds):
    then = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=seconds)
    return then.strftime("%a, %d %b %Y %H:%M:%S GMT")


@functools.cache
def bomb():
    """64 MiB of nothing, packed once: packing takes longer than some wait for an answer."""
    return gzip.compress(bytes(64 << 20), 1)


class Gone(Exception):
    """The client closed."""


class Connection:
    def __init__(self, server, sock):
        self.server, self.sock, self.rest = server, sock, b""

    def more(self):
        data = self.sock.recv(65536)
        if not data:
            raise Gone
        self.rest += data

    def read_request(self):
        while b"\r\n\r\n" not in self.rest:
            self.more()
        head, self.rest = self.rest.split(b"\r\n\r\n", 1)
        first, *lines = head.decode("latin-1").split("\r\n")
        method, target, _ = first.split(" ")
        headers = [line.split(":", 1) for line in lines]
        headers = {name.lower(): value.strip() for name, value in headers}
        length = int(headers.get("content-length", 0))
        while len(self.rest) < length:
            self.more()
        body, self.rest = self.rest[:length], self.rest[length:]
        return {"method": method, "path": target, "headers": headers, "body": body}

    def send(self, data):
        self.sock.sendall(data)

    def answer(self, status, body=b"{}", media="application/json", **headers):
        lines = [f"HTTP/1.1 {status} Whatever", f"Content-Length: {len(body)}", f"Content-Type: {media}", "Connection: close"]
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        self.send("\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body)

    def serve(self):
        request = self.read_request()
        words = urllib.parse.urlsplit(request["path"]).path.strip("/").split("/")
        if words[0] == "requests":
            found = [r for r in self.server.requests if r["path"].startswith("/" + "/".join(words[1:]))]
            found = [{**r, "body": base64.b64encode(r["body"]).decode()} for r in found]
            return self.answer(200, json.dumps(found).encode())
        if words[0] == "scripts":
            with self.server.lock:
                self.server.scripts[words[1]] = [tuple(s) if isinstance(s, list) else s for s in json.loads(request["body"])]
            return self.answer(200)
        if words[0] == "bodies":
            self.server.bodies[words[1]] = request["body"]
            return self.answer(200)
        with self.server.lock:
            self.server.requests.append(request)
        getattr(self, "do_" + words[0].replace("-", "_"), self.do_unknown)(request, words[1:])
        return None

    def do_unknown(self, request, rest):
        self.answer(404, b'{"detail":"no such behaviour"}')

    def do_status(self, request, rest):
        self.answer(int(rest[0]), json.dumps({"status": int(rest[0])}).encode(), ETag='"abc"', Last_Modified="Sun, 06 Nov 1994 08:49:37 GMT")

    def do_echo(self, request, rest):
        self.answer(200, json.dumps({**request, "body": base64.b64encode(request["body"]).decode()}).encode())

    def do_retry(self, request, rest):
        """429 with Retry-After: /retry/seconds/120, /retry/date/120, /retry/reset/60, /retry/epoch/60"""
        seconds = int(rest[1])
        name, value = {"seconds": ("Retry-After", seconds), "date": ("Retry-After", http_date(seconds)),
                       "reset": ("X-RateLimit-Reset", seconds), "epoch": ("X-RateLimit-Reset", int(time.time()) + seconds)}[rest[0]]
        self.answer(429, **{name: value})

    def do_wait(self, request, rest):
        """/wait/NAME is /script/NAME once there is one."""
        while rest[0] not in self.server.scripts:
            time.sleep(0.01)
        self.do_script(request, rest)

    def do_script(self, request, rest):
        """/script/NAME answers with the next of server.scripts[NAME], the last for ever: a status, or (status, headers)."""
        with self.server.lock:
            script = self.server.scripts[rest[0]]
            step = script.pop(0) if len(script) > 1 else script[0]
        status, headers = step if isinstance(step, tuple) else (step, {})
        self.answer(status, b'{"secret":"of the receiver"}', **headers)

    def do_body(self, request, rest):
        if rest[0] in self.server.bodies:
            self.answer(200, self.server.bodies[rest[0]])
        else:
            self.answer(503)

    def do_hang(self, request, rest):
        while self.sock.recv(65536):
            pass

    def do_close(self, request, rest):
        """In the middle of a body; /close/head: before any answer."""
        if rest != ["head"]:
            self.send(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n0123456789")

    def do_dribble(self, request, rest):
        """A byte at a time, for longer than anybody waits."""
        self.send(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
        for _ in range(100000):
            self.send(b"x")
            time.sleep(0.02)

    def do_chunked(self, request, rest):
        self.send(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n")
        for piece in (b'{"chun', b'ked":', b"true}"):
            self.send(b"%x\r\n%s\r\n" % (len(piece), piece))
        self.send(b"0\r\n\r\n")

    def do_gzip(self, request, rest):
        self.answer(200, gzip.compress(b'{"packed":true}'), Content_Encoding="gzip")

    def do_bomb(self, request, rest):
        self.answer(200, bomb(), Content_Encoding="gzip")

    def do_broken_gzip(self, request, rest):
        self.answer(200, gzip.compress(bytes(1000))[:10] + b"\xff" * 100, Content_Encoding="gzip")

    def do_large(self, request, rest):
        self.answer(200, b"x" * (10 << 20))

    def do_html(self, request, rest):
        self.answer(200, b"<html>service unhappy</html>", "text/html; charset=utf-8")

    def do_truncated(self, request, rest):
        self.answer(200, b'{"count": 4213, "att')

    def do_utf8(self, request, rest):
        self.answer(200, b'{"name":"\xff\xfe"}')

    def do_twice(self, request, rest):
        self.answer(200, b'{"a":1,"a":2}')

    def do_garbage(self, request, rest):
        self.send(b"SSH-2.0-OpenSSH_9.2\r\nnothing of HTTP here\r\n")

    def do_flood(self, request, rest):
        self.send(b"HTTP/1.1 200 OK\r\n")
        while True:
            self.send(b"X-Flood: " + b"y" * 1000 + b"\r\n")

    def do_continue(self, request, rest):
        self.send(b"HTTP/1.1 100 Continue\r\nETag: \"early\"\r\n\r\n")
        self.answer(200)

    def do_redirect(self, request, rest):
        """/redirect/STATUS/N: N more, then /echo"""
        left = int(rest[1])
        self.answer(int(rest[0]), Location=f"/redirect/{rest[0]}/{left - 1}" if left > 1 else "/echo/end?x=1")

    def do_redirect_to(self, request, rest):
        """/redirect-to/BASE64URL"""
        self.answer(302, Location=base64.urlsafe_b64decode(rest[0]).decode())


class StandIn:
    def __init__(self, folder):
        self.lock, self.requests, self.scripts, self.bodies = threading.Lock(), [], {}, {}
        key, self.ca = certificate(folder)
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(self.ca, key)
        self.listeners = [socket.create_server(("127.0.0.1", 0), backlog=128) for _ in range(2)]
        self.http, self.https = [s.getsockname()[1] for s in self.listeners]

    def __enter__(self):
        for listener, secure in zip(self.listeners, (False, True)):
            threading.Thread(target=self.accept, args=(listener, secure), daemon=True).start()
        return self

    def __exit__(self, *_):
        for listener in self.listeners:
            listener.close()

    def accept(self, listener, secure):
        while True:
            try:
                sock, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(sock, secure), daemon=True).start()

    def serve(self, sock, secure):
        try:
            if secure:
                sock = self.context.wrap_socket(sock, server_side=True)
            with sock:
                Connection(self, sock).serve()
        except (OSError, Gone, ValueError):
            pass


if __name__ == "__main__":
    with StandIn(sys.argv[1]) as standin:
        print(json.dumps({"http": standin.http, "https": standin.https, "ca": standin.ca}), flush=True)
        sys.stdin.read()
