"""What the core needs to remember which breaches an account was stopped for."""

from collections.abc import Sequence
from typing import Protocol

from domain.risk.breach import Breach


class Breaches(Protocol):
    """The breaches acted on, of every tenant, durable: a restart does not forget them."""

    async def load(self) -> Sequence[Breach]:
        """Return all that are kept."""
        ...

    async def keep(self, breach: Breach) -> None:
        """Keep the breach, in place of one with its key."""
        ...

    async def forget(self, breach: Breach) -> None:
        """Forget the breach with that key: it is over, or its rule is another by now."""
        ...
