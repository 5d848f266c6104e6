"""Send signed commands to Kafka, remember each, and hold the answers against what was sent."""

import asyncio
import json
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any
from uuid import UUID, uuid4

from aiokafka import AIOKafkaProducer

from adapters.kafka.wire import COMMANDS, DEAD_LETTERS, REPLIES
from examples.send_command import signed_command
from tests.torture.context import QUOTES, marketable
from tests.torture.workers.cluster import ACTOR, KEY_ID, SECRET, Cluster
from tests.torture.workers.events_seen import read_topic

Place = tuple[int, int]
LIVES_FOR = timedelta(minutes=50)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """A message, where it came to lie, and what should become of it."""

    place: Place
    id: str
    type: str
    account: str | None
    client_order_id: str | None = None
    # Why it must be put aside; None for a command that is to be carried out.
    poison: str | None = None
    again: bool = False


@dataclass(slots=True, kw_only=True)
class Commander:
    """Writes commands of some accounts, each account's in the order that it counts."""

    cluster: Cluster
    tenant: UUID
    accounts: list[str]
    random: Random
    sent: list[Sent] = field(default_factory=list)
    deposited: dict[str, Decimal] = field(default_factory=lambda: defaultdict(Decimal))
    _count: Counter[str] = field(default_factory=Counter)
    _producer: Any = None

    async def start(self) -> None:
        """Connect."""
        self._producer = AIOKafkaProducer(
            bootstrap_servers=self.cluster.bootstrap, acks="all", enable_idempotence=True
        )
        await self._producer.start()

    async def stop(self) -> None:
        """Send what waits and close."""
        await self._producer.stop()

    def signed(
        self, type: str, payload: dict[str, Any], *, account: str | None, **changed: Any
    ) -> tuple[str, bytes, bytes]:
        """Return the id, key and value of a command that passes every check, with changes."""
        command_id = str(changed.pop("id", uuid4()))
        given: dict[str, Any] = {
            "type": type,
            "payload": payload,
            "tenant": str(self.tenant),
            "account": account,
            "actor": ACTOR,
            "key_id": KEY_ID,
            "secret": SECRET,
            "id": command_id,
            "issued_at": datetime.now(UTC),
            "lives_for": LIVES_FOR,
        }
        key, value = signed_command(**(given | changed))
        return command_id, key, value

    async def put(self, key: bytes, value: bytes, **known: Any) -> Sent:
        """Write a message and remember it."""
        place = await self._producer.send_and_wait(COMMANDS, key=key, value=value)
        sent = Sent(place=(place.partition, place.offset), **known)
        self.sent.append(sent)
        return sent

    async def step(self, account: str) -> None:
        """Send an account's next command; now and then the same one once more."""
        roll = self.random.random()
        if roll < 0.60:
            name, payload = self.order(account)
            known = {"type": "order.submit", "client_order_id": name}
        elif roll < 0.80:
            self._count[account] += 1
            payload = {"amount": "7", "reference": f"torture {self._count[account]}"}
            known = {"type": "account.deposit"}
            self.deposited[account] += 7
        elif roll < 0.95:
            known, payload = {"type": "heartbeat"}, {}
        else:
            known, payload = {"type": "orders.cancel_all"}, {}
        command_id, key, value = self.signed(str(known["type"]), payload, account=account)
        await self.put(key, value, id=command_id, account=account, **known)
        if self.random.random() < 0.03:
            await self.put(key, value, id=command_id, account=account, again=True, **known)

    def order(self, account: str) -> tuple[str, dict[str, Any]]:
        """Return the next order of an account, with a name that says which it is."""
        self._count[account] += 1
        number = self._count[account]
        name = f"{account[-12:]}-{number:06}"
        symbol = self.random.choice(sorted(QUOTES))
        side = "buy" if number % 2 else "sell"
        payload = {
            "symbol": symbol,
            "side": side,
            **marketable(symbol, side),
            "quantity": "1",
            "client_order_id": name,
        }
        if self.random.random() < 0.3:
            away = QUOTES[symbol] * (98 if number % 2 else 102) / 100
            payload |= {"type": "limit", "limit_price": str(round(away, 2))}
        return name, payload

    async def trade(self, stopping: asyncio.Event, *, pause_s: Callable[[], float]) -> None:
        """Send commands of random accounts until told to stop."""
        while not stopping.is_set():
            await self.step(self.random.choice(self.accounts))
            await asyncio.sleep(pause_s())


@dataclass(slots=True, kw_only=True)
class Recorder:
    """What the topics of answers and of dead letters hold for the messages that were sent."""

    replies: dict[Place, list[dict[str, Any]]]
    letters: dict[Place, list[dict[str, bytes]]]


async def heard_of(commander: Commander) -> Recorder:
    """Read both topics and keep what tells of this commander's messages."""
    places = {one.place for one in commander.sent}
    bootstrap = commander.cluster.bootstrap
    replies: dict[Place, list[dict[str, Any]]] = defaultdict(list)
    letters: dict[Place, list[dict[str, bytes]]] = defaultdict(list)
    for one in await read_topic(bootstrap, REPLIES):
        told = json.loads(one.value or b"{}")
        origin = told.get("origin")
        if origin is not None and origin["topic"] == COMMANDS:
            place = (int(origin["partition"]), int(origin["offset"]))
            if place in places:
                replies[place].append(told)
    for one in await read_topic(bootstrap, DEAD_LETTERS):
        headers = dict(one.headers)
        place = (int(headers["ballast-dlq-partition"]), int(headers["ballast-dlq-offset"]))
        if place in places:
            letters[place].append(headers | {"value": one.value or b""})
    return Recorder(replies=replies, letters=letters)


async def all_answered(commander: Commander, *, within_s: float) -> Recorder:
    """Wait until every message has a reply, or the time is over; return what was heard."""
    loop = asyncio.get_running_loop()
    until = loop.time() + within_s
    while True:
        heard = await heard_of(commander)
        if len(heard.replies) == len(commander.sent) or loop.time() > until:
            return heard
        await asyncio.sleep(1.0)


def judge(commander: Commander, heard: Recorder, *, killed: bool) -> list[str]:
    """Say what is wrong with the answers; killed: what was told may have been told again."""
    wrongs: list[str] = []
    decided: dict[str, set[str]] = defaultdict(set)
    for sent in commander.sent:
        replies = heard.replies.get(sent.place, [])
        letters = heard.letters.get(sent.place, [])
        name = f"{sent.type} {sent.id} at {sent.place}"
        if not replies:
            wrongs.append(f"{name} has no reply")
        if not killed and len(replies) > 1:
            wrongs.append(f"{name} has {len(replies)} replies and nobody was killed")
        answers = {json.dumps(one["answer"], sort_keys=True) for one in replies}
        if sent.poison is None:
            decided[sent.id] |= answers
            if letters:
                wrongs.append(f"{name} was put aside: {letters[0]['ballast-dlq-reason']!r}")
            continue
        reasons = {one["ballast-dlq-reason"].decode() for one in letters}
        if reasons != {sent.poison}:
            wrongs.append(f"{name} should be put aside as {sent.poison}, is as {reasons}")
        if not killed and len(letters) > 1:
            wrongs.append(f"{name} was put aside {len(letters)} times and nobody was killed")
        outcomes = {one["answer"]["outcome"] for one in replies}
        if outcomes - {"dead_lettered"}:
            wrongs.append(f"{name} was put aside and answered {outcomes}")
    for command_id, answers in decided.items():
        if len(answers) > 1:
            wrongs.append(f"command {command_id} was decided {len(answers)} times: {answers}")
        outcome = {json.loads(one)["outcome"] for one in answers}
        if outcome - {"done", "denied"}:
            wrongs.append(f"command {command_id} came to {answers}")
    return wrongs


async def in_order(commander: Commander) -> list[str]:
    """Hold the order in which orders were decided against the order in which they were sent."""
    wrongs: list[str] = []
    rows = await commander.cluster.fetch(
        "SELECT n.account_id, n.sequence, o.client_order_id FROM notices n"
        " JOIN orders o ON o.id::text = n.subject"
        " WHERE n.channel = 'orders' AND n.type IN ('order.accepted', 'order.denied')"
        " ORDER BY n.account_id, n.sequence"
    )
    decided: dict[str, list[str]] = defaultdict(list)
    for row in rows:
        decided[str(row["account_id"])].append(row["client_order_id"])
    for account in commander.accounts:
        asked = [
            one.client_order_id
            for one in commander.sent
            if one.account == account
            and one.client_order_id is not None
            and not one.again
            and one.poison is None
        ]
        if decided[account] != asked:
            first = next(
                (pair for pair in zip(asked, decided[account], strict=False) if pair[0] != pair[1]),
                (len(asked), len(decided[account])),
            )
            wrongs.append(f"account {account}: sent and decided differ, first in {first}")
    return wrongs
