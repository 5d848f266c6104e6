"""Loosening a limit: what waits, who agrees, and what becomes of it."""

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.browser.person import Person, Server

SECOND = {"BALLAST_RISK_APPROVALS": "second_person"}
PASSWORD = "granite lantern velvet orbit"


def _rule(server: Server, *, name: str = "Small orders", threshold: str = "500") -> str:
    asked = {"name": name, "rule_type": "MAX_ORDER_VALUE", "threshold": threshold}
    made: str = server.own("POST", "risk-rules", **asked)["id"]
    return made


def _second(server: Server) -> httpx.Client:
    """Let somebody else in who may agree."""
    email = "second@example.com"
    invited = server.own("POST", "invitations", email=email, role="owner")
    body = {"name": "Two", "password": PASSWORD, "token": invited["token"]}
    joined = httpx.post(f"{server.served.url}/api/v1/auth/join", json=body, timeout=60)
    assert joined.is_success, joined.text
    answer = server.ask("POST", "auth/login", email=email, password=PASSWORD)
    assert answer.status_code == 200, answer.text
    headers = {"Authorization": f"Bearer {answer.json()['access_token']}"}
    return httpx.Client(base_url=f"{server.served.url}/api/v1/", headers=headers, timeout=60)


def _threshold(server: Server, rule_id: str) -> str:
    found: str = server.own("GET", f"risk-rules/{rule_id}")["threshold"]
    return found


def _loosen(page: Page, *, threshold: str, reason: str = "") -> None:
    page.get_by_role("grid", name="Risk rules").get_by_role("link", name="Small orders").click()
    page.get_by_role("textbox", name="Threshold").fill(threshold)
    if reason:
        page.get_by_role("textbox", name="Reason").fill(reason)
    page.get_by_role("button", name="Save rule").click()


@pytest.mark.parametrize("own", [SECOND], indirect=True)
def test_a_looser_limit_waits_for_a_second_person_and_a_tighter_one_does_not(own: Person) -> None:
    own.server.set_password()
    rule_id = _rule(own.server)
    page = own.log_in()
    own.go("Risk")
    _loosen(page, threshold="400")
    expect(page.get_by_role("grid", name="Risk rules")).to_be_visible()
    assert _threshold(own.server, rule_id) == "400"
    # Looser: without a reason it is refused at its field, and nothing changes.
    _loosen(page, threshold="900")
    expect(page.get_by_role("textbox", name="Reason")).to_have_attribute("aria-invalid", "true")
    page.get_by_role("textbox", name="Reason").fill("earnings week")
    page.get_by_role("button", name="Save rule").click()
    messages = page.get_by_role("status", name="Messages")
    expect(messages).to_contain_text("waits under Approvals")
    assert _threshold(own.server, rule_id) == "400"
    own.go("Approvals")
    waiting = page.get_by_role("region", name="Waiting").get_by_role("listitem")
    expect(waiting).to_contain_text("earnings week")
    expect(waiting).to_contain_text("400 → 900")
    # Whoever proposed it is nobody's second person.
    expect(waiting.get_by_role("button", name="Approve")).to_have_count(0)
    change = own.server.own("GET", "risk-rules/changes")["items"][0]
    with _second(own.server) as second:
        agreed = second.post(f"risk-rules/changes/{change['id']}/approve", json={})
        assert agreed.is_success, agreed.text
    decided = page.get_by_role("region", name="Decided").get_by_role("listitem")
    expect(decided).to_contain_text("applied")
    expect(waiting).to_have_count(0)
    assert _threshold(own.server, rule_id) == "900"


@pytest.mark.parametrize("own", [SECOND], indirect=True)
def test_what_another_proposed_is_approved_or_rejected_by_keyboard(own: Person) -> None:
    own.server.set_password()
    first, other = _rule(own.server, name="One"), _rule(own.server, name="Two")
    with _second(own.server) as second:
        for rule_id in (first, other):
            asked = {"rule_type": "MAX_ORDER_VALUE", "threshold": "800", "reason": "a busy day"}
            name = "One" if rule_id == first else "Two"
            answer = second.put(f"risk-rules/{rule_id}", json={"name": name, **asked})
            assert answer.status_code == 202, answer.text
    page = own.log_in()
    own.press(page.get_by_role("link", name="Approvals"))
    own.press(page.get_by_role("button", name="Approve One"))
    dialog = page.get_by_role("dialog", name="Approve the change")
    expect(dialog).to_contain_text("500 → 800")
    own.write(dialog.get_by_role("textbox", name="Note"), "seen")
    own.press(dialog.get_by_role("button", name="Approve"))
    expect(dialog).to_have_count(0)
    own.press(page.get_by_role("button", name="Reject Two"))
    own.press(page.get_by_role("dialog").get_by_role("button", name="Reject"))
    decided = page.get_by_role("region", name="Decided").get_by_role("listitem")
    expect(decided).to_have_count(2)
    expect(decided.filter(has_text="One")).to_contain_text("seen")
    assert _threshold(own.server, first) == "800"
    assert _threshold(own.server, other) == "500"


@pytest.mark.parametrize("own", [SECOND], indirect=True)
def test_switching_off_asks_why_and_waits(own: Person) -> None:
    own.server.set_password()
    rule_id = _rule(own.server)
    page = own.log_in()
    own.go("Risk")
    page.get_by_role("button", name="Switch off Small orders").click()
    dialog = page.get_by_role("dialog", name="Switch off Small orders")
    dialog.get_by_role("textbox", name="Reason").fill("it is in the way")
    dialog.get_by_role("button", name="Propose it").click()
    expect(dialog).to_have_count(0)
    assert own.server.own("GET", f"risk-rules/{rule_id}")["is_active"] is True
    own.go("Approvals")
    page.get_by_role("button", name="Reject Small orders").click()
    page.get_by_role("dialog").get_by_role("button", name="Reject").click()
    decided = page.get_by_role("region", name="Decided").get_by_role("listitem")
    expect(decided).to_contain_text("rejected")


def test_an_override_is_set_for_a_while_and_stands_in_the_history(own: Person) -> None:
    own.server.set_password()
    rule_id = _rule(own.server)
    page = own.log_in()
    own.go("Risk")
    page.get_by_role("link", name="Small orders").click()
    page.get_by_role("link", name="History and overrides").click()
    form = page.get_by_role("form", name="Override")
    form.get_by_role("textbox", name="Threshold for a while").fill("750")
    form.get_by_role("button", name="Override for a while").click()
    # Why, is asked at its field.
    expect(form.get_by_role("textbox", name="Reason")).to_have_attribute("aria-invalid", "true")
    form.get_by_role("textbox", name="Reason").fill("a large month end")
    form.get_by_role("button", name="Override for a while").click()
    standing = page.get_by_role("region", name="Small orders")
    expect(standing).to_contain_text("Overridden until")
    expect(standing).to_contain_text("750")
    override = own.server.own("GET", f"risk-rules/{rule_id}")["override"]
    assert override["threshold"] == "750"
    versions = page.get_by_role("region", name="Versions").get_by_role("listitem")
    expect(versions).to_have_count(2)
    expect(versions.first).to_contain_text("a large month end")


def test_a_template_is_applied(own: Person) -> None:
    own.server.set_password()
    page = own.log_in()
    own.go("Templates")
    limits = page.get_by_role("region", name="Limits of Conservative")
    expect(limits.get_by_role("row")).not_to_have_count(0)
    named = limits.get_by_role("rowheader").all_text_contents()
    own.press(page.get_by_role("button", name="Apply Conservative"))
    dialog = page.get_by_role("dialog", name="Apply Conservative")
    own.write(dialog.get_by_role("textbox", name="Reason"), "a careful beginning")
    own.press(dialog.get_by_role("button", name="Apply template"))
    expect(dialog).to_have_count(0)
    expect(page.get_by_role("status", name="Messages")).to_contain_text("rules are made or changed")
    rules = {one["name"] for one in own.server.own("GET", "risk-rules?limit=200")["items"]}
    assert set(named) <= rules
