"""What the core needs to name new things."""

from typing import Protocol
from uuid import UUID


class Ids(Protocol):
    """New ids."""

    def new(self) -> UUID:
        """Return a UUIDv7 above every one returned before, carrying the clock's milliseconds."""
        ...
