"""Follow a broker's stream: every report once, gaps and repeats included."""

from dataclasses import dataclass, field

from application.orders.adopt_external import AdoptExternal
from application.orders.apply_report import Anomalous, Anomaly, Applied, ApplyReport
from domain.accounts.account import Account
from domain.orders.states import IllegalTransition
from domain.shared.values import InvalidValue
from ports.accounts import AccountBooks, AccountDirectory
from ports.broker import Broker, BrokerUnavailable, BrokerUnsure, Report, UnreadableReport
from ports.halts import RaiseHalt
from ports.time import Sleeper

RETRY_S = 1.0


@dataclass(slots=True)
class Watermark:
    """The highest report up to which none is missing."""

    value: int = 0
    _ahead: set[int] = field(default_factory=set)

    def knows(self, sequence: int) -> bool:
        """Tell whether a report was applied already."""
        return sequence <= self.value or sequence in self._ahead

    def heard(self, sequence: int) -> int:
        """Count a report as applied and return the watermark."""
        if sequence > self.value:
            self._ahead.add(sequence)
        while self.value + 1 in self._ahead:
            self.value += 1
            self._ahead.discard(self.value)
        return self.value


@dataclass(slots=True, kw_only=True)
class FollowReports:
    """Apply one broker's reports in the order they come, until cancelled."""

    broker: Broker
    books: AccountBooks
    directory: AccountDirectory
    apply_report: ApplyReport
    adopt_external: AdoptExternal
    halt: RaiseHalt
    sleeper: Sleeper
    _accounts: dict[str, Account] = field(default_factory=dict)

    async def __call__(self) -> None:
        """Run until cancelled; a broken stream is taken up again where it stood."""
        name = self.broker.traits.name
        mark = Watermark(await self.books.heard(broker=name))
        while True:
            try:
                async for report in self.broker.reports(after=mark.value):
                    await self.take(report, mark=mark)
            except (BrokerUnsure, BrokerUnavailable):
                await self.sleeper.sleep(RETRY_S)

    async def take(self, report: Report | UnreadableReport, *, mark: Watermark) -> None:
        """Apply one report; what contradicts our books halts the account it concerns."""
        if mark.knows(report.sequence):
            # Told again it may be old: it would undo what has happened since.
            return
        account = await self._account(report.account_id)
        if account is None:
            # Not an account of ours: others may use the same broker login.
            mark.heard(report.sequence)
            return
        anomalous = await self._apply(account, report=report, heard=mark.value)
        if anomalous is not None:
            await self.halt(
                tenant_id=account.tenant_id,
                account_id=account.id,
                reason=f"broker report {report.sequence}: {anomalous.anomaly} {anomalous.detail}",
            )
        mark.heard(report.sequence)

    async def _apply(
        self, account: Account, *, report: Report | UnreadableReport, heard: int
    ) -> Anomalous | None:
        """Return what is wrong with the report; the stream goes on for the other accounts."""
        if isinstance(report, UnreadableReport):
            return Anomalous(Anomaly.UNREADABLE, report.problem)
        try:
            # Stored with this report: everything before it has been applied already.
            applied = await self.apply_report(
                tenant_id=account.tenant_id, account_id=account.id, report=report, heard=heard
            )
        except IllegalTransition as problem:
            # Such as a fill of an order that was never sent.
            return Anomalous(Anomaly.ILLEGAL_MOVE, str(problem))
        except (InvalidValue, ArithmeticError) as problem:
            return Anomalous(Anomaly.UNREADABLE, f"{report.client_order_id}: {problem}")
        if isinstance(applied, Applied):
            return None
        if applied.anomaly is not Anomaly.UNKNOWN_ORDER:
            return applied
        refused = await self.adopt_external(
            account=account, client_order_id=report.client_order_id, broker=self.broker
        )
        if refused is None:
            return None
        return Anomalous(Anomaly.UNKNOWN_ORDER, f"{report.client_order_id}: {refused}")

    async def _account(self, account_id: str) -> Account | None:
        known = self._accounts.get(account_id)
        if known is None:
            at_broker = await self.directory.at_broker(broker=self.broker.traits.name)
            self._accounts = {str(account.id): account for account in at_broker}
            known = self._accounts.get(account_id)
        return known
