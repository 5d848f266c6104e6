"""Stand where storage has a server: memory needs none."""


class MemoryServer:
    """Nothing to start, ask or stop (port StorageServer of the composition)."""

    async def start(self) -> None:
        """Be ready."""

    async def stop(self) -> None:
        """Leave."""

    async def check(self) -> None:
        """Take writes."""
