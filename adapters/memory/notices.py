"""Number a notice of a tenant's channel as it is stored."""

from dataclasses import replace
from itertools import islice

from adapters.memory.database import MemoryDatabase
from domain.shared.notices import Notice


def add_next(database: MemoryDatabase, notice: Notice) -> None:
    """Store a notice without an account under the next number of its channel."""
    counted = database.notice_counts
    if counted.seen > len(database.notices):
        # Some were dropped: all are counted again.
        counted.seen = 0
        counted.last.clear()
    for one in islice(database.notices, counted.seen, None):
        if one.account_id is None:
            counted.last[one.tenant_id, one.channel] += 1
    counted.seen = len(database.notices)
    number = counted.last[notice.tenant_id, notice.channel] + 1
    database.notices.append(replace(notice, account_id=None, sequence=number))
