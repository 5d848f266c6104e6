"""Keep which accounts are being worked for, at most so many at each broker."""

from uuid import UUID

from ports.orders import OpenWork


class Lanes:
    """One lane an account, a number of lanes a broker; who comes in vain is remembered."""

    def __init__(self, *, per_broker: int) -> None:
        self._per_broker = per_broker
        self._accounts: dict[UUID, str] = {}
        self._used: dict[str, int] = {}
        # Accounts and brokers for which there was more to do while their lanes were taken.
        self._wanted: set[UUID] = set()
        self._wanted_brokers: set[str] = set()

    def enter(self, work: OpenWork) -> bool:
        """Take the lane of the work's account; False when it or its broker has none free."""
        if work.account_id in self._accounts:
            self._wanted.add(work.account_id)
            return False
        used = self._used.get(work.broker, 0)
        if used >= self._per_broker:
            self._wanted_brokers.add(work.broker)
            return False
        self._accounts[work.account_id] = work.broker
        self._used[work.broker] = used + 1
        return True

    def leave(self, work: OpenWork) -> bool:
        """Give the lane back; True when somebody wanted it meanwhile."""
        broker = self._accounts.pop(work.account_id)
        self._used[broker] -= 1
        wanted = work.account_id in self._wanted or broker in self._wanted_brokers
        self._wanted.discard(work.account_id)
        self._wanted_brokers.discard(broker)
        return wanted

    def want_more(self) -> None:
        """Note that there is more to do than was seen, for whomever."""
        self._wanted.update(self._accounts)
        self._wanted_brokers.update(self.full_brokers())

    def accounts(self) -> frozenset[UUID]:
        """Return the accounts whose lane is taken."""
        return frozenset(self._accounts)

    def full_brokers(self) -> frozenset[str]:
        """Return the brokers that have no lane left."""
        return frozenset(name for name, used in self._used.items() if used >= self._per_broker)
