"""Keep what is on its way to each broker, and how much more there is room for."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from uuid import UUID

from application.orders.choose_sends import Pool, Send
from ports.orders import BusyAccount


@dataclass(frozen=True, slots=True, kw_only=True)
class SendLimits:
    """How much may be on its way at once, of each pool."""

    # Of one broker's accounts, and of one account's orders.
    accounts: int = 32
    orders: int = 64


@dataclass(slots=True)
class InFlight:
    """What is on its way; the two pools never take each other's room.

    A call that hangs takes its account's room, a broker that hangs that of its own accounts.
    """

    room: SendLimits
    _sends: dict[UUID, dict[UUID, Send]] = field(default_factory=dict)
    # Accounts with something on its way, by broker and pool, and how much.
    _used: dict[tuple[str, Pool], dict[UUID, int]] = field(default_factory=dict)
    # Orders that went wrong, until when they are left alone.
    _resting: dict[UUID, float] = field(default_factory=dict)

    def of(self, account_id: UUID) -> Mapping[UUID, Send]:
        """Return what of an account is on its way."""
        return self._sends.get(account_id, {})

    def left(self, account: BusyAccount, *, most: int | None = None) -> Mapping[Pool, int]:
        """Return how many more orders of the account may begin, of each pool; most bounds both."""
        orders = self.room.orders if most is None else min(self.room.orders, most)
        left: dict[Pool, int] = {}
        for pool in Pool:
            used = self._used.get((account.broker, pool), {})
            mine = used.get(account.account_id)
            full = mine is None and len(used) >= self.room.accounts
            left[pool] = 0 if full else max(orders - (mine or 0), 0)
        return left

    def take(self, account: BusyAccount, sends: Iterable[Send]) -> None:
        """Count orders in."""
        for one in sends:
            self._sends.setdefault(account.account_id, {})[one.order.id] = one
            used = self._used.setdefault((account.broker, one.pool), {})
            used[account.account_id] = used.get(account.account_id, 0) + 1

    def leave(self, account: BusyAccount, send: Send) -> None:
        """Count an order out."""
        mine = self._sends[account.account_id]
        del mine[send.order.id]
        if not mine:
            del self._sends[account.account_id]
        used = self._used[account.broker, send.pool]
        used[account.account_id] -= 1
        if not used[account.account_id]:
            del used[account.account_id]

    def rest(self, order_id: UUID, *, until_s: float) -> None:
        """Leave an order alone for a while, so that it is not tried over and over."""
        self._resting[order_id] = until_s

    def resting(self, *, now_s: float) -> Collection[UUID]:
        """Return the orders to leave alone now."""
        if self._resting:
            self._resting = {one: s for one, s in self._resting.items() if s > now_s}
        return self._resting
