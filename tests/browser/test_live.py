"""What comes by itself: prices as they move, and what is said when they do not."""

import json
from collections.abc import Callable
from itertools import pairwise
from typing import Any

from playwright.sync_api import Locator, Page, Route, WebSocketRoute, expect

from tests.browser.person import Person

TABS = 8
MESSAGES = 1_000
ROWS = 10_000
# Tells when each tab asked for new tokens, and when it had them.
_SPANS = """
window.spans = [];
const plain = window.fetch;
window.fetch = async (url, how) => {
    const began = Date.now();
    const answer = await plain(url, how);
    if (String(url).endsWith("/auth/refresh")) window.spans.push([began, Date.now()]);
    return answer;
};
"""
# Hands the test the page's stream, so that it can say what it likes in the server's name. While it
# pours, the market's own quotes are held back: otherwise the last one drawn may be one of those.
_SOCKETS = """
window.sockets = [];
window.pouring = false;
window.WebSocket = class extends WebSocket {
    constructor(...given) {
        super(...given);
        window.sockets.push(this);
        this.addEventListener("message", (event) => {
            if (!window.pouring || !event.isTrusted) return;
            if (JSON.parse(event.data).channel === "quotes") event.stopImmediatePropagation();
        });
    }
};
"""
# As many messages as asked for, each a task of its own as from the network, and what was drawn
# until the last of them stands there.
_POUR = """async ({ quotes, target, wanted }) => {
    window.pouring = true;
    const socket = window.sockets.at(-1);
    const shown = document.querySelector(target);
    let drawn = 0;
    let frames = 0;
    let running = true;
    const watch = new MutationObserver(() => { drawn += 1; });
    watch.observe(shown, { subtree: true, childList: true, characterData: true });
    const count = () => { frames += 1; if (running) requestAnimationFrame(count); };
    requestAnimationFrame(count);
    const channel = new MessageChannel();
    const turn = () => new Promise((go) => {
        channel.port1.onmessage = go;
        channel.port2.postMessage(0);
    });
    for (const body of quotes) {
        const data = JSON.stringify({ type: "event", channel: "quotes", body });
        socket.dispatchEvent(new MessageEvent("message", { data }));
        await turn();
    }
    const until = performance.now() + 30_000;
    while (shown.textContent !== wanted && performance.now() < until)
        await new Promise(requestAnimationFrame);
    running = false;
    watch.disconnect();
    return { drawn, frames, text: shown.textContent };
}"""


def _color(page: Page) -> str:
    found: str = page.locator(".price").first.evaluate("one => getComputedStyle(one).color")
    return found


def test_prices_are_grey_from_two_missed_heartbeats_until_something_is_heard(
    person: Person,
) -> None:
    silent: list[bool] = []

    def between(page: WebSocketRoute) -> None:
        server = page.connect_to_server()

        def told(message: str | bytes) -> None:
            frame = json.loads(message)
            if frame["type"] == "welcome":
                frame["heartbeat_s"] = 2
            if not silent:
                page.send(json.dumps(frame))

        server.on_message(told)

    page = person.page
    page.route_web_socket("**/ws/v1", between)
    person.log_in()
    person.go("Trade")
    state = page.get_by_role("status", name="Connection")
    expect(page.locator(".price").first).not_to_have_text("–")
    expect(state).to_have_text("Live")
    expect(page.locator(".stale-prices")).to_have_count(0)
    lively = _color(page)
    silent.append(True)
    expect(state).to_have_text("Stale")
    expect(page.locator(".price").first).not_to_have_css("color", lively)
    # What was known stays there to be read, and so does the way to stop.
    expect(page.locator(".price").first).not_to_have_text("–")
    expect(page.get_by_role("button", name="Kill switch")).to_be_enabled()
    silent.clear()
    expect(state).to_have_text("Live", timeout=60_000)
    expect(page.locator(".stale-prices")).to_have_count(0)


def test_a_stream_that_never_says_welcome_is_given_up_for_another(person: Person) -> None:
    silent: list[WebSocketRoute] = []

    def between(socket: WebSocketRoute) -> None:
        # Opened, and then neither a word nor an end: as behind a proxy that lost its server.
        if silent:
            socket.connect_to_server()
        else:
            silent.append(socket)

    page = person.page
    page.route_web_socket("**/ws/v1", between)
    person.log_in()
    expect(page.get_by_role("status", name="Connection")).to_have_text("Live", timeout=60_000)
    assert silent


def test_a_thousand_quotes_are_drawn_once_a_frame(person: Person) -> None:
    page = person.page
    page.add_init_script(_SOCKETS)
    person.log_in()
    person.go("Trade")
    expect(page.locator(".price").first).not_to_have_text("–")
    expect(page.get_by_role("status", name="Connection")).to_have_text("Live")
    symbol = page.get_by_role("combobox", name="Symbol").input_value()
    # Far from any price of the market: what is counted is what was poured.
    quotes = [_quote(symbol, last=f"{number}.25") for number in range(900_000, 900_000 + MESSAGES)]
    poured = {"quotes": quotes, "target": ".price", "wanted": "900,999.25"}
    told: dict[str, Any] = page.evaluate(_POUR, poured)
    assert told["text"] == "900,999.25"
    assert told["drawn"] <= told["frames"] < MESSAGES


def _quote(symbol: str, *, last: str) -> dict[str, str]:
    return {"symbol": symbol, "bid": last, "ask": last, "last": last, "at": "2026-01-02T15:00:00Z"}


def test_a_table_of_ten_thousand_rows_draws_those_in_sight(person: Person) -> None:
    page = person.log_in()
    page.route("**/api/v1/orders?*", _many(_an_order(person)))
    person.go("Trade")
    grid = page.get_by_role("grid", name="Orders")
    expect(grid).to_have_attribute("aria-rowcount", str(ROWS + 1))
    assert grid.get_by_role("row").count() < 100
    expect(grid.get_by_role("row").nth(1)).to_contain_text("1")
    grid.evaluate("one => { one.scrollTop = one.scrollHeight / 2; }")
    middle = grid.get_by_role("row").filter(has_text="5,000")
    expect(middle).to_have_attribute("aria-rowindex", "5001")
    grid.get_by_role("columnheader", name="Symbol").press("Control+End")
    expect(grid.get_by_role("row").filter(has_text="10,000")).to_be_visible()
    assert grid.get_by_role("row").count() < 100
    page.keyboard.press("Control+Home")
    expect(grid.get_by_role("columnheader", name="Symbol")).to_be_focused()


def _an_order(person: Person, *, quantity: str = "1") -> dict[str, Any]:
    asked = {"account_id": person.server.account_id, "symbol": "IBM", "side": "buy"}
    rest = {"type": "limit", "limit_price": "1", "time_in_force": "gtc", "quantity": quantity}
    made: dict[str, Any] = person.server.own("POST", "orders", **asked, **rest)
    person.server.own("DELETE", f"orders/{made['id']}")
    return made


def _many(order: dict[str, Any]) -> Callable[[Route], None]:
    items = [
        {**order, "id": f"{number:032d}", "quantity": str(number)} for number in range(1, ROWS + 1)
    ]
    body = json.dumps({"items": items, "next_cursor": None})
    return lambda route: route.fulfill(body=body, content_type="application/json")


def test_eight_tabs_restored_at_once_are_all_in_one_after_the_other(person: Person) -> None:
    person.context.add_init_script(_SPANS)
    pages = [person.log_in(), *(person.tab() for _ in range(TABS - 1))]
    for one in pages:
        one.goto(f"{person.server.url}/dashboard/risk", wait_until="commit")
    for one in pages:
        expect(one.get_by_role("grid", name="Risk rules")).to_be_visible(timeout=60_000)
    for one in pages:
        one.evaluate("window.isBefore = true; location.reload()")
    for one in pages:
        # Of the page that was before, everything is in sight already.
        person.holds("!window.isBefore && window.spans.length > 0", page=one)
        expect(one.get_by_role("grid", name="Risk rules")).to_be_visible(timeout=60_000)
    spans = sorted(span for one in pages for span in one.evaluate("window.spans"))
    assert len(spans) >= TABS
    for (_, ended), (began, _) in pairwise(spans):
        assert began >= ended, "two tabs asked for new tokens at the same time"
    # And nobody of them took the session from the others.
    for one in pages:
        expect(one.get_by_role("banner")).to_be_visible()
    assert person.server.own("GET", "members/me")["role"] == "owner"


def test_what_was_missed_while_the_stream_was_down_is_told_after_it(person: Person) -> None:
    page = person.page
    asked: list[dict[str, Any]] = []
    told: list[dict[str, Any]] = []
    sockets: list[WebSocketRoute] = []

    def between(socket: WebSocketRoute) -> None:
        server = socket.connect_to_server()
        sockets.append(socket)

        def said(message: str | bytes) -> None:
            asked.append(json.loads(message))
            server.send(message)

        def heard(message: str | bytes) -> None:
            told.append(json.loads(message))
            socket.send(message)

        socket.on_message(said)
        server.on_message(heard)

    page.route_web_socket("**/ws/v1", between)
    person.log_in()
    person.go("Trade")
    expect(page.get_by_role("status", name="Connection")).to_have_text("Live")
    _an_order(person, quantity="31")
    expect(_order_of(page, quantity="31")).to_contain_text("canceled")
    # A place to go on from is known.
    person.until(lambda: any(one.get("sequence", 0) for one in _of_orders(told)))
    before = len(asked)
    page.route("**/api/v1/ws/ticket", lambda route: route.abort())
    sockets[-1].close(code=1012, reason="away for a moment")
    state = page.get_by_role("status", name="Connection")
    expect(state).to_have_text("Reconnecting")
    # Meanwhile something happens, and nobody reads it anew by hand.
    _an_order(person, quantity="37")
    page.unroute("**/api/v1/ws/ticket")
    expect(state).to_have_text("Live", timeout=60_000)
    person.until(lambda: _of_orders(asked[before:]))
    again = _of_orders(asked[before:])
    assert all(one.get("from_sequence", 0) > 0 for one in again)
    expect(_order_of(page, quantity="37")).to_contain_text("canceled")


def _order_of(page: Page, *, quantity: str) -> Locator:
    """Return the order of that quantity: its digits may stand in others' times, too."""
    rows = page.get_by_role("grid", name="Orders").get_by_role("row")
    return rows.filter(has=page.get_by_role("gridcell", name=quantity, exact=True))


def _of_orders(frames: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [one for one in frames if one.get("channel") == "orders"]
