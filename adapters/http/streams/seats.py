"""Let nobody take every WebSocket: so many in all, for each network and each user."""

from collections import Counter
from collections.abc import Hashable, Iterator
from contextlib import ExitStack, contextmanager

from adapters.http.problem_kinds import TOO_MANY
from adapters.http.problems import later
from adapters.http.settings import HttpSettings

RETRY_AFTER_S = 5


class Seats:
    """Counts who is connected or about to be; each seat is given back where it was taken."""

    def __init__(self, settings: HttpSettings) -> None:
        self._settings = settings
        self._taken: Counter[Hashable] = Counter()
        self._all = 0

    @contextmanager
    def taken(self) -> Iterator["Seat"]:
        """Take a place among all that there are; raises the problem when there is none."""
        if self._all >= self._settings.websockets_max:
            raise later("no more WebSockets can be served now", retry_after_s=RETRY_AFTER_S)
        self._all += 1
        try:
            with ExitStack() as stack:
                yield Seat(self, stack)
        finally:
            self._all -= 1

    @contextmanager
    def counted(self, key: Hashable, *, at_most: int, what: str) -> Iterator[None]:
        """Count one more of a key; raises the problem of too many."""
        if self._taken[key] >= at_most:
            raise later(
                f"{what} has {at_most} WebSockets open, which is all it may have",
                retry_after_s=RETRY_AFTER_S,
                kind=TOO_MANY,
            )
        self._taken[key] += 1
        try:
            yield
        finally:
            self._taken[key] -= 1
            if not self._taken[key]:
                del self._taken[key]

    @property
    def settings(self) -> HttpSettings:
        """How many there may be."""
        return self._settings


class Seat:
    """One place, for as long as the connection lasts."""

    def __init__(self, seats: Seats, stack: ExitStack) -> None:
        self._seats = seats
        self._stack = stack

    def of_network(self, network: str) -> None:
        """Count it for a network; raises the problem of too many."""
        self._count(
            ("network", network),
            at_most=self._seats.settings.websockets_per_network,
            what="your network",
        )

    def of_user(self, user_id: Hashable) -> None:
        """Count it for a user; raises the problem of too many."""
        at_most = self._seats.settings.websockets_per_user
        self._count(("user", user_id), at_most=at_most, what="the user")

    def _count(self, key: Hashable, *, at_most: int, what: str) -> None:
        self._stack.enter_context(self._seats.counted(key, at_most=at_most, what=what))
