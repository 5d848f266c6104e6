"""Invariant 18: one message of a hundred is poison; the others do not wait, and keep their order.

Two processes carry commands out over one real Kafka. Poison of every kind is mixed in, and
what is put aside must be exactly that, once each, byte for byte, for the right reason. Now and
then a consumer is killed, where that is asked for: then letters may come twice, never differ.
"""

import asyncio
import json
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any
from uuid import uuid4

from tests.torture.command_kills import joined, leave
from tests.torture.fatal_kafka import RAISES
from tests.torture.kills import FUNDS
from tests.torture.workers.cluster import Cluster
from tests.torture.workers.commanding import Commander, all_answered, in_order, judge
from tests.torture.workers.frame import Frame, open_for_commands

ACCOUNTS = 12
ANSWERED_S = 300.0
AT_ONCE = 12
SHARE = 0.01
KINDS = (
    "malformed",
    "not utf-8",
    "empty",
    "unsigned",
    "forged",
    "wrong_tenant",
    "wrong_actor",
    "wrong_key",
    "unknown_type",
    "unknown_version",
    "invalid",
    "expired",
    "too_early",
    "too_large",
    "id_reused",
    "failed",
)
_REASON = {"not utf-8": "malformed", "empty": "malformed", "forged": "unsigned"}


@dataclass(slots=True, kw_only=True)
class Sorted:
    """What the run came to."""

    messages: int = 0
    poison: Counter[str] = field(default_factory=Counter)
    letters: int = 0
    orders: int = 0
    kills: int = 0
    wrongs: list[str] = field(default_factory=list)

    def describe(self) -> str:
        """Say it in words."""
        kinds = ", ".join(f"{name} {times}" for name, times in sorted(self.poison.items()))
        return (
            f"{self.messages} messages, {self.poison.total()} of them poison ({kinds}):"
            f" {self.letters} dead letters, {self.orders} orders decided in order, {self.kills}"
            f" consumers killed; {len(self.wrongs)} violations"
        )


@dataclass(slots=True, kw_only=True)
class Poisoner:
    """Writes what no consumer can carry out, among the commands of an account."""

    commander: Commander
    random: Random
    put: dict[tuple[int, int], bytes] = field(default_factory=dict)
    _used: dict[str, str] = field(default_factory=dict)
    _kinds: list[str] = field(default_factory=list)

    async def step(self, account: str) -> str:
        """Send poison of the next kind and return which."""
        if not self._kinds:
            self._kinds = self.random.sample(KINDS, len(KINDS))
        kind = self._kinds.pop()
        command_id, key, value = self._made(kind, account)
        sent = await self.commander.put(
            key,
            value,
            id=command_id,
            type=kind,
            account=account,
            poison=_REASON.get(kind, kind),
        )
        self.put[sent.place] = value
        return kind

    def _made(self, kind: str, account: str) -> tuple[str, bytes, bytes]:
        own = account.encode()
        order: dict[str, Any] = {
            "symbol": "IBM",
            "side": "buy",
            "type": "limit",
            "quantity": "1",
            "limit_price": "1",
            "client_order_id": f"poison-{uuid4()}",
        }
        raw = {
            "malformed": b'{"id": 7, "nothing": [[[[',
            "not utf-8": bytes(self.random.randrange(128, 256) for _ in range(64)),
            "empty": b"",
            "too_large": b"[" + b"0," * 40_000 + b"0]",
        }
        if kind in raw:
            return "", own, raw[kind]
        changes: dict[str, dict[str, Any]] = {
            "forged": {"secret": "another-secret-that-nobody-gave-us-at-all"},
            "wrong_tenant": {"tenant": str(uuid4())},
            "wrong_actor": {"actor": "producer:somebody-else"},
            "unknown_type": {"type": "order.conjure"},
            "unknown_version": {"version": 99},
            "expired": {
                "issued_at": datetime.now(UTC) - timedelta(minutes=10),
                "lives_for": timedelta(minutes=5),
            },
            "too_early": {"issued_at": datetime.now(UTC) + timedelta(minutes=10)},
        }
        changed = changes.get(kind, {})
        if kind == "invalid":
            del order["limit_price"]
        if kind == "failed":
            order["client_order_id"] = f"{RAISES}{uuid4()}"
        if kind == "id_reused":
            first = next(
                one for one in self.commander.sent if one.account == account and one.poison is None
            )
            changed = {"id": first.id}
        named = changed.pop("type", "order.submit")
        command_id, key, value = self.commander.signed(named, order, account=account, **changed)
        if kind == "unsigned":
            told = json.loads(value)
            del told["signature"]
            value = json.dumps(told).encode()
        if kind == "wrong_key":
            key = str(uuid4()).encode()
        return command_id, key, value


@dataclass(slots=True, kw_only=True)
class Poisoned:
    """So many messages over one fresh database and one Kafka."""

    database_url: str
    bootstrap: str
    messages: int
    seed: int
    say: Callable[[str], None]
    share: float = SHARE
    kills: int = 0

    async def run(self) -> Sorted:
        """Run it; a violation keeps the logs for a look."""
        done = Sorted()
        frame = Frame(
            database_url=self.database_url, bootstrap=self.bootstrap, seed=self.seed, say=self.say
        )
        async with frame.alone(wrongs=done.wrongs) as cluster:
            await self._poison(cluster, done)
        return done

    async def _poison(self, cluster: Cluster, done: Sorted) -> None:
        random = Random(self.seed)
        lasting = await open_for_commands(cluster, "market", "watch", "api", name="lasting")
        async with cluster.context() as context:
            await context.drop_rules("ORDER_RATE", "DUPLICATE_ORDER")
            accounts = [
                await context.open_account(f"poison {number}", funds=FUNDS)
                for number in range(ACCOUNTS)
            ]
        lives = [self._member(cluster, number) for number in (1, 2)]
        # A member that joins amid traffic has some of it told twice; here nothing may be.
        await joined(self.bootstrap, group=f"torture-{cluster.folder.name}.commands", members=2)
        commander = Commander(
            cluster=cluster,
            tenant=await cluster.tenant(),
            accounts=accounts,
            random=Random(random.random()),
        )
        poisoner = Poisoner(commander=commander, random=Random(random.random()))
        await commander.start()
        try:
            shares = [accounts[number::AT_ONCE] for number in range(AT_ONCE)]
            async with asyncio.TaskGroup() as group:
                for share in shares:
                    group.create_task(self._write(commander, poisoner, share, done, random=random))
                for number in range(self.kills):
                    await asyncio.sleep(random.uniform(2, 6))
                    which = number % 2
                    await lives[which].kill()
                    name = lives[which].name
                    group_name = f"torture-{cluster.folder.name}.commands"
                    await leave(self.bootstrap, group=group_name, client_id=name)
                    lives[which] = self._member(cluster, which + 1)
                    done.kills += 1
        finally:
            await commander.stop()
        heard = await all_answered(commander, within_s=ANSWERED_S)
        done.messages = len(commander.sent)
        done.letters = sum(map(len, heard.letters.values()))
        done.wrongs += judge(commander, heard, killed=self.kills > 0)
        done.wrongs += await in_order(commander)
        for place, value in poisoner.put.items():
            for letter in heard.letters.get(place, []):
                if letter["value"] != value:
                    done.wrongs.append(f"the letter of {place} is not what was sent")
        await self._effects(cluster, commander, done)
        for life in (*lives, lasting):
            if status := await life.stop():
                done.wrongs.append(f"{life.name} exits with {status} on SIGTERM")

    def _member(self, cluster: Cluster, number: int) -> Any:
        name = f"commands-{number}"
        return cluster.worker("commands", name=name, raises=True, BALLAST_KAFKA_CLIENT_ID=name)

    async def _write(
        self,
        commander: Commander,
        poisoner: Poisoner,
        accounts: list[str],
        done: Sorted,
        *,
        random: Random,
    ) -> None:
        """Write one share of the messages; poison lies between those of the same account."""
        for account in accounts:
            for number in range(self.messages // ACCOUNTS):
                if number > 5 and random.random() < self.share:
                    done.poison[await poisoner.step(account)] += 1
                else:
                    await commander.step(account)

    async def _effects(self, cluster: Cluster, commander: Commander, done: Sorted) -> None:
        """No poison has had an effect; every deposit had one."""
        found = await cluster.fetch(
            "SELECT client_order_id FROM orders WHERE client_order_id LIKE 'poison-%'"
            " OR client_order_id LIKE 'raises-%'"
        )
        done.wrongs += [f"poison became an order: {row['client_order_id']}" for row in found]
        ((orders,),) = await cluster.fetch("SELECT count(*) FROM orders")
        done.orders = int(orders)
        async with cluster.context() as context:
            for account in commander.accounts:
                cash = (await context.read(f"/api/v1/accounts/{account}"))["cash"]
                given = int(FUNDS) + commander.deposited[account]
                if cash != str(given):
                    done.wrongs.append(f"account {account} has {cash}, was given {given}")
