"""Do in a browser what a person does, by pointer or by keyboard."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from playwright.sync_api import BrowserContext, Locator, Page, expect

from tests.integration.bootstrap.processes import Served, served

EMAIL = "owner@localhost"
PASSWORD = "orbit velvet cactus lantern"
# Says what the page's policy held back, and says it where the test looks.
_WATCH = """
document.addEventListener("securitypolicyviolation", (event) =>
    console.error(`POLICY ${event.effectiveDirective} ${event.blockedURI} ${event.sample}`));
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """A server that runs, and its owner's first password."""

    served: Served
    drawn: str
    account_id: str

    @property
    def url(self) -> str:
        """Return the address that a browser is given: passkeys know names only."""
        return self.served.url.replace("127.0.0.1", "localhost")

    def set_password(self) -> None:
        """Set the owner's own password."""
        token = self.token(self.drawn)
        answer = self.ask(
            "POST", "auth/password", token=token, current=self.drawn, password=PASSWORD
        )
        assert answer.status_code == 200, answer.text

    def token(self, password: str = PASSWORD) -> str:
        """Return the access token of another log-in."""
        answer = self.ask("POST", "auth/login", email=EMAIL, password=password)
        assert answer.status_code == 200, answer.text
        found: str = answer.json()["access_token"]
        return found

    def ask(self, method: str, path: str, *, token: str = "", **body: Any) -> httpx.Response:
        """Ask the API beside the browser."""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        url = f"{self.served.url}/api/v1/{path}"
        return httpx.request(method, url, headers=headers, json=body or None, timeout=15)

    def own(self, method: str, path: str, **body: Any) -> Any:
        """Ask as the owner, and return what is answered."""
        answer = self.ask(method, path, token=self.token(), **body)
        assert answer.is_success, answer.text
        return answer.json() if answer.content else None


@contextmanager
def serving(folder: Path, **settings: str) -> Iterator[Server]:
    """Run a server on an empty folder until the block ends."""
    # A day a second: thirteen years last longer than all of these tests.
    with served(folder, **{"BALLAST_REPLAY_SECONDS_PER_DAY": "1", **settings}) as one:
        drawn = re.search(r"password  (\S+)", one.greeting)
        account = re.search(r"account   (\S+)", one.greeting)
        assert drawn, one.greeting
        assert account, one.greeting
        yield Server(served=one, drawn=drawn[1], account_id=account[1])


@dataclass(kw_only=True)
class Person:
    """Somebody with a browser; `check` tells whether a page did what none may."""

    context: BrowserContext
    server: Server
    faults: list[str] = field(default_factory=list)
    page: Page = field(init=False)

    def __post_init__(self) -> None:
        self.context.add_init_script(_WATCH)
        self.page = self.tab()

    def tab(self) -> Page:
        """Open another tab."""
        page = self.context.new_page()
        page.on("console", lambda told: self._note(told.text) if told.type == "error" else None)
        page.on("pageerror", lambda error: self.faults.append(f"page: {error}"))
        page.on("request", lambda asked: self._look(asked.url))
        return page

    def check(self) -> None:
        """Fail for what the policy held back, a request elsewhere, or an error in a page."""
        assert self.faults == []

    def log_in(self, page: Page | None = None, *, password: str = PASSWORD, url: str = "") -> Page:
        """Log in by pointer; raises when the inside does not show."""
        page = page or self.page
        page.goto(f"{url or self.server.url}/login")
        page.get_by_role("textbox", name="E-mail").fill(EMAIL)
        page.get_by_label("Password").fill(password)
        page.get_by_role("button", name="Log in", exact=True).click()
        expect(page.get_by_role("banner")).to_be_visible()
        return page

    def another(self) -> Page:
        """Open another tab of who is logged in: the browser keeps what lets it in."""
        page = self.tab()
        page.goto(f"{self.server.url}/dashboard")
        expect(page.get_by_role("banner")).to_be_visible()
        return page

    def reload(self) -> Page:
        """Reload the page, and have the keyboard again: a page of a new process begins without."""
        self.page.reload()
        expect(self.page.get_by_role("banner")).to_be_visible()
        self.page.bring_to_front()
        self.page.wait_for_function("document.hasFocus()")
        return self.page

    def go(self, name: str) -> Page:
        """Go to a screen by the navigation."""
        self.page.get_by_role("navigation", name="Main").get_by_role("link", name=name).click()
        expect(self.page.get_by_role("heading", level=1, name=name)).to_be_visible()
        return self.page

    def tab_to(self, target: Locator, *, most: int = 120) -> None:
        """Press Tab until the target has the focus: whatever cannot be reached so fails."""
        for _ in range(most):
            if target.evaluate("one => one === document.activeElement"):
                return
            self.page.keyboard.press("Tab")
        raise AssertionError(f"Tab never leads to {target}")

    def press(self, target: Locator, key: str = "Enter") -> None:
        """Reach something with Tab alone and press a key there."""
        self.tab_to(target)
        self.page.keyboard.press(key)

    def write(self, target: Locator, text: str) -> None:
        """Reach a field with Tab alone and write into it."""
        self.tab_to(target)
        self.page.keyboard.press("Control+A")
        self.page.keyboard.type(text)

    def arrow_to(self, target: Locator) -> None:
        """Reach something in a grid: Tab leads to the grid, arrows through its cells."""
        row, column = target.evaluate("one => one.closest('[data-at]').dataset.at").split()
        inside = "one => one.closest('[role=grid]').contains(document.activeElement)"
        for _ in range(120):
            if target.evaluate(inside):
                break
            self.page.keyboard.press("Tab")
        keys = ["Control+Home", *["ArrowDown"] * int(row), *["ArrowRight"] * int(column)]
        for key in keys:
            self.page.keyboard.press(key)
        # Arrows lead to the first button of a cell, Tab to the next one.
        self.tab_to(target, most=3)

    def _note(self, text: str) -> None:
        if "POLICY" in text or "Content Security Policy" in text or "Trusted" in text:
            self.faults.append(text)

    def _look(self, url: str) -> None:
        # Ours are the servers on this machine that the test itself started.
        if not url.startswith(("http://localhost:", "data:", "blob:")):
            self.faults.append(f"a request to {url}")
