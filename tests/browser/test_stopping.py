"""Stopping everything, and letting it go on."""

import json
import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, Route, expect

from tests.browser.person import PASSWORD, Person, Server

PASSCODE = "20260102"


@pytest.fixture(autouse=True)
def _left(server: Server) -> Iterator[None]:
    """Leave nothing stopped behind."""
    yield
    server.release()


def _answer(person: Person) -> Locator:
    """Open the dialog, say why, and say yes to every question of the checklist."""
    page = person.page
    expect(page.get_by_role("dialog")).to_have_count(0)
    person.over()
    person.stopped().get_by_role("button", name="Release").click()
    dialog = page.get_by_role("dialog", name="Release")
    dialog.get_by_role("textbox", name="Reason").fill("the drill is over")
    questions = dialog.get_by_role("group", name="Checklist").get_by_role("checkbox")
    expect(questions.first).to_be_visible()
    for one in questions.all():
        one.check()
    return dialog


def _release(person: Person) -> None:
    page = person.page
    dialog = _answer(person)
    dialog.get_by_role("button", name="Release").click()
    expect(dialog).to_have_count(0)
    expect(page.get_by_role("alert")).to_have_count(0)


def test_a_stop_shows_in_every_tab_and_is_released(person: Person) -> None:
    page, other = person.log_in(), person.another()
    for tab in (page, other):
        person.hears("kill_switch", page=tab)
    page.bring_to_front()
    page.get_by_role("button", name="Kill switch").click()
    dialog = page.get_by_role("dialog", name="Stop trading")
    expect(dialog.get_by_role("radio", name="Everything")).to_be_checked()
    dialog.get_by_role("textbox", name="Reason").fill("a drill")
    dialog.get_by_role("button", name="Stop trading now").click()
    for tab in (page, other):
        alert = tab.get_by_role("alert").filter(has_text="Trading is stopped").first
        expect(alert).to_contain_text("for everything: a drill")
        expect(alert).to_contain_text("Acknowledged")
        expect(alert).to_contain_text(" ms")
        expect(tab.get_by_role("status", name="Messages")).to_contain_text("Trading was stopped")
    person.measured("kill", 1)
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
    expect(person.stopped()).to_be_visible()
    _release(person)


def test_a_stop_needs_neither_stream_nor_charts(person: Person) -> None:
    page = person.page
    page.route_web_socket("**/ws/v1", lambda socket: socket.close())
    page.route("**/vendor/lightweight-charts.js", lambda route: route.abort())
    person.log_in()
    person.go("Trade")
    page.get_by_role("button", name="Kill switch").click()
    page.get_by_role("button", name="Stop trading now").click()
    expect(person.stopped()).to_be_visible()
    _release(person)


@pytest.mark.parametrize("own", [{"BALLAST_IDENTITY_STEP_UP_S": "30"}], indirect=True)
def test_a_release_asks_who_it_is_and_goes_on_by_itself(own: Person) -> None:
    own.server.set_password()
    page = own.log_in()
    page.get_by_role("button", name="Kill switch").click()
    page.get_by_role("button", name="Stop trading now").click()
    expect(own.stopped()).to_be_visible()
    page.wait_for_timeout(31_000)
    dialog = _answer(own)
    dialog.get_by_role("button", name="Release").click()
    asked = page.get_by_role("dialog", name="Confirm it is you")
    asked.get_by_label("Password").fill(PASSWORD)
    asked.get_by_role("button", name="Confirm").click()
    expect(page.get_by_role("alert")).to_have_count(0)


def test_positions_are_closed_with_the_passcode_and_not_with_another(own: Person) -> None:
    own.server.set_password()
    own.server.own("PUT", "kill-switch/passcode", passcode=PASSCODE)
    asked = {"account_id": own.server.account_id, "symbol": "IBM", "side": "buy"}
    own.server.own("POST", "orders", **asked, type="market", quantity="10", time_in_force="day")
    page = own.log_in()
    held = page.get_by_role("grid", name="Positions").get_by_role("row").filter(has_text="IBM")
    expect(held).to_have_count(1)
    page.get_by_role("button", name="Kill switch").click()
    dialog = page.get_by_role("dialog", name="Stop trading")
    dialog.get_by_role("textbox", name="Reason").fill("out of everything")
    dialog.get_by_role("checkbox", name="Close all positions").check()
    dialog.get_by_label("Passcode").fill("19700101")
    dialog.get_by_role("button", name="Stop trading now").click()
    # A wrong passcode closes nothing; it keeps nobody from stopping either.
    expect(dialog.get_by_role("alert")).to_contain_text("passcode")
    expect(held).to_have_count(1)
    dialog.get_by_label("Passcode").fill(PASSCODE)
    dialog.get_by_role("button", name="Stop trading now").click()
    expect(dialog).to_have_count(0)
    # The first one closes nothing, and knows no such step.
    flat = page.get_by_role("alert").filter(has_text=re.compile(r"Flatafter \d+ ms"))
    expect(flat).to_have_count(1)
    expect(held).to_have_count(0)


def test_what_asks_for_a_step_up_is_repeated_once_and_no_more(person: Person) -> None:
    page = person.log_in()
    asked: list[str] = []

    def refuse(route: Route) -> None:
        asked.append(route.request.headers["idempotency-key"])
        body = {"type": "/problems/step-up-required", "title": "Confirm it is you", "status": 401}
        route.fulfill(status=401, body=json.dumps({**body, "detail": "again", "errors": []}))

    page.get_by_role("button", name="Kill switch").click()
    page.get_by_role("button", name="Stop trading now").click()
    stopped = person.stopped()
    expect(stopped).to_be_visible()
    page.route("**/api/v1/kill-switch/release", refuse)
    dialog = _answer(person)
    dialog.get_by_role("button", name="Release").click()
    confirm = page.get_by_role("dialog", name="Confirm it is you")
    confirm.get_by_label("Password").fill("not the password, surely")
    confirm.get_by_role("button", name="Confirm").click()
    expect(confirm.get_by_role("alert")).to_contain_text("wrong")
    assert len(asked) == 1
    # So long nobody is asked after a wrong password, the right one neither.
    page.wait_for_timeout(1_500)
    confirm.get_by_label("Password").fill(PASSWORD)
    confirm.get_by_role("button", name="Confirm").click()
    # Refused again all the same: nobody is asked a second time, and nothing goes round in circles.
    expect(dialog.get_by_role("alert")).to_contain_text("again")
    expect(confirm).to_have_count(0)
    assert len(asked) == 2
    assert len(set(asked)) == 1
    page.unroute("**/api/v1/kill-switch/release")
    dialog.get_by_role("button", name="Release").click()
    expect(stopped).to_have_count(0)


def test_whoever_gives_up_the_step_up_has_done_nothing(person: Person) -> None:
    page = person.log_in()
    page.get_by_role("button", name="Kill switch").click()
    page.get_by_role("button", name="Stop trading now").click()
    stopped = person.stopped()
    expect(stopped).to_be_visible()
    body = json.dumps({"type": "/problems/step-up-required", "status": 401})
    page.route("**/api/v1/kill-switch/release", lambda route: route.fulfill(status=401, body=body))
    dialog = _answer(person)
    dialog.get_by_role("button", name="Release").click()
    page.get_by_role("dialog", name="Confirm it is you").get_by_role("button", name="Close").click()
    expect(dialog.get_by_role("alert")).to_contain_text("nothing was done")
    expect(stopped).to_be_visible()
    page.unroute("**/api/v1/kill-switch/release")
    dialog.get_by_role("button", name="Release").click()
    expect(stopped).to_have_count(0)


def test_a_stop_that_storage_does_not_have_yet_is_shown_with_who_holds_it(person: Person) -> None:
    page = person.log_in()
    latch = {
        "id": "01a2098f-5779-7424-b4d2-2c3a9cb9d47a",
        "scope": "tenant",
        "account_id": None,
        "cause": "person",
        "reason": "storage is away",
        "actor": "user:1",
        "flatten": False,
        **dict.fromkeys(("acknowledged_at", "canceled_at", "flat_at", "released_at")),
        "engaged_at": "2026-01-02T15:00:00Z",
        "released_by": None,
        "flatten_canceled": False,
        "orders_cancelled": 0,
    }
    held = {"heard": ["dispatch"], "silent": ["watchdog"], "not_durable": ["the latch"]}
    body = json.dumps({"latches": [latch], **held})
    page.route("**/api/v1/kill-switch/activate", lambda route: route.fulfill(status=202, body=body))
    page.route("**/api/v1/kill-switch", lambda route: route.fulfill(status=503, body="{}"))
    page.get_by_role("button", name="Kill switch").click()
    page.get_by_role("button", name="Stop trading now").click()
    alert = person.stopped()
    expect(alert).to_contain_text("Held by dispatch; no answer of watchdog")
    expect(alert).to_contain_text("Not stored yet: the latch")


def test_a_release_that_waits_for_the_venues_says_so(person: Person) -> None:
    page = person.log_in()
    page.get_by_role("button", name="Kill switch").click()
    page.get_by_role("button", name="Stop trading now").click()
    alert = person.stopped()
    expect(alert).to_be_visible()
    expect(alert).not_to_contain_text("release was asked for")

    waits = [True]

    def waiting(route: Route) -> None:
        if not waits:
            route.continue_()
            return
        answer = route.fetch()
        state = answer.json()
        for one in state["latches"]:
            one["release_asked_at"] = one["engaged_at"]
        route.fulfill(response=answer, json=state)

    page.route("**/api/v1/kill-switch", waiting)
    expect(alert).to_contain_text("Its release was asked for at")
    # The route stays: what it has in hand may be answered yet.
    waits.clear()
    _release(person)


def test_a_symbol_alone_is_stopped_but_for_what_reduces(person: Person) -> None:
    page = person.log_in()
    page.get_by_role("button", name="Kill switch").click()
    dialog = page.get_by_role("dialog", name="Stop trading")
    expect(dialog.get_by_role("textbox", name="Symbol")).to_have_count(0)
    dialog.get_by_role("radio", name="A symbol").check()
    dialog.get_by_role("radio", name="Only what reduces may trade").check()
    dialog.get_by_role("button", name="Stop trading now").click()
    # Which one, is asked at its field; nothing was stopped.
    field = dialog.get_by_role("textbox", name="Symbol")
    expect(field).to_have_attribute("aria-invalid", "true")
    field.fill("ibm")
    dialog.get_by_role("button", name="Stop trading now").click()
    alert = person.stopped()
    expect(alert).to_contain_text("for symbol IBM, but for what only reduces")
    latches = person.server.own("GET", "kill-switch")["latches"]
    found = {(one["scope"], one["symbol"], one["level"]) for one in latches}
    assert found == {("symbol", "IBM", "reducing")}
    asked = {"account_id": person.server.account_id, "side": "buy", "type": "market"}
    rest = {"quantity": "1", "time_in_force": "day"}
    token = person.server.token()
    refused = person.server.ask("POST", "orders", token=token, symbol="IBM", **asked, **rest)
    assert refused.status_code == 403
    assert person.server.own("POST", "orders", symbol="MSFT", **asked, **rest)["id"]
    _release(person)


def test_a_release_is_answered_for_question_by_question_and_goes_back_in_steps(
    person: Person,
) -> None:
    page = person.log_in()
    page.get_by_role("button", name="Kill switch").click()
    page.get_by_role("button", name="Stop trading now").click()
    alert = person.stopped()
    venues = alert.get_by_role("region", name="Venues")
    expect(venues.get_by_role("row", name="paper")).to_contain_text("ms")
    alert.get_by_role("button", name="Release").click()
    dialog = page.get_by_role("dialog", name="Release")
    dialog.get_by_role("textbox", name="Reason").fill("not looked at yet")
    dialog.get_by_role("button", name="Release").click()
    # Nobody releases what they do not answer for.
    expect(dialog.get_by_role("alert")).to_contain_text("cause_found")
    dialog.get_by_role("button", name="Close").click()
    dialog = _answer(person)
    dialog.get_by_role("radio", name="Only what reduces").check()
    dialog.get_by_role("button", name="Release").click()
    expect(dialog).to_have_count(0)
    expect(alert).to_contain_text("but for what only reduces")
    _release(person)
    page.get_by_role("link", name="Stops").click()
    history = page.get_by_role("grid", name="Stops")
    first = history.get_by_role("row").nth(1)
    expect(first).to_contain_text("everything")
    first.get_by_role("link").click()
    expect(page.get_by_role("heading", name="Stopped for everything")).to_be_visible()
    expect(page.get_by_role("region", name="At the venues")).to_contain_text("paper")
