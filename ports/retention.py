"""What the core needs so that records which served their time do not grow for ever."""

from typing import Protocol


class SpentRecords(Protocol):
    """Records that are of use for a time only.

    They are what repeated requests and commands are known by (keys, begun commands, answers),
    what rates are counted by, and tickets, tries and questions that are over.
    """

    async def purge(self, *, older_than_s: float, limit: int) -> int:
        """Delete up to limit records of each kind that are older; return the largest number.

        limit, or more, means that there may be more. What is younger always stays; what is
        older goes with this call or the next. Of a command, that it was begun goes before its
        answer does: an answer that is gone while the command counts as begun would let it be
        carried out again. Raises StorageUnavailable.
        """
        ...
