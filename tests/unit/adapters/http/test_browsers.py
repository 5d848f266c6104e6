"""What a browser may make of us: nothing is kept there, run there, or done by a mere visit."""

import re
from collections.abc import Iterator

import httpx
import pytest
from litestar import Litestar
from litestar.handlers import HTTPRouteHandler
from litestar.routes import HTTPRoute

from adapters.http.permissions import permission_of
from domain.identity.access import OF_ONESELF, READS, Permission
from tests.unit.adapters.http.context import EMAIL, SHARED, Context
from tests.unit.sources import ROOT

# What changes nothing and shows what only who manages it may see.
MAY_BE_READ = READS | OF_ONESELF | {Permission.IDENTITY_MANAGE}
SAFE = {"GET", "HEAD", "OPTIONS"}
PAGE = ROOT / "adapters/http/docs"


def _handlers(app: Litestar) -> Iterator[tuple[str, str, HTTPRouteHandler]]:
    for route in app.routes:
        if isinstance(route, HTTPRoute):
            for method, (handler, *_) in route.route_handler_map.items():
                if method != "OPTIONS":
                    yield str(method), route.path_format, handler


@SHARED
async def test_what_a_link_or_an_image_can_ask_for_changes_nothing(calm: Context) -> None:
    asked = {
        (method, path): permission_of(handler) for method, path, handler in _handlers(calm.app)
    }
    safe = {where: one for where, one in asked.items() if where[0] in SAFE and one is not None}
    assert len(safe) > 30
    assert {one for one in safe.values() if one not in MAY_BE_READ} == set()
    # Nothing that writes is there for the asking in another way.
    assert {method for method, _ in asked} <= {"GET", "POST", "PUT", "PATCH", "DELETE"}


async def test_no_answer_sets_a_cookie_but_the_two_of_a_page_that_logs_in(context: Context) -> None:
    who = {"email": EMAIL, "password": context.founded.password}
    own = {"Sec-Fetch-Site": "same-origin"}
    async with context.client(None) as nobody:
        answers = [
            await nobody.post("/api/v1/auth/login", json=who, headers=own),
            await nobody.get("/docs", headers=own),
            await nobody.get("/login", headers=own),
            await nobody.get("/api/status", headers={"Cookie": f"token={context.token}"}),
        ]
        kept = await nobody.post("/api/v1/auth/login", json={**who, "keep": "cookie"}, headers=own)
    assert [one.status_code for one in answers] == [200, 200, 200, 401]
    for one in answers:
        assert "set-cookie" not in one.headers
    set_there = kept.headers.get_list("set-cookie")
    assert [one.partition("=")[0] for one in set_there] == [
        "__Host-ballast-refresh-80",
        "__Host-ballast-device-80",
    ]
    for one in (*answers, kept):
        assert "access-control-allow-credentials" not in one.headers


@pytest.mark.parametrize("path", ["/docs", "/openapi.json", "/api/status", "/nope"])
@SHARED
async def test_nothing_of_ours_is_framed(calm_client: httpx.AsyncClient, path: str) -> None:
    policy = (await calm_client.get(path)).headers["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in policy.split("; ")


@pytest.mark.parametrize(
    ("path", "loads"),
    [
        ("/docs", "'self'"),
        ("/openapi.json", "'none'"),
        ("/api/status", "'none'"),
        ("/no", "'none'"),
    ],
)
@SHARED
async def test_what_a_page_of_ours_loads_is_its_own_and_no_plugin(
    calm_client: httpx.AsyncClient, path: str, loads: str
) -> None:
    policy = (await calm_client.get(path)).headers["Content-Security-Policy"]
    assert policy.split("; ")[:3] == [
        f"default-src {loads}",
        "object-src 'none'",
        "base-uri 'none'",
    ]


@SHARED
async def test_a_text_says_how_its_letters_are_written(calm_client: httpx.AsyncClient) -> None:
    for path, kind in (
        ("/docs", "text/html"),
        ("/docs/page.css", "text/css"),
        ("/docs/page.js", "text/javascript"),
        ("/metrics", "text/plain"),
    ):
        said = (await calm_client.get(path)).headers["Content-Type"]
        assert said.startswith(kind)
        assert said.endswith("; charset=utf-8")
    # JSON is UTF-8 by its own definition (RFC 8259) and takes no such parameter.
    assert (await calm_client.get("/openapi.json")).headers["Content-Type"] == "application/json"


@SHARED
async def test_the_method_trace_is_refused(calm_client: httpx.AsyncClient) -> None:
    answer = await calm_client.request("TRACE", "/api/v1/orders", headers={"X-Told": "secret-1"})
    assert answer.status_code == 405
    assert "secret-1" not in answer.text


def test_the_page_shows_text_as_text_and_keeps_nothing() -> None:
    script = (PAGE / "page.js").read_text()
    made_of_text = r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|Function\("
    kept = r"localStorage|sessionStorage|indexedDB|document\.cookie|postMessage"
    assert not re.search(f"{made_of_text}|{kept}", script)
    assert "textContent" in script


def test_the_only_secret_that_is_typed_there_is_hidden() -> None:
    page = (PAGE / "index.html").read_text()
    fields = dict(re.findall(r'<input id="(\w+)" type="(\w+)"', page))
    assert fields == {"token": "password", "find": "search"}


def test_the_page_forgets_at_the_end_of_a_session_and_of_itself() -> None:
    script = (PAGE / "page.js").read_text()
    forget = script[script.index("function forget()") :].partition("\n}\n")[0]
    assert 'getElementById("token").value = ""' in forget
    assert 'output.textContent = ""' in forget
    assert 'querySelectorAll("pre.answer")' in forget
    assert 'class: "answer"' in script
    assert "if (answer.ok && ENDS.includes(path)) forget();" in script
    assert 'window.addEventListener("pagehide", forget);' in script


@SHARED
async def test_the_page_knows_the_routes_that_end_a_session(calm: Context) -> None:
    script = (PAGE / "page.js").read_text()
    (listed,) = re.findall(r"const ENDS = \[([^\]]*)\];", script)
    known = {path for method, path, _ in _handlers(calm.app) if method == "POST"}
    ends = set(re.findall(r'"([^"]+)"', listed))
    assert ends == {one for one in known if "/logout" in one}
