"""Every way through the console without a pointer: Tab, arrows, Enter and what is typed."""

import re

from playwright.sync_api import Locator, Page, expect

from tests.browser.person import Person


def _orders(page: Page, text: str) -> Locator:
    return page.get_by_role("grid", name="Orders").get_by_role("row").filter(has_text=text)


def _order(person: Person, *, quantity: str, symbol: str = "AAPL") -> str:
    asked = {"account_id": person.server.account_id, "symbol": symbol, "side": "buy"}
    rest = {"type": "limit", "limit_price": "1.5", "time_in_force": "gtc", "quantity": quantity}
    made: str = person.server.own("POST", "orders", **asked, **rest)["id"]
    return made


def test_a_rule_is_made_switched_changed_and_deleted(person: Person) -> None:
    person.log_in()
    page = person.page
    person.press(page.get_by_role("link", name="Risk"))
    grid = page.get_by_role("grid", name="Risk rules")
    expect(grid).to_be_visible()
    person.press(page.get_by_role("link", name="New rule"))
    person.write(page.get_by_role("textbox", name="Name"), "By hand")
    person.choose(page.get_by_role("combobox", name="Rule type"), "Max order value")
    person.write(page.get_by_role("textbox", name="Threshold"), "400")
    person.press(page.get_by_role("button", name="Save rule"))
    row = grid.get_by_role("row").filter(has_text="By hand")
    expect(row).to_contain_text("400")
    person.arrow_to(row.get_by_role("button", name="Switch off By hand"))
    page.keyboard.press("Enter")
    # What loosens a limit says why.
    why = page.get_by_role("dialog", name="Switch off By hand")
    person.write(why.get_by_role("textbox", name="Reason"), "by hand")
    page.keyboard.press("Enter")
    expect(why).to_have_count(0)
    expect(row.get_by_role("button", name="Switch on By hand")).to_be_visible()
    person.arrow_to(row.get_by_role("link", name="By hand"))
    page.keyboard.press("Enter")
    threshold = page.get_by_role("textbox", name="Threshold")
    expect(threshold).to_have_value("400")
    person.write(threshold, "300")
    person.press(page.get_by_role("button", name="Save rule"))
    expect(row).to_contain_text("300")
    person.arrow_to(row.get_by_role("link", name="By hand"))
    page.keyboard.press("Enter")
    person.press(page.get_by_role("button", name="Delete rule"))
    deleting = page.get_by_role("dialog", name="Delete rule")
    person.write(deleting.get_by_role("textbox", name="Reason"), "by hand")
    person.press(page.get_by_role("button", name="Delete By hand"))
    expect(grid).to_be_visible()
    expect(row).to_have_count(0)


def test_a_rule_is_tried_on_an_order(person: Person) -> None:
    page = person.log_in()
    person.press(page.get_by_role("link", name="Risk"))
    person.press(page.get_by_role("link", name="New rule"))
    person.write(page.get_by_role("textbox", name="Name"), "Tiny")
    person.write(page.get_by_role("textbox", name="Threshold"), "1")
    person.write(page.get_by_role("textbox", name="Symbol of the order"), "IBM")
    person.write(page.get_by_role("textbox", name="Quantity of the order"), "10")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status").filter(has_text="Denied")).to_contain_text("Tiny")


def test_a_working_order_is_replaced_and_all_are_cancelled(person: Person) -> None:
    _order(person, quantity="4")
    page = person.log_in()
    person.press(page.get_by_role("link", name="Trade"))
    row = _orders(page, "AAPL").first
    expect(row).to_contain_text("working")
    person.arrow_to(row.get_by_role("button", name="Replace buy 4 AAPL"))
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog", name="Replace buy AAPL")
    person.write(dialog.get_by_role("textbox", name="New quantity"), "6")
    person.press(dialog.get_by_role("button", name="Replace order"))
    expect(dialog).to_have_count(0)
    expect(row.get_by_role("button", name="Cancel buy 6 AAPL")).to_be_visible()
    person.press(page.get_by_role("button", name="Cancel all", exact=True))
    asked = page.get_by_role("dialog", name="Cancel all orders")
    person.press(asked.get_by_role("button", name="Cancel all", exact=True))
    expect(row).to_contain_text("canceled")


def test_a_denial_is_read(person: Person) -> None:
    page = person.log_in()
    person.press(page.get_by_role("link", name="Trade"))
    expect(page.get_by_role("combobox", name="Symbol")).not_to_have_value("")
    person.write(page.get_by_role("textbox", name="Quantity"), "1000000")
    person.press(page.get_by_role("button", name="Submit order"))
    why = page.get_by_role("region", name="Why it was denied")
    expect(why).to_be_focused()
    person.press(why.get_by_role("button", name="Close"))
    expect(why).to_have_count(0)
    again = page.get_by_role("button", name=re.compile("Why was buy 1000000 .* denied")).first
    person.arrow_to(again)
    page.keyboard.press("Enter")
    expect(why).to_contain_text("Max Order Value")


def test_a_stop_is_made_for_one_account_and_released(person: Person) -> None:
    page = person.log_in()
    person.press(page.get_by_role("button", name="Kill switch"))
    dialog = page.get_by_role("dialog", name="Stop trading")
    person.tab_to(dialog.get_by_role("radio", name="Everything"))
    page.keyboard.press("ArrowDown")
    expect(dialog.get_by_role("radio", name="This account")).to_be_checked()
    person.write(dialog.get_by_role("textbox", name="Reason"), "by hand")
    person.press(dialog.get_by_role("button", name="Stop trading now"))
    stopped = person.stopped()
    expect(stopped).to_contain_text("by hand")
    expect(page.get_by_role("dialog")).to_have_count(0)
    person.over()
    person.press(stopped.get_by_role("button", name="Release"))
    released = page.get_by_role("dialog", name="Release")
    person.write(released.get_by_role("textbox", name="Reason"), "over")
    questions = released.get_by_role("group", name="Checklist").get_by_role("checkbox")
    expect(questions.first).to_be_visible()
    for one in questions.all():
        person.press(one, "Space")
    person.press(released.get_by_role("button", name="Release"))
    expect(stopped).to_have_count(0)


def test_a_notice_is_read_and_the_theme_and_the_account_are_chosen(person: Person) -> None:
    page = person.log_in()
    person.press(page.get_by_role("button", name="Notifications"))
    unread = page.get_by_role("button", name="Mark as read")
    expect(unread.first).to_be_visible()
    # By its name: others may come meanwhile.
    name = unread.first.get_attribute("aria-describedby")
    notice = page.get_by_role("listitem").filter(has=page.locator(f"#{name}"))
    person.press(notice.get_by_role("button", name="Mark as read"))
    expect(notice.get_by_text("Read", exact=True)).to_be_visible()
    expect(notice.get_by_role("button", name="Mark as read")).to_have_count(0)
    person.press(page.get_by_role("button", name="You", exact=True))
    expect(page.get_by_role("menuitem", name="Dark")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    person.tab_to(page.get_by_role("combobox", name="Account"))
    # Past the header and the navigation in one step.
    person.reload()
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the screen")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("main")).to_be_focused()
