"""A real server, a real browser, and a person in it."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.browser.person import Person, Server, serving
from tests.strict import is_strict

try:
    from playwright.sync_api import Browser, BrowserContext, expect, sync_playwright
except ImportError:
    _LACKS = "playwright is not installed: make test-all brings it"
else:
    # Long enough for a machine that does much else; what is right shows at once.
    expect.set_options(timeout=20_000)
    _LACKS = "" if shutil.which("chromium") else "there is no chromium: apt-get install chromium"

if _LACKS and not is_strict():
    collect_ignore_glob = ["test_*.py"]


def pytest_report_header() -> str | None:
    """Say why nothing of this folder runs."""
    return f"tests/browser skipped: {_LACKS}" if _LACKS else None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give each test of this folder the time that a server and a browser take to start."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.timeout(300))


@pytest.fixture(scope="session")
def browser() -> "Iterator[Browser]":
    assert not _LACKS, _LACKS
    with sync_playwright() as playwright:
        # As root, as in a container, Chromium has no sandbox of its own.
        opened = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox"]
        )
        yield opened
        opened.close()


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(tmp_path_factory.mktemp("console") / "data") as made:
        made.set_password()
        yield made


@pytest.fixture
def context(browser: "Browser") -> "Iterator[BrowserContext]":
    made = browser.new_context(viewport={"width": 1280, "height": 900})
    made.set_default_timeout(15_000)
    yield made
    made.close()


@pytest.fixture
def person(context: "BrowserContext", server: Server) -> Iterator[Person]:
    """Somebody before a browser, whose page keeps its policy and asks nobody else."""
    made = Person(context=context, server=server)
    yield made
    made.check()


@pytest.fixture
def own(tmp_path: Path, context: "BrowserContext", request: pytest.FixtureRequest) -> Iterator[Any]:
    """Somebody at a server of their own; its settings are the test's parameters."""
    with serving(tmp_path / "data", **getattr(request, "param", {})) as server:
        made = Person(context=context, server=server)
        yield made
        made.check()
