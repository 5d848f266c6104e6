"""Talk to a running server: find it, prove who we are, and say clearly what went wrong."""

import json
import os
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from bootstrap.cli.environment import loaded_settings
from bootstrap.cli.failures import DENIED, REFUSED, UNREACHABLE, CommandFailed
from bootstrap.settings.http import HttpSettings, url_of
from bootstrap.settings.sections import Settings

TIMEOUT_S = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """Where the server is, and the token to show it."""

    url: str
    token: str
    # Whose server it is, where it is our own: its certificate may be signed by nobody known.
    own: HttpSettings | None = None

    def get(self, path: str, **query: object) -> Any:
        """Return what a GET answers."""
        asked = {name: str(value) for name, value in query.items() if value is not None}
        return self.ask("GET", path, query=asked)

    def post(self, path: str, body: Mapping[str, Any] | None = None) -> Any:
        """Return what a POST answers; a lost reply can be asked for again by its key."""
        return self.ask("POST", path, body=body or {}, headers={"Idempotency-Key": str(uuid4())})

    def ask(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        body: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Any:
        """Return the answer's JSON; raises CommandFailed for everything else."""
        import httpx

        said = {"authorization": f"Bearer {self.token}", **(headers or {})}
        try:
            answer = httpx.request(
                method,
                f"{self.url}/api/v1{path}",
                params=dict(query or {}),
                json=None if body is None else dict(body),
                headers=said,
                timeout=TIMEOUT_S,
                verify=trusted(self) or True,
                # Loopback or a server of one's own: no proxy from the environment.
                trust_env=False,
            )
        except httpx.ConnectError as problem:
            raise unreachable(self.url) from problem
        except httpx.HTTPError as problem:
            raise CommandFailed(
                f"{method} {self.url}{path} got no answer ({type(problem).__name__}):"
                " whether it took effect is not known; look before you ask again",
                code=UNREACHABLE,
            ) from problem
        return _content(answer.status_code, answer.content)


def unreachable(url: str) -> CommandFailed:
    """Say that no server answers."""
    return CommandFailed(
        f"no server answers at {url}: start one with `ballast serve`,"
        " or say where it is with BALLAST_URL",
        code=UNREACHABLE,
    )


def connect() -> Server:
    """Find the server and a token for it."""
    settings = loaded_settings().settings
    own = None if os.environ.get("BALLAST_URL") else settings.http
    return Server(url=_url(settings), token=_token(settings), own=own)


def trusted(server: Server) -> ssl.SSLContext | None:
    """Return what the server's certificate is checked by, None where it speaks plain HTTP.

    That is the certificate of our own settings, or else the system's authorities.
    """
    from bootstrap.tls import TlsUnusable, own_server

    if not server.url.startswith("https:"):
        return None
    try:
        own = own_server(server.own) if server.own is not None else None
    except TlsUnusable as problem:
        raise CommandFailed(str(problem)) from problem
    return own if own is not None else ssl.create_default_context()


def _url(settings: Settings) -> str:
    from bootstrap.data_folder import DataFolderCorrupt, read_server

    named = os.environ.get("BALLAST_URL", "")
    if named:
        return named.rstrip("/")
    try:
        running = read_server(settings.data_dir)
    except DataFolderCorrupt as problem:
        raise CommandFailed(str(problem)) from problem
    if running is not None:
        return running.url
    return url_of(settings.http)


def _token(settings: Settings) -> str:
    from bootstrap.cli.owner_token import owner_token

    named = os.environ.get("BALLAST_TOKEN", "")
    return named or owner_token(settings)


def _content(status: int, content: bytes) -> Any:
    if status == 204 or not content:
        return None
    try:
        said = json.loads(content)
    except ValueError as problem:
        raise CommandFailed(f"the server answered {status} with something unreadable") from problem
    if status < 400:
        return said
    raise _refused(status, said if isinstance(said, dict) else {})


def _refused(status: int, problem: Mapping[str, Any]) -> CommandFailed:
    """Put a problem (RFC 9457) into words."""
    lines = [str(problem.get("detail") or problem.get("title") or f"status {status}")]
    lines += [f"  {one.get('pointer')}: {one.get('detail')}" for one in problem.get("errors", ())]
    reasons = problem.get("reasons", ())
    lines += [f"  {_reason(one)}" for one in reasons]
    order_ids = problem.get("order_ids") or [problem.get("order_id")]
    if reasons and any(order_ids):
        lines.append(f"  stored as denied: {', '.join(filter(None, order_ids))}")
    if status == 401:
        lines.append(
            "  the token was refused: unset BALLAST_TOKEN to use the data folder's key,"
            " or get a new one with `ballast token`"
        )
        return CommandFailed("\n".join(lines), code=REFUSED)
    return CommandFailed("\n".join(lines), code=DENIED if reasons else 1)


def _reason(reason: Mapping[str, Any]) -> str:
    limit = reason.get("limit")
    figures = f" (value {reason.get('value')}, limit {limit})" if limit is not None else ""
    return f"{reason.get('code')}: {reason.get('message')}{figures}"
