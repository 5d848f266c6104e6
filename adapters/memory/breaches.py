"""Keep the breaches acted on in memory."""

from collections.abc import Sequence
from dataclasses import dataclass

from adapters.memory.database import MemoryLink
from domain.risk.breach import Breach


@dataclass(frozen=True, slots=True)
class MemoryBreaches:
    """Breaches in memory (port Breaches)."""

    link: MemoryLink

    async def load(self) -> Sequence[Breach]:
        """Return all that are kept."""
        database = await self.link.enter()
        return tuple(database.breaches.values())

    async def keep(self, breach: Breach) -> None:
        """Keep the breach."""
        database = await self.link.enter()
        database.breaches[breach.key] = breach
        await self.link.pause()

    async def forget(self, breach: Breach) -> None:
        """Forget the breach."""
        database = await self.link.enter()
        database.breaches.pop(breach.key, None)
        await self.link.pause()
