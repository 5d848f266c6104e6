"""Reconcile at start, before trading opens, and again and again after it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from application.orders.reconcile import Mismatch, Reconcile
from domain.accounts.account import Account
from domain.shared.values import InvalidValue
from ports.accounts import AccountDirectory
from ports.broker import Broker, BrokerUnavailable, BrokerUnsure
from ports.halts import RaiseHalt
from ports.storage import StorageUnavailable
from ports.time import Sleeper

EVERY_S = 10.0
RETRY_S = 1.0
# A disagreement must stand in this many looks in a row: a fill may be on its way to us.
LOOKS = 3
# And in so many where our side and the broker's moved alike meanwhile: between two looks at a
# busy account each may have met another fill of the same size.
LOOKS_MOVING = 10
BETWEEN_LOOKS_S = 2.0
# A broker that could not be reached for so many accounts in a row is left alone until the
# next round: asking for each of a hundred in vain takes the time of the orders that come in.
MISSES_MAX = 3


@dataclass(slots=True, kw_only=True)
class RunReconcile:
    """Keep one broker's accounts reconciled; until the first pass nothing is dispatched."""

    broker: Broker
    directory: AccountDirectory
    reconcile: Reconcile
    halt: RaiseHalt
    sleeper: Sleeper
    on_failure: Callable[[Account, Exception], None]
    passed: bool = False
    _open: dict[tuple[UUID, str], "_Looks"] = field(default_factory=dict)
    # Where a round that was broken off goes on, so that those behind get their turn.
    _left_at: UUID | None = None

    async def __call__(self) -> None:
        """Run until cancelled."""
        while True:
            complete = await self.round()
            self.passed = self.passed or complete
            waiting = RETRY_S if not complete else EVERY_S
            await self.sleeper.sleep(BETWEEN_LOOKS_S if self._open else waiting)

    async def round(self) -> bool:
        """Look at every account once; True when each one could be compared.

        A broker out of reach ends the round; the next one goes on from there.
        """
        try:
            accounts = await self.directory.at_broker(broker=self.broker.traits.name)
        except StorageUnavailable:
            return False
        complete = True
        misses = 0
        for account in self._in_turn(accounts):
            try:
                mismatches = await self.reconcile(account=account, broker=self.broker)
            except InvalidValue as problem:
                # The broker shows what we cannot hold: this account's trading stops, and the
                # others' need not wait for it.
                await self.halt(
                    tenant_id=account.tenant_id,
                    account_id=account.id,
                    reason=f"reconciliation: the broker's answer cannot be read: {problem}",
                )
                continue
            # Whatever it was, this account is not reconciled; the others still can be.
            except Exception as problem:  # noqa: BLE001
                complete = False
                self.on_failure(account, problem)
                misses = misses + 1 if isinstance(problem, BrokerUnavailable) else 0
                if misses == MISSES_MAX:
                    self._left_at = account.id
                    return False
                continue
            misses = 0
            await self._judge(account, mismatches=mismatches)
        return complete

    def _in_turn(self, accounts: Sequence[Account]) -> Sequence[Account]:
        """Return the accounts, those first where the last round was broken off."""
        left_at, self._left_at = self._left_at, None
        for place, account in enumerate(accounts):
            if account.id == left_at:
                return [*accounts[place:], *accounts[:place]]
        return accounts

    async def check(self, *, account: Account) -> str | None:
        """Compare one account now and return what disagrees, None when nothing does."""
        try:
            mismatches = await self.reconcile(account=account, broker=self.broker)
        except (BrokerUnsure, BrokerUnavailable) as problem:
            return f"the broker could not be asked: {problem}"
        except InvalidValue as problem:
            return f"the broker's answer cannot be read: {problem}"
        return mismatches[0].sentence if mismatches else None

    async def _judge(self, account: Account, *, mismatches: tuple[Mismatch, ...]) -> None:
        current = {(account.id, one.key): one for one in mismatches}
        for key in [known for known in self._open if known[0] == account.id]:
            if key not in current:
                del self._open[key]
        for key, one in current.items():
            looks = self._open.setdefault(key, _Looks(sentence=one.sentence))
            if looks.stands(one.sentence):
                await self.halt(
                    tenant_id=account.tenant_id,
                    account_id=account.id,
                    reason=f"reconciliation: {one.sentence}",
                )


@dataclass(slots=True, kw_only=True)
class _Looks:
    """In how many looks in a row a disagreement stood, and in how many to the letter."""

    sentence: str
    every: int = 0
    alike: int = 0
    told: bool = False

    def stands(self, sentence: str) -> bool:
        """Count another look; tell whether it has stood long enough now, once."""
        self.every += 1
        self.alike = self.alike + 1 if sentence == self.sentence else 1
        self.sentence = sentence
        stands = not self.told and (self.alike == LOOKS or self.every == LOOKS_MOVING)
        self.told = self.told or stands
        return stands
