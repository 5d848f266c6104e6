"""Run `ballast serve` for a measurement, with funded accounts and rules that let a load pass.

The market stands still at the replay's first day, and the lease of the dispatch is ours: the
server takes orders in, stores them and keeps them for whoever dispatches, as beside another
process that does. What is measured is then the intake alone; `sending=True` lets it send to the
paper broker.
"""

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import asyncpg
import httpx
import uvloop

from bench.load import Load
from bench.serving import LOOPBACK, ROOT, ServerError, free_port, serving

START_S = 120.0
PATH = "/api/v1/orders"
FUNDS = Decimal(10) ** 12
# Far more than a load sends within these windows, and than the accounts can lose.
_LOOSE: Mapping[str, dict[str, Any]] = {
    "MAX_ORDER_VALUE": {"threshold": "1000000"},
    "MAX_POSITION_SIZE": {"threshold": "100000000000"},
    "SECTOR_CONCENTRATION": {"threshold": "100"},
    "DUPLICATE_ORDER": {"threshold": "900", "parameters": {"window_s": "0.05"}},
    "ORDER_RATE": {"threshold": "900", "parameters": {"window_s": "0.05"}},
}
_SYMBOL = "IBM"
_READY_S = 60.0
# The server's own, if it was quicker to take it, is lost at its next renewal, two seconds later.
_TAKE_DISPATCH = """
INSERT INTO leases (name, holder, token, expires_at)
VALUES ('dispatch', 'bench', 1, clock_timestamp() + interval '1 day')
ON CONFLICT (name) DO UPDATE
SET holder = EXCLUDED.holder, token = leases.token + 1, expires_at = EXCLUDED.expires_at
"""
_LEASE_LOST_S = 3.0
_SENT_S = 120.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """A running server, a token of its owner and accounts to trade in."""

    port: int
    token: str
    accounts: tuple[str, ...]
    price: Decimal
    # What other processes over the same database are started with.
    environment: Mapping[str, str]
    # Whether its orders are sent on.
    sending: bool

    def load(self, *, connections: int, requests: int, accounts: Sequence[str], key: str) -> Load:
        """Describe a load of orders shared out over the accounts.

        Every request carries an idempotency key of its own; key tells the loads apart.
        """

        def body(number: int) -> bytes:
            account = accounts[number % len(accounts)]
            price = self.price + Decimal(number % 100) / 100
            return (
                f'{{"account_id":"{account}","symbol":"{_SYMBOL}","side":"buy","type":"limit",'
                f'"quantity":"{1 + number % 50}","limit_price":"{price}",'
                '"time_in_force":"gtc"}'
            ).encode()

        return Load(
            port=self.port,
            path=PATH,
            body=body,
            connections=connections,
            requests=requests,
            headers={"authorization": f"Bearer {self.token}"},
            extra_headers=lambda number: {"idempotency-key": f"{key}-{number}"},
        )

    def client(self) -> httpx.Client:
        """Return a client of the server, as its owner."""
        return _client(port=self.port, token=self.token)

    def await_sent(self, accounts: Sequence[str]) -> None:
        """Return when no order of the accounts waits to be sent; ServerError when some do."""
        deadline = monotonic() + _SENT_S
        with self.client() as client:
            for account in accounts:
                asked = {"account_id": account, "state": "accepted", "limit": "1"}
                while asked_of(client.get("/orders", params=asked))["items"]:
                    if monotonic() > deadline:
                        raise ServerError(f"orders are not sent within {_SENT_S:g} s")
                    sleep(0.05)
                working = {**asked, "state": "working"}
                if not asked_of(client.get("/orders", params=working))["items"]:
                    raise ServerError(f"no order of account {account} rests at the broker")


def furnished_context(*, database_url: str, folder: Path, accounts: int) -> Context:
    """Make such a context and end its server; others may work on the same database."""
    with open_context(database_url=database_url, folder=folder, accounts=accounts) as context:
        return context


@contextmanager
def open_context(
    *,
    database_url: str,
    folder: Path,
    accounts: int,
    sending: bool = False,
    more: Mapping[str, str] | None = None,
) -> Iterator[Context]:
    """Keep a server with that many accounts running while the block runs; more are settings."""
    port = free_port()
    environment = {
        **(more or {}),
        "BALLAST_PROFILE": "cluster",
        "BALLAST_DATABASE_URL": database_url,
        "BALLAST_DATA_DIR": str(folder),
        "BALLAST_HTTP_PORT": str(port),
        "BALLAST_LOG_LEVEL": "warning",
        "BALLAST_REPLAY_PAUSED": "true",
        "BALLAST_TOKEN_ACCESS_S": "86400",
        "BALLAST_IDENTITY_STEP_UP_S": "86400",
        # Loads are bound by neither: a broker that is away, and thousands of orders at rest.
        "BALLAST_DISPATCH_BACKLOG_S": "86400",
        "BALLAST_PAPER_OPEN_ORDERS_MAX": "100000",
    }
    arguments = ("-m", "bootstrap.cli", "serve")
    with serving(arguments=arguments, port=port, environment=environment, start_s=START_S):
        token = _owner_token(environment)
        if not sending:
            uvloop.run(_take_dispatch(database_url))
            sleep(_LEASE_LOST_S)
        with _client(port=port, token=token) as client:
            _loosen_rules(client)
            portfolio = asked_of(client.get("/portfolios"))["items"][0]["id"]
            opened = tuple(
                _open_account(client, portfolio=portfolio, number=number)
                for number in range(accounts)
            )
            bid = Decimal(asked_of(client.get(f"/market/quotes/{_SYMBOL}"))["bid"])
        yield Context(
            port=port,
            token=token,
            accounts=opened,
            price=bid.quantize(Decimal("0.01")),
            environment=environment,
            sending=sending,
        )


async def _take_dispatch(database_url: str) -> None:
    connection = await asyncpg.connect(database_url, timeout=10)
    try:
        await connection.execute(_TAKE_DISPATCH)
    finally:
        await connection.close()


def _client(*, port: int, token: str) -> httpx.Client:
    return httpx.Client(
        base_url=f"http://{LOOPBACK}:{port}/api/v1",
        headers={"authorization": f"Bearer {token}"},
        timeout=30,
        trust_env=False,
    )


def _owner_token(environment: Mapping[str, str]) -> str:
    """Ask the command for a token: it reads the key from the server's data folder."""
    deadline = monotonic() + _READY_S
    while True:
        ended = subprocess.run(
            [sys.executable, "-m", "bootstrap.cli", "token"],
            cwd=ROOT,
            env={**os.environ, **environment},
            capture_output=True,
            text=True,
            timeout=_READY_S,
            check=False,
        )
        if ended.returncode == 0:
            return ended.stdout.strip()
        if monotonic() > deadline:
            raise ServerError(f"ballast token: {ended.stderr.strip()}")
        sleep(0.2)


def _loosen_rules(client: httpx.Client) -> None:
    for rule in asked_of(client.get("/risk-rules"))["items"]:
        change = _LOOSE.get(rule["rule_type"])
        if change is None:
            continue
        body = {
            name: rule[name]
            for name in ("name", "rule_type", "threshold", "action", "is_active", "parameters")
        }
        asked_of(client.put(f"/risk-rules/{rule['id']}", json={**body, **change, "reason": "load"}))


def _open_account(client: httpx.Client, *, portfolio: str, number: int) -> str:
    asked = {
        "portfolio_id": portfolio,
        "name": f"Bench {number}",
        "kind": "margin",
        "leverage": "2",
    }
    account: str = asked_of(client.post("/accounts", json=asked))["id"]
    deposit = {"amount": str(FUNDS), "reference": "bench"}
    asked_of(client.post(f"/accounts/{account}/deposits", json=deposit))
    return account


def asked_of(answer: httpx.Response) -> dict[str, Any]:
    """Return what was answered; ServerError for a refusal."""
    if answer.is_error:
        raise ServerError(f"{answer.request.method} {answer.request.url}: {answer.text[:500]}")
    told: dict[str, Any] = answer.json()
    return told
