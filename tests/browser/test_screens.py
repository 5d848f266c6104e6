"""Every screen: for whoever sees little, uses no mouse, or has a narrow window."""

import json
import re
import time
from collections.abc import Callable, Iterator
from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser.person import Person, Server

_RULES = {
    "runOnly": {
        "type": "tag",
        "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"],
    }
}
Scheme = Literal["light", "dark"]
_SCHEMES = ("light", "dark")


def _a_rule(person: Person) -> str:
    found: str = person.server.own("GET", "risk-rules")["items"][0]["id"]
    return found


def _a_stop(person: Person) -> str:
    found: str = person.server.own("GET", "kill-switch/events")["items"][0]["id"]
    return found


def _a_simulation(person: Person) -> str:
    span = {"from": "2026-01-02T00:00:00Z", "to": "2036-01-02T00:00:00Z", "rules": []}
    found: str = person.server.own("POST", "risk-rules/simulate", **span)["id"]
    return found


# A screen of one thing, by the path that it declares: which one is looked at.
_EXAMPLES: dict[str, Callable[[Person], str]] = {
    "/risk/rules/:id": _a_rule,
    "/risk/rules/:id/history": _a_rule,
    "/risk/simulations/:id": _a_simulation,
    "/stops/:id": _a_stop,
}


def _paths(person: Person) -> Iterator[tuple[str, str]]:
    """Return title and path of every screen that the page was told of, so that none is missed."""
    told = person.page.locator("#root").get_attribute("data-screens")
    for one in json.loads(told or "[]"):
        path: str = one["path"]
        if ":" in path:
            path = re.sub(r":\w+", _EXAMPLES[path](person), path)
        yield one["title"], path


def _open(person: Person, title: str, path: str) -> None:
    person.page.goto(f"{person.server.url}/dashboard{path}".rstrip("/"))
    expect(person.page.get_by_role("heading", level=1, name=title)).to_be_visible()
    expect(person.page.get_by_role("main").locator("section, form").first).to_be_visible()
    expect(person.page.get_by_role("status").filter(has_text="Loading")).to_have_count(0)


def _violations(page: Page) -> list[str]:
    found = Axe().run(page, options=_RULES).response["violations"]
    return [f"{one['id']}: {[node['html'][:160] for node in one['nodes']]}" for one in found]


@pytest.fixture(autouse=True, scope="module")
def stopped(server: Server) -> None:
    """A stop that is over: there is one to look at."""
    scope = {"scope": "symbol", "symbol": "CSCO", "reason": "to be looked at"}
    server.own("POST", "kill-switch/activate", **scope)
    deadline = time.monotonic() + 60
    while not server.ask_as_owner("POST", "kill-switch/release", **scope).is_success:
        assert time.monotonic() < deadline
        time.sleep(0.5)


@pytest.mark.parametrize("scheme", _SCHEMES)
def test_no_screen_breaks_a_rule_of_accessibility(person: Person, scheme: Scheme) -> None:
    page = person.page
    page.emulate_media(color_scheme=scheme)
    page.goto(f"{person.server.url}/login")
    expect(page.get_by_role("textbox", name="E-mail")).to_be_visible()
    assert _violations(page) == []
    page.get_by_role("textbox", name="E-mail").fill("nobody@example.com")
    page.get_by_label("Password").fill("not the password, surely")
    page.get_by_role("button", name="Log in", exact=True).click()
    expect(page.get_by_role("alert")).to_be_visible()
    assert _violations(page) == []
    person.log_in()
    for title, path in _paths(person):
        _open(person, title, path)
        assert _violations(page) == [], path


@pytest.mark.parametrize("scheme", _SCHEMES)
def test_no_dialog_breaks_a_rule_of_accessibility(person: Person, scheme: Scheme) -> None:
    page = person.page
    page.emulate_media(color_scheme=scheme)
    asked = {"account_id": person.server.account_id, "symbol": "MSFT", "side": "buy"}
    rest = {"type": "limit", "limit_price": "1", "time_in_force": "gtc", "quantity": "3"}
    person.server.own("POST", "orders", **asked, **rest)
    person.log_in()
    person.go("Trade")
    page.get_by_role("textbox", name="Quantity").fill("1000000")
    expect(page.get_by_role("status", name="Gate")).to_contain_text("Denied")
    page.get_by_role("button", name="Submit order").click()
    expect(page.get_by_role("region", name="Rules of the decision")).to_be_visible()
    page.get_by_text("More", exact=True).click()
    page.get_by_text("rules looked at it").click()
    page.get_by_role("button", name="Workspace").click()
    assert _violations(page) == []
    page.get_by_role("menuitem", name="Save as…").click()
    _look(page, "Save workspace")
    page.get_by_role("button", name="Replace buy 3 MSFT").first.click()
    _look(page, "Replace buy MSFT")
    page.get_by_role("button", name="Cancel all", exact=True).click()
    page.get_by_role("dialog").get_by_role("button", name="Cancel all", exact=True).click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.get_by_role("button", name="Kill switch").click()
    _look(page, "Stop trading", close=False)
    page.get_by_role("button", name="Stop trading now").click()
    stopped = person.stopped()
    person.over()
    expect(page.get_by_role("dialog")).to_have_count(0)
    refused = json.dumps({"type": "/problems/step-up-required", "status": 401})
    path = "**/api/v1/kill-switch/release"
    page.route(path, lambda route: route.fulfill(status=401, body=refused))
    stopped.get_by_role("button", name="Release").click()
    _look(page, "Release", close=False)
    dialog = page.get_by_role("dialog", name="Release")
    dialog.get_by_role("textbox", name="Reason").fill("over")
    questions = dialog.get_by_role("group", name="Checklist").get_by_role("checkbox")
    expect(questions.first).to_be_visible()
    for one in questions.all():
        one.check()
    dialog.get_by_role("button", name="Release").click()
    _look(page, "Confirm it is you")
    page.unroute(path)
    dialog.get_by_role("button", name="Release").click()
    expect(stopped).to_have_count(0)


def _look(page: Page, name: str, *, close: bool = True) -> None:
    dialog = page.get_by_role("dialog", name=name)
    expect(dialog).to_be_visible()
    assert _violations(page) == [], name
    if close:
        dialog.get_by_role("button", name="Close").click()
        expect(dialog).to_have_count(0)


def test_no_screen_is_wider_than_a_small_window(person: Person) -> None:
    page = person.page
    page.set_viewport_size({"width": 320, "height": 640})
    person.log_in()
    for title, path in _paths(person):
        _open(person, title, path)
        assert page.evaluate("document.documentElement.scrollWidth") <= 320, path
        expect(page.get_by_role("button", name="Kill switch")).to_be_in_viewport()


def test_each_page_has_its_names(person: Person) -> None:
    page = person.log_in()
    banner = page.get_by_role("banner")
    expect(banner.get_by_role("combobox", name="Account")).to_be_visible()
    expect(banner.get_by_role("status", name="Connection")).to_have_text("Live")
    for name in ("Kill switch", "Notifications", "Workspace", "You"):
        expect(banner.get_by_role("button", name=name)).to_be_visible()
    expect(page.get_by_role("heading", level=1)).to_have_count(1)
    for name in ("Positions", "Orders", "Fills"):
        expect(page.get_by_role("grid", name=name)).to_be_visible()
    expect(page.get_by_role("img", name="Equity curve").locator("canvas")).to_be_visible()


def test_a_rule_is_made_changed_switched_and_deleted(person: Person) -> None:
    person.log_in()
    page = person.go("Risk")
    page.get_by_role("link", name="New rule").click()
    page.get_by_role("textbox", name="Name").fill("Small orders")
    page.get_by_role("combobox", name="Rule type").select_option("MAX_ORDER_VALUE")
    page.get_by_role("textbox", name="Threshold").fill("500")
    page.get_by_role("button", name="Save rule").click()
    grid = page.get_by_role("grid", name="Risk rules")
    row = grid.get_by_role("row").filter(has_text="Small orders")
    expect(row).to_contain_text("500")
    row.get_by_role("button", name="Switch off Small orders").click()
    page.get_by_role("textbox", name="Reason").fill("quiet week")
    page.get_by_role("button", name="Propose it").click()
    expect(row.get_by_role("button", name="Switch on Small orders")).to_be_visible()
    row.get_by_role("link", name="Small orders").click()
    expect(page).to_have_url(re.compile("/risk/rules/[^/]+$"))
    rule_id = page.url.rpartition("/")[2]
    expect(page.get_by_role("textbox", name="Threshold")).to_have_value("500")
    # Somebody else is faster: nothing is lost, and both versions stand there.
    other = {"name": "Small orders", "rule_type": "MAX_ORDER_VALUE", "threshold": "600"}
    other["reason"] = "earnings week"
    person.server.own("PUT", f"risk-rules/{rule_id}", **other)
    page.get_by_role("textbox", name="Threshold").fill("700")
    page.get_by_role("button", name="Save rule").click()
    both = page.get_by_role("region", name="Two versions").last
    expect(both).to_contain_text("700")
    expect(both).to_contain_text("600")
    page.get_by_role("button", name="Keep mine, and save over it").click()
    page.get_by_role("textbox", name="Reason").fill("earnings week")
    page.get_by_role("button", name="Save rule").click()
    expect(row).to_contain_text("700")
    row.get_by_role("link", name="Small orders").click()
    page.get_by_role("button", name="Delete rule").click()
    deleting = page.get_by_role("dialog", name="Delete rule")
    deleting.get_by_role("textbox", name="Reason").fill("unused")
    deleting.get_by_role("button", name="Delete Small orders").click()
    expect(grid).to_be_visible()
    expect(row).to_have_count(0)


def test_a_form_asks_what_the_rule_type_declares(person: Person) -> None:
    person.log_in()
    page = person.go("Risk")
    page.get_by_role("link", name="New rule").click()
    page.get_by_role("combobox", name="Rule type").select_option("ORDER_RATE")
    expect(page.get_by_role("textbox", name="Window s")).to_be_visible()
    page.get_by_role("combobox", name="Rule type").select_option("RESTRICTED_SYMBOL")
    expect(page.get_by_role("textbox", name="Window s")).to_have_count(0)
    page.get_by_role("textbox", name="Name").fill("Never these")
    page.get_by_role("textbox", name="Threshold").fill("0")
    page.get_by_role("textbox", name="Symbols", exact=True).fill("ibm, aapl")
    page.get_by_role("button", name="Save rule").click()
    expect(page.get_by_role("grid", name="Risk rules")).to_contain_text("Never these")
    rules = person.server.own("GET", "risk-rules")["items"]
    (made,) = [one for one in rules if one["name"] == "Never these"]
    assert sorted(made["parameters"]["symbols"]) == ["AAPL", "IBM"]
    person.server.own("DELETE", f"risk-rules/{made['id']}?reason=unused")


def test_a_rule_is_tried_on_an_order_that_nobody_sends(person: Person) -> None:
    person.log_in()
    page = person.go("Risk")
    page.get_by_role("link", name="New rule").click()
    page.get_by_role("textbox", name="Name").fill("Tiny")
    page.get_by_role("textbox", name="Threshold").fill("1")
    page.get_by_role("textbox", name="Symbol of the order").fill("IBM")
    page.get_by_role("textbox", name="Quantity of the order").fill("10")
    page.get_by_role("button", name="Try").click()
    expect(page.get_by_role("status").filter(has_text="Denied")).to_contain_text("Tiny")
