"""Talk to a running server: find it, prove who we are, and say clearly what went wrong."""

import json
import os
import ssl
from collections.abc import Callable, Iterator, Mapping
from contextvars import ContextVar
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from uuid import uuid4

from adapters.cli.failures import DENIED, FAILED, REFUSED, UNREACHABLE, CommandFailed
from adapters.cli.session import Session, alone, drop_session, keep_session, kept_session
from adapters.cli.trust import trusting

TIMEOUT_S = 30.0
# As many as a page has at the most.
PAGE_ITEMS = 200
STEP_UP = "/problems/step-up-required"
# A password or a code was wrong: no token was shown.
_NOT_SHOWN = ("/problems/login-refused", "/problems/challenge-over")


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnServer:
    """The server that this machine's settings are of.

    running: where it answers now, None where none runs. token: one for its owner, of the key
    in its data folder. Both raise CommandFailed.
    """

    host: str
    port: int
    url: str
    certificate: Path | None
    running: Callable[[], str | None]
    token: Callable[[], str]


# What reads the settings; it is asked by the commands that need them.
OWN_SERVER: ContextVar[Callable[[], OwnServer]] = ContextVar("OWN_SERVER")


def own_server() -> OwnServer:
    """Return the server of this machine's settings; raises CommandFailed."""
    return OWN_SERVER.get()()


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """Where the server is, and the token to show it; None where none is needed."""

    url: str
    token: str | None
    # That of our own server, which may be signed by nobody known.
    certificate: Path | None = None
    # The token is that of a log-in.
    by_session: bool = False

    def get(self, path: str, **query: object) -> Any:
        """Return what a GET answers."""
        asked = {name: str(value) for name, value in query.items() if value is not None}
        return self.ask("GET", path, query=asked)

    def every(self, path: str) -> Iterator[Any]:
        """Yield every item of a list, page by page."""
        cursor = None
        while True:
            page = self.get(path, limit=PAGE_ITEMS, cursor=cursor)
            yield from page["items"]
            cursor = page["next_cursor"]
            if cursor is None:
                return

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
        status, content = _sent(self, method, path, query=query, body=body, headers=headers)
        if status == 401 and self.by_session and not _is_step_up(content):
            # Refused before anything was done: another command may have renewed the session.
            token = renewed(self, refused=self.token).access_token
            again = replace(self, token=token)
            status, content = _sent(again, method, path, query=query, body=body, headers=headers)
        return _content(status, content, by_session=self.by_session)


def _sent(
    server: Server,
    method: str,
    path: str,
    *,
    query: Mapping[str, str] | None = None,
    body: Mapping[str, Any] | None = None,
    headers: Mapping[str, str] | None = None,
) -> tuple[int, bytes]:
    import httpx

    shown = {"authorization": f"Bearer {server.token}"} if server.token is not None else {}
    try:
        answer = httpx.request(
            method,
            f"{server.url}/api/v1{path}",
            params=dict(query or {}),
            json=None if body is None else dict(body),
            headers={**shown, **(headers or {})},
            timeout=TIMEOUT_S,
            verify=trusted(server) or True,
            # Loopback or a server of one's own: no proxy from the environment.
            trust_env=False,
        )
    except httpx.ConnectError as problem:
        raise unreachable(server.url, why=str(problem)) from problem
    except httpx.HTTPError as problem:
        raise CommandFailed(
            f"{method} {server.url}{path} got no answer ({type(problem).__name__}):"
            " whether it took effect is not known; look before you ask again",
            code=UNREACHABLE,
        ) from problem
    return answer.status_code, answer.content


def unreachable(url: str, *, why: str = "") -> CommandFailed:
    """Say that no server answers."""
    if "CERTIFICATE_VERIFY_FAILED" in why:
        return CommandFailed(
            f"the certificate of {url} is signed by nobody known here ({why}): name the file of"
            " its authority with SSL_CERT_FILE",
            code=REFUSED,
        )
    return CommandFailed(
        f"no server answers at {url}: start one with `ballast serve`,"
        " or say where it is with BALLAST_URL",
        code=UNREACHABLE,
    )


def connect() -> Server:
    """Find the server and a token for it: of the environment, a log-in, or the data folder."""
    own = own_server()
    token, named = os.environ.get("BALLAST_TOKEN", ""), os.environ.get("BALLAST_URL", "")
    session = None if token else kept_session()
    if session is not None and named.rstrip("/") in ("", session.server):
        server = at_server(session.server, token=session.access_token, by_session=True)
        return server if session.is_fresh() else replace(server, token=renewed(server).access_token)
    if named:
        return Server(url=named.rstrip("/"), token=token or own.token())
    url = own.running() or own.url
    return Server(url=url, token=token or own.token(), certificate=own.certificate)


def at_server(url: str, *, token: str | None = None, by_session: bool = False) -> Server:
    """Return a server by its address; one of this machine is known by its own certificate."""
    own = own_server()
    certificate = own.certificate if url == own.url else None
    return Server(url=url, token=token, certificate=certificate, by_session=by_session)


class SessionOver(CommandFailed):
    """Nobody is logged in any more; what was kept of the session is gone."""


def renewed(server: Server, *, refused: str | None = None) -> Session:
    """Return the session with a token that lasts; raises CommandFailed.

    refused: a token that the server took for over, so that it is no good however long it lasts.
    """
    with alone():
        session = kept_session()
        if session is None or session.server != server.url:
            raise SessionOver("nobody is logged in any more: `ballast login`", code=REFUSED)
        # Another command may have been first.
        if session.is_fresh() and session.access_token != refused:
            return session
        asked = {"refresh_token": session.refresh_token, "device_token": session.device_token}
        status, content = _sent(replace(server, token=None), "POST", "/auth/refresh", body=asked)
        if status == 401:
            drop_session()
            raise SessionOver(
                f"the session at {server.url} is over: `ballast login {session.email}"
                f" --server {server.url}`",
                code=REFUSED,
            )
        session = session.renewed(_content(status, content))
        keep_session(session)
    return session


def trusted(server: Server) -> ssl.SSLContext | None:
    """Return what the server's certificate is checked by, None where it speaks plain HTTP.

    That is the certificate of our own settings, or else the system's authorities.
    """
    if not server.url.startswith("https:"):
        return None
    if server.certificate is not None:
        return trusting(server.certificate)
    return ssl.create_default_context()


def _is_step_up(content: bytes) -> bool:
    try:
        said = json.loads(content)
    except ValueError:
        return False
    return isinstance(said, dict) and said.get("type") == STEP_UP


def _content(status: int, content: bytes, *, by_session: bool = False) -> Any:
    if status == 204 or not content:
        return None
    try:
        said = json.loads(content)
    except ValueError as problem:
        raise CommandFailed(f"the server answered {status} with something unreadable") from problem
    if status < 400:
        return said
    raise _refused(status, said if isinstance(said, dict) else {}, by_session=by_session)


class ServerRefusal(CommandFailed):
    """The server said no; kind is the type of the problem (RFC 9457)."""

    def __init__(self, message: str, *, code: int, kind: str) -> None:
        super().__init__(message, code=code)
        self.kind = kind


def _refused(status: int, problem: Mapping[str, Any], *, by_session: bool = False) -> ServerRefusal:
    """Put a problem (RFC 9457) into words."""
    kind = str(problem.get("type", ""))
    lines = [str(problem.get("detail") or problem.get("title") or f"status {status}")]
    lines += [f"  {one.get('pointer')}: {one.get('detail')}" for one in problem.get("errors", ())]
    reasons = problem.get("reasons", ())
    lines += [f"  {_reason(one)}" for one in reasons]
    order_ids = problem.get("order_ids") or [problem.get("order_id")]
    if reasons and any(order_ids):
        lines.append(f"  stored as denied: {', '.join(filter(None, order_ids))}")
    if status == 401 and (hint := _way_in(kind, by_session=by_session)):
        lines.append(f"  {hint}")
    code = REFUSED if status == 401 else DENIED if reasons else FAILED
    return ServerRefusal("\n".join(lines), code=code, kind=kind)


def _way_in(kind: str, *, by_session: bool) -> str:
    """Say how to be let in, after an answer that refused to."""
    if kind == STEP_UP and by_session:
        return "show that it is you with `ballast step-up`, and ask again"
    if kind in _NOT_SHOWN:
        return ""
    return (
        "log in again with `ballast login`"
        if by_session
        else "the token was refused: unset BALLAST_TOKEN to use the data folder's key,"
        " or get a new one with `ballast token`"
    )


def _reason(reason: Mapping[str, Any]) -> str:
    limit = reason.get("limit")
    figures = f" (value {reason.get('value')}, limit {limit})" if limit is not None else ""
    return f"{reason.get('code')}: {reason.get('message')}{figures}"
