"""What the core needs to know where an address is."""

from typing import Protocol

from domain.identity.place import Place


class GeoLookup(Protocol):
    """Where networks are, as far as somebody has said so."""

    def place(self, ip: str) -> Place | None:
        """Return where an address is, by the narrowest network that holds it; None: unknown."""
        ...
