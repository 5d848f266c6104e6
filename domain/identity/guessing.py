"""Bound how often codes may be guessed, and let no thief use the bound against their owner.

Wrong codes are counted apart: of each device on which a factor was shown before, and of
strangers, by network and all together. Strangers never use a known device's tries up; nor does
whoever copied its token, for half of them are kept for where its user shows factors.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from domain.identity.factors import FactorLimits, TotpFactor, retry_after

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class TrySource:
    """Where a code comes from.

    device_id is that of a device on which its user has shown a factor, or of an app that is being
    enrolled; None is a stranger. at_home says that one was shown on it from that very network,
    where a thief of its token seldom is.
    """

    network: str = ""
    device_id: UUID | None = None
    at_home: bool = False

    @classmethod
    def enrolling(cls, app: TotpFactor, *, network: str) -> "TrySource":
        """Return where the first code of an app comes from: counted with that app alone.

        Only who began it knows which one it is, and has no need to guess. Nobody else can use
        its tries up.
        """
        return cls(network=network, device_id=app.id, at_home=True)

    @property
    def is_stranger(self) -> bool:
        """Tell whether it counts with everybody else who is not known."""
        return self.device_id is None


@dataclass(frozen=True, slots=True, kw_only=True)
class WrongTry:
    """One wrong code: when it was given, and from where."""

    at: datetime
    source: TrySource


def wait_of(
    source: TrySource, tries: Iterable[WrongTry], *, now: datetime, limits: FactorLimits
) -> timedelta | None:
    """Return how long codes from there have to wait, None while there is room.

    A known device waits for its own wrong codes alone, and away from home also for those that
    came from away; a stranger for those of their network and for those of all strangers.
    """
    alike = [one for one in tries if one.source.device_id == source.device_id]
    if source.is_stranger:
        near = [one for one in alike if one.source.network == source.network]
    elif source.at_home:
        near = []
    else:
        near = [one for one in alike if not one.source.at_home]
    waits = (
        retry_after([one.at for one in alike], now=now, allowed=limits.tries_hour),
        retry_after([one.at for one in near], now=now, allowed=limits.tries_network),
    )
    return max((one for one in waits if one is not None), default=None)


def strange_within_a_day(tries: Iterable[WrongTry], *, now: datetime) -> int:
    """Return how many tries of less than a day are strangers', or of known devices elsewhere."""
    return sum(not one.source.at_home and one.at > now - DAY for one in tries)
