"""A real server, a real browser, and a person in it; what lacks here is told by one test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.browser.chromium import EXECUTABLE, lacking

if lacking():
    collect_ignore = [
        one.name
        for one in Path(__file__).parent.glob("test_*.py")
        if one.name != "test_chromium.py"
    ]
else:
    from playwright.sync_api import Browser, BrowserContext, expect, sync_playwright

    from tests.browser.person import PATIENCE_MS, Person, Server, serving

    # Long enough for a machine that does much else; what is right shows at once.
    expect.set_options(timeout=PATIENCE_MS)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give each test of this folder the time that a server and a browser take to start."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.timeout(900))


@pytest.fixture(scope="session")
def browser() -> "Iterator[Browser]":
    with sync_playwright() as playwright:
        # As root, as in a container, Chromium has no sandbox of its own.
        opened = playwright.chromium.launch(executable_path=EXECUTABLE, args=["--no-sandbox"])
        yield opened
        opened.close()


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> "Iterator[Server]":
    with serving(tmp_path_factory.mktemp("console") / "data") as made:
        made.set_password()
        yield made


@pytest.fixture
def context(browser: "Browser") -> "Iterator[BrowserContext]":
    made = browser.new_context(viewport={"width": 1280, "height": 900})
    made.set_default_timeout(PATIENCE_MS)
    yield made
    # Whoever still answers for the server is let go: nobody waits for what they bring.
    for page in made.pages:
        page.unroute_all(behavior="ignoreErrors")
    made.close()


@pytest.fixture
def person(context: "BrowserContext", server: "Server") -> "Iterator[Person]":
    """Somebody before a browser, whose page keeps its policy and asks nobody else."""
    made = Person(context=context, server=server)
    yield made
    made.check()


@pytest.fixture
def own(
    tmp_path: Path, context: "BrowserContext", request: pytest.FixtureRequest
) -> "Iterator[Person]":
    """Somebody at a server of their own; its settings are the test's parameters, or made here."""
    given = getattr(request, "param", {})
    with serving(tmp_path / "data", **(given() if callable(given) else given)) as server:
        made = Person(context=context, server=server)
        yield made
        made.check()
