"""How long a breached limit takes to reach a mail server.

One server over a Postgres of its own, as `ballast serve` runs it, and aiosmtpd on loopback, a
real SMTP server. A limit is drawn tight over a hundred accounts with orders at rest: all of them
break it at once. The clock runs from before that request is sent until the mail of each account
has been handed over whole: the watch that reads the limits once a second, the breach's commit,
the journal's relay, preferences, the claim and the sending are all in it. RTS 6 article 16(5)
asks for alerts within five seconds.
"""

import re
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from email import message_from_bytes, policy
from pathlib import Path
from time import perf_counter, sleep

import httpx
import uvloop
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from bench.context import Context, asked_of, open_context
from bench.load import run_load
from bench.postgres import fresh_database
from bench.rows import Better, Row, alone
from bench.servers import own_server
from bench.serving import LOOPBACK, free_port
from bench.stats import percentile

TURNS = 5
ACCOUNTS = 100
GOAL_MS = 5_000.0
WAIT_S = 60.0
_CHANNELS = "/notifications/channels"
_RULE = {
    "name": "Leverage of the bench",
    "rule_type": "MAX_LEVERAGE",
    "action": "WARN",
    "is_active": True,
    "reason": "bench",
}
# Any order at rest is beyond the one, none is near the other.
_TIGHT, _LOOSE = "0.000000000001", "10"
_ID = re.compile(r"account ([0-9a-f-]{36})")


@dataclass(slots=True)
class Mailbox:
    """What the mail server took, each with when it had it."""

    taken: list[tuple[float, bytes]] = field(default_factory=list)

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's hook
        """Take a mail."""
        assert isinstance(envelope.content, bytes)
        self.taken.append((perf_counter(), envelope.content))
        return "250 OK"

    def awaited(self, count: int) -> Sequence[tuple[float, bytes]]:
        """Return so many mails; RuntimeError where they do not come."""
        until = perf_counter() + WAIT_S
        while len(self.taken) < count:
            if perf_counter() > until:
                raise RuntimeError(f"{len(self.taken)} of {count} mails came within {WAIT_S:g} s")
            sleep(0.01)
        return self.taken[:count]


def measure() -> list[Row]:
    """Measure every turn's median and 99th percentile."""
    p50s, p99s = [], []
    with _running() as (context, mailbox), context.client() as client:
        _give_address(client, mailbox=mailbox)
        load = context.load(
            connections=1, requests=ACCOUNTS, accounts=context.accounts, key="breach"
        )
        uvloop.run(run_load(replace(load, warm_up=0)))
        rule = asked_of(client.post("/risk-rules", json={**_RULE, "threshold": _LOOSE}))["id"]
        for _ in range(TURNS):
            taken_ms = _breach(client, rule=rule, context=context, mailbox=mailbox)
            p50s.append(percentile(taken_ms, rank=50))
            p99s.append(percentile(taken_ms, rank=99))
    return [
        alone(name="breach_to_mail_p50", unit="ms", better=Better.LOWER, ours=p50s),
        alone(name="breach_to_mail_p99", unit="ms", better=Better.LOWER, ours=p99s, goal=GOAL_MS),
    ]


@contextmanager
def _running() -> Iterator[tuple[Context, Mailbox]]:
    mailbox = Mailbox()
    controller = Controller(mailbox, hostname=LOOPBACK, port=free_port())
    controller.start()
    more = {
        "BALLAST_NOTIFICATIONS_SMTP_HOST": LOOPBACK,
        "BALLAST_NOTIFICATIONS_SMTP_PORT": str(controller.port),
        "BALLAST_NOTIFICATIONS_SMTP_FROM": "Ballast <ballast@example.com>",
        "BALLAST_NOTIFICATIONS_SMTP_TLS": "none",
    }
    try:
        with (
            own_server("postgres") as server,
            tempfile.TemporaryDirectory(prefix="ballast-bench-") as folder,
            open_context(
                database_url=fresh_database(server),
                folder=Path(folder),
                accounts=ACCOUNTS,
                more=more,
            ) as context,
        ):
            yield context, mailbox
    finally:
        controller.stop()


def _give_address(client: httpx.Client, *, mailbox: Mailbox) -> None:
    """Have the owner be told by mail, which the code in a mail confirms."""
    address = {"channel": "EMAIL", "address": "owner@example.com"}
    asked_of(client.put(_CHANNELS, json=address))
    ((_, content),) = mailbox.awaited(1)
    code = str(message_from_bytes(content, policy=policy.default)["Subject"]).split()[-1]
    asked_of(client.put(_CHANNELS, json={"channel": "EMAIL", "code": code}))


def _breach(
    client: httpx.Client, *, rule: str, context: Context, mailbox: Mailbox
) -> Sequence[float]:
    """Break the limit in every account, and return the milliseconds until each one's mail."""
    # What was read is told anew rather than counted.
    asked_of(client.put("/notifications/mark-all-read"))
    mailbox.taken.clear()
    began = perf_counter()
    asked_of(client.put(f"/risk-rules/{rule}", json={**_RULE, "threshold": _TIGHT}))
    taken = mailbox.awaited(ACCOUNTS)
    asked_of(client.put(f"/risk-rules/{rule}", json={**_RULE, "threshold": _LOOSE}))
    if {_account(content) for _, content in taken} != set(context.accounts):
        raise RuntimeError("the mails are not one for each account")
    return [1e3 * (at - began) for at, _ in taken]


def _account(content: bytes) -> str:
    body = message_from_bytes(content, policy=policy.default).get_body(("plain",))
    found = _ID.search("" if body is None else body.get_content())
    return "" if found is None else found.group(1)
