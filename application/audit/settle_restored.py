"""Let the chains of a restored database go on, and anchor from where."""

from collections.abc import Sequence
from dataclasses import dataclass

from application.audit.seal_trail import SealTrail
from domain.audit.anchoring import AnchorKind, AnchorRecord, Anchors
from domain.audit.chain import Head
from domain.audit.macs import START
from ports.audit import AnchorTarget
from ports.time import Clock


@dataclass(frozen=True, slots=True, kw_only=True)
class SettleRestored:
    """What was anchored behind the heads of a back-up is gone with the time since it.

    Where keys are missing the restore vouches for what it found: nothing else can.
    """

    seal: SealTrail
    target: AnchorTarget
    clock: Clock

    async def set_back(self, anchors: Anchors, *, heads: Sequence[Head]) -> None:
        """Anchor the heads that the back-up has, where others behind them were anchored."""
        found = {head.tenant_id: head for head in heads}
        await self._anchor(
            [
                found.get(tenant_id) or Head(tenant_id=tenant_id, position=0, link=START)
                for tenant_id, kept in anchors.heads.items()
                if kept and _is_behind(found.get(tenant_id), kept[-1])
            ]
        )

    async def go_on(self) -> None:
        """Link what the back-up's moment caught between an entry and its link."""
        # What the back-up says of its time's anchor holds for another than the one that is here.
        counted = await self.target.count()
        await self.seal.sealing.count_anchored(counted, keys=self.seal.read_keys())
        await self.seal.begin()
        while await self.seal.drain():
            pass

    async def vouch(self, heads: Sequence[Head], *, signed_under: set[str]) -> None:
        """Anchor the heads that there are, where some were signed under keys not here."""
        if signed_under - self.seal.read_keys().by_id.keys():
            await self._anchor(heads)

    async def _anchor(self, heads: Sequence[Head]) -> None:
        at = self.clock.now()
        records = [AnchorRecord(kind=AnchorKind.RESTORED, head=head, at=at) for head in heads]
        if records:
            await self.target.append(records)


def _is_behind(found: Head | None, anchored: Head) -> bool:
    return found is None or anchored.position > found.position
