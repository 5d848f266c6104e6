"""How many frames a second the trading screen keeps under load, beside an empty page."""

import json

from playwright.sync_api import Browser, BrowserContext, Page, Route, expect

from bench.console_pages import PROBE
from bench.rows import Better, Row, compare
from bench.stats import interleave
from tests.browser.person import Person, Server

TURNS = 5
SECONDS = 3
GOAL = 0.85
ORDERS = 10_000
SYMBOLS = 100
QUOTES_A_SECOND = 1_000
_COUNT = """(seconds) => new Promise((told) => {
    let frames = 0;
    const began = performance.now();
    const frame = (at) => {
        if (at - began >= seconds * 1000) told(frames / ((at - began) / 1000));
        else { frames += 1; requestAnimationFrame(frame); }
    };
    requestAnimationFrame(frame);
})"""
# What is due by the clock is told, so that a slow page has no less of it; the table scrolls on.
_BUSY = """async ({ seconds, quotes, rate }) => {
    const socket = window.benchSockets.at(-1);
    const grid = document.querySelector('[role="grid"][aria-label="Orders"]');
    const began = performance.now();
    let told = 0;
    const pour = setInterval(() => {
        const due = Math.floor((performance.now() - began) / 1000 * rate);
        for (; told < due; told += 1) {
            const data = quotes[told % quotes.length];
            socket.dispatchEvent(new MessageEvent("message", { data }));
        }
    }, 5);
    const scroll = setInterval(() => {
        grid.scrollTop = (grid.scrollTop + 90) % grid.scrollHeight;
    }, 16);
    const frames = await COUNT(seconds);
    clearInterval(pour);
    clearInterval(scroll);
    return { frames, told };
}""".replace("COUNT", f"({_COUNT})")


def frames_row(browser: Browser, server: Server) -> Row:
    """Count in turns on both pages, each in front while it is counted."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    context.add_init_script(PROBE)
    person = Person(context=context, server=server)
    quotes = _quotes(person)
    busy = _busy(person)
    empty = _empty(context)

    def ours() -> float:
        busy.bring_to_front()
        asked = {"seconds": SECONDS, "quotes": quotes, "rate": QUOTES_A_SECOND}
        told = busy.evaluate(_BUSY, asked)
        if told["told"] < SECONDS * QUOTES_A_SECOND * 0.9:
            raise RuntimeError(f"{told['told']} quotes were told in {SECONDS} s: too few")
        return float(told["frames"])

    def beside() -> float:
        empty.bring_to_front()
        return float(empty.evaluate(_COUNT, SECONDS))

    here, there = interleave(ours, beside, repeats=TURNS)
    context.close()
    return compare(
        name="console_frames_under_load",
        unit="frames/s",
        better=Better.HIGHER,
        ours=here,
        reference=there,
        reference_name="an empty page",
        goal=GOAL,
    )


def _quotes(person: Person) -> list[str]:
    """Return messages as the server writes them, of the symbol on the screen and of others."""
    items = person.server.own("GET", "market/instruments")["items"]
    names = [one["symbol"] for one in items][:SYMBOLS]
    names += [f"S{number}" for number in range(SYMBOLS - len(names))]
    return [
        json.dumps({"type": "event", "channel": "quotes", "body": _quote(name, price=step)})
        for step in range(100, 110)
        for name in names
    ]


def _quote(symbol: str, *, price: int) -> dict[str, str]:
    figures = dict.fromkeys(("bid", "ask", "last"), f"{price}.25")
    return {"symbol": symbol, **figures, "at": "2026-01-02T15:00:00Z"}


def _busy(person: Person) -> Page:
    asked = {"account_id": person.server.account_id, "symbol": "IBM", "side": "buy"}
    rest = {"type": "limit", "limit_price": "1", "time_in_force": "gtc", "quantity": "1"}
    one = person.server.own("POST", "orders", **asked, **rest)
    items = [{**one, "id": f"{number:032d}"} for number in range(ORDERS)]
    body = json.dumps({"items": items, "next_cursor": None})

    def many(route: Route) -> None:
        route.fulfill(body=body, content_type="application/json")

    person.page.route("**/api/v1/orders?*", many)
    person.log_in()
    page = person.go("Trade")
    grid = page.get_by_role("grid", name="Orders")
    expect(grid).to_have_attribute("aria-rowcount", str(ORDERS + 1))
    expect(page.get_by_role("img", name="Price chart").locator("canvas").first).to_be_visible()
    return page


def _empty(context: BrowserContext) -> Page:
    page = context.new_page()
    page.goto("about:blank")
    return page
