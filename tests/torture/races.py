"""Invariant 7: 64 submits at once against one limit never overspend it."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from uuid import UUID

import httpx

from application.accounts.book_store import TooContended
from application.identity.found_tenant import Founded
from application.orders.commands import (
    Accepted,
    Asker,
)
from bootstrap.areas import accounts, identity, risk
from ports.storage import StorageUnavailable
from tests.torture.context import Context
from tests.torture.intakes import intake, open_funded, submit_limit

TOGETHER = 64
PRICE = Decimal(90)
ROOM = 10
INTAKES = 4

Submit = Callable[[str, int], Awaitable[bool | None]]


@dataclass(slots=True, kw_only=True)
class Races:
    """What came of the races."""

    races: int = 0
    submits: int = 0
    accepted: int = 0
    contended: int = 0
    wrongs: list[str] = field(default_factory=list)

    def describe(self) -> str:
        """Say it in words."""
        return (
            f"{self.races} races of {TOGETHER} submits, {self.accepted} accepted,"
            f" {self.contended} told to come again, {len(self.wrongs)} violations"
        )

    async def race(self, account_id: str, *, submit: Submit) -> None:
        """Spend room for ten orders with 64 at once: exactly ten may pass."""
        said = await asyncio.gather(*(submit(account_id, number) for number in range(TOGETHER)))
        accepted, contended = said.count(True), said.count(None)
        self.races += 1
        self.submits += TOGETHER
        self.accepted += accepted
        self.contended += contended
        if accepted > ROOM or (accepted < ROOM and not contended):
            self.wrongs.append(f"account {account_id}: {accepted} of {ROOM} orders passed")


async def over_http(context: Context, *, races: int, say: Callable[[str], None]) -> Races:
    """Race over HTTP: each account has the money for ten orders."""
    found = Races()

    async def submit(account_id: str, number: int) -> bool | None:
        body = {
            "account_id": account_id,
            "symbol": "IBM",
            "side": "buy",
            "type": "limit",
            "limit_price": str(PRICE),
            "quantity": "1",
            "time_in_force": "gtc",
            "client_order_id": f"race-{number}",
        }
        key = f"race {account_id} {number}"
        reply = await context.ask("POST", "/api/v1/orders", body=body, key=key)
        match reply.status_code:
            case httpx.codes.CREATED:
                return True
            case httpx.codes.FORBIDDEN:
                return False
            case other:
                found.wrongs.append(f"submit: {other} {reply.text[:300]}")
                return False

    for number in range(races):
        account_id = await context.open_account(f"race {number}", funds=str(PRICE * ROOM))
        await found.race(account_id, submit=submit)
        shown = await context.read(f"/api/v1/accounts/{account_id}")
        if Decimal(shown["cash"]) < 0 or shown["buying_power"] is None:
            found.wrongs.append(f"account {account_id}: {shown['cash']}, {shown['buying_power']}")
        if (number + 1) % 50 == 0:
            say(found.describe())
    return found


async def in_process(url: str, folder: Path, *, races: int, say: Callable[[str], None]) -> Races:
    """Race several intakes on one Postgres, each with its own memory of the books."""
    found = Races()
    async with AsyncExitStack() as stack:
        intakes = [
            await stack.enter_async_context(intake(url, folder / str(number)))
            for number in range(INTAKES)
        ]
        first = intakes[0]
        founded = await first.of(identity.build).found(name="Race", email="owner@localhost")
        assert isinstance(founded, Founded)
        asker = Asker(tenant_id=founded.tenant.id, actor="torture")
        for rule in await first.of(risk.build).facade.list(tenant_id=asker.tenant_id):
            await first.of(risk.build).facade.delete(rule_id=rule.id, asker=asker, reason="rig")

        async def submit(account_id: str, number: int) -> bool | None:
            try:
                said = await submit_limit(
                    intakes[number % INTAKES], asker, account_id=UUID(account_id), price=PRICE
                )
            except (StorageUnavailable, TooContended):
                return None
            return isinstance(said, Accepted)

        for number in range(races):
            account_id = await open_funded(
                first, asker, portfolio_id=founded.account.portfolio_id, funds=PRICE * ROOM
            )
            await found.race(str(account_id), submit=submit)
            shown = await first.of(accounts.build).facade.summary(
                tenant_id=asker.tenant_id, account_id=account_id
            )
            if shown.cash < 0 or shown.power.amount is None:
                found.wrongs.append(f"account {account_id}: {shown.cash}, {shown.power}")
            if (number + 1) % 50 == 0:
                say(found.describe())
    return found
