"""Stopping everything, and letting it go on."""

import pytest
from playwright.sync_api import expect

from tests.browser.person import PASSWORD, Person


def _release(person: Person) -> None:
    page = person.page
    page.get_by_role("button", name="Release").click()
    dialog = page.get_by_role("dialog", name="Release")
    dialog.get_by_role("textbox", name="Reason").fill("the drill is over")
    dialog.get_by_role("button", name="Release").click()
    expect(page.get_by_role("alert")).to_have_count(0)


def test_a_stop_shows_in_every_tab_and_is_released(person: Person) -> None:
    page, other = person.log_in(), person.another()
    page.bring_to_front()
    page.get_by_role("button", name="Kill switch").click()
    dialog = page.get_by_role("dialog", name="Stop trading")
    expect(dialog.get_by_role("radio", name="Everything")).to_be_checked()
    dialog.get_by_role("textbox", name="Reason").fill("a drill")
    dialog.get_by_role("button", name="Stop trading now").click()
    for tab in (page, other):
        alert = tab.get_by_role("alert").filter(has_text="Trading is stopped")
        expect(alert).to_contain_text("for everything: a drill")
        expect(alert).to_contain_text("Acknowledged")
        expect(alert).to_contain_text(" ms")
    assert page.evaluate("performance.getEntriesByName('ballast:kill').length") == 1
    _release(person)
    expect(other.get_by_role("alert")).to_have_count(0)


def test_a_stop_takes_two_steps_by_keyboard_alone(person: Person) -> None:
    page = person.log_in()
    page.keyboard.press("Control+Alt+K")
    dialog = page.get_by_role("dialog", name="Stop trading")
    expect(dialog).to_be_visible()
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    person.press(page.get_by_role("button", name="Kill switch"))
    person.press(dialog.get_by_role("button", name="Stop trading now"))
    expect(page.get_by_role("alert").filter(has_text="Trading is stopped")).to_be_visible()
    _release(person)


def test_a_stop_needs_neither_stream_nor_charts(person: Person) -> None:
    page = person.page
    page.route_web_socket("**/ws/v1", lambda socket: socket.close())
    page.route("**/vendor/lightweight-charts.js", lambda route: route.abort())
    person.log_in()
    person.go("Trade")
    page.get_by_role("button", name="Kill switch").click()
    page.get_by_role("button", name="Stop trading now").click()
    expect(page.get_by_role("alert").filter(has_text="Trading is stopped")).to_be_visible()
    _release(person)


@pytest.mark.parametrize("own", [{"BALLAST_IDENTITY_STEP_UP_S": "30"}], indirect=True)
def test_a_release_asks_who_it_is_and_goes_on_by_itself(own: Person) -> None:
    own.server.set_password()
    page = own.log_in()
    page.get_by_role("button", name="Kill switch").click()
    page.get_by_role("button", name="Stop trading now").click()
    expect(page.get_by_role("alert").filter(has_text="Trading is stopped")).to_be_visible()
    page.wait_for_timeout(31_000)
    page.get_by_role("button", name="Release").click()
    dialog = page.get_by_role("dialog", name="Release")
    dialog.get_by_role("textbox", name="Reason").fill("over")
    dialog.get_by_role("button", name="Release").click()
    asked = page.get_by_role("dialog", name="Confirm it is you")
    asked.get_by_label("Password").fill(PASSWORD)
    asked.get_by_role("button", name="Confirm").click()
    expect(page.get_by_role("alert")).to_have_count(0)
