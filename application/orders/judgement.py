"""Hold the gate's verdict on one order with all that it was decided on."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from application.accounts.book_store import Others
from domain.accounts.book import AccountBook, Intake
from domain.accounts.decision import Common, Decision
from domain.orders.moves import MoveTimes
from domain.orders.terms import OrderTerms
from domain.risk.recent import intake_of
from domain.risk.rule import RuleType
from domain.risk.rule_set import RuleSet
from domain.risk.situation import Situation
from domain.risk.strategy_stop import Trip, stopped_as
from domain.risk.verdict import Denied, Verdict
from domain.shared.frozen import builder

_decision = builder(Decision)


@dataclass(frozen=True, slots=True)
class Tripped:
    """Strategies that have to be stopped before any order is answered."""

    trips: tuple[Trip, ...]


class ReadAgain:
    """A fill came to the book that the account's activity was read without."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """The gate's verdict on one order, with all that it was decided on."""

    verdict: Verdict
    situation: Situation
    record: bytes
    common: Common | None = None

    def decision(self, *, id: UUID, order_id: UUID, approved: bool) -> Decision:
        """Return what is stored of it."""
        return _decision(
            id=id,
            order_id=order_id,
            approved=approved,
            record=self.record,
            common=self.common,
        )

    def message(self, terms: OrderTerms, *, book: AccountBook, when: MoveTimes) -> Intake:
        """Return the order message that it was asked by, to be counted."""
        return intake_of(terms, book=book, now=when.at, reducing=self.verdict.reducing)


def tripped(judged: Iterable[Judgement], *, rules: RuleSet) -> Tripped | None:
    """Return the strategies that these decisions found to run away, and nobody has stopped yet."""
    trips: list[Trip] = []
    for one in judged:
        if not isinstance(one.verdict, Denied):
            continue
        strategy = stopped_as(one.verdict.order.strategy_id)
        for reason in one.verdict.reasons:
            if reason.code != RuleType.REPEAT_EXECUTION or reason.rule_id is None:
                continue
            known = rules.stops.get((reason.rule_id, strategy))
            if known is None or not known.is_off:
                trips.append(
                    Trip(
                        tenant_id=rules.tenant_id,
                        rule_id=reason.rule_id,
                        strategy=strategy,
                        executions=int(reason.value or 0),
                    )
                )
    return Tripped(tuple(trips)) if trips else None


def versions_of(
    others: Others, *judged: Judgement, rules: RuleSet
) -> tuple[tuple[UUID, int], ...] | None:
    """Return what the orders' change is fenced by that were decided beside these books.

    What only reduces is held back by no other account.
    """
    if (
        others is None
        or not rules.counts_all_accounts
        or all(one.verdict.reducing for one in judged)
    ):
        return None
    return tuple((book.account.id, book.version) for book in others)
