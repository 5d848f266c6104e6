"""Ask sources for what is written, and take in what is new."""

from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from application.sentiment.score_texts import CannotScore
from application.sentiment.take_items import TEXTS_MAX, TakeItems, TextFields, TooManyItems
from application.shared.asker import Asker
from domain.sentiment.items import AUTHOR_MAX, TEXT_MAX, TITLE_MAX
from domain.shared.values import InvalidValue
from ports.news import NewsSource, NewsText, NewsUnavailable
from ports.storage import StorageUnavailable
from ports.time import Clock, Sleeper
from ports.transactions import Conflict

# So many texts are known by heart: what stands in a feed comes with every look at it.
KNOWN_MAX = 20_000
BACK_OFF_MAX_S = 3_600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class PullNews:
    """Look at each source in turn; one that does not answer is left alone for longer each time."""

    sources: Sequence[NewsSource]
    take: TakeItems
    by: Asker
    every_s: float
    clock: Clock
    sleeper: Sleeper
    on_looked: Callable[[str], None]
    on_away: Callable[[str, str], None]
    on_refused: Callable[[str, str], None]
    _known: OrderedDict[tuple[str, NewsText], None] = field(default_factory=OrderedDict)

    async def __call__(self) -> None:
        """Run until cancelled."""
        due = [self.clock.monotonic()] * len(self.sources)
        failed = [0] * len(self.sources)
        while True:
            for place, source in enumerate(self.sources):
                if due[place] > self.clock.monotonic():
                    continue
                wait_s = self.every_s
                try:
                    await self.pull(source)
                    self.on_looked(source.name)
                    failed[place] = 0
                except (NewsUnavailable, CannotScore, StorageUnavailable, Conflict) as problem:
                    self.on_away(source.name, str(problem))
                    failed[place] += 1
                    wait_s = self._wait_s(problem, failed=failed[place])
                due[place] = self.clock.monotonic() + wait_s
            await self.sleeper.sleep(min(due) - self.clock.monotonic())

    async def pull(self, source: NewsSource) -> int:
        """Take in what a source has that is new, and return how many texts that were.

        Raises NewsUnavailable, CannotScore, StorageUnavailable, Conflict; what is no text is passed
        over.
        """
        new = [
            one
            for one in dict.fromkeys(await source.latest())
            if (source.name, one) not in self._known
        ]
        taken = 0
        for at in range(0, len(new), TEXTS_MAX):
            taken += await self._taken(source.name, new[at : at + TEXTS_MAX])
        return taken

    async def _taken(self, name: str, texts: Sequence[NewsText]) -> int:
        try:
            await self.take.take([self._fields(name, one) for one in texts], by=self.by)
        except (InvalidValue, TooManyItems) as refused:
            if len(texts) > 1:
                # One that is refused holds up no other.
                return sum([await self._taken(name, [one]) for one in texts])
            self.on_refused(name, str(refused))
            self._remember(name, texts)
            return 0
        self._remember(name, texts)
        return len(texts)

    def _remember(self, name: str, texts: Sequence[NewsText]) -> None:
        for one in texts:
            self._known[name, one] = None
        while len(self._known) > KNOWN_MAX:
            self._known.popitem(last=False)

    def _fields(self, name: str, one: NewsText) -> TextFields:
        # A source names what is not listed here, too.
        listed = (symbol for symbol in one.symbols if self.take.instruments.find(symbol))
        return TextFields(
            source=name,
            text=one.text[:TEXT_MAX],
            title=one.title[:TITLE_MAX],
            url=one.url,
            author=one.author[:AUTHOR_MAX],
            published_at=one.published_at,
            symbols=tuple(listed),
        )

    def _wait_s(self, problem: Exception, *, failed: int) -> float:
        told = problem.retry_after_s if isinstance(problem, NewsUnavailable) else None
        longer: float = min(self.every_s * 2.0 ** min(failed, 10), BACK_OFF_MAX_S)
        return max(longer, self.every_s, told or 0.0)
