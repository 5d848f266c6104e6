"""Hold leases where there is only one process, or several within one test."""

from dataclasses import dataclass

from adapters.memory.database import HeldName, MemoryDatabase, MemoryLink
from ports.leases import Fence, LeaseLost
from ports.time import Clock


@dataclass(frozen=True, slots=True)
class SoleLease:
    """A lease that nobody else can ask for: the only process holds it while it lives."""

    def is_held(self) -> bool:
        """Return True."""
        return True


@dataclass(frozen=True, slots=True, kw_only=True)
class MemoryLeases:
    """Leases in memory (port Leases)."""

    link: MemoryLink
    clock: Clock

    async def acquire(self, *, name: str, holder: str, lasts_s: float) -> Fence | None:
        """Take a lease that is free, has lapsed, or is the holder's own."""
        database = await self.link.enter()
        now = self.clock.monotonic()
        before = database.leases.get(name)
        if before is not None and before.holder not in ("", holder) and now < before.lapses_at:
            return None
        token = 1 + (before.token if before is not None else 0)
        database.leases[name] = HeldName(holder=holder, token=token, lapses_at=now + lasts_s)
        return Fence(name, token)

    async def renew(self, fence: Fence, *, lasts_s: float) -> bool:
        """Hold it for as long again."""
        database = await self.link.enter()
        held = database.leases.get(fence.name)
        if held is None or held.token != fence.token or not held.holder:
            return False
        held.lapses_at = self.clock.monotonic() + lasts_s
        return True

    async def release(self, fence: Fence) -> None:
        """Give it back; its token stays used."""
        database = await self.link.enter()
        held = database.leases.get(fence.name)
        if held is not None and held.token == fence.token:
            held.holder = ""


def check_fence(database: MemoryDatabase, fence: Fence | None) -> None:
    """Raise LeaseLost when another holds by now what a write is fenced by."""
    if fence is None:
        return
    held = database.leases.get(fence.name)
    if held is None or held.token != fence.token:
        raise LeaseLost(f"{fence.name} is another's: token {fence.token} is too old")
