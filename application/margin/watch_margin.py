"""Watch margin accounts: warn on the way down, call, and act unasked where the owner set it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import TypeVar
from uuid import UUID

from application.margin.context import MarginContext
from application.margin.due_date import DueDate
from application.margin.plan_deleverage import NoPlan, PlanDeleverage, record_plan
from application.margin.tell_people import TellPeople
from application.shared.asker import Asker
from domain.accounts.account import AccountKind
from domain.accounts.account_margin import AccountMargin, usual_margin
from domain.accounts.book import AccountBook
from domain.margin.alert import (
    NOT_TOLD_OF_END,
    STANDING,
    AlertKind,
    MarginAlert,
    NewAlert,
    acts_by_itself,
    after_reading,
    describe_alert,
    raised,
)
from domain.margin.assessment import Assessment
from domain.margin.deleverage_plan import DeleveragePlan, PlanOrigin, PlanState
from domain.margin.rulebook import NoTable
from ports.identity import Users
from ports.margin import DELEVERAGE_PLANS, MARGIN_ACCOUNTS, MARGIN_ALERTS
from ports.time import Sleeper
from ports.work import Kind, Record, Work

T = TypeVar("T", bound=Record)

INTERVAL_S = 1.0
# After a plan that began by itself so long passes before the next one may.
AUTOMATIC_PAUSE_S = 300.0
WATCHER = "system:margin"
_PAGE = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchMargin:
    """Reads every margin account against the latest marks.

    Each warning and call is stored before it is told, and told until that is stored too: over a
    restart it is not lost, and told twice only where one came between. A missing price or table
    neither raises an alert nor ends one.
    """

    context: MarginContext
    planning: PlanDeleverage
    users: Users
    tell: TellPeople
    sleeper: Sleeper
    due_date: DueDate
    on_failure: Callable[[UUID, Exception], None]
    # What was found well lately, and the figures that it was found by, by account.
    _well: dict[UUID, tuple[object, ...]] = field(default_factory=dict)
    # When a plan last began by itself, by account.
    _began: dict[UUID, float] = field(default_factory=dict)

    async def run(self) -> None:
        """Read until the task is cancelled."""
        while True:
            await self.read()
            await self.sleeper.sleep(INTERVAL_S)

    async def read(self) -> None:
        """Read every account once; one that fails holds no other up."""
        for tenant in await self.users.tenants():
            books = [
                book
                for book in await self.context.book_store.read_all(tenant_id=tenant.id)
                if book.account.kind is AccountKind.MARGIN
            ]
            if not books:
                continue
            settings = {one.id: one for one in await self._all(tenant.id, MARGIN_ACCOUNTS)}
            alerts = await self._all(tenant.id, MARGIN_ALERTS, told=NOT_TOLD_OF_END)
            for book in books:
                setting = settings.get(book.account.id) or usual_margin(book.account)
                own = [one for one in alerts if one.account_id == book.account.id]
                try:
                    await self._look(book, setting=setting, alerts=own)
                # Whatever it is, the other accounts are looked at; this one is tried again.
                except Exception as problem:  # noqa: BLE001
                    self.on_failure(book.account.id, problem)

    async def _all(self, tenant_id: UUID, kind: Kind[T], **where: object) -> list[T]:
        found: list[T] = []
        async with self.context.changes.works.look(tenant_id) as look:
            while True:
                after = found[-1].id if found else None
                page = await look.records(kind).list(limit=_PAGE, after=after, where=where)
                found += page
                if len(page) < _PAGE:
                    return found

    async def _look(
        self, book: AccountBook, *, setting: AccountMargin, alerts: Sequence[MarginAlert]
    ) -> None:
        marks = self.context.marks(book)
        seen = (book.version, setting.version, self.context.today(), marks.quotes)
        if not alerts and self._well.get(book.account.id) == seen:
            return
        assessed = self.context.assessed(book, setting=setting, marks=marks)
        if isinstance(assessed, Assessment):
            alerts = await self._settled(book, assessed=assessed, alerts=alerts)
        if not alerts:
            self._well[book.account.id] = seen
        for alert in alerts:
            if alert.told is not alert.state:
                await self._tell(alert)
        if isinstance(assessed, NoTable) or setting.automatic_target is None:
            return
        if acts_by_itself(equity=assessed.equity, maintenance=assessed.maintenance):
            await self._act(book, setting=setting, target=setting.automatic_target)

    async def _settled(
        self, book: AccountBook, *, assessed: Assessment, alerts: Sequence[MarginAlert]
    ) -> Sequence[MarginAlert]:
        """Store what these figures change; return what is to be told, or has been."""
        account, context = book.account, self.context
        figures = {"equity": assessed.equity, "maintenance": assessed.maintenance}
        at, today = context.changes.clock.now(), context.today()
        standing = [one for one in alerts if one.state in STANDING]
        after = [after_reading(one, today=today, at=at, **figures) for one in standing]
        new = raised(standing, **figures)
        if not new and all(one is was for one, was in zip(after, standing, strict=True)):
            return alerts
        due_on = self.due_date(assessed.rulebook.call_days or 0)
        by = Asker(tenant_id=account.tenant_id, actor=WATCHER)

        async def store(work: Work) -> list[MarginAlert]:
            records = work.records(MARGIN_ALERTS)
            for was, one in zip(standing, after, strict=True):
                if one is was:
                    continue
                if not await records.update(one):
                    # Another process was first: the next round sees what it made of it.
                    continue
                if one.state is not was.state:
                    await self._record(work, was, one, by=by)
            made = [self._made(one, book=book, due_on=due_on) for one in new]
            for one in made:
                await records.add(one)
                await self._record(work, None, one, by=by)
            return made

        made = await context.changes.run(store, tenant_id=account.tenant_id)
        gone = [one for one in alerts if one.state not in STANDING]
        return [*gone, *after, *made]

    def _made(self, one: NewAlert, *, book: AccountBook, due_on: date) -> MarginAlert:
        return MarginAlert(
            id=self.context.changes.ids.new(),
            tenant_id=book.account.tenant_id,
            account_id=book.account.id,
            kind=one.kind,
            level=one.level,
            amount=one.amount,
            opened_at=self.context.changes.clock.now(),
            due_on=due_on if one.kind is AlertKind.CALL else None,
        )

    async def _record(
        self, work: Work, before: MarginAlert | None, after: MarginAlert, *, by: Asker
    ) -> None:
        await self.context.changes.record(
            work,
            f"margin.{after.kind.value}_{after.state.value}",
            by=by,
            subject=after.account_id,
            before=None if before is None else describe_alert(before),
            after=describe_alert(after),
            channel="risk",
            account_id=after.account_id,
        )

    async def _tell(self, alert: MarginAlert) -> None:
        await self.tell(
            tenant_id=alert.tenant_id,
            account_id=alert.account_id,
            kind=f"margin_{alert.kind.value}",
            detail=tuple(sorted(describe_alert(alert).items())),
        )

        async def told(work: Work) -> None:
            records = work.records(MARGIN_ALERTS)
            now = await records.get(alert.id)
            if now is not None and now.told is not alert.state:
                await records.update(replace(now, told=alert.state, version=now.version + 1))

        await self.context.changes.run(told, tenant_id=alert.tenant_id)

    async def _act(self, book: AccountBook, *, setting: AccountMargin, target: Decimal) -> None:
        """Begin a plan without being asked, unless one goes on or has just begun."""
        context, account = self.context, book.account
        now_s = context.changes.clock.monotonic()
        began = self._began.get(account.id)
        if began is not None and now_s - began < AUTOMATIC_PAUSE_S:
            return
        self._began[account.id] = now_s
        found = await self.planning.reductions(book, setting=setting, target=target)
        made = self.planning.proposal(
            book, found, setting=setting, by=WATCHER, origin=PlanOrigin.AUTOMATIC
        )
        if isinstance(made, NoPlan):
            return
        plan = made.approved(by=WATCHER, at=context.changes.clock.now())
        plan = replace(plan, version=1)
        by = Asker(tenant_id=account.tenant_id, actor=WATCHER)

        async def begin(work: Work) -> DeleveragePlan | None:
            plans = work.records(DELEVERAGE_PLANS)
            where = {"account_id": account.id, "state": PlanState.APPROVED}
            if await plans.count(where=where):
                return None
            await plans.add(plan)
            await record_plan(context, work, None, plan, by=by)
            return plan

        if await context.changes.run(begin, tenant_id=account.tenant_id) is not None:
            await self.tell(
                tenant_id=account.tenant_id,
                account_id=account.id,
                kind="deleverage_began",
                detail=(("plan_id", str(plan.id)), ("target_buffer", str(plan.target))),
            )
