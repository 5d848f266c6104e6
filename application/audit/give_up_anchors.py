"""Say that the last anchors are lost, so that the trail is checked without them from now on."""

from dataclasses import dataclass
from typing import Protocol

from application.audit.record import Recorder
from domain.audit.anchoring import Gap, GapKind
from domain.audit.entry import NOBODY
from ports.audit import AnchorTarget
from ports.time import Clock


class NothingLost(Exception):
    """No anchor is missing at the end; the message says what to do with others."""


class LostAnchor(AnchorTarget, Protocol):
    """A place for anchors that can keep that some of them are lost."""

    async def give_up(self, gap: Gap) -> None:
        """Keep it; raises AnchorUnavailable."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class GiveUpAnchors:
    """Keep, in the anchor and in the trail, which of its last records are lost."""

    target: LostAnchor
    record: Recorder
    clock: Clock

    async def __call__(self, *, counted: int) -> Gap:
        """Return what is given up of as many as were counted in the database.

        Raises NothingLost where all are there, AnchorUnavailable.
        """
        there = await self.target.count()
        if there >= counted:
            raise NothingLost(
                f"{counted} heads were anchored, and the last of {self.target.name} is {there}:"
                " none is missing at its end. What is wrong before the end stays wrong; stop the"
                " servers, move the file aside and come again"
            )
        gap = Gap(kind=GapKind.GIVEN_UP, first=there + 1, last=counted, at=self.clock.now())
        await self.record(
            tenant_id=NOBODY,
            actor="ballast audit",
            action="audit.give_up_anchors",
            subject=self.target.name,
            detail=(("first", str(gap.first)), ("last", str(gap.last))),
        )
        await self.target.give_up(gap)
        return gap
