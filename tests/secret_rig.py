"""A vault over memory and a key file, for tests."""

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

from adapters.brokers.paper.credentials import CredentialBook
from adapters.memory.account_directory import MemoryAccountDirectory
from adapters.memory.database import MemoryDatabase, MemoryLink
from adapters.memory.identity import MemoryUsers
from adapters.memory.ids import SeededIds
from adapters.memory.secrets import MemoryApiKeys, MemoryKeyMarks, MemorySealedStore
from adapters.memory.time import ManualClock
from adapters.memory.work import MemoryWorks
from adapters.security.envelope import EnvelopeVault
from adapters.security.key_files import FileKeys
from adapters.security.local_keys import KeySource, LocalKeys
from application.secrets.context import KeyContext
from application.secrets.self_test import SelfTest
from application.secrets.turn_over import TurnedOver, TurnKeysOver
from application.shared.change import Changes
from domain.secrets.address import RowAddress
from ports.secrets import SealedRow
from tests import builders


@dataclass(slots=True)
class SecretRig:
    """One installation: its database, its key file, and one process over both."""

    folder: Path
    database: MemoryDatabase = field(default_factory=MemoryDatabase)
    clock: ManualClock = field(default_factory=lambda: ManualClock(builders.AT))
    book: CredentialBook = field(default_factory=CredentialBook)
    seed: int = 1
    source: KeySource | None = None
    keys: LocalKeys = field(init=False)
    vault: EnvelopeVault = field(init=False)
    store: MemorySealedStore = field(init=False)
    marks: MemoryKeyMarks = field(init=False)
    ids: SeededIds = field(init=False)

    def __post_init__(self) -> None:
        link = MemoryLink(self.database)
        self.store, self.marks = MemorySealedStore(link), MemoryKeyMarks(link)
        self.keys = LocalKeys(source=self.source or FileKeys(path=self.path))
        self.vault = EnvelopeVault(keys=self.keys, marks=self.marks, clock=self.clock)
        self.ids = SeededIds(clock=self.clock, seed=self.seed)

    @property
    def path(self) -> Path:
        """Where the key file is."""
        return self.folder / "keys/secrets.json"

    def process(self) -> "SecretRig":
        """Return another process over the same database and key file."""
        return SecretRig(
            folder=self.folder,
            database=self.database,
            clock=self.clock,
            book=self.book,
            seed=self.seed + 1,
            source=self.source,
        )

    def context(self) -> KeyContext:
        """Return what the use cases of API keys work with."""
        link = MemoryLink(self.database)
        return KeyContext(
            keys=MemoryApiKeys(link),
            changes=Changes(works=MemoryWorks(link), clock=self.clock, ids=self.ids),
            vault=self.vault,
            store=self.store,
            brokers={"paper": self.book},
            accounts=MemoryAccountDirectory(link),
        )

    def turn_over(self) -> TurnKeysOver:
        """Return the rotation."""
        return TurnKeysOver(
            vault=self.vault,
            keys=self.keys,
            marks=self.marks,
            store=self.store,
            users=MemoryUsers(MemoryLink(self.database)),
            clock=self.clock,
            ids=self.ids,
        )

    async def rotate(self, *, batch: int = 2) -> TurnedOver:
        """Rotate, or finish a rotation."""
        return await self.turn_over()(actor="tester", batch=batch, say=lambda _: None)

    async def fill(self, count: int) -> Sequence[tuple[RowAddress, bytes]]:
        """Seal some secrets into storage, and return what they are."""
        made = [(place(str(number)), os.urandom(40)) for number in range(count)]
        for row, secret in made:
            sealed = await self.vault.seal(secret, row=row)
            await self.store.put(SealedRow(row=row, sealed=sealed))
        return made

    async def read(self, row: RowAddress) -> bytes:
        """Open a stored secret."""
        sealed = await self.store.get(row)
        assert sealed is not None
        return await self.vault.open(sealed, row=row)

    def self_test(self) -> SelfTest:
        """Return the self-test."""
        return SelfTest(vault=self.vault, store=self.store)


def place(row: str, *, tenant: int = 1) -> RowAddress:
    """Return a place of a tenant."""
    return RowAddress(tenant_id=UUID(int=tenant), table="api_keys", column="credentials", row=row)
