"""Try a rule on an order that nobody sends."""

from dataclasses import dataclass
from uuid import UUID

from application.accounts.book_store import BookStore
from application.orders.gatekeeper import Gatekeeper
from application.risk.commands import RuleTried, TryRule
from application.risk.create_rule import rule_of
from domain.orders.moves import MoveTimes
from domain.orders.order import Order
from domain.risk.headroom import headroom
from domain.risk.rule import Action
from domain.risk.rule_set import RuleSet
from domain.risk.verdict import Denied
from ports.ids import Ids
from ports.market import MarketClock
from ports.time import Clock


@dataclass(frozen=True, slots=True, kw_only=True)
class TryRules:
    """Ask one rule, stored or not, what it would say; nothing is stored or counted."""

    book_store: BookStore
    gatekeeper: Gatekeeper
    clock: Clock
    market_clock: MarketClock
    ids: Ids

    async def __call__(self, command: TryRule) -> RuleTried:
        """Return the rule's answer as of now; raises InvalidValue and AccountNotFound."""
        when = MoveTimes(at=self.clock.now(), market_at=self.market_clock.now())
        rule = rule_of(command.fields, id=self.ids.new(), tenant_id=command.tenant_id, at=when.at)
        book = await self.book_store.read(
            tenant_id=command.tenant_id, account_id=command.account_id
        )
        order = _order(command, id=self.ids.new(), when=when)
        rules = RuleSet(tenant_id=command.tenant_id, version=0, rules=(rule,))
        compiled = rules.compiled(
            account_id=order.account_id, strategy_id=order.strategy_id, symbol=order.symbol
        )
        if not compiled.applied:
            return RuleTried(applies=False, approved=True, reasons=(), headroom=None, halts=False)
        view = self.gatekeeper.view.marked(self.gatekeeper.view(book), symbol=order.symbol)
        others = await self.book_store.others_for(book, counts_all=rules.reads_others)
        activity = await self.gatekeeper.activity(rules, account_id=order.account_id)
        judged = self.gatekeeper.judge(
            order, view=view, rules=rules, when=when, others=others, activity=activity
        )
        verdict = judged.verdict
        reasons = verdict.reasons if isinstance(verdict, Denied) else ()
        of_rule = tuple(reason for reason in reasons if reason.rule_id == rule.id)
        measured = headroom(order, rules=compiled, situation=judged.situation)
        return RuleTried(
            applies=True,
            approved=not of_rule,
            reasons=of_rule,
            headroom=measured[-1],
            halts=bool(of_rule) and rule.action is Action.HALT,
        )


def _order(command: TryRule, *, id: UUID, when: MoveTimes) -> Order:
    return Order(
        id=id,
        tenant_id=command.tenant_id,
        account_id=command.account_id,
        client_order_id=f"try-{id}",
        terms=command.terms,
        accepted_at=when.at,
        updated_at=when.at,
        market_at=when.market_at,
        strategy_id=command.strategy_id,
    )
