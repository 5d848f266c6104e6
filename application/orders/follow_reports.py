"""Follow a broker's stream: every report once, gaps and repeats included.

Each account's reports are applied in the order told, different accounts' side by side: one
that is slow, or a long queue after an outage, holds up no other.
"""

import asyncio
from dataclasses import dataclass, field

from application.orders.adopt_external import AdoptExternal
from application.orders.apply_report import (
    LASTING,
    Anomalous,
    Anomaly,
    Applied,
    ApplyReport,
    TooEarly,
)
from application.orders.report_lanes import ReportLanes
from application.orders.watermark import Watermark
from domain.accounts.account import Account
from domain.orders.states import IllegalTransition
from domain.shared.values import InvalidValue
from ports.accounts import AccountBooks, AccountDirectory
from ports.broker import Broker, BrokerUnavailable, BrokerUnsure, Report, UnreadableReport
from ports.halts import RaiseHalt
from ports.storage import StorageUnavailable
from ports.time import Sleeper

RETRY_S = 1.0
MARK_EVERY_S = 1.0
ACCOUNTS_AT_ONCE = 16
# A report that overtook another is looked at again so soon, and at most so often.
LOOK_AGAIN_S = 0.02
EARLY_MAX = 250


@dataclass(slots=True, kw_only=True)
class FollowReports:
    """Apply one broker's reports, each account's in the order they come, until cancelled.

    What a report changes is stored together with its sequence, once. The mark, up to which
    all were applied, follows by itself and never passes a report that is still in work:
    after a crash the broker tells from the mark on, and what was applied above it is known.
    """

    broker: Broker
    books: AccountBooks
    directory: AccountDirectory
    apply_report: ApplyReport
    adopt_external: AdoptExternal
    halt: RaiseHalt
    sleeper: Sleeper
    accounts_at_once: int = ACCOUNTS_AT_ONCE
    _accounts: dict[str, Account] = field(default_factory=dict)
    # By sequence: how often a report was too early.
    _early: dict[int, int] = field(default_factory=dict)

    async def __call__(self) -> None:
        """Run until cancelled; a broken stream is taken up again where it stood."""
        heard = await self.books.heard(broker=self.broker.traits.name)
        mark = Watermark(heard.mark, above=heard.above)
        news = asyncio.Event()
        if mark.value > heard.mark:
            news.set()

        async def apply(report: Report | UnreadableReport) -> bool:
            taken = await self.take(report, mark=mark)
            if not taken:
                await self.sleeper.sleep(LOOK_AGAIN_S)
            news.set()
            return taken

        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._keep_mark(mark, stored=heard.mark, news=news))
                lanes = ReportLanes(
                    group=group, apply=apply, mark=mark, at_once=self.accounts_at_once
                )
                await self._read(lanes, mark=mark)
        except ExceptionGroup as met:
            # The first ended the others; what they had in work is told again.
            raise met.exceptions[0] from met

    async def _read(self, lanes: ReportLanes, *, mark: Watermark) -> None:
        while True:
            try:
                async for report in self.broker.reports(after=mark.value):
                    await lanes.enter(report)
            except (BrokerUnsure, BrokerUnavailable):
                await self.sleeper.sleep(RETRY_S)

    async def _keep_mark(self, mark: Watermark, *, stored: int, news: asyncio.Event) -> None:
        """Store how far the mark has come, now and then: nothing depends on how soon."""
        name = self.broker.traits.name
        while True:
            await news.wait()
            await self.sleeper.sleep(MARK_EVERY_S)
            news.clear()
            value = mark.value
            if value <= stored:
                continue
            try:
                await self.books.mark_heard(broker=name, mark=value)
                stored = value
            except StorageUnavailable:
                news.set()

    async def take(self, report: Report | UnreadableReport, *, mark: Watermark) -> bool:
        """Apply one report; what contradicts our books halts the account it concerns.

        False for one that overtook another that it builds on: it is to be taken again soon.
        """
        if mark.knows(report.sequence):
            # Told again it may be old: it would undo what has happened since.
            return True
        account = await self._account(report.account_id)
        if account is None:
            # Not an account of ours: others may use the same broker login.
            mark.heard(report.sequence)
            return True
        early = self._early.pop(report.sequence, 0)
        patient = mark.value + 1 < report.sequence and early < EARLY_MAX
        anomalous = await self._apply(account, report=report, patient=patient)
        if isinstance(anomalous, TooEarly):
            self._early[report.sequence] = early + 1
            return False
        if anomalous is not None:
            await self.halt(
                tenant_id=account.tenant_id,
                account_id=account.id,
                reason=f"broker report {report.sequence}: {anomalous.anomaly} {anomalous.detail}",
            )
            await self._note(account, report=report)
        mark.heard(report.sequence)
        return True

    async def _apply(
        self, account: Account, *, report: Report | UnreadableReport, patient: bool
    ) -> Anomalous | TooEarly | None:
        """Return what is wrong with the report; the stream goes on for the other accounts."""
        if isinstance(report, UnreadableReport):
            return Anomalous(Anomaly.UNREADABLE, report.problem)
        try:
            applied = await self.apply_report(
                tenant_id=account.tenant_id,
                account_id=account.id,
                report=report,
                heard=report.sequence,
                patient=patient,
            )
        except IllegalTransition as problem:
            # Such as a fill of an order that was never sent.
            return Anomalous(Anomaly.ILLEGAL_MOVE, str(problem))
        except (InvalidValue, ArithmeticError) as problem:
            return Anomalous(Anomaly.UNREADABLE, f"{report.client_order_id}: {problem}")
        if isinstance(applied, Applied):
            return None
        if isinstance(applied, TooEarly):
            return applied
        if applied.anomaly is not Anomaly.UNKNOWN_ORDER:
            return applied
        refused = await self.adopt_external(
            account=account, client_order_id=report.client_order_id, broker=self.broker
        )
        if refused is None:
            await self._note(account, report=report)
            return None
        return Anomalous(Anomaly.UNKNOWN_ORDER, f"{report.client_order_id}: {refused}")

    async def _note(self, account: Account, *, report: Report | UnreadableReport) -> None:
        """Store a report as applied that no change was stored with."""
        if isinstance(report, Report) and report.kind not in LASTING:
            await self.apply_report.note(
                tenant_id=account.tenant_id, account_id=account.id, heard=report.sequence
            )

    async def _account(self, account_id: str) -> Account | None:
        known = self._accounts.get(account_id)
        if known is None:
            at_broker = await self.directory.at_broker(broker=self.broker.traits.name)
            self._accounts = {str(account.id): account for account in at_broker}
            known = self._accounts.get(account_id)
        return known
