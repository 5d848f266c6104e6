"""Open every secret once, to know that the keys at hand are enough."""

from dataclasses import dataclass, field
from uuid import UUID

from domain.secrets.address import RowAddress
from ports.secrets import SealedStore, SecretsSealed, SecretUnreadable, SecretVault

_PAGE = 500
_PROBE = b"a probe of the self-test"
_NOBODY = UUID(int=0)


@dataclass(slots=True, kw_only=True)
class SelfTested:
    """How many secrets opened, and which did not."""

    opened: int = 0
    unreadable: list[RowAddress] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class SelfTest:
    """Check the keys, seal and open a probe, open everything; nothing is stored."""

    vault: SecretVault
    store: SealedStore

    async def __call__(self) -> SelfTested:
        """Return what opened; raises SecretsSealed, SecretUnreadable for the probe, key errors."""
        await self.vault.refresh()
        if self.vault.why_sealed is not None:
            raise SecretsSealed(self.vault.why_sealed)
        probe = RowAddress(tenant_id=_NOBODY, table="self_test", column="probe", row="1")
        sealed = await self.vault.seal(_PROBE, row=probe)
        if await self.vault.open(sealed, row=probe) != _PROBE:
            raise SecretUnreadable("the probe came back as something else")
        done = SelfTested()
        place = None
        while page := await self.store.after(place, limit=_PAGE):
            for kept in page:
                try:
                    await self.vault.open(kept.sealed, row=kept.row)
                    done.opened += 1
                except SecretUnreadable:
                    done.unreadable.append(kept.row)
            place = page[-1].row
        return done
