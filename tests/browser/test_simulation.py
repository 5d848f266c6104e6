"""Rules tried on past orders: begun, watched, cancelled, and what came of them."""

import re

from playwright.sync_api import Page, Route, expect

from tests.browser.person import Person
from tests.integration.bootstrap.many import until


def _orders(person: Person, *quantities: str) -> None:
    asked = {"account_id": person.server.account_id, "symbol": "IBM", "side": "buy"}
    rest = {"type": "limit", "limit_price": "1", "time_in_force": "gtc"}
    for quantity in quantities:
        person.server.own("POST", "orders", **asked, **rest, quantity=quantity)


def _open(person: Person) -> Page:
    page = person.log_in()
    person.go("Risk")
    page.get_by_role("link", name="Simulate on past orders").click()
    expect(page.get_by_role("heading", level=1, name="Simulate rules")).to_be_visible()
    return page


def test_a_rule_is_tried_on_past_orders_and_says_which_it_would_deny(own: Person) -> None:
    own.server.set_password()
    _orders(own, "3", "40")
    page = _open(own)
    page.get_by_role("button", name="Add a rule").click()
    new = page.get_by_role("group", name="New rule 1")
    new.get_by_role("combobox", name="Type of New rule 1").select_option("MAX_ORDER_VALUE")
    # What the server says of a rule stands at its line.
    new.get_by_role("textbox", name="Threshold of New rule 1").fill("much")
    page.get_by_role("button", name="Start simulation").click()
    threshold = new.get_by_role("textbox", name="Threshold of New rule 1")
    expect(threshold).to_have_attribute("aria-invalid", "true")
    threshold.fill("10")
    page.get_by_role("button", name="Start simulation").click()
    expect(page.get_by_role("heading", level=1, name="Simulation")).to_be_visible()
    expect(page.get_by_role("status", name="Simulation")).to_contain_text(
        "2 orders were decided again"
    )
    result = page.get_by_role("region", name="What came of it")
    expect(result).to_contain_text(re.compile("Would be denied1"))
    expect(result).to_contain_text(re.compile("Would pass1"))
    denials = result.get_by_role("region", name="Denials by rule")
    expect(denials.get_by_role("row", name="New rule 1")).to_contain_text("1")
    example = page.get_by_role("region", name="Examples").get_by_role("listitem")
    expect(example).to_have_count(1)
    expect(example).to_contain_text("Buy 40 IBM")
    expect(example).to_contain_text("passed then; denied under these rules")
    # The address is the simulation's: it is there again after a reload, until it is forgotten.
    page.reload()
    expect(result).to_contain_text("Would be denied")
    page.get_by_role("button", name="Forget it").click()
    expect(page.get_by_role("heading", level=1, name="Simulate rules")).to_be_visible()


def test_a_simulation_that_runs_is_cancelled_by_keyboard(own: Person) -> None:
    own.server.set_password()
    _orders(own, "3")
    page = _open(own)

    # It would be over before a hand is at the key: the browser is told that it runs on.
    def running(route: Route) -> None:
        if route.request.method != "GET":
            route.continue_()
            return
        answer = route.fetch()
        held = {"state": "running", "done": 0, "result": None} if answer.ok else {}
        route.fulfill(response=answer, json=answer.json() | held)

    page.route("**/risk-rules/simulations/*", running)
    own.press(page.get_by_role("button", name="Start simulation"))
    expect(page.get_by_role("progressbar", name="Orders decided")).to_be_visible()
    expect(page.get_by_role("status", name="Simulation")).to_contain_text("0 of 1 orders")
    expect(page).to_have_url(re.compile("/simulations/[^/]+$"))
    number = page.url.rpartition("/")[2]
    until(lambda: _state(own, number) == "done", told=lambda: _state(own, number))
    own.press(page.get_by_role("button", name="Cancel simulation"))
    # The server had it done, and what is over is forgotten.
    expect(page.get_by_role("alert")).to_contain_text("does not exist")
    gone = own.server.ask("GET", f"risk-rules/simulations/{number}", token=own.server.token())
    assert gone.status_code == 404


def _state(own: Person, number: str) -> str:
    return str(own.server.own("GET", f"risk-rules/simulations/{number}")["state"])


def test_undecidable_orders_are_counted_by_what_the_records_lack(own: Person) -> None:
    own.server.set_password()
    _orders(own, "3")
    page = _open(own)
    page.get_by_role("button", name="Add a rule").click()
    new = page.get_by_role("group", name="New rule 1")
    new.get_by_role("combobox", name="Type of New rule 1").select_option("VAR_LIMIT")
    new.get_by_role("textbox", name="Threshold of New rule 1").fill("5")
    page.get_by_role("button", name="Start simulation").click()
    result = page.get_by_role("region", name="What came of it")
    expect(result).to_contain_text(re.compile("Undecidable1"))
    missing = result.get_by_role("region", name="Missing inputs")
    expect(missing.get_by_role("row")).to_have_count(2)
