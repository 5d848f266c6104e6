"""What is said of symbols: as it comes, narrowed down, and page by page."""

import pytest
from playwright.sync_api import expect

from tests.browser.person import Person

# Bars that close quickly enough for patterns to fire while somebody looks.
QUICK = {"BALLAST_REPLAY_SECONDS_PER_DAY": "0.05"}
QUIET = {"BALLAST_PATTERNS_PUBLISH": "false"}
# With days behind it, by which an order can be sized.
LATER = {**QUIET, "BALLAST_REPLAY_START": "2001-06-01"}


@pytest.mark.parametrize("own", [QUIET], indirect=True)
def test_signals_come_by_themselves_are_narrowed_down_and_go_on_page_by_page(own: Person) -> None:
    own.server.set_password()
    server = own.server
    page = own.log_in()
    own.go("Signals")
    expect(page.get_by_text("No such signal so far.")).to_be_visible()
    symbols = [one["symbol"] for one in server.own("GET", "market/instruments")["items"]][:2]
    token = server.token()

    def say(number: int, symbol: str, score: str) -> None:
        body = {"id": f"s-{number}", "symbol": symbol, "score": score, "source": "research"}
        assert server.ask("POST", "signals", token=token, **body).status_code == 201

    say(0, symbols[0], "0.9")
    # Without asking again.
    grid = page.get_by_role("grid", name="Signals")
    expect(grid.get_by_role("row").filter(has_text=symbols[0])).to_have_count(1)
    for number in range(1, 60):
        say(number, symbols[number % 2], "-0.25")
    expect(grid).to_have_attribute("aria-rowcount", "51")
    own.press(page.get_by_role("button", name="Show more"))
    expect(grid).to_have_attribute("aria-rowcount", "61")
    expect(page.get_by_role("button", name="Show more")).to_have_count(0)
    own.write(page.get_by_role("textbox", name="Least score"), "0.5")
    expect(grid).to_have_attribute("aria-rowcount", "2")
    expect(grid.get_by_role("row").nth(1)).to_contain_text("buy")
    page.get_by_role("textbox", name="Least score").fill("1.5")
    expect(page.get_by_role("main")).to_contain_text("must be from 0 to 1")
    page.get_by_role("textbox", name="Least score").fill("")
    page.get_by_role("combobox", name="Side").select_option("sell")
    own.write(page.get_by_role("textbox", name="Symbol"), symbols[0].lower())
    expect(grid).to_have_attribute("aria-rowcount", "30")
    expect(page.get_by_role("heading", name=f"Pattern of {symbols[0]}")).to_be_visible()


@pytest.mark.parametrize("own", [LATER], indirect=True)
def test_a_signal_shows_the_order_that_it_led_to(own: Person) -> None:
    own.server.set_password()
    server = own.server
    page = own.log_in()
    symbol = server.own("GET", "market/instruments")["items"][0]["symbol"]
    made = {
        "name": "follower",
        "kind": "follow",
        "account_id": server.account_id,
        "symbols": [symbol],
        "cap": "0.01",
    }
    strategy = server.own("POST", "strategies", **made)
    server.own("PUT", f"strategies/{strategy['id']}", **made, mode="live")
    server.own("POST", f"strategies/{strategy['id']}/start")
    own.go("Signals")
    server.own("POST", "signals", id="s-1", symbol=symbol, score="0.9", source="research")
    row = page.get_by_role("grid", name="Signals").get_by_role("row").filter(has_text="research")
    # Without asking again.
    expect(row).to_contain_text("follower: buy", timeout=30_000)


@pytest.mark.parametrize("own", [QUICK], indirect=True)
def test_what_patterns_fire_stands_there_with_where_they_stand(own: Person) -> None:
    own.server.set_password()
    page = own.log_in()
    own.go("Signals")
    grid = page.get_by_role("grid", name="Signals")
    fired = grid.get_by_role("row").filter(has_text="patterns")
    expect(fired.first).to_be_visible(timeout=60_000)
    found = own.server.own("GET", "signals?source=patterns&limit=1")["items"][0]
    assert float(found["confidence"]) > 0.3
    page.get_by_role("textbox", name="Symbol").fill(found["symbol"])
    panel = page.get_by_role("region", name=f"Pattern of {found['symbol']}")
    expect(panel).to_contain_text("Fast average")
