"""Turn the key-encryption key over: a new version seals, everything is wrapped anew."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from domain.audit.entry import AuditEntry
from domain.secrets.address import RowAddress
from domain.secrets.keys import KeyState
from ports.identity import Users
from ports.ids import Ids
from ports.secrets import (
    KeyEncryption,
    KeyMarks,
    KeyStale,
    SealedStore,
    SecretsSealed,
    SecretUnreadable,
    SecretVault,
)
from ports.time import Clock

BATCH = 100


@dataclass(slots=True, kw_only=True)
class TurnedOver:
    """What a rotation came to; unreadable secrets stay as they are, and their version with them."""

    to: int
    resumed: bool
    rewrapped: int = 0
    retired: Sequence[int] = ()
    unreadable: list[RowAddress] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnKeysOver:
    """Rotate while servers go on; killed at any point, the next call finishes it.

    A rotation that was broken off is finished, and no other one begun. Each step is durable
    by itself: the key, then the mark that lets it seal, then batches of secrets, then the
    retirement of what nothing is under.
    """

    vault: SecretVault
    keys: KeyEncryption
    marks: KeyMarks
    store: SealedStore
    users: Users
    clock: Clock
    ids: Ids

    async def __call__(
        self, *, actor: str, batch: int = BATCH, say: Callable[[TurnedOver], None]
    ) -> TurnedOver:
        """Finish what was begun, else rotate; raises SecretsSealed and key and storage errors.

        say hears of the state after each batch.
        """
        await self._refresh()
        marks = await self.marks.all()
        resumed = any(mark.state is KeyState.DECRYPT_ONLY for mark in marks)
        if resumed:
            # Another process may have begun it since the vault was read.
            await self._refresh()
        else:
            await self._begin(actor=actor)
        done = TurnedOver(to=self.vault.current, resumed=resumed)
        while await self._batch(done, size=batch):
            say(done)
        audit = await self._audit(actor, action="secret_keys.retire", to=done.to)
        done.retired = await self.marks.retire(at=self.clock.now(), audit=audit)
        return done

    async def _refresh(self) -> None:
        await self.vault.refresh()
        if self.vault.why_sealed is not None:
            raise SecretsSealed(self.vault.why_sealed)

    async def _begin(self, *, actor: str) -> None:
        current = self.vault.current
        newest = max(await self.keys.versions(await self.marks.all()))
        # A key that is there and seals nothing yet: left by a kill, or brought by a person.
        to = newest if newest > current else current + 1
        mark = await self.vault.mark(to)
        audit = await self._audit(actor, action="secret_keys.rotate", to=to)
        # Another rotation that was faster is gone on with.
        await self.marks.begin(mark, audit=audit)
        await self._refresh()

    async def _batch(self, done: TurnedOver, *, size: int) -> bool:
        """Wrap some secrets anew; tell whether there may be more."""
        skipped = set(done.unreadable)
        done.to = self.vault.current
        found = await self.store.below(version=done.to, limit=size + len(skipped))
        rows = [kept for kept in found if kept.row not in skipped]
        pairs = []
        for kept in rows:
            try:
                pairs.append((kept, await self.vault.rewrap(kept.sealed, row=kept.row)))
            except SecretUnreadable:
                done.unreadable.append(kept.row)
        try:
            done.rewrapped += await self.store.replace(pairs)
        except KeyStale:
            await self._refresh()
        return bool(rows)

    async def _audit(self, actor: str, *, action: str, to: int) -> Sequence[AuditEntry]:
        """Return an entry for each tenant: the key wraps the secrets of all."""
        return [
            AuditEntry(
                id=self.ids.new(),
                tenant_id=tenant.id,
                actor=actor,
                action=action,
                subject=str(to),
                at=self.clock.now(),
            )
            for tenant in await self.users.tenants()
        ]
