"""Keep questions about books in memory."""

from collections import OrderedDict
from collections.abc import Sequence
from uuid import UUID

from ports.book_checks import AskedCheck, CheckAnswer
from ports.time import Clock

KEPT = 1_000


class MemoryBookChecks:
    """Questions and answers within one process (port BookChecks)."""

    def __init__(self, *, clock: Clock) -> None:
        self._clock = clock
        self._asked: OrderedDict[UUID, tuple[AskedCheck, float]] = OrderedDict()
        self._answers: dict[UUID, CheckAnswer] = {}

    async def ask(self, check: AskedCheck) -> None:
        """Ask for a comparison."""
        self._asked[check.id] = (check, self._clock.monotonic())
        while len(self._asked) > KEPT:
            gone, _ = self._asked.popitem(last=False)
            self._answers.pop(gone, None)

    async def asked(self, *, within_s: float, limit: int) -> Sequence[AskedCheck]:
        """Return unanswered questions of the last seconds, oldest first."""
        since = self._clock.monotonic() - within_s
        found = [
            check
            for check, at in self._asked.values()
            if at >= since and check.id not in self._answers
        ]
        return found[:limit]

    async def answer(self, *, id: UUID, answer: CheckAnswer) -> None:
        """Answer one."""
        if id in self._asked:
            self._answers.setdefault(id, answer)

    async def answered(self, *, id: UUID) -> CheckAnswer | None:
        """Return the answer."""
        return self._answers.get(id)
