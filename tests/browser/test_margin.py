"""The margin of an account: what it takes, how far calls are, and what gives it back."""

import json

from playwright.sync_api import FilePayload, Page, expect

from tests.browser.person import Person


def _margin_account(person: Person) -> str:
    """Open an account on credit with a position in it, and return its name."""
    server = person.server
    portfolio = server.own("GET", "portfolios")["items"][0]["id"]
    asked = {"portfolio_id": portfolio, "name": "Credit", "kind": "margin", "leverage": "2"}
    account = server.own("POST", "accounts", **asked)["id"]
    server.own("POST", f"accounts/{account}/deposits", amount="100000", reference="first")
    order = {"account_id": account, "symbol": "IBM", "side": "buy", "type": "market"}
    server.own("POST", "orders", **order, quantity="150", time_in_force="day")
    return "Credit"


def _open(person: Person) -> Page:
    name = _margin_account(person)
    page = person.log_in()
    page.get_by_role("combobox", name="Account").select_option(label=name)
    return person.go("Margin")


def test_margin_is_shown_and_a_plan_brings_it_back(own: Person) -> None:
    own.server.set_password()
    page = _open(own)
    row = page.get_by_role("grid", name="Margin of positions").get_by_role("row", name="IBM")
    expect(row).to_contain_text("150")
    figures = page.get_by_role("region", name="Margin of Credit")
    expect(figures).to_contain_text("Maintenance margin")
    expect(figures).to_contain_text("Buffer")
    # A target that is met needs no plan, and says so.
    page.get_by_role("textbox", name="Target buffer").fill("0.1")
    page.get_by_role("button", name="Work out a plan").click()
    plans = page.get_by_role("region", name="De-leverage plans")
    expect(plans.get_by_role("status")).to_contain_text("There is no plan")
    page.get_by_role("textbox", name="Target buffer").fill("0.99")
    page.get_by_role("button", name="Work out a plan").click()
    plan = plans.get_by_role("listitem").first
    expect(plan).to_contain_text("proposed")
    expect(plan.get_by_role("region", name="Steps of the plan")).to_contain_text("IBM")
    plan.get_by_role("button", name="Approve").click()
    dialog = page.get_by_role("dialog", name="Approve the plan")
    dialog.get_by_role("button", name="Approve and send").click()
    expect(dialog).to_have_count(0)
    expect(plan).to_contain_text("reached", timeout=90_000)
    expect(row).not_to_contain_text("150")


def test_a_rulebook_is_chosen_by_keyboard(own: Person) -> None:
    own.server.set_password()
    page = _open(own)
    form = page.get_by_role("form", name="Rulebook")
    expect(form.get_by_role("combobox", name="Rulebook")).to_be_visible()
    own.choose(form.get_by_role("combobox", name="Rulebook"), "Cash")
    own.press(form.get_by_role("button", name="Choose rulebook"))
    expect(page.get_by_role("status", name="Messages")).to_contain_text("The rulebook is chosen")
    expect(page.get_by_role("region", name="Margin of Credit")).to_contain_text("By cash")
    again = page.get_by_role("form", name="Automatic de-leveraging")
    own.write(again.get_by_role("textbox"), "2")
    own.press(again.get_by_role("button", name="Set it"))
    expect(again.get_by_role("textbox")).to_have_attribute("aria-invalid", "true")
    own.write(again.get_by_role("textbox"), "0.3")
    own.press(again.get_by_role("button", name="Set it"))
    expect(page.get_by_role("status", name="Messages")).to_contain_text("It is set")


_SPREAD = {
    "rulebook": "reg_t",
    "as_of": "2026-07-01",
    "cash": 10000.5,
    "positions": [
        {
            "symbol": f"XYZ {strike} call",
            "asset_class": "option",
            "quantity": quantity,
            "price": price,
            "underlying": "XYZ",
            "underlying_price": 100,
            "right": "call",
            "strike": strike,
            "expiry": "2026-12-18",
        }
        for strike, quantity, price in ((100, -1, 5), (110, 1, 2))
    ],
}


def test_a_book_is_tried_row_by_row(person: Person) -> None:
    page = person.log_in()
    page.get_by_role("link", name="Margin", exact=True).click()
    page.get_by_role("link", name="Try another book").click()
    form = page.get_by_role("form", name="Book")
    form.get_by_role("textbox", name="Cash").fill("-20000")
    form.get_by_label("By the rules of").fill("2026-07-01")
    one = form.get_by_role("group", name="Position 1")
    one.get_by_role("textbox", name="Symbol").fill("AAPL")
    one.get_by_role("textbox", name="Quantity").fill("500")
    one.get_by_role("textbox", name="Price").fill("cheap")
    form.get_by_role("button", name="Work out the margin").click()
    expect(one.get_by_role("textbox", name="Price")).to_have_attribute("aria-invalid", "true")
    one.get_by_role("textbox", name="Price").fill("100")
    form.get_by_role("button", name="Work out the margin").click()
    found = page.get_by_role("status", name="Margin of the book")
    expect(found).to_contain_text("Equity30,000")
    expect(found.get_by_role("region", name="Positions of the book")).to_contain_text("AAPL")
    # What was found is of the book before the last key.
    one.get_by_role("textbox", name="Quantity").fill("600")
    expect(found).to_be_empty()
    one.get_by_role("combobox", name="Class").select_option("option")
    person.press(form.get_by_role("button", name="Work out the margin"))
    expect(one.get_by_role("textbox", name="Underlying", exact=True)).to_have_attribute(
        "aria-invalid", "true"
    )


def test_a_book_in_a_file_shows_what_is_margined_together(person: Person) -> None:
    page = person.log_in()
    page.get_by_role("link", name="Margin", exact=True).click()
    page.get_by_role("link", name="Try another book").click()
    page.get_by_role("radio", name="Take a file").check()
    form = page.get_by_role("form", name="Book in a file")
    form.get_by_role("button", name="Work out the margin").click()
    expect(form).to_contain_text("choose a file first")
    file = form.get_by_label("File")
    broken: FilePayload = {"name": "book.json", "mimeType": "application/json", "buffer": b"{"}
    file.set_input_files([broken])
    form.get_by_role("button", name="Work out the margin").click()
    expect(form).to_contain_text("is no JSON")
    spread = json.dumps(_SPREAD).encode()
    file.set_input_files(
        [FilePayload(name="book.json", mimeType="application/json", buffer=spread)]
    )
    form.get_by_role("button", name="Work out the margin").click()
    pairings = page.get_by_role("region", name="Pairings")
    # A vertical of one contract, 10 wide: its legs need the width and not a naked call's.
    expect(pairings.get_by_role("row").nth(1)).to_contain_text("XYZ 100 call")
    expect(pairings.get_by_role("row").nth(1)).to_contain_text("1,000")
