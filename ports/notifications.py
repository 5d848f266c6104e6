"""What the core needs to reach a person outside of this system."""

from dataclasses import dataclass
from typing import Protocol

from domain.notifications.message import Message


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """The provider took the message, and named it."""

    reference: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class NotSent:
    """The provider did not take it, or gave no answer."""

    reason: str
    # Whether the same message may be taken later: not if the provider refused it for good.
    again: bool
    # How long the provider asked to be left alone, None if it did not say.
    after_s: float | None = None


class Sender(Protocol):
    """One channel to the world."""

    def check(self, address: str) -> None:
        """Raise InvalidValue for an address that this channel cannot reach."""
        ...

    async def send(self, message: Message, *, address: str) -> Sent | NotSent:
        """Send a message within the channel's own time-out; raises nothing for a provider's fault.

        A lost answer is NotSent with again: the message may arrive twice then, never after the
        provider said that it has it.
        """
        ...
