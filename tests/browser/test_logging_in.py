"""Coming in and going out, as a person does."""

import re
import time

import pyotp
import pytest
from playwright.sync_api import Page, expect

from tests.browser.person import EMAIL, PASSWORD, Person
from tests.services.ports import free_ports

# What a seed is sealed with: without a key no app can be enrolled.
SEALED = {"BALLAST_SECRETS_SOURCE": "environment", "BALLAST_SECRETS_KEYS": f"1:{'A' * 43}="}
_MAKE = """async (asked) => {
    const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(asked);
    return (await navigator.credentials.create({ publicKey })).toJSON();
}"""


def test_the_first_evening_by_keyboard_alone(own: Person) -> None:
    page = own.page
    page.goto(own.server.url)
    expect(page).to_have_url(re.compile("/login$"))
    own.write(page.get_by_role("textbox", name="E-mail"), EMAIL)
    own.write(page.get_by_label("Password"), own.server.drawn)
    page.keyboard.press("Enter")
    own.write(page.get_by_label("New password", exact=True), PASSWORD)
    own.write(page.get_by_label("Repeat new password"), "something else altogether")
    own.press(page.get_by_role("button", name="Set password"))
    expect(page.get_by_text("is not the same as above")).to_be_visible()
    own.write(page.get_by_label("Repeat new password"), PASSWORD)
    own.press(page.get_by_role("button", name="Set password"))
    expect(page.get_by_role("heading", level=1, name="Overview")).to_be_visible()
    expect(page.get_by_role("region", name="Account")).to_contain_text("100,000.00 USD")
    expect(page.get_by_role("banner")).to_contain_text("PAPER")


def test_a_weak_first_password_is_refused_at_its_field(own: Person) -> None:
    page = own.page
    page.goto(f"{own.server.url}/login")
    page.get_by_role("textbox", name="E-mail").fill(EMAIL)
    page.get_by_label("Password").fill(own.server.drawn)
    page.get_by_role("button", name="Log in", exact=True).click()
    for name in ("New password", "Repeat new password"):
        page.get_by_label(name, exact=True).fill("short")
    page.get_by_role("button", name="Set password").click()
    field = page.get_by_label("New password", exact=True)
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(field).to_be_focused()
    expect(page.get_by_text("must have at least 15 characters")).to_be_visible()


def test_a_wrong_password_says_so_and_lets_nobody_in(person: Person) -> None:
    page = person.page
    page.goto(f"{person.server.url}/login")
    page.get_by_role("textbox", name="E-mail").fill("nobody@example.com")
    page.get_by_label("Password").fill("not the password, surely")
    page.get_by_role("button", name="Log in", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("wrong")
    expect(page.get_by_role("banner")).to_have_count(0)


def test_a_page_inside_asks_for_the_log_in_first_and_is_shown_after_it(person: Person) -> None:
    page = person.page
    page.goto(f"{person.server.url}/dashboard/risk")
    expect(page).to_have_url(re.compile(r"/login\?next="))
    page.get_by_role("textbox", name="E-mail").fill(EMAIL)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in", exact=True).click()
    expect(page.get_by_role("grid", name="Risk rules")).to_be_visible()


@pytest.mark.parametrize("next_", ["https://example.com/", "//example.com", "/docs"])
def test_the_page_after_the_log_in_is_one_of_ours(person: Person, next_: str) -> None:
    page = person.page
    page.goto(f"{person.server.url}/login?next={next_}")
    page.get_by_role("textbox", name="E-mail").fill(EMAIL)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in", exact=True).click()
    expect(page).to_have_url(f"{person.server.url}/dashboard")


def test_nothing_secret_is_kept_where_scripts_or_addresses_have_it(person: Person) -> None:
    page = person.log_in()
    kept = page.evaluate("JSON.stringify([localStorage, sessionStorage, document.cookie])")
    assert not re.search(r"bl[rdc]_|eyJ", kept)
    assert not re.search(r"bl[rdc]_|eyJ", page.url)


def test_a_reload_keeps_who_is_logged_in_and_none_who_logged_out(person: Person) -> None:
    page = person.log_in()
    page.reload()
    expect(page.get_by_role("heading", level=1, name="Overview")).to_be_visible()
    page.get_by_role("button", name="You").click()
    page.get_by_role("menuitem", name="Log out").click()
    expect(page.get_by_role("textbox", name="E-mail")).to_be_visible()
    # The log-in shows at once, and would go on by itself for who is still in.
    with page.expect_response("**/api/v1/auth/refresh") as asked:
        page.reload()
    assert asked.value.status == 401
    expect(page.get_by_role("textbox", name="E-mail")).to_be_visible()


def test_who_logs_out_is_out_in_every_tab(person: Person) -> None:
    first, second = person.log_in(), person.another()
    first.get_by_role("button", name="You").click()
    first.get_by_role("menuitem", name="Log out").click()
    for page in (first, second):
        expect(page.get_by_role("textbox", name="E-mail")).to_be_visible()
    expect(second.get_by_role("status")).to_contain_text("another tab")


def test_the_menu_works_by_keyboard(person: Person) -> None:
    page = person.log_in()
    person.press(page.get_by_role("button", name="You"))
    expect(page.get_by_role("menuitem").first).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="You")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("menuitem").first).to_be_focused()
    page.keyboard.press("End")
    expect(page.get_by_role("menuitem", name="Log out")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("textbox", name="E-mail")).to_be_visible()


def test_a_session_that_ends_elsewhere_ends_here(own: Person) -> None:
    own.server.set_password()
    page = own.log_in()
    own.server.own("POST", "auth/logout-everywhere")
    expect(page.get_by_text("Your session has ended")).to_be_visible()
    expect(page.get_by_role("banner")).to_have_count(0)


@pytest.mark.parametrize("own", [{"BALLAST_IDENTITY_IDLE_S": "60"}], indirect=True)
def test_whoever_does_nothing_is_warned_before_the_end(own: Person) -> None:
    own.server.set_password()
    page = own.log_in()
    warning = page.get_by_role("dialog", name="Are you still there?")
    expect(warning).to_be_visible(timeout=60_000)
    warning.get_by_role("button", name="Stay logged in").click()
    expect(warning).to_have_count(0)
    expect(warning).to_be_visible(timeout=60_000)
    # Nobody answers: the session ends here and at the server.
    expect(page.get_by_text("nobody was there")).to_be_visible(timeout=60_000)


def _enrol(own: Person) -> tuple[pyotp.TOTP, list[str]]:
    """Give the owner an app, and return it with the backup codes."""
    own.server.set_password()
    token = own.server.token()
    enrolled = own.server.ask("POST", "factors/totp", token=token, label="Phone").json()
    app = pyotp.TOTP(enrolled["seed"])
    path = f"factors/totp/{enrolled['id']}/confirm"
    confirmed = own.server.ask("POST", path, token=token, code=app.now())
    assert confirmed.is_success, confirmed.text
    codes: list[str] = confirmed.json()["backup_codes"]
    return app, codes


def _to_the_factor(own: Person) -> Page:
    page = own.page
    page.goto(f"{own.server.url}/login")
    page.get_by_role("textbox", name="E-mail").fill(EMAIL)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in", exact=True).click()
    expect(page.get_by_role("textbox", name="Code")).to_be_visible()
    return page


@pytest.mark.parametrize("own", [SEALED], indirect=True)
def test_a_code_of_an_app_is_asked_after_the_password(own: Person) -> None:
    app, _ = _enrol(own)
    page = _to_the_factor(own)
    page.get_by_role("textbox", name="Code").fill("000000")
    page.get_by_role("button", name="Confirm").click()
    expect(page.get_by_role("alert")).to_contain_text("wrong")
    # The code of the present step was used up by the confirmation; the next one is good already.
    page.get_by_role("textbox", name="Code").fill(app.at(int(time.time()) + 30))
    page.get_by_role("button", name="Confirm").click()
    expect(page.get_by_role("banner")).to_be_visible()


@pytest.mark.parametrize("own", [SEALED], indirect=True)
def test_a_backup_code_lets_in_once_by_keyboard_alone(own: Person) -> None:
    _, codes = _enrol(own)
    page = _to_the_factor(own)
    own.write(page.get_by_role("textbox", name="Code"), codes[0])
    own.press(page.get_by_role("button", name="Confirm"))
    expect(page.get_by_role("banner")).to_be_visible()
    page.get_by_role("button", name="You").click()
    page.get_by_role("menuitem", name="Log out").click()
    expect(page.get_by_role("textbox", name="E-mail")).to_be_visible()
    _to_the_factor(own)
    page.get_by_role("textbox", name="Code").fill(codes[0])
    page.get_by_role("button", name="Confirm").click()
    expect(page.get_by_role("alert")).to_contain_text("wrong")
    page.get_by_role("textbox", name="Code").fill(codes[1])
    page.get_by_role("button", name="Confirm").click()
    expect(page.get_by_role("banner")).to_be_visible()


@pytest.mark.parametrize("own", [SEALED], indirect=True)
def test_a_recovery_that_one_did_not_ask_for_stands_on_top_and_is_cancelled(own: Person) -> None:
    _, codes = _enrol(own)
    page = _to_the_factor(own)
    page.get_by_role("textbox", name="Code").fill(codes[0])
    page.get_by_role("button", name="Confirm").click()
    expect(page.get_by_role("banner")).to_be_visible()
    expect(page.get_by_role("status", name="Connection")).to_have_text("Live")
    # Somebody has the password, and no factor.
    challenged = own.server.ask("POST", "auth/login", email=EMAIL, password=PASSWORD)
    assert challenged.status_code == 202
    asked = own.server.ask("POST", "auth/recovery", challenge=challenged.json()["challenge"])
    assert asked.is_success, asked.text
    alert = page.get_by_role("alert").filter(has_text="about to be taken away")
    expect(alert).to_contain_text("UTC")
    page.reload()
    expect(alert).to_be_visible()
    alert.get_by_role("button", name="Cancel it").click()
    expect(alert).to_have_count(0)
    page.reload()
    expect(page.get_by_role("banner")).to_be_visible()
    expect(alert).to_have_count(0)


@pytest.mark.parametrize(
    # The page that may ask for passkeys is named by its port.
    "own",
    [lambda: {"BALLAST_HTTP_PORT": str(free_ports(1)[0])}],
    indirect=True,
    ids=["port"],
)
def test_a_passkey_lets_in_without_a_password(own: Person) -> None:
    own.server.set_password()
    page = own.page
    devices = own.context.new_cdp_session(page)
    devices.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    devices.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    page.goto(f"{own.server.url}/login")
    token = own.server.token()
    asked = own.server.ask("POST", "passkeys/options", token=token).json()["public_key"]
    made = page.evaluate(_MAKE, asked)
    kept = own.server.ask("POST", "passkeys", token=token, credential=made, label="Key")
    assert kept.status_code == 201, kept.text
    page.get_by_role("button", name="Log in with a passkey").click()
    expect(page.get_by_role("banner")).to_be_visible()
