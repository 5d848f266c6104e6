"""What the core needs to hear what is written."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class NewsText:
    """A text as its source tells it; what it does not say is empty, or None.

    symbols are those that the source itself says it is about, as the source writes them.
    """

    text: str
    title: str = ""
    url: str = ""
    author: str = ""
    published_at: datetime | None = None
    symbols: tuple[str, ...] = ()


class NewsUnavailable(Exception):
    """The source does not answer, or not in its format; it may be asked again later.

    retry_after_s: the source said that it is not to be asked before.
    """

    def __init__(self, why: str, *, retry_after_s: float | None = None) -> None:
        super().__init__(why)
        self.retry_after_s = retry_after_s


class NewsSource(Protocol):
    """One place where texts are published."""

    @property
    def name(self) -> str:
        """What its texts are called by: letters, digits and . _ : - only."""
        ...

    async def latest(self) -> Sequence[NewsText]:
        """Return what stands there now, in any order, known texts too; raises NewsUnavailable."""
        ...
