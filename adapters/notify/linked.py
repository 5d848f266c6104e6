"""Make the links in what is sent lead to this installation from wherever they are read."""

from dataclasses import replace

from domain.notifications.message import Message
from ports.notifications import NotSent, Sender, Sent


class LinkedSender:
    """Sends with whole links: a page's path goes behind the public address, or is left out."""

    def __init__(self, sender: Sender, *, public_url: str | None) -> None:
        self._sender = sender
        self._base = (public_url or "").rstrip("/")

    def check(self, address: str) -> None:
        """Raise InvalidValue for an address that the channel cannot reach."""
        self._sender.check(address)

    async def send(self, message: Message, *, address: str) -> Sent | NotSent:
        """Send a message, its link as it can be followed."""
        link = message.link
        if link.startswith("/"):
            # Without the public address nobody elsewhere could follow it.
            link = f"{self._base}{link}" if self._base else ""
        return await self._sender.send(replace(message, link=link), address=address)
