"""Look behind the ports that are kept in memory."""

from typing import Any

from adapters.memory.database import MemoryDatabase, MemoryLink


def database_of(port: object) -> MemoryDatabase:
    """Return the database of a memory adapter; only these have a link to one."""
    adapter: Any = port
    link = adapter.link
    assert isinstance(link, MemoryLink)
    return link.database
