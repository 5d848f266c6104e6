"""Analyse orders before they are sent: what they use, cost and risk, and how dangerous that is."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from application.orders.commands import SubmitOrder
from application.orders.preview import PreviewOrder
from application.orders.refusals import reasons_of
from application.risk.read_returns import ReadReturns
from application.risk.take_advice import AdviceTaken, TakeAdvice
from domain.accounts.margin_book import Marks
from domain.risk.objections import Objection
from domain.risk.pre_trade import Analysis, MarginChange, analyse
from domain.risk.proposal import Proposal, added, margins, values_of
from domain.risk.rating import Rating, more_careful, rate, score_of
from domain.risk.rating_parts import PreTradeLimits
from domain.risk.verdict import Headroom, Reason
from ports.market import Instruments, MarketClock, MarketView


@dataclass(frozen=True, slots=True, kw_only=True)
class Analyzed:
    """What the gate would say, what the orders would do, and how dangerous they are."""

    as_of: datetime
    currency: str
    approved: bool
    reasons: tuple[Reason, ...]
    headroom: tuple[Headroom, ...]
    objections: tuple[Objection, ...]
    analysis: Analysis
    score: Decimal
    rating: Rating
    # None where no adviser is set.
    advice: AdviceTaken | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AnalyzeOrders:
    """Analyse an order or a group; nothing is stored, counted or sent but for the advice on it."""

    preview: PreviewOrder
    market: MarketView
    history: ReadReturns
    market_clock: MarketClock
    instruments: Instruments
    limits: PreTradeLimits
    advice: TakeAdvice | None = None

    async def analyze(self, command: SubmitOrder) -> Analyzed:
        """Return the analysis as of now; raises InvalidValue, AccountNotFound."""
        said = await self.preview.ask(command)
        proposal = Proposal(
            view=said.view,
            orders=[
                (order, one.situation) for order, one in zip(said.orders, said.judged, strict=True)
            ],
            headroom=said.headroom,
        )
        before, changes, _ = values_of(proposal)
        returns = self.history(added(before, changes))
        at = self.market_clock.now()
        margin_before, margin_after = margins(
            proposal,
            marks=Marks(instrument=self.instruments.find, quote=self.market.quote),
            rulebook=said.rulebook,
            # The rules of the day on which it is asked, as the gate has them.
            on=said.when.at.date(),
        )
        found = analyse(
            proposal,
            returns=returns,
            margin=MarginChange(before=margin_before, after=margin_after),
            limits=self.limits,
        )
        objections = proposal.objections()
        score = score_of(found.parts)
        rating = rate(
            score,
            missing=bool(found.missing),
            warned=bool(objections),
            denied=not said.approved,
        )
        advice: AdviceTaken | None = None
        if self.advice is not None:
            advice = await self.advice(
                found,
                rating=rating,
                objections=len(objections),
                by=command.asker,
                account_id=command.account_id,
            )
        return Analyzed(
            as_of=at,
            currency=said.view.account.currency,
            approved=said.approved,
            reasons=reasons_of(one.verdict for one in said.judged),
            headroom=said.headroom,
            objections=objections,
            analysis=found,
            score=score,
            rating=rating if advice is None else more_careful(rating, advice.rating),
            advice=advice,
        )
