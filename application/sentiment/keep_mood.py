"""Take in the values of the mood's parts, and tell the mood of today and of days before."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID, uuid5

from application.sentiment.take_items import CHANNEL
from application.sentiment.taken_rows import TakenRows
from application.shared.asker import Asker
from application.shared.change import Changes, KeyReused, Once, Replayed
from domain.sentiment.fear_greed import HISTORY_MAX, WEIGHTS
from domain.sentiment.mood_parts import MoodDay, MoodParts, MoodValue
from domain.shared.values import InvalidValue
from ports.work import Kind, Work

MOOD_VALUES = Kind("mood_values", MoodValue, find_by=("part", "date"))
TAKEN = "mood.taken"
ROWS_MAX = 2_000
DAYS_MAX = 366
# A year of trading days, with its weekends and holidays, before the first day that is told.
_BEFORE = timedelta(days=2 * HISTORY_MAX)
_PAGE = 5_000


@dataclass(frozen=True, slots=True, kw_only=True)
class PartFields:
    """What somebody says of a part; without a day of today."""

    part: str
    value: Decimal
    day: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class KeepMood:
    """What a tenant may say and ask of the market's mood."""

    changes: Changes

    async def take(
        self, rows: Sequence[PartFields], *, by: Asker, once: Once[TakenRows] | None = None
    ) -> TakenRows | Replayed | KeyReused:
        """Keep values of parts; raises InvalidValue."""
        made = self._made(rows, by=by)
        return await self.changes.once(
            lambda work: self._keep(work, made, by=by), tenant_id=by.tenant_id, once=once
        )

    async def now(self, *, tenant_id: UUID) -> MoodDay:
        """Return the mood of today (UTC)."""
        today = self._today()
        return (await self._parts(tenant_id, since=today, until=today)).mood(today)

    async def history(
        self, *, tenant_id: UUID, since: date | None, until: date | None
    ) -> Sequence[MoodDay]:
        """Return the mood of each day on which a part was told, oldest first.

        Without since the 30 days up to until. Raises InvalidValue for too long a time.
        """
        until = min(until or self._today(), self._today())
        since = since or until - timedelta(days=29)
        if (until - since).days >= DAYS_MAX:
            problem = f"must be fewer than {DAYS_MAX} days before until"
            raise InvalidValue(field="since", problem=problem)
        if since > until:
            return []
        parts = await self._parts(tenant_id, since=since, until=until)
        return [parts.mood(day) for day in parts.days(since=since, until=until)]

    def _today(self) -> date:
        return self.changes.clock.now().date()

    async def _parts(self, tenant_id: UUID, *, since: date, until: date) -> MoodParts:
        first = since - _BEFORE
        days = frozenset(first + timedelta(days=at) for at in range((until - first).days + 1))
        where = {"part": frozenset(WEIGHTS), "date": days}
        found: list[MoodValue] = []
        after: UUID | None = None
        async with self.changes.works.look(tenant_id) as look:
            while True:
                page = await look.records(MOOD_VALUES).list(limit=_PAGE, after=after, where=where)
                found += page
                if len(page) < _PAGE:
                    return MoodParts(found)
                after = page[-1].id

    def _made(self, rows: Sequence[PartFields], *, by: Asker) -> dict[UUID, MoodValue]:
        today = self._today()
        made: dict[UUID, MoodValue] = {}
        for place, row in enumerate(rows):
            day = row.day or today
            try:
                if day > today:
                    problem = f"must not be later than {today} (UTC)"
                    raise InvalidValue(field="date", problem=problem)
                one = MoodValue(
                    # The same day of the same part is the same record.
                    id=uuid5(by.tenant_id, f"mood {row.part} {day}"),
                    tenant_id=by.tenant_id,
                    part=row.part,
                    date=day,
                    value=row.value,
                )
            except InvalidValue as wrong:
                field = f"items[{place}].{wrong.field}"
                raise InvalidValue(field=field, problem=wrong.problem) from None
            if one.id in made:
                problem = f"says {row.part} on {day} twice"
                raise InvalidValue(field=f"items[{place}]", problem=problem)
            made[one.id] = one
        return made

    async def _keep(self, work: Work, made: dict[UUID, MoodValue], *, by: Asker) -> TakenRows:
        records = work.records(MOOD_VALUES)
        where = {
            "part": frozenset(one.part for one in made.values()),
            "date": frozenset(one.date for one in made.values()),
        }
        # No more than there are parts of so many days.
        limit = len(made) * len(where["part"])
        there = {one.id: one for one in await records.list(limit=limit, where=where)}
        for id_, before in there.items():
            if id_ in made:
                await records.update(replace(made[id_], version=before.version + 1))
        new = [one for id_, one in made.items() if id_ not in there]
        await records.add_many(new)
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
                "parts": ", ".join(sorted({one.part for one in made.values()})),
                "since": str(min(one.date for one in made.values())),
                "until": str(max(one.date for one in made.values())),
            },
            channel=CHANNEL,
        )
        return taken
