"""Strategies and the agents that they are: looked at, started, put in shadow, paused."""

import pytest
from playwright.sync_api import expect

from tests.browser.person import Person

QUIET = {"BALLAST_PATTERNS_PUBLISH": "false"}


@pytest.mark.parametrize("own", [QUIET], indirect=True)
def test_a_strategy_is_put_in_shadow_started_decides_and_is_paused_as_an_agent(
    own: Person,
) -> None:
    own.server.set_password()
    server = own.server
    page = own.log_in()
    symbol = server.own("GET", "market/instruments")["items"][0]["symbol"]
    made = {"name": "momentum", "kind": "multi_factor", "symbols": [symbol]}
    server.own("POST", "strategies", account_id=server.account_id, **made)
    own.go("Strategies")
    row = page.get_by_role("listitem").filter(has_text="momentum").first
    expect(row).to_contain_text("stopped")
    own.press(page.get_by_role("button", name="Shadow momentum"))
    expect(page.get_by_role("button", name="Shadow momentum")).to_have_count(0)
    own.press(page.get_by_role("button", name="Start momentum"))
    expect(page.get_by_role("button", name="Stop momentum")).to_be_visible()
    own.press(page.get_by_role("button", name="Decisions of momentum"))
    server.own("POST", "signals", id="s-1", symbol=symbol, score="0.9", source="research")
    brought = page.get_by_role("list", name="What momentum brought")
    expect(brought).to_contain_text("net pnl: absent, no order of it has been filled")
    # Without asking again.
    decided = page.get_by_role("list", name="Decisions of momentum")
    expect(decided).to_contain_text(f"absent, nothing was written of {symbol} in the last 24 hours")
    expect(decided).to_contain_text("ema trend, weight 0.2")
    own.press(page.get_by_role("button", name="Stop momentum"))
    expect(page.get_by_role("button", name="Start momentum")).to_be_visible()
    own.go("Agents")
    own.press(page.get_by_role("button", name="Pause momentum"))
    expect(page.get_by_text("asked it to pause")).to_be_visible()
    own.press(page.get_by_role("button", name="Resume momentum"))
    expect(page.get_by_role("button", name="Pause momentum")).to_be_visible()
