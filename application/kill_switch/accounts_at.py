"""Know which accounts trade at each broker, for when storage cannot say."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol
from uuid import UUID

from ports.accounts import AccountDirectory

# By broker, each account with its tenant.
Accounts = Mapping[str, Mapping[UUID, UUID]]


class Introduce(Protocol):
    """Has watchdogs know an account; raises StorageUnavailable where they cannot be told."""

    async def __call__(self, *, broker: str, account_id: UUID) -> None:
        """Return once they know it."""
        ...


@dataclass(slots=True)
class AccountsAt:
    """The accounts by broker, as of the last reading and of what was sent since."""

    _known: dict[str, dict[UUID, UUID]] = field(default_factory=dict)
    _told: dict[str, set[UUID]] = field(default_factory=dict)
    # None where no watchdog can be: in memory, and where nothing is sent.
    _introduce: Introduce | None = None

    async def read(self, directory: AccountDirectory, *, brokers: Sequence[str]) -> None:
        """Read them anew; raises StorageUnavailable, and then all stays as it was."""
        found = {name: await directory.at_broker(broker=name) for name in brokers}
        for name, accounts in found.items():
            self._known[name] = {one.id: one.tenant_id for one in accounts}

    def note(self, *, broker: str, account_id: UUID, tenant_id: UUID) -> None:
        """Take note of an account that something is sent for."""
        self._known.setdefault(broker, {})[account_id] = tenant_id

    def introduced_by(self, introduce: Introduce) -> None:
        """Have watchdogs be told by this of an account before its first send."""
        self._introduce = introduce

    async def introduce(self, *, broker: str, account_id: UUID, tenant_id: UUID) -> None:
        """Return once every watchdog knows an account that something is sent for."""
        self.note(broker=broker, account_id=account_id, tenant_id=tenant_id)
        if self._introduce is not None and not self.is_told(broker=broker, account_id=account_id):
            await self._introduce(broker=broker, account_id=account_id)

    def told(self, accounts: Accounts) -> None:
        """Take note that every watchdog knows these accounts."""
        for name, known in accounts.items():
            self._told.setdefault(name, set()).update(known)

    def is_told(self, *, broker: str, account_id: UUID) -> bool:
        """Tell whether a watchdog would find the account's orders if this process died now."""
        return account_id in self._told.get(broker, ())

    def at(self, broker: str) -> Mapping[UUID, UUID]:
        """Return the accounts at a broker, each with its tenant."""
        return dict(self._known.get(broker, {}))

    def all(self, brokers: Sequence[str]) -> Accounts:
        """Return those of several brokers."""
        return {name: self.at(name) for name in brokers}
