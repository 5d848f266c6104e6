"""The console in a browser: what its pages weigh, how soon they show, and how they keep up.

A real server, a real Chromium without a window, and the pages that people see. The figures of
frames are of the trading screen with 10,000 orders that scroll, a chart, and 1,000 quotes a second
on 100 symbols, told to the page's own stream; beside them an empty page of the same browser, in
turns. On a machine without a graphics card both are drawn by the processor.

It needs what `tests/browser` needs: Playwright's package, and a Chromium of the system's.
"""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, expect, sync_playwright

from bench.console_frames import frames_row
from bench.console_pages import PROBE, SETTLED
from bench.console_stop import stop_rows
from bench.rows import Better, Row, alone
from bench.stats import percentile
from tests.browser.chromium import EXECUTABLE, lacking
from tests.browser.person import Person, Server, serving

# 1 KB is 1,000 bytes.
WEIGHTS_KB = {"login": 40.0, "overview": 90.0, "trade": 160.0}
COLD = 10
FORM_MS = 600.0
KEYS = 200
INPUT_P95_MS = 100.0


def measure() -> list[Row]:
    """Measure all rows on one server."""
    if lacking():
        raise RuntimeError(f"the console cannot be measured here: {lacking()}")
    with _context() as (browser, server):
        return [
            *_weights(browser, server),
            _form(browser, server),
            _input(browser, server),
            frames_row(browser, server),
            *stop_rows(browser, server),
        ]


@contextmanager
def _context() -> Iterator[tuple[Browser, Server]]:
    # Whoever has just logged in may release for as long as this lasts.
    asked = {"BALLAST_IDENTITY_STEP_UP_S": "86400", "BALLAST_TOKEN_ACCESS_S": "86400"}
    with (
        tempfile.TemporaryDirectory(prefix="ballast-bench-") as folder,
        serving(Path(folder) / "data", **asked) as server,
        sync_playwright() as playwright,
    ):
        server.set_password()
        browser = playwright.chromium.launch(executable_path=EXECUTABLE, args=["--no-sandbox"])
        yield browser, server
        browser.close()


@contextmanager
def _person(browser: Browser, server: Server) -> Iterator[Person]:
    """Somebody in a browser that has kept nothing."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    context.add_init_script(PROBE)
    yield Person(context=context, server=server)
    context.close()


def _weights(browser: Browser, server: Server) -> Iterator[Row]:
    """Say what script and style of each page weigh as they come over the wire, packed."""
    for name, path in (("login", "/login"), ("overview", "/dashboard"), ("trade", "/trade")):
        with _person(browser, server) as person:
            page = person.page
            if name == "login":
                page.goto(f"{server.url}{path}")
                expect(page.get_by_role("form", name="Log in")).to_be_visible()
            else:
                person.log_in()
                # As it is asked for by who was here before: the log-in's own files do not count.
                there = "/dashboard" if name == "overview" else "/dashboard/trade?symbol=IBM"
                page.goto(f"{server.url}{there}")
                _settled(page, name)
            weight: float = page.evaluate(SETTLED)
        yield alone(
            name=f"console_weight_{name}",
            unit="KB",
            better=Better.LOWER,
            ours=[weight / 1_000],
            goal=WEIGHTS_KB[name],
        )


def _settled(page: Page, name: str) -> None:
    picture = "Equity curve" if name == "overview" else "Price chart"
    expect(page.get_by_role("img", name=picture).locator("canvas").first).to_be_visible()


def _form(browser: Browser, server: Server) -> Row:
    """Say how long after it was asked for the log-in is painted, with nothing kept."""
    took: list[float] = []
    for _ in range(COLD):
        with _person(browser, server) as person:
            person.page.goto(f"{server.url}/login")
            expect(person.page.get_by_role("form", name="Log in")).to_be_visible()
            took.append(person.page.evaluate("window.benchForm"))
    return alone(
        name="console_form_painted_cold",
        unit="ms",
        better=Better.LOWER,
        ours=took,
        goal=FORM_MS,
    )


def _input(browser: Browser, server: Server) -> Row:
    """Say how long after a key the ticket is painted anew, while everything else goes on."""
    with _person(browser, server) as person:
        person.log_in()
        page = person.go("Trade")
        _settled(page, "trade")
        quantity = page.get_by_role("textbox", name="Quantity")
        for number in range(KEYS // 2):
            quantity.press(str(number % 9 + 1))
            quantity.press("Backspace")
        took: list[float] = page.evaluate("window.benchKeys")
    if len(took) < KEYS:
        raise RuntimeError(f"{KEYS} keys were pressed, and {len(took)} were seen")
    return alone(
        name="console_input_to_paint_p95",
        unit="ms",
        better=Better.LOWER,
        ours=[percentile(took, rank=95)],
        goal=INPUT_P95_MS,
    )
