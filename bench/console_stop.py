"""How soon a stop shows, from the press of the second of its two steps."""

from time import monotonic, sleep

from playwright.sync_api import Browser, Page, expect

from bench.console_pages import PROBE
from bench.rows import Better, Row, alone
from bench.serving import ServerError
from bench.stats import percentile
from tests.browser.person import Person, Server

STOPS = 50
HERE_P95_MS = 500.0
ELSEWHERE_P95_MS = 1_000.0
_RELEASED_S = 60.0
# By the wall clock: two tabs share no other.
_WATCH = """() => {
    window.benchPressed = 0;
    window.benchShown = 0;
    addEventListener("click", () => { window.benchPressed ||= Date.now(); }, { capture: true });
    new MutationObserver(() => {
        const there = document.querySelector(".stopped[role=alert]");
        if (!there) window.benchShown = 0;
        else if (!window.benchShown) window.benchShown = Date.now();
    }).observe(document.body, { childList: true, subtree: true });
}"""


def stop_rows(browser: Browser, server: Server) -> list[Row]:
    """Stop and release again and again; say when it showed here, and in another tab."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    context.add_init_script(PROBE)
    person = Person(context=context, server=server)
    here, elsewhere = person.log_in(), person.another()
    token = server.token()
    for page in (here, elsewhere):
        expect(page.get_by_role("status", name="Connection")).to_have_text("Live")
        page.evaluate(_WATCH)
    here.bring_to_front()
    took = [_stop(here, elsewhere, server=server, token=token) for _ in range(STOPS)]
    context.close()
    return [
        _row("console_stop_shown_p95", [own for own, _ in took], goal=HERE_P95_MS),
        _row("console_stop_shown_elsewhere_p95", [two for _, two in took], goal=ELSEWHERE_P95_MS),
    ]


def _stop(here: Page, elsewhere: Page, *, server: Server, token: str) -> tuple[float, float]:
    here.get_by_role("button", name="Kill switch").click()
    here.evaluate("window.benchPressed = 0")
    here.get_by_role("button", name="Stop trading now").click()
    for page in (here, elsewhere):
        expect(page.get_by_role("alert").filter(has_text="Trading is stopped")).to_have_count(1)
    pressed = here.evaluate("window.benchPressed")
    shown = [page.evaluate("window.benchShown") - pressed for page in (here, elsewhere)]
    _release(server, token)
    for page in (here, elsewhere):
        expect(page.get_by_role("alert")).to_have_count(0)
    return shown[0], shown[1]


def _release(server: Server, token: str) -> None:
    """Release once the stop is done with; it is refused until then."""
    deadline = monotonic() + _RELEASED_S
    while True:
        asked = {"scope": "tenant", "reason": "measured"}
        answer = server.ask("POST", "kill-switch/release", token=token, **asked)
        if answer.is_success:
            return
        if answer.status_code != 409 or monotonic() > deadline:
            raise ServerError(f"a stop could not be released: {answer.text[:300]}")
        sleep(0.1)


def _row(name: str, took: list[float], *, goal: float) -> Row:
    return alone(
        name=name,
        unit="ms",
        better=Better.LOWER,
        ours=[percentile(took, rank=95)],
        goal=goal,
    )
