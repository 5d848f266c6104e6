"""A whole plan by mail: silence, a living owner, two of three trustees, a release, a veto."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.fakes.mail import MailServer
from tests.integration.bootstrap.processes import served
from tests.torture.processes import free_port

# A day of the plan: long enough for a message to be read, short enough for a test.
DAY_S = 6
PASSWORD = "granite lantern velvet orbit"
OWNER = "owner@localhost"
MAILED_TO_OWNER = "owner@example.com"
TRUSTEES = ("tess@example.com", "tom@example.com", "tara@example.com")
PLAN = {
    "confirmations_needed": 2,
    "check_in_days": 1,
    "remind_days": 1,
    "contact_days": 1,
    "grace_days": 1,
}
WAIT_S = 120.0


@dataclass(kw_only=True)
class House:
    """A server, the mail that it sends, and those who read it."""

    http: httpx.AsyncClient
    mail: MailServer
    bearers: dict[str, dict[str, str]] = field(default_factory=dict)
    used: set[str] = field(default_factory=set)

    async def ask(self, method: str, path: str, *, who: str = "", **body: Any) -> Any:
        """Ask the API as somebody; what is refused fails the test."""
        reply = await self.http.request(
            method, f"/api/v1/{path}", json=body or None, headers=self.bearers.get(who)
        )
        assert reply.is_success, f"{method} {path}: {reply.text}"
        return reply.json() if reply.content else None

    async def log_in(self, who: str, password: str) -> None:
        """Log somebody in."""
        session = await self.ask("POST", "auth/login", email=who, password=password)
        self.bearers[who] = {"Authorization": f"Bearer {session['access_token']}"}

    async def reached_at(self, address: str, *, who: str) -> None:
        """Give an address, and the code that is mailed there."""
        path = "notifications/channels"
        await self.ask("PUT", path, who=who, channel="EMAIL", address=address)
        await self.until(lambda: bool(self.mails_to(address)), what=f"a code for {address}")
        code = self.mails_to(address)[-1].splitlines()[0].rpartition(" ")[2]
        await self.ask("PUT", path, who=who, channel="EMAIL", code=code)

    async def let_in(self, email: str) -> None:
        """Invite a trustee, who joins and says where they read mail."""
        invited = await self.ask("POST", "invitations", who=OWNER, email=email, role="trustee")
        joining = {"name": email.partition("@")[0], "password": PASSWORD}
        await self.ask("POST", "auth/join", token=invited["token"], **joining)
        await self.log_in(email, PASSWORD)
        await self.reached_at(email, who=email)

    def mails_to(self, address: str) -> list[str]:
        """Return subject and text of what was mailed to an address, oldest first."""
        envelopes = zip(self.mail.envelopes, self.mail.taken, strict=True)
        return [text for (_, to), text in envelopes if to == (address,)]

    async def status(self) -> dict[str, Any]:
        """Return how it stands, as a trustee sees it: the owner says nothing."""
        found: dict[str, Any] = await self.ask("GET", "succession/status", who=TRUSTEES[0])
        return found

    async def notices(self, who: str) -> list[dict[str, Any]]:
        """Return what the app shows somebody."""
        found: list[dict[str, Any]] = (await self.ask("GET", "notices", who=who))["items"]
        return found

    async def reach(self, state: str, *, trading: str) -> None:
        """Wait for a state of the succession, and see what it leaves of trading."""

        async def there() -> bool:
            found = await self.status()
            if found["state"] == state:
                assert found["trading"] == trading
                return True
            return False

        await self.until(there, what=state)

    async def press(self, address: str, *, says: str) -> str:
        """Press the button behind a link in somebody's mail; return the link."""
        pressed: list[str] = []

        async def done() -> bool:
            for text in reversed(self.mails_to(address)):
                for link in re.findall(r"http://\S+/succession/answer/\S+", text):
                    if link not in self.used and await self._press(link, says=says):
                        pressed.append(link)
                        return True
            return False

        await self.until(done, what=f"a link for {address} that says {says!r}")
        return pressed[0]

    async def _press(self, link: str, *, says: str) -> bool:
        page = await self.http.get(link)
        if page.status_code != 200 or says not in page.text:
            return False
        before = await self.status()
        # However often a mail program looks at it.
        assert (await self.http.get(link)).text == page.text
        assert (await self.status())["confirmations"] == before["confirmations"]
        # A step may end between the look and the button: another mail is on its way then.
        self.used.add(link)
        return (await self.http.post(link)).status_code == 200

    async def until(self, is_so: Callable[[], bool | Awaitable[bool]], *, what: str) -> None:
        """Wait for a fact; what never comes fails the test."""
        try:
            async with asyncio.timeout(WAIT_S):
                while True:
                    told = is_so()
                    if told if isinstance(told, bool) else await told:
                        return
                    await asyncio.sleep(0.05)
        except TimeoutError:
            subjects = [str(one["Subject"]) for one in self.mail.mails]
            raise AssertionError(f"{what} never came; mailed: {subjects}") from None


@pytest.mark.timeout(900)
async def test_silence_leads_to_a_release_by_mail_and_a_living_owner_back(tmp_path: Path) -> None:
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    async with MailServer() as mail:
        settings = {
            "BALLAST_HTTP_PORT": str(port),
            "BALLAST_SUCCESSION_DAY_S": str(DAY_S),
            # Nobody logs in again on the way: for an owner that would be an act.
            "BALLAST_TOKEN_ACCESS_S": "900",
            "BALLAST_NOTIFICATIONS_PUBLIC_URL": url,
            "BALLAST_NOTIFICATIONS_SMTP_HOST": "127.0.0.1",
            "BALLAST_NOTIFICATIONS_SMTP_PORT": str(mail.port),
            "BALLAST_NOTIFICATIONS_SMTP_TLS": "none",
            "BALLAST_NOTIFICATIONS_SMTP_FROM": "Ballast <ballast@example.com>",
        }
        with served(tmp_path / "data", **settings) as server:
            async with httpx.AsyncClient(base_url=url, timeout=15, trust_env=False) as http:
                drawn = re.search(r"password  (\S+)", server.greeting)
                assert drawn, server.greeting
                house = House(http=http, mail=mail)
                await _move_in(house, drawn=drawn[1])
                await _is_not_told(house)
                await _lives(house)
                await _dies(house)


async def _move_in(house: House, *, drawn: str) -> None:
    """Let everybody in, and write the plan."""
    await house.log_in(OWNER, drawn)
    await house.ask("POST", "auth/password", who=OWNER, current=drawn, password=PASSWORD)
    await house.log_in(OWNER, PASSWORD)
    for email in TRUSTEES:
        await house.let_in(email)
    members = (await house.ask("GET", "members", who=OWNER))["items"]
    trustees = [one["id"] for one in members if one["role"] == "trustee"]
    assert len(trustees) == len(TRUSTEES)
    await house.ask("PUT", "succession/plan", who=OWNER, trustees=trustees, **PLAN)


async def _is_not_told(house: House) -> None:
    """The owner has given no address: the clock stands, whatever the app shows."""
    await house.reach("REMINDED", trading="ACTIVE")
    found = await house.status()
    assert "reach each owner" in found["waits_for"], found
    assert any(one["kind"] == "succession.reminded" for one in await house.notices(OWNER))
    await house.reached_at(MAILED_TO_OWNER, who=OWNER)
    # To be told of later steps is not to have been told of this one.
    assert (await house.status())["state"] == "REMINDED"
    await house.log_in(OWNER, PASSWORD)


async def _lives(house: House) -> None:
    """The owner is silent, one trustee believes it, and then the owner answers a mail."""
    await house.reach("ARMED", trading="ACTIVE")
    await house.reach("CONTACT_PING", trading="REDUCING")
    link = await house.press(TRUSTEES[0], says="I confirm")
    assert (await house.status())["confirmations"] == 1
    # Once, and by whom it was mailed to.
    assert (await house.http.post(link)).status_code == 404
    assert (await house.status())["confirmations"] == 1
    # Time alone does not lead on from there: two have to confirm.
    await house.reach("GRACE", trading="HALTED")
    await house.press(MAILED_TO_OWNER, says="I am well")
    found = await house.status()
    assert (found["state"], found["trading"], found["confirmations"]) == ("ARMED", "ACTIVE", 0)


async def _dies(house: House) -> None:
    """Two of three confirm, it is released, and a veto by mail takes even that back."""
    await house.reach("GRACE", trading="HALTED")
    await house.press(TRUSTEES[1], says="I confirm")
    assert (await house.status())["state"] == "GRACE"
    await house.press(TRUSTEES[2], says="I confirm")
    await house.reach("RELEASED", trading="HALTED")
    await house.press(MAILED_TO_OWNER, says="Veto the handover")
    found = await house.status()
    assert (found["state"], found["trading"], found["confirmations"]) == ("ARMED", "ACTIVE", 0)
    # Everybody was told of the end, not only of the beginning.
    for email in TRUSTEES:
        assert any("released" in text.casefold() for text in house.mails_to(email)), email
