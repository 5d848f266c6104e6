"""Succession: where silence leads, and what an estate owes."""

import json
import re

import httpx
from playwright.sync_api import expect

from tests.browser.person import PASSWORD, Person, Server
from tests.integration.bootstrap.many import until


def let_in(server: Server, name: str) -> str:
    """Invite somebody who can be a trustee, and let them in; return their address."""
    email = f"{name.lower()}@example.com"
    invited = server.own("POST", "invitations", email=email, role="trustee")
    body = {"name": name, "password": PASSWORD, "token": invited["token"]}
    joined = httpx.post(f"{server.served.url}/api/v1/auth/join", json=body, timeout=60)
    assert joined.is_success, joined.text
    return email


def test_a_timeline_follows_from_the_four_durations(person: Person) -> None:
    person.log_in()
    page = person.go("Succession")
    form = page.get_by_role("form", name="Plan")
    steps = page.get_by_role("region", name="Timeline of the plan").get_by_role("row")
    expect(steps).to_have_count(6)
    days = [cell.text_content() for cell in steps.locator("td.figure").all()]
    assert days == ["0", "30", "44", "58", "72"]
    person.write(form.get_by_role("textbox", name="Days until the owner is reminded"), "10")
    expect(steps.last).to_contain_text("52")
    expect(steps.last).to_contain_text("Nothing may trade")
    expect(steps.nth(3)).to_contain_text("Only what reduces may trade")
    for wrong in ("0", "3651", "1.5", ""):
        person.write(form.get_by_role("textbox", name="Days until the owner is reminded"), wrong)
        expect(page.get_by_text("1 to 3650 whole days")).to_be_visible()


def test_a_plan_is_written_with_trustees_and_shares_that_are_the_whole(own: Person) -> None:
    own.server.set_password()
    let_in(own.server, "Tess")
    let_in(own.server, "Tom")
    page = own.log_in()
    own.go("Succession")
    expect(page.get_by_role("status", name="Succession")).to_contain_text("There is no plan")
    form = page.get_by_role("form", name="Plan")
    form.get_by_role("checkbox", name="Tess", exact=True).check()
    form.get_by_role("checkbox", name="Tom", exact=True).check()
    form.get_by_role("checkbox", name="Tess gets").first.check()
    needed = form.get_by_role("textbox", name="Of 2 trustees, so many must confirm")
    needed.fill("3")
    form.get_by_role("button", name="Add an asset class").click()
    form.get_by_role("textbox", name="Asset class 1").fill("securities")
    heirs = form.get_by_role("group", name="Beneficiary of securities")
    heirs.get_by_role("textbox", name="Beneficiary 1", exact=True).fill("Ada")
    heirs.get_by_role("textbox", name="Percent of beneficiary 1").fill("66.67")
    heirs.get_by_role("button", name="Add a beneficiary").click()
    heirs.get_by_role("textbox", name="Beneficiary 2", exact=True).fill("Ben")
    heirs.get_by_role("textbox", name="Percent of beneficiary 2").fill("33.32")
    expect(heirs.get_by_role("status")).to_have_text("Together 99.99 %: they must be exactly 100.")
    heirs.get_by_role("textbox", name="Percent of beneficiary 2").fill("33.33")
    expect(heirs.get_by_role("status")).to_have_text("Together exactly 100 %.")
    # More than there are: what the server says stands at the line.
    form.get_by_role("button", name="Write the plan").click()
    expect(needed).to_have_attribute("aria-invalid", "true")
    needed.fill("2")
    form.get_by_role("button", name="Write the plan").click()
    expect(page.get_by_role("status", name="Messages")).to_contain_text("The plan is written")
    state = page.get_by_role("status", name="Succession")
    expect(state).to_contain_text("The owner was heard of lately")
    standing = page.get_by_role("region", name="How it stands")
    expect(standing).to_contain_text(re.compile(r"Time left in this step(29 days|30 days)"))
    trustees = page.get_by_role("region", name="Trustees")
    expect(trustees.get_by_role("row", name="Tess")).to_contain_text("not yet")
    expect(trustees.get_by_role("row")).to_have_count(3)
    shares = page.get_by_role("region", name="Who gets what")
    expect(shares.get_by_role("row", name="securities")).to_contain_text("Ada 66.67 %, Ben 33.33 %")
    plan = own.server.own("GET", "succession/plan")
    assert plan["confirmations_needed"] == 2
    assert [one["percent"] for one in plan["allocations"][0]["beneficiaries"]] == ["66.67", "33.33"]
    assert len(plan["access"]) == 1
    page.get_by_role("button", name="Walk the plan").click()
    walked = page.get_by_role("region", name="What the dry run did")
    expect(walked.get_by_role("row")).not_to_have_count(0)
    expect(walked).to_contain_text("Tess")


def test_a_check_in_asks_anew_who_it_is_and_is_made_by_keyboard(own: Person) -> None:
    own.server.set_password()
    let_in(own.server, "Tess")
    trustee = next(
        one["id"] for one in own.server.own("GET", "members")["items"] if one["role"] == "trustee"
    )
    body = {"trustees": [trustee], "confirmations_needed": 1}
    own.server.own("PUT", "succession/plan", **body)
    page = own.log_in()
    own.press(page.get_by_role("link", name="Succession"))
    check_in = page.get_by_role("button", name="I am well: check in")
    expect(check_in).to_be_visible()
    # A log-in of a while ago is no act in person; nobody waits here until it is.
    refused = json.dumps({"type": "/problems/step-up-required", "status": 401})
    path = "**/api/v1/succession/check-in"
    page.route(path, lambda route: route.fulfill(status=401, body=refused))
    own.press(check_in)
    dialog = page.get_by_role("dialog", name="Confirm it is you")
    expect(dialog).to_be_visible()
    page.unroute(path)
    own.write(dialog.get_by_label("Password"), PASSWORD)
    own.press(dialog.get_by_role("button", name="Confirm"))
    expect(dialog).to_have_count(0)
    messages = page.get_by_role("status", name="Messages")
    expect(messages).to_contain_text("The owner was heard of lately")

    def actions() -> list[str]:
        return [one["action"] for one in own.server.own("GET", "audit?limit=50")["items"]]

    # An entry is listed once it is sealed, a moment later.
    until(lambda: any("check" in one for one in actions()), told=lambda: str(actions()))


def test_an_estate_tax_is_worked_out_by_keyboard_and_a_year_without_a_table_is_refused(
    person: Person,
) -> None:
    page = person.log_in()
    page.goto(f"{person.server.url}/dashboard/succession/estate-tax")
    form = page.get_by_role("form", name="Estate tax")
    year = form.get_by_role("textbox", name="Year of death")
    person.write(year, "2026")
    person.write(form.get_by_role("textbox", name="Estate", exact=True), "20,000,000")
    person.write(form.get_by_role("textbox", name="To a spouse"), "2000000")
    person.write(form.get_by_role("textbox", name="Exclusion that"), "1000000")
    person.press(form.get_by_role("button", name="Work out the tax"))
    tax = page.get_by_role("status", name="Tax")
    expect(tax).to_contain_text("800,000.00 USD")
    # Another figure, and what is shown is of no estate any more.
    person.write(year, "1999")
    expect(tax).to_be_empty()
    person.press(form.get_by_role("button", name="Work out the tax"))
    expect(year).to_have_attribute("aria-invalid", "true")
    expect(form).to_contain_text("there is no table for 1999")
