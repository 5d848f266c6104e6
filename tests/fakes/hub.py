"""Speak the wire of Hugging Face's hub on loopback, for public models, with faults by order.

The shapes are those of its documents (https://huggingface.co/docs/hub/api) and of the headers that
its own client reads (https://huggingface.co/docs/huggingface_hub/package_reference/file_download):
large files (LFS) are answered 302 with where they lie and X-Linked-Size, X-Linked-ETag; each
answer of a repository has X-Repo-Commit, each refusal X-Error-Code.
"""

import hashlib
import json
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from enum import Enum, auto
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import unquote, urlsplit

COMMIT = "89abcdef" * 5
REPOSITORY = "desk/tone"
NONE: Mapping[str, str] = {}


class Fault(Enum):
    """What goes wrong."""

    GATED = auto()
    BROKEN = auto()  # 500
    NO_JSON = auto()
    NO_SIZES = auto()
    MOVED_ON = auto()  # the revision means another commit
    OTHER_COMMIT = auto()  # files come of another commit
    OTHER_BYTES = auto()  # as many as listed, and others
    ENDLESS = auto()  # more than listed
    CUT = auto()  # fewer than its own length says
    ELSEWHERE = auto()  # large files lie on another machine
    DRIPS = auto()  # a byte at a time
    ROUND = auto()  # large files lie where they were asked for


@dataclass(slots=True)
class FakeHub:
    """One public repository; names in large are answered as large files are."""

    files: Mapping[str, bytes]
    large: frozenset[str] = frozenset()
    fault: Fault | None = None
    asked: list[str] = field(default_factory=list)
    url: str = ""
    _server: ThreadingHTTPServer | None = None

    def __enter__(self) -> Self:
        handler = type("Handler", (_Handler,), {"served": self})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.shutdown()
        self._server.server_close()

    def listed(self, name: str) -> dict[str, Any]:
        """Return how the hub lists a file."""
        content = self.files[name]
        said: dict[str, Any] = {"rfilename": name, "size": len(content), "blobId": blob_of(content)}
        if name in self.large:
            pointer = _pointer(content)
            said["blobId"] = blob_of(pointer)
            said["lfs"] = {
                "sha256": hashlib.sha256(content).hexdigest(),
                "size": len(content),
                "pointerSize": len(pointer),
            }
        return {} if self.fault is Fault.NO_SIZES else said


class _Handler(BaseHTTPRequestHandler):
    served: FakeHub
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self._answer()

    def do_HEAD(self) -> None:
        self._answer()

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""

    def _answer(self) -> None:
        hub, path = self.served, unquote(urlsplit(self.path).path)
        hub.asked.append(f"{self.command} {self.path}")
        if hub.fault is Fault.BROKEN:
            self._send(500, b"")
        elif hub.fault is Fault.GATED:
            self._send(403, b"", {"X-Error-Code": "GatedRepo", "X-Error-Message": "no"})
        elif path.startswith("/lies/"):
            self._file(path.removeprefix("/lies/"))
        elif path.startswith(f"/api/models/{REPOSITORY}"):
            self._told(path.removeprefix(f"/api/models/{REPOSITORY}").strip("/").split("/"))
        elif path.startswith(f"/{REPOSITORY}/resolve/"):
            commit, _, name = path.removeprefix(f"/{REPOSITORY}/resolve/").partition("/")
            self._resolved(commit, name)
        else:
            self._send(404, b"", {"X-Error-Code": "RepoNotFound"})

    def _told(self, parts: list[str]) -> None:
        hub = self.served
        if parts[-1] not in (COMMIT, "main"):
            self._send(404, b"", {"X-Error-Code": "RevisionNotFound"})
            return
        if parts[0] == "tree":
            said: Any = [_in_tree(hub.listed(name)) for name in sorted(hub.files)]
        else:
            sha = "f" * 40 if hub.fault is Fault.MOVED_ON else COMMIT
            siblings = [hub.listed(name) for name in sorted(hub.files)]
            said = {"id": REPOSITORY, "modelId": REPOSITORY, "sha": sha, "siblings": siblings}
            said |= {"private": False, "gated": False, "disabled": False, "tags": []}
        body = b"<html>" if hub.fault is Fault.NO_JSON else json.dumps(said).encode()
        self._send(200, body, {"Content-Type": "application/json"})

    def _resolved(self, commit: str, name: str) -> None:
        hub = self.served
        if commit not in (COMMIT, "main"):
            self._send(404, b"", {"X-Error-Code": "RevisionNotFound"})
        elif name not in hub.files:
            more = {"X-Error-Code": "EntryNotFound", "X-Repo-Commit": COMMIT}
            self._send(404, b"", more)
        elif name in hub.large:
            content = hub.files[name]
            where = f"{hub.url}/lies/{name}"
            if hub.fault is Fault.ELSEWHERE:
                where = f"http://files.example.com/{name}"
            elif hub.fault is Fault.ROUND:
                where = self.path
            more = {
                "X-Repo-Commit": COMMIT,
                "X-Linked-Size": str(len(content)),
                "X-Linked-ETag": f'"{hashlib.sha256(content).hexdigest()}"',
                "Location": where,
            }
            self._send(302, b"", more)
        else:
            self._file(name)

    def _file(self, name: str) -> None:
        hub, content = self.served, self.served.files[name]
        more = {"ETag": f'"{blob_of(content)}"', "X-Repo-Commit": COMMIT}
        if hub.fault is Fault.OTHER_COMMIT:
            more["X-Repo-Commit"] = "e" * 40
        if hub.fault is Fault.OTHER_BYTES:
            content = bytes(one ^ 1 for one in content)
        if hub.fault is Fault.ENDLESS:
            content = content * 2 + b"more"
        lacks = 7 if hub.fault is Fault.CUT else 0
        self._send(200, content, more, lacks=lacks)

    def _send(
        self, status: int, body: bytes, fields: Mapping[str, str] = NONE, *, lacks: int = 0
    ) -> None:
        self.send_response(status)
        for name, value in fields.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body) + lacks))
        if lacks:
            self.send_header("Connection", "close")
        self.end_headers()
        if self.command == "HEAD":
            return
        if self.served.fault is not Fault.DRIPS or status != 200 or b"{" in body[:1]:
            self.wfile.write(body)
            return
        with suppress(ConnectionError):
            for one in body:
                self.wfile.write(bytes([one]))
                time.sleep(0.01)


def blob_of(content: bytes) -> str:
    """Return Git's name of a file's content."""
    whole = f"blob {len(content)}\0".encode() + content
    return hashlib.sha1(whole, usedforsecurity=False).hexdigest()


def _pointer(content: bytes) -> bytes:
    """Return what Git itself keeps of a large file (https://git-lfs.com, version 1)."""
    sha = hashlib.sha256(content).hexdigest()
    return (
        f"version https://git-lfs.github.com/spec/v1\noid sha256:{sha}\nsize {len(content)}\n"
    ).encode()


def _in_tree(one: dict[str, Any]) -> dict[str, Any]:
    said = {"type": "file", "path": one["rfilename"], "size": one["size"], "oid": one["blobId"]}
    if "lfs" in one:
        lfs = one["lfs"]
        said["lfs"] = {"oid": lfs["sha256"], "size": lfs["size"], "pointerSize": lfs["pointerSize"]}
    return said
