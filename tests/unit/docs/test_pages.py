"""Every page names what there is, and every page is found from the first one."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.unit.adapters.http.context import open_context
from tests.unit.docs.named import missing_from, typed
from tests.unit.sources import ROOT

DOCS = ROOT / "docs"
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted(DOCS.rglob("*.md"))]
HELD_ELSEWHERE = {"security.md", "inventory.md", "asvs.md"}
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
# What begins so is one of our paths, also without a method.
OURS = ("/api/", "/auth/", "/docs", "/health", "/metrics", "/openapi", "/problems")
# Another program's.
NOT_OURS = {"POST /admin/credentials"}


def asked_of(page: Path) -> Iterator[str]:
    """Yield the requests that a page names, with or without their method."""
    for one in typed(page.read_text()):
        method, _, path = one.rpartition(" ")
        if one not in NOT_OURS and (method in METHODS or (not method and path.startswith(OURS))):
            yield one


def is_served(asked: str, *, routes: set[str]) -> bool:
    """Tell whether there is a route; `…` and `*` stand for any rest."""
    method, _, path = asked.rpartition(" ")
    path = re.sub(r"\{[^}]*\}", "{}", path.partition("?")[0])
    if path.startswith("/problems/"):
        path = "/problems/{}"
    pattern = re.escape(path).replace("…", ".*").replace(r"\*", ".*")
    whole = re.compile(rf"{method or '[A-Z]+'} (?:/api/v1)?{pattern}")
    return any(whole.fullmatch(one) for one in routes)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def routes() -> set[str]:
    async with open_context() as context:
        return {
            f"{method} {re.sub(r'{[^}]*}', '{}', route.path_format)}"
            for route in context.app.routes
            for method in ("GET", *getattr(route, "route_handler_map", {}))
        }


@pytest.mark.parametrize(
    "page",
    [one for one in PAGES if one.name not in HELD_ELSEWHERE],
    ids=lambda one: str(one.relative_to(ROOT)),
)
def test_what_a_page_names_is_there(page: Path) -> None:
    assert list(missing_from(page)) == []


@pytest.mark.parametrize("page", PAGES, ids=lambda one: str(one.relative_to(ROOT)))
def test_requests_that_a_page_names_are_served(page: Path, routes: set[str]) -> None:
    assert [one for one in asked_of(page) if not is_served(one, routes=routes)] == []


def test_requests_are_named_and_wrong_ones_found(routes: set[str]) -> None:
    assert sum(len(list(asked_of(page))) for page in PAGES) > 80
    for right in ("GET /orders/{id}", "/health/*", "/api/v1/auth/…", "GET /api/v1/audit?actor="):
        assert is_served(right, routes=routes), right
    for wrong in ("PUT /orders/{id}", "/healthy", "/api/v2/auth/…", "GET /api/v1/audits?actor="):
        assert not is_served(wrong, routes=routes), wrong


def test_every_page_is_found_from_the_first_one() -> None:
    first = (DOCS / "README.md").read_text()
    named = set(re.findall(r"\]\(([^)#]+)\)", first))
    there = {str(one.relative_to(DOCS)) for one in DOCS.rglob("*.md")} - {"README.md"}
    assert there - named == set()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("`make nothing`", "no command make nothing"),
        ("```\n$ ballast order sing  # loudly\n```", "no command ballast order sing"),
        ("```\nBALLAST_URL=x ballast orders || true\n```", "no command ballast orders"),
        ("`ballast order list --nothing`", "no command ballast order list --nothing"),
        ("`docs/nothing.md`", "no file docs/nothing.md"),
        ("[it](nothing.md)", "no place nothing.md"),
        ("`http.nothing`", "no setting http.nothing"),
        ("BALLAST_NOTHING", "no variable BALLAST_NOTHING"),
        ("`tests/unit/sources.py::test_nothing`", "no test tests/unit/sources.py::test_nothing"),
        ("`python -m tests.nothing`", "no command python -m tests.nothing"),
    ],
)
def test_what_is_not_there_is_found(tmp_path: Path, text: str, said: str) -> None:
    page = tmp_path / "page.md"
    page.write_text(text)
    assert list(missing_from(page)) == [said]
