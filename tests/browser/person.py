"""Do in a browser what a person does, by pointer or by keyboard."""

import json
import os
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from playwright.sync_api import BrowserContext, Error, Locator, Page, WebSocket, expect

from tests.integration.bootstrap.processes import Served, served

# How long what is right may take to show: a machine that does much else is many times slower.
PATIENCE_MS = 60_000
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
    # The owner's access token as long as it is one: log-ins are counted, and too many refused.
    _kept: list[str] = field(default_factory=list)

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
        return httpx.request(
            method, url, headers=headers, json=body or None, timeout=PATIENCE_MS / 1000
        )

    def own(self, method: str, path: str, **body: Any) -> Any:
        """Ask as the owner, and return what is answered."""
        answer = self.ask_as_owner(method, path, **body)
        assert answer.is_success, answer.text
        return answer.json() if answer.content else None

    def ask_as_owner(self, method: str, path: str, **body: Any) -> httpx.Response:
        """Ask as the owner, who logs in where that was not done or is over."""
        if self._kept:
            answer = self.ask(method, path, token=self._kept[-1], **body)
            if answer.status_code != httpx.codes.UNAUTHORIZED:
                return answer
        self._kept[:] = [self.token()]
        return self.ask(method, path, token=self._kept[-1], **body)

    def release(self) -> None:
        """Release whatever is stopped: what a test left so would stop those after it."""
        give_up_at = time.monotonic() + 3 * PATIENCE_MS / 1000
        while latches := self.own("GET", "kill-switch")["latches"]:
            assert time.monotonic() < give_up_at, latches
            named = ("scope", "account_id", "strategy_id", "broker", "symbol")
            scope = {name: latches[0][name] for name in named if latches[0][name]}
            # Refused while it is not over with.
            self.ask_as_owner("POST", "kill-switch/release", **scope, reason="left so")
            time.sleep(0.5)


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
    heard: set[tuple[Page, str]] = field(default_factory=set)
    page: Page = field(init=False)

    def __post_init__(self) -> None:
        self.context.add_init_script(_WATCH)
        self.page = self.tab()

    def tab(self) -> Page:
        """Open another tab."""
        page = self.context.new_page()
        # So many times slower: what a test reads too early shows here, not on another's machine.
        if slower := os.environ.get("BALLAST_BROWSER_SLOW"):
            session = self.context.new_cdp_session(page)
            session.send("Emulation.setCPUThrottlingRate", {"rate": float(slower)})
        page.on("console", lambda told: self._note(told.text) if told.type == "error" else None)
        page.on("pageerror", lambda error: self.faults.append(f"page: {error}"))
        page.on("request", lambda asked: self._look(asked.url))
        page.on("websocket", lambda socket: self._listen(page, socket))
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
        enter = page.get_by_role("button", name="Log in", exact=True)
        inside, busy = page.get_by_role("banner"), page.get_by_text("Too many requests")
        enter.click()
        expect(inside.or_(busy)).to_be_visible()
        give_up_at = time.monotonic() + PATIENCE_MS / 1000
        while busy.is_visible() and time.monotonic() < give_up_at:
            # Whose tests log in so fast does as a person would, who is told to try again.
            page.wait_for_timeout(1_000)
            enter.click()
            expect(inside.or_(busy)).to_be_visible()
        expect(inside).to_be_visible()
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
        self.holds("document.hasFocus()")
        return self.page

    def hears(self, *channels: str, page: Page | None = None) -> None:
        """Wait until the page follows these channels: what happens before, nobody tells it."""
        wanted = {(page or self.page, one) for one in channels}
        self.until(lambda: wanted <= self.heard)

    def stopped(self) -> Locator:
        """Return what says that trading is stopped; the first, as storage that is slow has two."""
        return self.page.get_by_role("alert").filter(has_text="Trading is stopped").first

    def over(self) -> None:
        """Wait until a stop has nothing left to do: nothing can be released before."""
        expect(self.stopped()).to_contain_text(re.compile(r"Cancelledafter \d+ ms"))
        left = self.page.get_by_role("alert").filter(has_text="Cancellednot yet")
        expect(left).to_have_count(0)

    def measured(self, name: str, times: int) -> None:
        """Wait until the page has measured something so often; more often is a failure."""
        entries = f"performance.getEntriesByName('ballast:{name}').length"
        self.holds(f"{entries} >= {times}")
        assert self.page.evaluate(entries) == times

    def until(self, is_so: Callable[[], object], *, within_s: float = PATIENCE_MS / 1000) -> None:
        """Wait until something is so beside the page; what the page says is heard meanwhile."""
        give_up_at = time.monotonic() + within_s
        while not is_so():
            assert time.monotonic() < give_up_at, "it never came to be so"
            self.page.wait_for_timeout(50)

    def holds(self, condition: str, *, page: Page | None = None) -> None:
        """Wait until an expression holds in the page, a reload within the wait included.

        Each look comes from outside: a page that is asked to look again and again itself would
        have to evaluate text, which the content security policy forbids it.
        """
        asked = page or self.page

        def is_so() -> bool:
            try:
                return bool(asked.evaluate(condition))
            except Error as error:
                if "context was destroyed" in error.message:
                    return False
                raise

        self.until(is_so)

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

    def choose(self, target: Locator, text: str) -> None:
        """Reach a list with Tab alone, and go down in it to what begins with the text.

        Not by typing it: of letters that come a second apart a browser takes each for another word.
        """
        self.tab_to(target)
        self.page.keyboard.press("Home")
        for _ in range(60):
            chosen: str = target.evaluate("one => one.selectedOptions[0].textContent")
            if chosen.startswith(text):
                return
            self.page.keyboard.press("ArrowDown")
        raise AssertionError(f"{text} is not among {target.text_content()}")

    def arrow_to(self, target: Locator) -> None:
        """Reach something in a grid: Tab leads to the grid, arrows through its cells."""
        inside = "one => one.closest('[role=grid]').contains(document.activeElement)"
        # What comes meanwhile moves the rows: then the way is gone anew.
        for _ in range(5):
            for _ in range(120):
                if target.evaluate(inside):
                    break
                self.page.keyboard.press("Tab")
            row, column = target.evaluate("one => one.closest('[data-at]').dataset.at").split()
            keys = ["Control+Home", *["ArrowDown"] * int(row), *["ArrowRight"] * int(column)]
            for key in keys:
                self.page.keyboard.press(key)
            # Arrows lead to the first button of a cell, Tab to the next one.
            for _ in range(3):
                if target.evaluate("one => one === document.activeElement"):
                    return
                self.page.keyboard.press("Tab")
        raise AssertionError(f"arrows never lead to {target}")

    def _listen(self, page: Page, socket: WebSocket) -> None:
        # What was heard on an earlier connection says nothing of this one.
        self.heard = {one for one in self.heard if one[0] is not page}

        def told(text: str | bytes) -> None:
            frame = json.loads(text)
            if frame["type"] == "snapshot":
                self.heard.add((page, frame["channel"]))

        socket.on("framereceived", told)

    def _note(self, text: str) -> None:
        if "POLICY" in text or "Content Security Policy" in text or "Trusted" in text:
            self.faults.append(text)

    def _look(self, url: str) -> None:
        # Ours are the servers on this machine that the test itself started.
        if not url.startswith(("http://localhost:", "data:", "blob:")):
            self.faults.append(f"a request to {url}")
