"""Say what a stream of events to another system is, for the parts of a process."""

from collections.abc import Sequence
from typing import Protocol

from domain.shared.notices import Notice
from ports.streams import Subscriber


class OutsideStream(Protocol):
    """An EventStream that connects somewhere."""

    async def publish(self, notices: Sequence[Notice]) -> None:
        """Hand notices over; returns when the stream has them safely."""
        ...

    def subscribe(self, *, name: str, subscriber: Subscriber) -> None:
        """Add a subscriber before the stream starts."""
        ...

    async def stop(self) -> None:
        """Close what is open."""
        ...
