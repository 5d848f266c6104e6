"""Keeping where one was, and coming back to it."""

import re

from playwright.sync_api import Page, expect

from tests.browser.person import Person

_HOSTILE = "<img src=x onerror=alert(1)>"


def _choose(page: Page, name: str) -> None:
    page.get_by_role("button", name="Workspace").click()
    page.get_by_role("menuitem", name=name).click()


def _save(page: Page, name: str, *, default: bool = False) -> None:
    _choose(page, "Save as…")
    dialog = page.get_by_role("dialog", name="Save workspace")
    dialog.get_by_role("textbox", name="Name").fill(name)
    dialog.get_by_role("checkbox").set_checked(default)
    dialog.get_by_role("button", name="Save", exact=True).click()


def test_what_was_saved_is_restored_and_the_default_opens_after_the_log_in(own: Person) -> None:
    own.server.set_password()
    page = own.log_in()
    _save(page, "Whole")
    expect(page.get_by_role("dialog")).to_have_count(0)
    own.go("Trade")
    page.get_by_role("combobox", name="Symbol").fill("MSFT")
    expect(page).to_have_url(re.compile("symbol=MSFT$"))
    page.get_by_role("button", name="You").click()
    page.get_by_role("menuitem", name="Dark").click()
    _save(page, "Microsoft", default=True)
    expect(page.get_by_role("dialog")).to_have_count(0)

    _choose(page, "Whole")
    expect(page.get_by_role("heading", level=1, name="Overview")).to_be_visible()
    expect(page.locator("html[data-theme]")).to_have_count(0)
    _choose(page, "Microsoft")
    expect(page.get_by_role("heading", level=1, name="Trade")).to_be_visible()
    expect(page.get_by_role("combobox", name="Symbol")).to_have_value("MSFT")
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    page.get_by_role("combobox", name="Symbol").fill("IBM")
    expect(page).to_have_url(re.compile("symbol=IBM$"))
    _choose(page, "Microsoft")
    expect(page.get_by_role("combobox", name="Symbol")).to_have_value("MSFT")
    expect(page.get_by_role("img", name="Price chart")).to_be_visible()
    expect(page.get_by_role("grid", name="Orders")).to_be_visible()
    # Each is measured when all of its panels have loaded, which is after they are in sight.
    own.measured("restore", 3)

    # A reload is where it was; whoever logs in anew is at the default.
    own.go("Risk")
    page.reload()
    expect(page.get_by_role("heading", level=1, name="Risk")).to_be_visible()
    page.get_by_role("button", name="You").click()
    page.get_by_role("menuitem", name="Log out").click()
    expect(page.get_by_role("textbox", name="E-mail")).to_be_visible()
    own.log_in()
    expect(page.get_by_role("heading", level=1, name="Trade")).to_be_visible()
    expect(page.get_by_role("combobox", name="Symbol")).to_have_value("MSFT")


def test_a_name_that_is_taken_is_replaced_only_when_asked_again(own: Person) -> None:
    own.server.set_password()
    page = own.log_in()
    _save(page, "Mine")
    expect(page.get_by_role("dialog")).to_have_count(0)
    own.go("Risk")
    _save(page, "Mine")
    field = page.get_by_role("textbox", name="Name")
    expect(field).to_have_attribute("aria-invalid", "true")
    # Nothing was written over unseen.
    assert own.server.own("GET", "user/workspace")["version"] == 1
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    kept = own.server.own("GET", "user/workspace")
    assert (kept["version"], kept["layout"]["path"]) == (2, "/dashboard/risk")


def test_workspaces_are_kept_by_keyboard_alone(own: Person) -> None:
    own.server.set_password()
    page = own.log_in()
    for name in ("First", "Second"):
        own.press(page.get_by_role("button", name="Workspace"))
        item = page.get_by_role("menuitem", name="Save as…")
        expect(page.get_by_role("menuitem").first).to_be_focused()
        for _ in range(10):
            if item.evaluate("one => one === document.activeElement"):
                break
            page.keyboard.press("ArrowDown")
        expect(item).to_be_focused()
        page.keyboard.press("Enter")
        own.write(page.get_by_role("textbox", name="Name"), name)
        page.keyboard.press("Enter")
        expect(page.get_by_role("dialog")).to_have_count(0)
    own.press(page.get_by_role("button", name="Workspace"))
    expect(page.get_by_role("menuitem").first).to_be_focused()
    page.keyboard.press("End")
    expect(page.get_by_role("menuitem", name="Manage…")).to_be_focused()
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog", name="Workspaces")
    own.press(dialog.get_by_role("button", name="Make Second the default"))
    expect(dialog.get_by_role("listitem").filter(has_text="Second")).to_contain_text("opens after")
    own.press(dialog.get_by_role("button", name="Delete First"))
    expect(dialog.get_by_role("listitem")).to_have_count(1)
    (left,) = own.server.own("GET", "user/workspaces")["items"]
    assert (left["name"], left["is_default"]) == ("Second", True)


def test_a_workspace_that_is_none_of_ours_moves_nobody(own: Person) -> None:
    own.server.set_password()
    page = own.page
    page.on("dialog", lambda _: own.faults.append("a name was run"))
    layouts = {
        "elsewhere": {"console": 1, "path": "//example.com/"},
        "above": {"console": 1, "path": "/dashboard/../docs"},
        _HOSTILE: {"panels": []},
    }
    for name, layout in layouts.items():
        own.server.own("POST", "user/workspace", name=name, layout=layout)
    own.log_in()
    expect(page.get_by_role("heading", level=1, name="Overview")).to_be_visible()
    messages = page.get_by_role("status", name="Messages")
    for name in layouts:
        _choose(page, name)
        expect(messages.get_by_text(f"{name}: Not a workspace")).to_be_visible()
        expect(page).to_have_url(f"{own.server.url}/dashboard")
