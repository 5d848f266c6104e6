"""Ask sources for what is written, and take in what is new."""

from collections import OrderedDict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

from application.sentiment.keep_sources import KeepSources
from application.sentiment.score_texts import CannotScore
from application.sentiment.take_items import (
    TEXTS_MAX,
    TakeItems,
    TakenItems,
    TextFields,
    TooManyItems,
)
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
class Pulled:
    """What a look at a source brought: its new texts, and the items that were kept of them."""

    texts: int
    items: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PullNews:
    """Look at each source in turn; one that does not answer is left alone for longer each time.

    What is said of a failure goes through conceal first: it may be shown to people.
    """

    sources: Sequence[NewsSource]
    take: TakeItems
    keep: KeepSources
    by: Asker
    every_s: float
    clock: Clock
    sleeper: Sleeper
    on_looked: Callable[[str], None]
    on_away: Callable[[str, str], None]
    on_refused: Callable[[str, str], None]
    # The state of a source could not be kept: it is looked at all the same.
    on_unkept: Callable[[str, str], None]
    conceal: Callable[[str], str]
    _known: OrderedDict[tuple[str, NewsText], None] = field(default_factory=OrderedDict)

    async def __call__(self) -> None:
        """Run until cancelled."""
        configured = False
        due = [self.clock.monotonic()] * len(self.sources)
        failed = [0] * len(self.sources)
        while True:
            configured = configured or await self._configured()
            for place, source in enumerate(self.sources):
                if due[place] > self.clock.monotonic():
                    continue
                wait_s = await self._looked_at(source, failed=failed[place])
                failed[place] = 0 if wait_s is None else failed[place] + 1
                wait_s = self.every_s if wait_s is None else wait_s
                due[place] = self.clock.monotonic() + wait_s
            await self.sleeper.sleep(min(due) - self.clock.monotonic())

    async def _looked_at(self, source: NewsSource, *, failed: int) -> float | None:
        """Look at a source; return how long it is left alone where it failed, None if not."""
        try:
            pulled = await self.pull(source)
        except (NewsUnavailable, CannotScore, StorageUnavailable, Conflict) as problem:
            why = self.conceal(str(problem))
            self.on_away(source.name, why)
            wait_s = self._wait_s(problem, failed=failed + 1)
            await self._kept(
                source.name,
                self.keep.failed(
                    source.name,
                    why,
                    wait_s=wait_s,
                    tenant_id=self.by.tenant_id,
                    every_s=self.every_s,
                ),
            )
            return wait_s
        self.on_looked(source.name)
        await self._kept(
            source.name,
            self.keep.answered(
                source.name,
                items=pulled.items,
                tenant_id=self.by.tenant_id,
                every_s=self.every_s,
            ),
        )
        return None

    async def _configured(self) -> bool:
        names = [one.name for one in self.sources]
        keeping = self.keep.configured(names, tenant_id=self.by.tenant_id, every_s=self.every_s)
        return await self._kept("sources", keeping)

    async def _kept(self, name: str, keeping: Awaitable[None]) -> bool:
        try:
            await keeping
        except (StorageUnavailable, Conflict) as problem:
            self.on_unkept(name, str(problem))
            return False
        return True

    async def pull(self, source: NewsSource) -> Pulled:
        """Take in what a source has that is new.

        Raises NewsUnavailable, CannotScore, StorageUnavailable, Conflict; what is no text is passed
        over.
        """
        new = [
            one
            for one in dict.fromkeys(await source.latest())
            if (source.name, one) not in self._known
        ]
        parts = [
            await self._taken(source.name, new[at : at + TEXTS_MAX])
            for at in range(0, len(new), TEXTS_MAX)
        ]
        return _together(parts)

    async def _taken(self, name: str, texts: Sequence[NewsText]) -> Pulled:
        try:
            done = await self.take.take([self._fields(name, one) for one in texts], by=self.by)
        except (InvalidValue, TooManyItems) as refused:
            if len(texts) > 1:
                # One that is refused holds up no other.
                return _together([await self._taken(name, [one]) for one in texts])
            self.on_refused(name, self.conceal(str(refused)))
            self._remember(name, texts)
            return Pulled(texts=0, items=0)
        self._remember(name, texts)
        # No key was given by which it could be a repeat.
        items = sum(len(one.symbols) for one in done.texts) if isinstance(done, TakenItems) else 0
        return Pulled(texts=len(texts), items=items)

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


def _together(parts: Sequence[Pulled]) -> Pulled:
    return Pulled(texts=sum(one.texts for one in parts), items=sum(one.items for one in parts))
