"""Trading through the gate, as a person does."""

import json

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.person import Person, Server

_ORDERS = "**/api/v1/orders"


def _ticket(page: Page, *, quantity: str, symbol: str = "IBM") -> None:
    page.get_by_role("combobox", name="Symbol").fill(symbol)
    page.get_by_role("textbox", name="Quantity").fill(quantity)


def _orders(server: Server) -> list[dict[str, str]]:
    found: list[dict[str, str]] = server.own("GET", "orders?limit=200")["items"]
    return found


def test_an_order_is_approved_in_words_sent_and_filled(person: Person) -> None:
    person.log_in()
    page = person.go("Trade")
    _ticket(page, quantity="10")
    expect(page.get_by_role("status", name="Gate")).to_have_text("Approved")
    expect(page.get_by_text("Position after")).to_be_visible()
    person.hears("fills")
    page.get_by_role("button", name="Submit order").click()
    # First of all: it is said for seconds only.
    expect(page.get_by_role("status", name="Messages")).to_contain_text("Filled: buy 10 IBM")
    row = page.get_by_role("grid", name="Orders").get_by_role("row").nth(1)
    expect(row).to_contain_text("IBM")
    expect(row).to_contain_text("filled")
    expect(page.get_by_role("img", name="Price chart")).to_be_visible()
    person.measured("order", 1)


def test_a_denial_is_seen_before_it_is_one_and_explained_after(person: Person) -> None:
    person.log_in()
    page = person.go("Trade")
    _ticket(page, quantity="1000000")
    gate = page.get_by_role("status", name="Gate")
    expect(gate).to_contain_text("Denied")
    expect(gate).to_contain_text("Max Order Value")
    person.hears("orders")
    page.get_by_role("button", name="Submit order").click()
    why = page.get_by_role("region", name="Why it was denied")
    expect(why).to_be_focused()
    expect(why).to_contain_text("Buying power")
    told = page.get_by_role("status", name="Messages")
    expect(told).to_contain_text("Denied: buy 1000000")
    expect(why.get_by_role("region", name="Rules of the decision")).to_contain_text("25,000")
    why.get_by_role("button", name="Close").click()
    page.get_by_role("button", name="Why was buy 1000000 IBM denied").first.click()
    expect(why).to_contain_text("Max Order Value")


def test_an_order_is_placed_changed_and_cancelled_by_keyboard_alone(person: Person) -> None:
    person.log_in()
    page = person.page
    person.press(page.get_by_role("link", name="Trade"))
    expect(page.get_by_role("heading", level=1, name="Trade")).to_be_focused()
    person.write(page.get_by_role("combobox", name="Symbol"), "MSFT")
    # The list of symbols is the browser's own; Escape leaves it.
    page.keyboard.press("Escape")
    person.tab_to(page.get_by_role("radio", name="Buy"))
    person.choose(page.get_by_role("combobox", name="Type"), "Limit")
    person.write(page.get_by_role("textbox", name="Quantity"), "7")
    person.write(page.get_by_role("textbox", name="Limit price"), "1.25")
    person.choose(page.get_by_role("combobox", name="Time in force"), "Until c")
    person.press(page.get_by_role("button", name="Submit order"))
    grid = page.get_by_role("grid", name="Orders")
    # By its price: others have traded the symbol on this server.
    row = grid.get_by_role("row").filter(has_text="MSFT").filter(has_text="1.25")
    expect(row).to_contain_text("working")
    # One stop of Tab is the whole grid: arrows lead through its cells.
    page.keyboard.press("Tab")
    for _ in range(120):
        if page.evaluate("document.activeElement.closest('[role=grid]') !== null"):
            break
        page.keyboard.press("Tab")
    page.keyboard.press("ArrowDown")
    for _ in range(4):
        page.keyboard.press("ArrowRight")
    expect(page.get_by_role("button", name="Cancel buy 7 MSFT")).to_be_focused()
    page.keyboard.press("Enter")
    expect(row).to_contain_text("canceled")


def test_a_working_order_is_replaced_and_all_are_cancelled(person: Person) -> None:
    person.log_in()
    page = person.go("Trade")
    page.get_by_role("combobox", name="Type").select_option("limit")
    page.get_by_role("combobox", name="Time in force").select_option("gtc")
    _ticket(page, quantity="3", symbol="AAPL")
    page.get_by_role("textbox", name="Limit price").fill("1.5")
    page.get_by_role("button", name="Submit order").click()
    page.get_by_role("button", name="Replace buy 3 AAPL").click()
    dialog = page.get_by_role("dialog", name="Replace buy AAPL")
    dialog.get_by_role("textbox", name="New quantity").fill("5")
    dialog.get_by_role("button", name="Replace order").click()
    expect(dialog).to_have_count(0)
    row = page.get_by_role("grid", name="Orders").get_by_role("row").filter(has_text="AAPL")
    expect(row.first.get_by_role("button", name="Cancel buy 5 AAPL")).to_be_visible()
    page.get_by_role("button", name="Cancel all", exact=True).click()
    page.get_by_role("dialog").get_by_role("button", name="Cancel all", exact=True).click()
    expect(row.first).to_contain_text("canceled")


def test_an_order_whose_answer_is_lost_is_placed_once(person: Person) -> None:
    person.log_in()
    page = person.go("Trade")
    keys = []

    def lose(route: Route) -> None:
        keys.append(route.request.headers["idempotency-key"])
        if len(keys) == 1:
            # The server has it; what it answers never arrives.
            assert route.fetch().status == 201
            route.abort("connectionreset")
        else:
            route.continue_()

    page.route(_ORDERS, lose)
    before = len(_orders(person.server))
    _ticket(page, quantity="11")
    page.get_by_role("button", name="Submit order").click()
    expect(page.get_by_role("status", name="Messages")).to_contain_text("IBM: buy 11 is")
    assert len(keys) == 2
    assert len(set(keys)) == 1
    assert len(_orders(person.server)) == before + 1


def test_an_outdated_answer_of_the_gate_is_dropped(person: Person) -> None:
    person.log_in()
    page = person.go("Trade")
    held: list[Route] = []

    def hold(route: Route) -> None:
        if json.loads(route.request.post_data or "{}")["quantity"] == "1000000":
            held.append(route)
        else:
            route.continue_()

    page.route("**/api/v1/orders/preview", hold)
    _ticket(page, quantity="1000000")
    expect(page.get_by_role("status", name="Gate")).to_have_text("Asking…")
    person.until(lambda: held)
    page.get_by_role("textbox", name="Quantity").fill("10")
    gate = page.get_by_role("status", name="Gate")
    expect(gate).to_have_text("Approved")
    # It comes late, if it comes at all.
    held[0].fulfill(json={"approved": False, "reasons": [], "headroom": [], "effect": {}})
    expect(gate).to_have_text("Approved")


def test_a_refused_field_is_told_at_the_field(person: Person) -> None:
    person.log_in()
    page = person.go("Trade")
    _ticket(page, quantity="-5")
    page.get_by_role("button", name="Submit order").click()
    quantity = page.get_by_role("textbox", name="Quantity")
    expect(quantity).to_have_attribute("aria-invalid", "true")
    expect(quantity).to_be_focused()


@pytest.mark.parametrize("name", ["<img src=x onerror=alert(1)>", "</script><script>alert(1)//"])
def test_a_hostile_name_is_shown_as_text(person: Person, name: str) -> None:
    page = person.log_in()
    page.on("dialog", lambda _: person.faults.append("a name was run"))
    body = {"name": name, "rule_type": "MAX_ORDER_VALUE", "threshold": "900000"}
    rule = person.server.own("POST", "risk-rules", **body)
    page = person.go("Risk")
    expect(page.get_by_role("link", name=name)).to_be_visible()
    person.server.own("DELETE", f"risk-rules/{rule['id']}?reason=unused")


def test_an_order_until_a_time_that_shows_a_part_is_sent_as_it_was_filled_in(
    person: Person,
) -> None:
    person.log_in()
    page = person.go("Trade")
    _ticket(page, quantity="10")
    # Each type and time asks for its own, and for nothing else.
    expect(page.get_by_role("textbox", name="Limit price")).to_have_count(0)
    page.get_by_role("combobox", name="Type").select_option("limit")
    page.get_by_role("textbox", name="Limit price").fill("1.5")
    page.get_by_role("combobox", name="Time in force").select_option("gtd")
    page.get_by_label("Expires at").fill("2099-06-30T15:45")
    page.get_by_text("More", exact=True).click()
    page.get_by_role("textbox", name="Shown quantity").fill("2")
    page.get_by_role("checkbox", name="Post only").check()
    page.get_by_role("button", name="Submit order").click()
    expect(page.get_by_role("status", name="Messages")).to_contain_text("IBM: buy 10 is")
    row = page.get_by_role("grid", name="Orders").get_by_role("row").nth(1)
    expect(row).to_contain_text("working")
    made = _orders(person.server)[0]
    assert (made["time_in_force"], made["expires_at"]) == ("gtd", "2099-06-30T15:45:00Z")
    assert made["display_quantity"] == "2"
    assert made["post_only"]
    person.server.own("DELETE", f"orders/{made['id']}")


def test_a_trailing_stop_takes_its_trail_in_percent_or_as_an_amount(person: Person) -> None:
    person.log_in()
    page = person.go("Trade")
    _ticket(page, quantity="1")
    page.get_by_role("combobox", name="Type").select_option("trailing_stop")
    expect(page.get_by_role("textbox", name="Limit price")).to_have_count(0)
    page.get_by_role("textbox", name="Trail").fill("40")
    page.get_by_role("combobox", name="Trail in").select_option("amount")
    page.get_by_role("combobox", name="Time in force").select_option("gtc")
    page.get_by_role("button", name="Submit order").click()
    row = page.get_by_role("grid", name="Orders").get_by_role("row").nth(1)
    expect(row).to_contain_text("trailing stop")
    made = _orders(person.server)[0]
    assert (made["type"], made["trail"], made["trail_kind"]) == ("trailing_stop", "40", "amount")
    person.server.own("DELETE", f"orders/{made['id']}")


def test_the_ticket_rates_an_order_part_by_part(person: Person) -> None:
    person.log_in()
    page = person.go("Trade")
    _ticket(page, quantity="10")
    rating = page.get_by_role("status", name="Rating")
    expect(rating).to_contain_text("score")
    parts = page.get_by_role("region", name="Parts of the rating")
    for name in ("Limits", "Margin", "Sector", "Liquidity", "Marginal var"):
        expect(parts.get_by_role("rowheader", name=name, exact=True)).to_be_visible()
    analysis = page.get_by_role("region", name="Pre-trade analysis")
    expect(analysis).to_contain_text("Maintenance margin")
    # What the gate would deny is never rated as anything else.
    page.get_by_role("textbox", name="Quantity").fill("1000000")
    expect(rating).to_contain_text("DANGER")


def test_a_rating_that_lacks_something_says_what(person: Person) -> None:
    person.log_in()
    page = person.go("Trade")
    told = {"name": "liquidity", "value": None, "limit": "0.01", "score": None}

    def lacking(route: Route) -> None:
        answer = route.fetch()
        body = answer.json()
        body["parts"] = [{**told, "missing": "a volume of 20 days", "exempt": False}]
        body |= {"rating": "CAUTION", "missing": ["a volume of 20 days"]}
        route.fulfill(response=answer, body=json.dumps(body))

    page.route("**/api/v1/pre-trade/analyze", lacking)
    _ticket(page, quantity="10")
    expect(page.get_by_role("status", name="Rating")).to_contain_text("CAUTION")
    analysis = page.get_by_role("region", name="Pre-trade analysis")
    expect(analysis.get_by_role("row", name="Liquidity")).to_contain_text("lacks a volume")
    expect(analysis).to_contain_text("Not known: a volume of 20 days")
