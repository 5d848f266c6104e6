"""Number a notice of a tenant's channel as it is stored."""

from dataclasses import replace

from adapters.memory.database import MemoryDatabase
from domain.shared.notices import Notice


def add_next(database: MemoryDatabase, notice: Notice) -> None:
    """Store a notice without an account under the next number of its channel."""
    taken = sum(
        one.tenant_id == notice.tenant_id
        and one.account_id is None
        and one.channel == notice.channel
        for one in database.notices
    )
    database.notices.append(replace(notice, account_id=None, sequence=taken + 1))
