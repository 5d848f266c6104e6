"""Second factors of a room's owner, in front of a vault that is open."""

from dataclasses import dataclass, replace

import pyotp

from adapters.memory.secrets import MemoryKeyMarks, MemorySealedStore
from adapters.security.envelope import EnvelopeVault
from adapters.security.given_keys import ListedKeys
from adapters.security.local_keys import LocalKeys
from adapters.security.totp import PyotpCodes
from application.identity.factor_results import Confirmed, Enrolled
from application.identity.manage_factors import ManageFactors
from application.identity.proofs import CodeProofs
from domain.identity.factors import TotpFactor
from domain.secrets.address import RowAddress
from domain.secrets.sealed import SealedSecret
from ports.secrets import SecretVault
from tests.unit.application.identity.rig import Rig

KEYS = "1:" + "A" * 43 + "="


@dataclass(frozen=True, slots=True)
class WorkspaceSet:
    """The factors of a room's owner, with a vault that is open."""

    rig: Rig
    proofs: CodeProofs
    own: ManageFactors

    async def enrolled(self, label: str = "Phone") -> Enrolled:
        """Enrol an app that waits for its first code."""
        made = await self.own.enrol(self.rig.asking(), label=label)
        assert isinstance(made, Enrolled)
        return made

    def code(self, enrolled: Enrolled) -> str:
        """Return what the app shows now."""
        return pyotp.TOTP(enrolled.seed).at(self.rig.clock.now())

    async def confirmed(self, label: str = "Phone") -> tuple[TotpFactor, Confirmed]:
        """Enrol an app and show its first code."""
        made = await self.enrolled(label)
        told = await self.own.confirm(
            self.rig.asking(), factor_id=made.factor.id, code=self.code(made)
        )
        assert isinstance(told, Confirmed)
        return self.rig.database.totps[made.factor.id], told


class Overtaken:
    """A vault whose first seals are of a version that storage does not know (part of its port)."""

    def __init__(self, inner: SecretVault, *, times: int) -> None:
        self.inner = inner
        self.left = times
        self.refreshed = 0

    async def refresh(self) -> None:
        self.refreshed += 1
        await self.inner.refresh()

    async def seal(self, plaintext: bytes, *, row: RowAddress) -> SealedSecret:
        sealed = await self.inner.seal(plaintext, row=row)
        self.left -= 1
        return sealed if self.left < 0 else replace(sealed, key_version=99)


async def furnished(rig: Rig) -> WorkspaceSet:
    """Return the factors of a room's owner."""
    vault = EnvelopeVault(
        keys=LocalKeys(source=ListedKeys(text=KEYS)),
        marks=MemoryKeyMarks(rig.link),
        clock=rig.clock,
    )
    await vault.refresh()
    proofs = CodeProofs(
        deps=rig.deps, codes=PyotpCodes(), vault=vault, sealed=MemorySealedStore(rig.link)
    )
    return WorkspaceSet(
        rig=rig,
        proofs=proofs,
        own=ManageFactors(
            deps=rig.deps,
            proofs=proofs,
            tries=rig.tries,
            kinds=rig.kinds,
            added=rig.added,
        ),
    )
