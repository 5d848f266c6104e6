"""HashiCorp Vault's HTTP API on loopback: transit, AppRole and namespaces, with faults on call.

Written from the public API documentation (transit, approle, namespaces, errors). It encrypts
for real: AES-256-GCM under keys derived from the context, as a derived transit key does.
"""

import base64
import hashlib
import hmac
import json
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

ROOT_TOKEN = "hvs.root"
ROLE_ID, SECRET_ID = "role-1", "secret-of-role-1"
Said = tuple[int, dict[str, Any] | None]


class Refused(Exception):
    """An answer that is no success."""

    def __init__(self, status: int, *errors: str) -> None:
        super().__init__(status)
        self.answer: Said = (status, {"errors": list(errors)})


@dataclass(slots=True)
class TransitKey:
    """A named key of the engine: its versions from 1."""

    type: str
    derived: bool
    versions: list[bytes] = field(default_factory=lambda: [os.urandom(32)])
    min_decryption: int = 1
    min_encryption: int = 0

    def cipher(self, version: int, *, context: bytes) -> AESGCM:
        """Return the cipher of a version, derived where the key is."""
        secret = self.versions[version - 1]
        if self.derived:
            secret = hmac.digest(secret, context, hashlib.sha256)
        return AESGCM(secret)


@dataclass(slots=True)
class FakeVault:
    """One Vault: its keys by namespace, its tokens, and what is wrong with it now."""

    keys: dict[tuple[str, str], TransitKey] = field(default_factory=dict)
    tokens: set[str] = field(default_factory=lambda: {ROOT_TOKEN})
    # Statuses that the next requests are answered with, whatever they ask for.
    troubles: list[int] = field(default_factory=list)
    sealed: bool = False
    garbled: bool = False
    forbidden: set[str] = field(default_factory=set)
    namespace: str = ""
    token_lasts_s: int = 3_600
    seen: list[tuple[str, str]] = field(default_factory=list)
    logins: int = 0
    url: str = ""

    def answer(self, method: str, path: str, *, headers: Any, body: dict[str, Any]) -> Said:
        """Answer one request as Vault does."""
        self.seen.append((method, path))
        if self.troubles:
            return self.troubles.pop(0), {"errors": ["trouble"]}
        if self.sealed:
            return 503, {"errors": ["Vault is sealed"]}
        namespace = headers.get("X-Vault-Namespace") or ""
        if namespace != self.namespace:
            return 404, {"errors": ["no handler for route"]}
        try:
            if path == "auth/approle/login":
                return self._login(body)
            if headers.get("X-Vault-Token") not in self.tokens:
                raise Refused(403, "permission denied")
            mount, _, rest = path.partition("/")
            if mount != "transit":
                raise Refused(404, f'no handler for route "{path}"')
            return self._transit(method, rest, namespace=namespace, body=body)
        except Refused as problem:
            return problem.answer

    def _login(self, body: dict[str, Any]) -> Said:
        if (body.get("role_id"), body.get("secret_id")) != (ROLE_ID, SECRET_ID):
            raise Refused(400, "invalid role or secret ID")
        self.logins += 1
        token = f"hvs.{self.logins}"
        self.tokens.add(token)
        return 200, {"auth": {"client_token": token, "lease_duration": self.token_lasts_s}}

    def _transit(self, method: str, path: str, *, namespace: str, body: dict[str, Any]) -> Said:
        work, _, name = path.partition("/")
        name, _, part = name.partition("/")
        if work in self.forbidden:
            raise Refused(403, "1 error occurred: * permission denied")
        at = (namespace, name)
        key = self.keys.get(at)
        if work == "keys" and method == "POST" and not part:
            if key is None:
                kind, derived = body.get("type", "aes256-gcm96"), bool(body.get("derived"))
                self.keys[at] = TransitKey(type=kind, derived=derived)
            return 204, None
        if key is None:
            raise Refused(*((404,) if work == "keys" else (400, "encryption key not found")))
        if work == "keys":
            return self._key(method, part, key=key, name=name, body=body)
        context = self._context(key, body)
        match work:
            case "encrypt":
                plaintext = base64.b64decode(body["plaintext"], validate=True)
                return 200, {"data": self._encrypt(key, plaintext, context=context, body=body)}
            case "decrypt":
                shown = base64.b64encode(self._decrypt(key, context=context, body=body)).decode()
                return 200, {"data": {"plaintext": shown}}
            case "rewrap":
                plaintext = self._decrypt(key, context=context, body=body)
                return 200, {"data": self._encrypt(key, plaintext, context=context, body=body)}
            case _:
                raise Refused(404, f'no handler for route "{path}"')

    def _key(
        self, method: str, part: str, *, key: TransitKey, name: str, body: dict[str, Any]
    ) -> Said:
        if method == "POST" and part == "rotate":
            key.versions.append(os.urandom(32))
            return 204, None
        if method == "POST" and part == "config":
            wanted = body.get("min_decryption_version", key.min_decryption)
            if not 1 <= wanted <= len(key.versions):
                raise Refused(400, "min decryption version out of range")
            key.min_decryption = wanted
            return 204, None
        if method != "GET" or part:
            raise Refused(405)
        data = {
            "name": name,
            "type": key.type,
            "derived": key.derived,
            "latest_version": len(key.versions),
            "min_decryption_version": key.min_decryption,
            "min_encryption_version": key.min_encryption,
        }
        return 200, {"data": data}

    def _context(self, key: TransitKey, body: dict[str, Any]) -> bytes:
        if not key.derived:
            return b""
        if not body.get("context"):
            raise Refused(400, "missing 'context' for key derivation")
        return base64.b64decode(body["context"], validate=True)

    def _encrypt(
        self, key: TransitKey, plaintext: bytes, *, context: bytes, body: dict[str, Any]
    ) -> dict[str, Any]:
        version = body.get("key_version") or len(key.versions)
        if not 1 <= version <= len(key.versions):
            raise Refused(400, "requested version for encryption is higher than the latest")
        nonce = os.urandom(12)
        sealed = nonce + key.cipher(version, context=context).encrypt(nonce, plaintext, None)
        text = base64.b64encode(sealed).decode()
        return {"ciphertext": f"vault:v{version}:{text}", "key_version": version}

    def _decrypt(self, key: TransitKey, *, context: bytes, body: dict[str, Any]) -> bytes:
        try:
            vault, version, text = str(body["ciphertext"]).split(":")
            number = int(version.removeprefix("v"))
            sealed = base64.b64decode(text, validate=True)
            if vault != "vault" or not 1 <= number <= len(key.versions):
                raise ValueError
        except (KeyError, ValueError):
            raise Refused(400, "invalid ciphertext: could not decode") from None
        if number < key.min_decryption:
            raise Refused(400, "ciphertext or signature version is disallowed by policy (too old)")
        try:
            return key.cipher(number, context=context).decrypt(sealed[:12], sealed[12:], None)
        except InvalidTag:
            raise Refused(400, "cipher: message authentication failed") from None


@contextmanager
def vault_running() -> Iterator[FakeVault]:
    """Serve a Vault on loopback for the block."""
    vault = FakeVault()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        # Else the body waits 40 ms for the headers to be acknowledged.
        disable_nagle_algorithm = True

        def _serve(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            read = self.rfile.read(length)
            body = json.loads(read) if read else {}
            path = self.path.removeprefix("/v1/")
            status, said = vault.answer(self.command, path, headers=self.headers, body=body)
            content = b"<html>" if vault.garbled else b"" if said is None else _json(said)
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        # http.server calls them so.
        do_GET = do_POST = _serve  # noqa: N815

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    vault.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield vault
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)


def _json(said: dict[str, Any]) -> bytes:
    return json.dumps(said).encode()
