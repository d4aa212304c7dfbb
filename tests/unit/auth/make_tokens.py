#!/usr/bin/env python3
"""make_tokens.py - keys and tokens for the tests, made by the openssl program: not by the code that is tested.

make_tokens.py HEADER writes a C header: JWKS sets and a table of tokens with what has to become of each. Fresh keys on every build.
make_tokens.py HEADER FOLDER also writes jwks.json and a corpus for the fuzz targets into FOLDER."""
import base64
import json
import os
import subprocess
import sys
import tempfile

NOW = 1_800_000_000
ISSUER, AUDIENCE = "https://login.example.org/", "coord"


def b64(data):
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def number(n):
    return b64(n.to_bytes((n.bit_length() + 7) // 8, "big"))


def openssl(*args, data=None):
    return subprocess.run(["openssl", *args], input=data, capture_output=True, check=True).stdout


class Key:
    """A private key in a file, its algorithm and its kid."""

    def __init__(self, folder, kid, alg, *options):
        self.kid, self.alg, self.path = kid, alg, os.path.join(folder, kid + ".pem")
        openssl("genpkey", *options, "-out", self.path)

    def jwk(self, **more):
        der = openssl("pkey", "-in", self.path, "-pubout", "-outform", "DER")
        if self.alg == "RS256":
            modulus = openssl("rsa", "-in", self.path, "-noout", "-modulus").decode().strip().split("=")[1]
            shape = {"kty": "RSA", "n": number(int(modulus, 16)), "e": "AQAB"}
        elif self.alg == "ES256":
            shape = {"kty": "EC", "crv": "P-256", "x": b64(der[-64:-32]), "y": b64(der[-32:])}
        else:
            shape = {"kty": "OKP", "crv": "Ed25519", "x": b64(der[-32:])}
        return {**shape, "kid": self.kid, "alg": self.alg, "use": "sig", **more}

    def sign(self, text):
        if self.alg == "EdDSA":
            with tempfile.NamedTemporaryFile() as f:
                f.write(text)
                f.flush()
                return openssl("pkeyutl", "-sign", "-rawin", "-inkey", self.path, "-in", f.name)
        signature = openssl("dgst", "-sha256", "-sign", self.path, data=text)
        if self.alg == "RS256":
            return signature
        at, numbers = 2, b""
        for _ in range(2):
            length = signature[at + 1]
            numbers += signature[at + 2:at + 2 + length].lstrip(b"\0").rjust(32, b"\0")
            at += 2 + length
        return numbers


def claims(**changes):
    """Good ones, with changes; None takes one away."""
    all_ = {"iss": ISSUER, "aud": AUDIENCE, "sub": "alice", "exp": NOW + 600, "nbf": NOW - 10, "iat": NOW - 10,
            "scope": "openid coord:submit read", **changes}
    return json.dumps({k: v for k, v in all_.items() if v is not None}).encode()


def token(key, payload=None, header=None, **changes):
    if header is None:
        header = {"alg": key.alg, "kid": key.kid, "typ": "JWT", **changes}
        header = json.dumps({k: v for k, v in header.items() if v is not None}).encode()
    signed = (b64(header) + "." + b64(claims() if payload is None else payload)).encode()
    return signed.decode() + "." + b64(key.sign(signed))


def hmac_with(text, secret):
    with tempfile.NamedTemporaryFile() as f:
        f.write(secret)
        f.flush()
        return openssl("dgst", "-sha256", "-mac", "HMAC", "-macopt", "hexkey:" + secret.hex(), "-binary", data=text)


def forged_with_public_key(key, alg="HS256"):
    """The classic: the public key as the secret of an HMAC."""
    text = (b64(json.dumps({"alg": alg, "kid": key.kid}).encode()) + "." + b64(claims())).encode()
    return text.decode() + "." + b64(hmac_with(text, openssl("pkey", "-in", key.path, "-pubout")))


def flipped(text, part, at=5):
    parts = text.split(".")
    c = parts[part][at]
    parts[part] = parts[part][:at] + ("A" if c != "A" else "B") + parts[part][at + 1:]
    return ".".join(parts)


def rows(rsa, ec, ed, stranger):
    good = token(rsa)
    header, payload, signature = good.split(".")
    none = b64(b'{"alg":"none"}') + "." + payload
    bad, expired, unknown = "JWT_BAD", "JWT_EXPIRED", "JWT_UNKNOWN_KEY"
    yield "RS256", good, "JWT_GOOD"
    yield "ES256", token(ec), "JWT_GOOD"
    yield "EdDSA", token(ed), "JWT_GOOD"
    yield "no typ", token(rsa, typ=None), "JWT_GOOD"
    yield "typ at+jwt", token(ec, typ="AT+JWT"), "JWT_GOOD"
    yield "audiences", token(ed, claims(aud=["other", AUDIENCE])), "JWT_GOOD"
    yield "no nbf, no iat", token(ed, claims(nbf=None, iat=None)), "JWT_GOOD"
    yield "fraction", token(ed, claims(exp=NOW + 0.5)), "JWT_GOOD"
    yield "exp within the minute", token(ed, claims(exp=NOW - 59)), "JWT_GOOD"
    yield "nbf within the minute", token(ed, claims(nbf=NOW + 60)), "JWT_GOOD"
    yield "iat within the minute", token(ed, claims(iat=NOW + 60)), "JWT_GOOD"
    yield "large payload", token(ed, claims(extra="x" * 5000)), "JWT_GOOD"
    yield "exp past the minute", token(ed, claims(exp=NOW - 60)), expired
    yield "long past", token(rsa, claims(exp=NOW - 100000)), expired
    yield "no exp", token(ed, claims(exp=None)), bad
    yield "exp text", token(ed, claims(exp=str(NOW + 600))), bad
    yield "exp huge", token(ed, claims(exp=1e300)), bad
    yield "exp negative", token(ed, claims(exp=-1)), bad
    yield "nbf past the minute", token(ed, claims(nbf=NOW + 61)), bad
    yield "nbf text", token(ed, claims(nbf="now")), bad
    yield "iat past the minute", token(ed, claims(iat=NOW + 61)), bad
    yield "other issuer", token(ed, claims(iss="https://evil.example.org/")), bad
    yield "issuer without slash", token(ed, claims(iss=ISSUER[:-1])), bad
    yield "no issuer", token(ed, claims(iss=None)), bad
    yield "issuer list", token(ed, claims(iss=[ISSUER])), bad
    yield "other audience", token(ed, claims(aud="other")), bad
    yield "other audiences", token(ed, claims(aud=["a", "b", 7, None])), bad
    yield "audience object", token(ed, claims(aud={AUDIENCE: AUDIENCE})), bad
    yield "no audience", token(ed, claims(aud=None)), bad
    yield "no subject", token(ed, claims(sub=None)), bad
    yield "empty subject", token(ed, claims(sub="")), bad
    yield "long subject", token(ed, claims(sub="x" * 257)), bad
    yield "subject number", token(ed, claims(sub=7)), bad
    yield "exp twice", token(ed, claims()[:-1] + b', "exp": %d}' % (NOW + 999999)), bad
    yield "payload list", token(ed, b"[1]"), bad
    yield "payload no JSON", token(ed, b"alice"), bad
    yield "payload empty object", token(ed, b"{}"), bad
    yield "alg none", none + ".", bad
    yield "alg none with a signature", none + "." + signature, bad
    yield "alg None", b64(b'{"alg":"None"}') + "." + payload + "." + signature, bad
    yield "HS256 with the public key", forged_with_public_key(rsa), bad
    yield "HMAC called RS256", forged_with_public_key(rsa, "RS256"), bad
    yield "ES256 key, RS256 said", token(rsa, kid=ec.kid), bad
    yield "RS256 key, ES256 said", token(ec, kid=rsa.kid), bad
    yield "alg of another key", token(rsa, alg="ES256"), bad
    yield "RS512", token(rsa, alg="RS512"), bad
    yield "PS256", token(rsa, alg="PS256"), bad
    yield "alg lower case", token(rsa, alg="rs256"), bad
    yield "alg number", token(rsa, alg=256), bad
    yield "no alg", token(rsa, alg=None), bad
    yield "alg twice", token(rsa, header=b'{"alg":"RS256","kid":"rsa-1","alg":"none"}'), bad
    yield "crit", token(rsa, crit=["b64"], b64=False), bad
    yield "typ other", token(rsa, typ="dpop+jwt"), bad
    yield "a stranger's key", token(stranger, kid=ed.kid), bad
    yield "a stranger's kid", token(stranger), unknown
    yield "no kid among several", token(rsa, kid=None), bad
    yield "kid number", token(rsa, kid=1), bad
    yield "kid empty", token(rsa, kid=""), unknown
    yield "key in the header", token(stranger, jwk=stranger.jwk(), jku="https://evil.example.org/"), unknown
    yield "header changed", flipped(good, 0, 12), bad
    yield "payload changed", flipped(good, 1), bad
    yield "signature changed", flipped(good, 2), bad
    yield "ES256 signature changed", flipped(token(ec), 2), bad
    yield "EdDSA signature changed", flipped(token(ed), 2), bad
    yield "signature cut", good[:-8], bad
    yield "signature empty", header + "." + payload + ".", bad
    yield "two parts", header + "." + payload, bad
    yield "four parts", good + "." + signature, bad
    yield "five parts", good + ".a.b", bad
    yield "padding", header + "=." + payload + "." + signature, bad
    yield "a blank", header + "." + payload + ". " + signature, bad
    yield "empty", "", bad
    yield "dots", "..", bad
    yield "too long", token(ed, claims(extra="x" * 6200)), bad
    der = ec.sign(token(ec).rsplit(".", 1)[0].encode())
    yield "ES256 of 65 bytes", token(ec).rsplit(".", 1)[0] + "." + b64(der + b"\0"), bad
    yield "ES256 of zeros", token(ec).rsplit(".", 1)[0] + "." + b64(bytes(64)), bad


def sets(rsa, ec, ed, small, other_curve):
    """JWK sets: name, text, how many keys can be used (-1: COORD_EPARSE, 0: COORD_EINVALID)."""
    def text(*keys):
        return json.dumps({"keys": list(keys)})
    plain = {k: v for k, v in rsa.jwk().items() if k not in ("alg", "use")}
    yield "all", text(rsa.jwk(), ec.jwk(), ed.jwk()), 3
    yield "without alg and use", text(plain), 1
    yield "key_ops", text(rsa.jwk(key_ops=["verify"])), 1
    yield "among others", text({"kty": "oct", "k": "AAAA"}, 7, None, {}, rsa.jwk(use="enc"), rsa.jwk(key_ops=["encrypt"]),
                               rsa.jwk(alg="RS512"), other_curve.jwk(), ed.jwk()), 1
    yield "off the curve", text({**ec.jwk(), "y": b64(bytes(32))}), 0
    yield "short point", text({**ec.jwk(), "x": b64(bytes(31))}), 0
    yield "small RSA", text(small.jwk()), 0
    yield "even exponent", text({**rsa.jwk(), "e": "AQAC"}), 0
    yield "exponent one", text({**rsa.jwk(), "e": "AQ"}), 0
    yield "modulus with a blank", text({**rsa.jwk(), "n": " " + rsa.jwk()["n"]}), 0
    yield "huge modulus", text({**rsa.jwk(), "n": b64(b"\xff" * 1025)}), 0
    yield "short Ed25519", text({**ed.jwk(), "x": b64(bytes(31))}), 0
    yield "symmetric only", text({"kty": "oct", "k": "AAAA", "alg": "HS256", "kid": "x"}), 0
    yield "kid twice", text(ed.jwk(), ec.jwk(kid=ed.kid)), 0
    yield "too many", text(*[ed.jwk(kid=str(i)) for i in range(65)]), 0
    yield "long kid", text(ed.jwk(kid="x" * 257)), 0
    yield "empty", text(), 0
    yield "list", "[]", -1
    yield "keys object", '{"keys":{}}', -1
    yield "no keys", "{}", -1
    yield "no JSON", "<html>", -1
    yield "nothing", "", -1


def c_string(text):
    return json.dumps(text)


def main():
    with tempfile.TemporaryDirectory() as folder:
        rsa = Key(folder, "rsa-1", "RS256", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048")
        ec = Key(folder, "ec-1", "ES256", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256")
        ed = Key(folder, "ed-1", "EdDSA", "-algorithm", "ed25519")
        stranger = Key(folder, "ed-2", "EdDSA", "-algorithm", "ed25519")
        small = Key(folder, "small", "RS256", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:1024")
        other = Key(folder, "other", "ES256", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-384")
        other.jwk = lambda: {"kty": "EC", "crv": "P-384", "x": "AAAA", "y": "AAAA", "kid": "other"}
        lines = [f"#define TOKENS_NOW INT64_C({NOW})", f"#define TOKENS_ISSUER {c_string(ISSUER)}",
                 f"#define TOKENS_AUDIENCE {c_string(AUDIENCE)}",
                 "static const struct { const char *name, *token; enum jwt_verdict verdict; } tokens_rows[] = {"]
        tokens = list(rows(rsa, ec, ed, stranger))
        lines += [f"\t{{ {c_string(name)}, {c_string(text)}, {verdict} }}," for name, text, verdict in tokens]
        lines += ["};", "static const struct { const char *name, *json; int keys; } tokens_sets[] = {"]
        key_sets = list(sets(rsa, ec, ed, small, other))
        lines += [f"\t{{ {c_string(name)}, {c_string(text)}, {n} }}," for name, text, n in key_sets]
        extra = {"admin": token(ed, claims(sub="bob", scope=None, scp=["coord:admin", "all", "root", 7])),
                 "scp_text": token(ed, claims(scope=None, scp="read admin")), "no_scope": token(ed, claims(scope=None)),
                 "odd_scope": token(ed, claims(scope="submit,read Admin coord: all")),
                 "no_kid": token(ed, kid=None), "stranger": token(stranger), "long_lived": token(ed, claims(exp=4_000_000_000)),
                 "stranger_long": token(stranger, claims(exp=4_000_000_000))}
        lines += ["};"] + [f"#define TOKEN_{name.upper()} {c_string(text)}" for name, text in extra.items()]
        lines += [f"#define SET_ONE {c_string(json.dumps({'keys': [ed.jwk()]}))}",
                  f"#define SET_STRANGER {c_string(json.dumps({'keys': [ed.jwk(), stranger.jwk()]}))}"]
        with open(sys.argv[1], "w", encoding="ascii") as f:
            f.write("/* tokens.h - made by make_tokens.py */\n#pragma GCC diagnostic ignored \"-Woverlength-strings\"\n" + "\n".join(lines) + "\n")
        for i, (_, text, _) in enumerate(tokens + key_sets if len(sys.argv) > 2 else []):
            with open(os.path.join(sys.argv[2], f"seed{i}"), "w", encoding="ascii") as f:
                f.write(text)


if __name__ == "__main__":
    main()
