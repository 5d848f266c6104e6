"""What the core needs of whoever tells what happens in a market."""

from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from domain.market.prices import MarketEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """What happened at one market time, in order.

    next_in_s: the seconds within which the next moment is due, None when silence says nothing.
    """

    at: datetime
    events: tuple[MarketEvent, ...]
    next_in_s: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceAbilities:
    """What a source declares: the kinds of events it tells, and how soon the first is due.

    silence_s: the seconds within which a moment comes once it is asked, None when silence
    says nothing.
    """

    tells: frozenset[type[MarketEvent]]
    silence_s: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownBefore:
    """What was known before a source's first moment: the time, and events that make up a view.

    since is the market time from which on every split is among them.
    """

    at: datetime
    since: datetime | None = None
    events: Iterable[MarketEvent] = ()


class MarketSource(Protocol):
    """What happens in a market, told in market order; a board shows it."""

    @property
    def abilities(self) -> SourceAbilities:
        """What it declares."""
        ...

    def known(self) -> KnownBefore:
        """Return what was known before the next moment."""
        ...

    def moments(self) -> AsyncIterator[Moment]:
        """Yield what happens, with the market's times, until it ends.

        Asking for the next moment says that everybody has the one before. Iterated anew, after
        a failure, it begins with the moment that nobody said so of, as it was.
        """
        ...

    def ended(self) -> bool:
        """Tell whether no moment follows any more."""
        ...
