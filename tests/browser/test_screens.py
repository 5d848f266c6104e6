"""Every screen: for whoever sees little, uses no mouse, or has a narrow window."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser.person import Person

_RULES = {
    "runOnly": {
        "type": "tag",
        "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"],
    }
}
_SCREENS = ("Overview", "Trade", "Risk", "Notifications", "Status")


def _violations(page: Page) -> list[str]:
    found = Axe().run(page, options=_RULES).response["violations"]
    return [f"{one['id']}: {[node['html'][:160] for node in one['nodes']]}" for one in found]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_screen_breaks_a_rule_of_accessibility(person: Person, scheme: str) -> None:
    page = person.page
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    page.goto(f"{person.server.url}/login")
    expect(page.get_by_role("textbox", name="E-mail")).to_be_visible()
    assert _violations(page) == []
    person.log_in()
    for name in _SCREENS:
        person.go(name)
        expect(page.get_by_role("status").filter(has_text="Loading")).to_have_count(0)
        assert _violations(page) == [], name
    person.go("Risk").get_by_role("link", name="New rule").click()
    expect(page.get_by_role("form", name="Risk rule")).to_be_visible()
    assert _violations(page) == []
    page.get_by_role("button", name="Kill switch").click()
    assert _violations(page) == []


def test_no_screen_is_wider_than_a_small_window(person: Person) -> None:
    page = person.page
    page.set_viewport_size({"width": 320, "height": 640})
    person.log_in()
    for name in _SCREENS:
        person.go(name)
        expect(page.get_by_role("status").filter(has_text="Loading")).to_have_count(0)
        assert page.evaluate("document.documentElement.scrollWidth") <= 320, name
        expect(page.get_by_role("button", name="Kill switch")).to_be_in_viewport()


def test_each_page_has_its_names(person: Person) -> None:
    page = person.log_in()
    banner = page.get_by_role("banner")
    expect(banner.get_by_role("combobox", name="Account")).to_be_visible()
    expect(banner.get_by_role("status", name="Connection")).to_have_text("Live")
    for name in ("Kill switch", "Notifications", "You"):
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
    expect(row).to_contain_text("off")
    row.get_by_role("link", name="Small orders").click()
    rule_id = page.url.rpartition("/")[2]
    expect(page.get_by_role("textbox", name="Threshold")).to_have_value("500")
    # Somebody else is faster: nothing is lost, and both versions stand there.
    other = {"name": "Small orders", "rule_type": "MAX_ORDER_VALUE", "threshold": "600"}
    person.server.own("PUT", f"risk-rules/{rule_id}", **other)
    page.get_by_role("textbox", name="Threshold").fill("700")
    page.get_by_role("button", name="Save rule").click()
    both = page.get_by_role("region", name="Two versions").last
    expect(both).to_contain_text("700")
    expect(both).to_contain_text("600")
    page.get_by_role("button", name="Keep mine, and save over it").click()
    page.get_by_role("button", name="Save rule").click()
    expect(row).to_contain_text("700")
    row.get_by_role("link", name="Small orders").click()
    page.get_by_role("button", name="Delete rule").click()
    page.get_by_role("button", name="Delete Small orders").click()
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
    person.server.own("DELETE", f"risk-rules/{made['id']}")


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
