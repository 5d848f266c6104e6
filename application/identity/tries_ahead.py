"""Count wrong codes that were given while the clock was ahead: once, from when they are known."""

from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from domain.identity.guessing import DAY, WrongTry

# Clocks of processes differ by less.
_STEP = timedelta(seconds=1)
_KEPT_MAX = 10_000


class TriesAhead:
    """Knows since when, by a clock that nobody sets, a try ahead of now is known."""

    def __init__(self) -> None:
        self._since: OrderedDict[tuple[UUID, WrongTry], float] = OrderedDict()

    def settled(
        self, tries: Iterable[WrongTry], *, user_id: UUID, now: datetime, monotonic: float
    ) -> list[WrongTry]:
        """Return the tries with none ahead of now: such a one lies as far back as it is known.

        Else it would hold its user up until the time that it names has come.
        """
        settled: list[WrongTry] = []
        for one in tries:
            key = (user_id, one)
            if one.at > now + _STEP and key not in self._since:
                self._since[key] = monotonic
                if len(self._since) > _KEPT_MAX:
                    self._since.popitem(last=False)
            since = self._since.get(key)
            if since is None:
                settled.append(one)
            elif (age := timedelta(seconds=monotonic - since)) < DAY:
                settled.append(replace(one, at=now - age))
        return settled
