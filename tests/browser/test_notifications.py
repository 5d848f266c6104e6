"""What a person is told: the list, the bell, what is urgent, and how they want to be told."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.person import Person

# A venue of its own that nobody answers at.
FAR = {"BALLAST_BROKERS_FAR_KIND": "paper", "BALLAST_BROKERS_FAR_URL": "http://127.0.0.1:9"}


@pytest.mark.parametrize("own", [FAR], indirect=True)
def test_an_urgent_notice_stands_on_every_page_until_it_is_taken_in_hand(own: Person) -> None:
    own.server.set_password()
    server = own.server
    portfolio = server.own("GET", "portfolios")["items"][0]["id"]
    asked = {"portfolio_id": portfolio, "name": "Far", "broker": "far"}
    account = server.own("POST", "accounts", **asked)["id"]
    page = own.log_in()
    stop = {"scope": "account", "account_id": account, "reason": "to be looked at"}
    server.own("POST", "kill-switch/activate", **stop)
    # The broker, not the account Far, of which the stop itself tells.
    urgent_ones = page.get_by_role("status", name="Urgent").locator(".stopped")
    alerts = urgent_ones.filter(has_text=re.compile(r"\bfar\b"))
    # A venue is given some time before it is told that it does not answer.
    expect(alerts.first).to_be_visible(timeout=180_000)
    own.go("Risk")
    expect(alerts.first).to_be_visible()
    page.reload()
    expect(alerts.first).to_be_visible()
    # Told with its priority, and reading it is no way to put it away. By its number: the longer
    # the venue is away, the more is told of it, and what is told again moves up.
    own.press(page.get_by_role("link", name="Notifications", exact=True))
    urgent = page.get_by_role("listitem").filter(has_text="URGENT")
    button = urgent.first.get_by_role("button", name="Mark as read")
    read = page.locator(f"li:has(#{button.get_attribute('aria-describedby')})")
    read.get_by_role("button", name="Mark as read").click()
    expect(read.get_by_text("Read", exact=True)).to_be_visible()
    expect(alerts.first).to_be_visible()
    told = alerts.first.get_by_role("button", name="Acknowledge").get_attribute("aria-describedby")
    alert = alerts.filter(has=page.locator(f"#{told}"))
    own.press(alert.get_by_role("button", name="Acknowledge"))
    expect(alert).to_have_count(0)
    number = (told or "").removeprefix("urgent-")
    listed = page.locator(f"li:has(#notification-{number})")
    expect(listed.get_by_text("Acknowledged", exact=True)).to_be_visible()
    kept = server.own("GET", "notifications?priority=URGENT")["items"]
    (one,) = [one for one in kept if one["id"] == number]
    assert "far" in one["text"]
    assert one["acknowledged_at"]


def test_notifications_are_read_deleted_and_counted(own: Person) -> None:
    own.server.set_password()
    page = own.log_in()
    # The browser is a device that nobody knew, and that is told; each further log-in would be too.
    expect(page.get_by_role("button", name="Notifications")).to_contain_text("unread")
    own.go("Notifications")
    items = page.get_by_role("main").get_by_role("listitem")
    # The log-in before, for the password, and the browser's: nothing is to come between.
    expect(items).to_have_count(2)
    first = items.first
    first.get_by_role("button", name="Mark as read").click()
    expect(first).to_contain_text("Read")
    page.get_by_role("button", name="Mark all as read").click()
    expect(page.get_by_role("button", name="Notifications", exact=True)).to_be_visible()
    expect(items.filter(has=page.get_by_role("button", name="Mark as read"))).to_have_count(0)
    expect(page.get_by_role("region", name="Statistics")).to_contain_text("Unread0")
    own.press(page.get_by_role("button", name="Delete what was read"))
    expect(items).to_have_count(0)
    page.get_by_role("combobox", name="Priority").select_option("URGENT")
    expect(page.get_by_text("Nothing so far.")).to_be_visible()
    expect(page.get_by_role("region", name="Statistics")).to_contain_text("All together0")


def test_a_preference_is_kept_by_keyboard_and_given_back(own: Person) -> None:
    own.server.set_password()
    page = own.log_in()
    own.go("Notification settings")
    table = page.get_by_role("region", name="Preferences")
    own.press(table.get_by_role("button", name="Margin, Mail: Default"))
    dialog = page.get_by_role("dialog", name="Margin, Mail")
    own.choose(dialog.get_by_role("combobox", name="Least priority"), "HIGH")
    dialog.get_by_label("Quiet from").fill("22:00")
    own.write(dialog.get_by_role("combobox", name="Zone"), "Nowhere/At all")
    own.press(dialog.get_by_role("button", name="Save"))
    # Both ends or none, and a zone that there is: each is said at its line.
    expect(dialog.locator("[aria-invalid=true]").first).to_be_focused()
    dialog.get_by_label("Quiet to").fill("07:00")
    own.write(dialog.get_by_role("combobox", name="Zone"), "Europe/Berlin")
    own.press(dialog.get_by_role("button", name="Save"))
    expect(dialog).to_have_count(0)
    kept = table.get_by_role("button", name="Margin, Mail")
    expect(kept).to_have_text("From HIGH, quiet 22:00–07:00 Europe/Berlin")
    (one,) = own.server.own("GET", "notifications/preferences")["items"]
    assert (one["least_priority"], one["zone"]) == ("HIGH", "Europe/Berlin")
    own.press(kept)
    own.press(dialog.get_by_role("button", name="Go by the default"))
    expect(kept).to_have_text("Default")
    own.press(page.get_by_role("button", name="Set defaults"))
    asked = page.get_by_role("dialog", name="Set defaults")
    own.press(asked.get_by_role("button", name="Replace them"))
    expect(asked).to_have_count(0)
    expect(kept).to_have_text("From HIGH")
