"""Servers that go, come back, or stand side by side."""

import signal
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, expect

from tests.browser.chromium import EXECUTABLE
from tests.browser.person import EMAIL, PASSWORD, Person, Server, serving
from tests.integration.bootstrap.processes import served


def test_a_page_comes_back_after_its_server_was_killed(
    tmp_path: Path, context: BrowserContext
) -> None:
    folder = tmp_path / "data"
    with serving(folder) as server:
        server.set_password()
        port = server.url.rpartition(":")[2]
        person = Person(context=context, server=server)
        page = person.log_in()
        state = page.get_by_role("status", name="Connection")
        expect(state).to_have_text("Live")
        server.served.process.send_signal(signal.SIGKILL)
        server.served.process.wait(timeout=30)
        expect(state).not_to_have_text("Live")
        # Whatever was shown stays, and the way to stop everything with it.
        expect(page.get_by_role("button", name="Kill switch")).to_be_enabled()
        with served(folder, BALLAST_HTTP_PORT=port):
            expect(state).to_have_text("Live", timeout=60_000)
            person.go("Trade")
            expect(page.get_by_role("combobox", name="Symbol")).not_to_have_value("")
    person.check()


def test_two_servers_on_one_host_know_nothing_of_each_other(
    person: Person, server: Server, tmp_path: Path
) -> None:
    with serving(tmp_path / "other") as other:
        other.set_password()
        here, there = person.log_in(), person.tab()
        there.goto(f"{other.url}/login")
        there.get_by_role("textbox", name="E-mail").fill(EMAIL)
        there.get_by_label("Password").fill(PASSWORD)
        there.get_by_role("button", name="Log in", exact=True).click()
        expect(there.get_by_role("banner")).to_be_visible()
        there.get_by_role("button", name="You").click()
        there.get_by_role("menuitem", name="Log out").click()
        expect(there.get_by_role("textbox", name="E-mail")).to_be_visible()
        here.bring_to_front()
        person.go("Risk")
        expect(here.get_by_role("grid", name="Risk rules")).to_be_visible()
        assert server.url != other.url


def test_no_password_is_taken_over_plain_http_from_elsewhere(
    browser: Browser, tmp_path: Path
) -> None:
    """A name that is not this machine's own: whoever sits between reads along."""
    hosts = {"BALLAST_HTTP_ALLOWED_HOSTS": "desk.example"}
    rules = "--host-resolver-rules=MAP desk.example 127.0.0.1"
    with serving(tmp_path / "data", **hosts) as server:
        port = server.url.rpartition(":")[2]
        abroad = browser.browser_type.launch(
            executable_path=EXECUTABLE, args=["--no-sandbox", rules]
        )
        page = abroad.new_page()
        page.goto(f"http://desk.example:{port}/login")
        expect(page.get_by_role("alert")).to_contain_text("http.tls_certificate")
        expect(page.get_by_label("Password")).to_have_count(0)
        abroad.close()
