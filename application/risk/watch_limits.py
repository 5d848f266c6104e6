"""Watch accounts between orders: warn early, and stop an account that broke a limit."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from application.accounts.book_store import BookStore
from application.orders.gatekeeper import Gatekeeper
from application.risk.keep_peak import KeepPeak
from domain.accounts.account import Account
from domain.accounts.book import AccountBook, Channel
from domain.accounts.book_change import BookChange
from domain.accounts.change import Draft
from domain.orders.moves import MoveTimes
from domain.risk.breach import Breach
from domain.risk.others import sums_of
from domain.risk.rule import Action
from domain.risk.rule_set import RuleSet
from domain.risk.situation import AccountFigures, AccountSums
from domain.risk.verdict import Headroom
from domain.risk.watch import Reading, readings
from domain.shared.values import plain_figure
from ports.breaches import Breaches
from ports.halts import RaiseHalt
from ports.identity import Users
from ports.ids import Ids
from ports.market import MarketClock
from ports.time import Clock, Sleeper

# A trigger must hold this often in a row: one bad tick stops nobody.
CLEAN_READINGS = 3
# RTS 6 article 16(5) asks for alerts within 5 seconds.
INTERVAL_S = 1.0


@dataclass(slots=True)
class _RuleWatch:
    """What was said of one rule and account so far."""

    alerted: bool = False
    breached: bool = False
    breaches_in_a_row: int = 0
    # The breach that the account was stopped for.
    stopped: Breach | None = None


class LimitWatch:
    """Reads loss, drawdown and leverage rules of every account against the latest marks.

    From 70 % of a limit on an alert goes out, once until the use falls under it again; a
    breach is told at once. When the rule's action is HALT, the account is stopped once
    CLEAN_READINGS readings in a row were beyond the limit with every input there: once a
    breach, also over restarts. Who releases the account has seen that breach; it is stopped
    again when the breach gets deeper by a tenth of the limit, or after it was over. A rule that
    counts all accounts of the tenant is read for each account in its scope, and stops each.
    """

    def __init__(
        self,
        *,
        book_store: BookStore,
        users: Users,
        gatekeeper: Gatekeeper,
        halt: RaiseHalt,
        breaches: Breaches,
        clock: Clock,
        market_clock: MarketClock,
        ids: Ids,
        sleeper: Sleeper,
    ) -> None:
        self._book_store = book_store
        self._users = users
        self._gatekeeper = gatekeeper
        self._halt = halt
        self._breaches = breaches
        self._loaded = False
        self._clock = clock
        self._market_clock = market_clock
        self._ids = ids
        self._sleeper = sleeper
        self._peak = KeepPeak(
            book_store=book_store, clock=clock, market_clock=market_clock, ids=ids
        )
        self._watched: dict[tuple[UUID, UUID, int], _RuleWatch] = {}

    async def run(self) -> None:
        """Read until the task is cancelled."""
        while True:
            await self.read()
            await self._sleeper.sleep(INTERVAL_S)

    async def read(self) -> None:
        """Read every account once."""
        await self._remember()
        seen: set[tuple[UUID, UUID, int]] = set()
        for tenant in await self._users.tenants():
            rules = (await self._gatekeeper.refresh(tenant_id=tenant.id)).at(self._clock.now())
            books = await self._book_store.read_all(tenant_id=tenant.id)
            sums = self._sums(books) if rules.counts_all_accounts else {}
            for book in books:
                account = book.account
                figures = self._gatekeeper.view(book).account
                await self._peak.read(book, equity=figures.equity)
                everywhere = sums.get(account.currency)
                for reading in _read(rules, book=book, figures=figures, everywhere=everywhere):
                    key = (account.id, reading.rule.id, reading.rule.version)
                    seen.add(key)
                    watched = self._watched.setdefault(key, _RuleWatch())
                    await self._judge(account, reading=reading, watched=watched)
        for key in self._watched.keys() - seen:
            await self._over(self._watched[key])
            del self._watched[key]

    def _sums(self, books: Sequence[AccountBook]) -> dict[str, AccountSums]:
        """Sum all of a tenant's accounts, in each currency that they have.

        A trading day counts once every account has begun it.
        """
        views = [self._gatekeeper.view(book) for book in books]
        since = max((book.day.date for book in books if book.day is not None), default=None)
        return {
            currency: sums_of(views, currency=currency, symbol="", sector="", since=since)
            for currency in {book.account.currency for book in books}
        }

    async def _remember(self) -> None:
        """Take up, once a life, what accounts were stopped for before it."""
        if self._loaded:
            return
        for breach in await self._breaches.load():
            self._watched[breach.key] = _RuleWatch(
                alerted=True, breached=True, breaches_in_a_row=0, stopped=breach
            )
        self._loaded = True

    async def _over(self, watched: _RuleWatch) -> None:
        if watched.stopped is not None:
            await self._breaches.forget(watched.stopped)
            watched.stopped = None

    async def _judge(self, account: Account, *, reading: Reading, watched: _RuleWatch) -> None:
        if not reading.is_clean:
            # A missing input proves neither a breach nor its end.
            return
        told = reading.headroom
        if told.breached:
            watched.breaches_in_a_row += 1
            if not watched.breached:
                await self._tell(account, reading, type="risk.limit_breached")
            watched.breached = watched.alerted = True
            confirmed = watched.breaches_in_a_row >= CLEAN_READINGS
            if reading.rule.action is Action.HALT and confirmed:
                await self._stop(account, reading=reading, watched=watched)
            return
        watched.breaches_in_a_row = 0
        watched.breached = False
        await self._over(watched)
        if told.is_alert and not watched.alerted:
            await self._tell(account, reading, type="risk.limit_near")
        watched.alerted = told.is_alert

    async def _stop(self, account: Account, *, reading: Reading, watched: _RuleWatch) -> None:
        """Stop the account for a breach that it was not stopped for yet."""
        told = reading.headroom
        assert told.value is not None
        assert told.limit is not None
        breach = Breach(
            tenant_id=account.tenant_id,
            account_id=account.id,
            rule_id=reading.rule.id,
            rule_version=reading.rule.version,
            basis=reading.basis,
            value=told.value,
            limit=told.limit,
        )
        if watched.stopped is not None and watched.stopped.covers(breach):
            return
        await self._halt(
            tenant_id=account.tenant_id,
            account_id=account.id,
            reason=f"{reading.rule.name}: {describe(told)}",
        )
        # Only now: who is cut short in between stops the account once more, not once less.
        await self._breaches.keep(breach)
        watched.stopped = breach

    async def _tell(self, account: Account, reading: Reading, *, type: str) -> None:
        told = reading.headroom
        body = {
            "rule_id": str(reading.rule.id),
            "rule_type": reading.rule.rule_type.value,
            "rule_name": reading.rule.name,
            "action": reading.rule.action.value,
            "value": _figure(told, "value"),
            "limit": _figure(told, "limit"),
            "used": _figure(told, "used"),
            "clause": told.clause,
        }

        def decide(book: AccountBook) -> BookChange:
            when = MoveTimes(at=self._clock.now(), market_at=self._market_clock.now())
            draft = Draft(book=book, when=when, new_id=self._ids.new)
            draft.tell(Channel.RISK, type=type, subject=str(reading.rule.id), body=body)
            return draft.done()

        await self._book_store.change(
            tenant_id=account.tenant_id, account_id=account.id, decide=decide
        )


def _read(
    rules: RuleSet, *, book: AccountBook, figures: AccountFigures, everywhere: AccountSums | None
) -> tuple[Reading, ...]:
    day = None if book.day is None else book.day.date
    return readings(
        rules.rules,
        account=book.account,
        figures=figures,
        day=day,
        lap=book.lap,
        everywhere=everywhere,
    )


def describe(told: Headroom) -> str:
    """Say a value and its limit in words."""
    return f"{_figure(told, 'value')} of {_figure(told, 'limit')} {told.unit} allowed"


def _figure(told: Headroom, name: str) -> str:
    figure = getattr(told, name)
    return "" if figure is None else plain_figure(figure, places=6)
