"""Follow the feed of changed standings, and know whether what is remembered can be trusted."""

from dataclasses import dataclass, field

from ports.identity_changes import IdentityFeed, IdentitySubscriber
from ports.storage import StorageUnavailable
from ports.streams import Wakeup
from ports.time import Clock, Sleeper

# Looked at so often even when no hint comes.
POLL_S = 0.2
# From the beginning of the last look that came back: after it, nothing remembered counts.
TRUSTED_S = 1.0
_PAGE = 500


@dataclass(slots=True, kw_only=True)
class FollowChanges:
    """Reads the feed for one process and tells whoever remembers something.

    What is remembered counts while `is_current()`: then no change is older than a second that
    was not told. After a gap everything is forgotten once.
    """

    feed: IdentityFeed
    clock: Clock
    sleeper: Sleeper
    wakeup: Wakeup
    subscribers: list[IdentitySubscriber]
    _trusted_until: float = field(default=float("-inf"), init=False)
    _seq: int | None = field(default=None, init=False)

    def subscribe(self, subscriber: IdentitySubscriber) -> None:
        """Tell one more, behind those that are told already."""
        self.subscribers.append(subscriber)

    def is_current(self) -> bool:
        """Tell whether the feed was read within the last second."""
        return self.clock.monotonic() < self._trusted_until

    async def run(self) -> None:
        """Follow until cancelled; an outage is waited for."""
        while True:
            try:
                more = await self.read()
            except StorageUnavailable:
                await self.sleeper.sleep(POLL_S)
                continue
            if not more:
                await self.wakeup.wait(timeout_s=POLL_S)

    async def read(self) -> bool:
        """Read what is new and tell it; return whether there may be more at once.

        Raises StorageUnavailable.
        """
        began = self.clock.monotonic()
        if self._seq is None or not self.is_current():
            # What was remembered meanwhile may be untrue: begin behind everything there is.
            self._seq = await self.feed.end()
            for subscriber in self.subscribers:
                subscriber.forget()
            self._trusted_until = began + TRUSTED_S
            return False
        found = await self.feed.since(self._seq, limit=_PAGE)
        for change in found:
            self._seq = change.seq
            for subscriber in self.subscribers:
                subscriber.changed(change)
        more = len(found) == _PAGE
        if not more:
            self._trusted_until = began + TRUSTED_S
        return more
