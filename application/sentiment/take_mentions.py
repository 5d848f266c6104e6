"""Take in how often symbols were named, day by day."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID, uuid5

from application.sentiment.take_items import CHANNEL
from application.sentiment.taken_rows import TakenRows
from application.shared.asker import Asker
from application.shared.change import Changes, KeyReused, Once, Replayed
from domain.sentiment.hype import Mentions, MentionSpan
from domain.shared.refusals import Conflicting
from domain.shared.values import InvalidValue
from ports.work import Kind, Work

MENTIONS = Kind("hype_mentions", Mentions, find_by=("symbol", "date"))
SPANS = Kind("hype_spans", MentionSpan)
TAKEN = "hype.taken"
ROWS_MAX = 5_000
KEPT_MAX = 500_000


class TooManyMentions(Conflicting):
    """As many days of mentions are kept as may be."""

    slug, title = "too-many-mentions", "Too many mentions"
    meaning = "As many days of mentions are kept as may be."


@dataclass(frozen=True, slots=True, kw_only=True)
class MentionFields:
    """What a source says of a symbol's day."""

    date: date
    symbol: str
    mentions: int
    comments: int = 0
    likes: int = 0
    authors: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeMentions:
    """Keep a source's counts; the day and symbol that come again are replaced.

    The crowd talks of more than is traded here: any symbol will do.
    """

    changes: Changes

    async def take(
        self,
        rows: Sequence[MentionFields],
        *,
        by: Asker,
        once: Once[TakenRows] | None = None,
    ) -> TakenRows | Replayed | KeyReused:
        """Keep counts; raises InvalidValue, TooManyMentions."""
        made = self._made(rows, by=by)
        return await self.changes.once(
            lambda work: self._keep(work, made, by=by), tenant_id=by.tenant_id, once=once
        )

    def _made(self, rows: Sequence[MentionFields], *, by: Asker) -> dict[UUID, Mentions]:
        today = self.changes.clock.now().date()
        made: dict[UUID, Mentions] = {}
        for place, row in enumerate(rows):
            try:
                one = self._checked(row, today=today, by=by)
            except InvalidValue as wrong:
                field = f"items[{place}].{wrong.field}"
                raise InvalidValue(field=field, problem=wrong.problem) from None
            if one.id in made:
                problem = f"says {row.symbol} on {row.date} twice"
                raise InvalidValue(field=f"items[{place}]", problem=problem)
            made[one.id] = one
        return made

    def _checked(self, row: MentionFields, *, today: date, by: Asker) -> Mentions:
        if row.date > today:
            raise InvalidValue(field="date", problem=f"must not be later than {today} (UTC)")
        return Mentions(
            # The same day of the same symbol is the same record.
            id=uuid5(by.tenant_id, f"mentions {row.symbol} {row.date}"),
            tenant_id=by.tenant_id,
            symbol=row.symbol,
            date=row.date,
            mentions=row.mentions,
            comments=row.comments,
            likes=row.likes,
            authors=row.authors,
        )

    async def _keep(self, work: Work, made: dict[UUID, Mentions], *, by: Asker) -> TakenRows:
        records = work.records(MENTIONS)
        where = {
            "symbol": frozenset(one.symbol for one in made.values()),
            "date": frozenset(one.date for one in made.values()),
        }
        there = {one.id: one for one in await records.list(limit=KEPT_MAX, where=where)}
        new = []
        for id_, one in made.items():
            before = there.get(id_)
            if before is None:
                new.append(one)
            else:
                await records.update(replace(one, version=before.version + 1))
        if new and await records.count() + len(new) > KEPT_MAX:
            raise TooManyMentions(f"at most {KEPT_MAX} days of symbols are kept")
        await records.add_many(new)
        await self._widen(work, [one.date for one in made.values()], by=by)
        taken = TakenRows(id=self.changes.ids.new(), added=len(new), replaced=len(made) - len(new))
        await self.changes.record(
            work,
            TAKEN,
            by=by,
            subject=taken.id,
            before=None,
            after={
                "added": str(taken.added),
                "replaced": str(taken.replaced),
                "symbols": str(len({one.symbol for one in made.values()})),
                "since": str(min(one.date for one in made.values())),
                "until": str(max(one.date for one in made.values())),
            },
            channel=CHANNEL,
        )
        return taken

    async def _widen(self, work: Work, days: Sequence[date], *, by: Asker) -> None:
        """Let the span hold the days: what is absent between them is 0."""
        spans = work.records(SPANS)
        first, last = min(days), max(days)
        seen = await spans.get(span_id(by.tenant_id))
        if seen is None:
            await spans.add(
                MentionSpan(
                    id=span_id(by.tenant_id), tenant_id=by.tenant_id, first=first, last=last
                )
            )
        elif first < seen.first or last > seen.last:
            wider = replace(
                seen,
                first=min(first, seen.first),
                last=max(last, seen.last),
                version=seen.version + 1,
            )
            await spans.update(wider)


def span_id(tenant_id: UUID) -> UUID:
    """Return the id of the tenant's span."""
    return uuid5(tenant_id, "mentions span")
