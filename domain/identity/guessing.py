"""Bound how often codes may be guessed, and let no thief use the bound against their owner.

Wrong codes are counted apart: of each device on which a factor was shown before, and of
strangers, by network and all together. Strangers never use a known device's tries up.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from domain.identity.factors import FactorLimits, retry_after

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class TrySource:
    """Where a code comes from.

    device_id is that of a device on which its user has shown a factor; None is a stranger.
    """

    network: str = ""
    device_id: UUID | None = None

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

    A known device waits for its own wrong codes alone; a stranger for those of their network
    and for those of all strangers.
    """
    if not source.is_stranger:
        own = [one.at for one in tries if one.source.device_id == source.device_id]
        return retry_after(own, now=now, allowed=limits.tries_hour)
    strange = [one for one in tries if one.source.is_stranger]
    near = [one.at for one in strange if one.source.network == source.network]
    waits = (
        retry_after([one.at for one in strange], now=now, allowed=limits.tries_hour),
        retry_after(near, now=now, allowed=limits.tries_network),
    )
    return max((one for one in waits if one is not None), default=None)


def strange_within_a_day(tries: Iterable[WrongTry], *, now: datetime) -> int:
    """Return how many of the tries are strangers' and less than a day old."""
    return sum(one.source.is_stranger and one.at > now - DAY for one in tries)
