"""However a path is written, what is protected stays so and keeps its rate."""

import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import unquote

import pytest
from litestar import Litestar
from litestar.exceptions import HTTPException
from litestar.routes import HTTPRoute
from litestar.utils import normalize_path

from adapters.http.idempotency import hash_of
from adapters.http.open_paths import OPEN_FOLDERS, OPEN_PATHS
from adapters.http.paths import is_plain, settle
from adapters.http.rates import group_of
from tests.unit.adapters.http.context import SHARED, Context

UUID_TEXT = "0198f1c2-7b3a-7d4e-9f50-3c6d1a2b4e5f"

# What was sent, of a path as it ought to be.
TRICKS: dict[str, Callable[[str], str]] = {
    "slash before": lambda path: f"/{path}",
    "many slashes before": lambda path: f"///{path}",
    "slash behind": lambda path: f"{path}/",
    "slashes behind": lambda path: f"{path}//",
    "slashes within": lambda path: path.replace("/", "//"),
    "last slash doubled": lambda path: "//".join(path.rsplit("/", 1)),
    "dot within": lambda path: path.replace("/", "/./", 1),
    "dot behind": lambda path: f"{path}/.",
    "two dots from an open folder": lambda path: f"/docs/..{path}",
    "two dots from health": lambda path: f"/health/live/../..{path}",
    "two dots behind": lambda path: f"{path}/x/..",
    "encoded dots": lambda path: f"/docs/%2e%2e{path}",
    "encoded slash": lambda path: "%2f".join(path.rsplit("/", 1)),
    "encoded capital slash": lambda path: "%2F".join(path.rsplit("/", 1)),
    "encoded slash before": lambda path: f"/%2f{path[1:]}",
    "encoded backslash": lambda path: "%5c".join(path.rsplit("/", 1)),
    "twice encoded slash": lambda path: "%252f".join(path.rsplit("/", 1)),
    "encoded letter": lambda path: path[:-1] + f"%{ord(path[-1]):02x}",
    "encoded all": lambda path: (
        "/" + "".join(letter if letter == "/" else f"%{ord(letter):02X}" for letter in path[1:])
    ),
    "backslash": lambda path: "\\".join(path.rsplit("/", 1)),
    "parameter of a segment": lambda path: f"{path};a=b",
    "parameter of the first": lambda path: path.replace("/", "/;x/", 1),
    "capitals": lambda path: path.upper(),
    "one capital": lambda path: path[:-1] + path[-1].upper(),
    "full width slash": lambda path: "%EF%BC%8F".join(path.rsplit("/", 1)),
    "long s": lambda path: path.replace("s", "%C5%BF"),
    "dotless i": lambda path: path.replace("i", "%C4%B1"),
    "no utf-8": lambda path: f"{path}%ff",
    "zero": lambda path: f"{path}%00",
    "zero and an open one": lambda path: f"{path}%00/health/live",
    "line": lambda path: f"{path}%0a",
    "space": lambda path: f"{path}%20",
    "tab before": lambda path: f"/%09{path}",
    "question mark": lambda path: f"{path}%3f/docs/",
    "hash": lambda path: f"{path}%23/docs/",
    "an open folder behind": lambda path: f"{path}/docs/",
    "cancels": lambda path: f"{path}/cancel-all",
    "pauses": lambda path: f"{path}/pause",
    "an open name before": lambda path: f"/docs{path}",
}


def _scope(method: str, sent: str, *, asker: str = "192.0.2.7") -> Any:
    """Return a request's scope, decoded as the server decodes it."""
    path = unquote(sent) if "%" in sent else sent
    return {
        "type": "http",
        "method": method,
        "path": path,
        "raw_path": sent.encode("latin-1", "replace"),
        "query_string": b"",
        "headers": [(b"host", b"localhost")],
        "client": (asker, 1),
        "state": {},
    }


def _routes(app: Litestar) -> Iterator[tuple[str, str, str]]:
    """Yield the method, the path with something in its places, and the template of each route."""
    for route in app.routes:
        if isinstance(route, HTTPRoute):
            path = re.sub(r"\{rule_id\}|\{\w+_id\}", UUID_TEXT, route.path_format)
            for method in sorted(str(one) for one in route.methods):
                yield method, re.sub(r"\{\w+\}", "AAPL", path), route.path_format


def _is_open(path: str) -> bool:
    return path in OPEN_PATHS or path.startswith(OPEN_FOLDERS)


def _routed(app: Litestar, scope: Any) -> str | None:
    """Return the template of the route that the framework would take, None for none."""
    found: Any = app.asgi_router.handle_routing
    try:
        return str(found(path=normalize_path(scope["path"]), method=scope["method"])[4])
    except HTTPException:
        return None


async def _status(app: Any, scope: Any) -> int:
    sent: list[Any] = []

    async def receive() -> Any:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    await app(scope, receive, send)
    return int(sent[0]["status"])


@SHARED
@pytest.mark.parametrize("trick", list(TRICKS))
async def test_no_way_to_write_a_path_opens_it_or_changes_its_rate(
    calm: Context, trick: str
) -> None:
    looked_at = 0
    meanings: defaultdict[str, set[str]] = defaultdict(set)
    for _, path, template in _routes(calm.app):
        meanings[template].add(path)
    for method, path, _ in _routes(calm.app):
        scope = _scope(method, TRICKS[trick](path))
        settle(scope)
        taken = _routed(calm.app, scope) if is_plain(scope) else None
        if taken is None:
            continue
        # It gets somewhere: it is then decided as that place is.
        looked_at += 1
        (meant,) = meanings[taken]
        assert _is_open(scope["path"]) is _is_open(meant), scope["path"]
        assert group_of(method, scope["path"]) == group_of(method, meant), scope["path"]
    # The table is not empty of what is let through, where that is the point.
    assert looked_at or trick not in ("slash behind", "encoded letter", "encoded all")


@SHARED
@pytest.mark.parametrize("trick", list(TRICKS))
async def test_nobody_without_a_token_gets_further(calm: Context, trick: str) -> None:
    # Each from a network of its own: so many strangers meet the rate otherwise.
    asker = f"192.0.2.{list(TRICKS).index(trick)}"
    for method, path, _ in _routes(calm.app):
        if not _is_open(path):
            scope = _scope(method, TRICKS[trick](path), asker=asker)
            status = await _status(calm.app, scope)
            # Below an open folder there are methods that it does not have, and their list.
            below = scope["path"].startswith(OPEN_FOLDERS) and status in (204, 405)
            assert below or status in (401, 404), (method, path)


@pytest.mark.parametrize(
    ("sent", "is_taken"),
    [
        ("/", True),
        ("/api/v1/orders", True),
        ("/api/v1/orders/", True),
        ("/.well-known/jwks.json", True),
        ("/api/v1/a..b/c.", True),
        ("/api/v1/%C3%A9", True),
        ("//", False),
        ("///", False),
        ("//api/v1/orders", False),
        ("/api/v1/orders//", False),
        ("/api/./v1", False),
        ("/api/..", False),
        ("/api/.", False),
        ("/api%2fv1", False),
        ("/api%2Fv1", False),
        ("/api%5Cv1", False),
        ("/api/%2e%2e/v1", False),
        ("/api/%2e./v1", False),
        ("/api\\v1", False),
    ],
)
def test_a_path_that_can_be_read_in_two_ways_is_refused(sent: str, is_taken: bool) -> None:
    scope = _scope("GET", sent)
    settle(scope)
    assert is_plain(scope) is is_taken


def test_a_key_knows_a_request_however_its_path_ended() -> None:
    hashes = set()
    for sent in ("/api/v1/orders", "/api/v1/orders/", "/api/v1/order%73"):
        scope = _scope("POST", sent)
        settle(scope)

        class _Asked:
            def __init__(self, asked: Any) -> None:
                self.scope = asked

        request: Any = _Asked(scope)
        hashes.add(hash_of(request, b"{}"))
    assert len(hashes) == 1
