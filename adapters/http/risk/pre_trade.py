"""Route the analysis of orders that nobody has sent."""

import msgspec
from litestar import post

from adapters.http import examples
from adapters.http.area import AreaRoutes
from adapters.http.documented import described
from adapters.http.orders.schemas import GroupBody, OrderBody
from adapters.http.permissions import reach
from adapters.http.problems import ReasonView
from adapters.http.reading import decoder_of, names
from adapters.http.risk.figures import ValueAtRiskView, tail_view
from adapters.http.wire import (
    Answer,
    HeadroomView,
    HttpRequest,
    answer,
    asker_of,
    body_of,
    decode,
    headroom_view,
    moment,
    reason_view,
    rounded,
    text_of,
)
from application.risk.analyze_orders import Analyzed, AnalyzeOrders
from application.risk.take_advice import AdviceTaken
from domain.identity.access import Permission
from domain.margin.assessment import Assessment
from domain.margin.rulebook import NoTable
from domain.risk.book_history import WorstStretch
from domain.risk.objections import Objection
from domain.risk.pre_trade import BookRisk, SymbolAnalysis
from domain.risk.rating import Part, shown_score

PATH = "/api/v1/pre-trade"

_ORDER = decoder_of(OrderBody)
_GROUP = decoder_of(GroupBody)


class PartView(msgspec.Struct):
    """A part of the score: 100 x min(1, value / limit), null when `missing` says what it needs.

    Scores are cut after two places, and rated by what they are exactly.

    An exempt part is shown and does not count: the orders only reduce what is held.
    """

    name: str
    value: str | None
    limit: str
    score: str | None
    missing: str
    exempt: bool


class MarginView(msgspec.Struct):
    """What positions take by a rulebook; buffer is the share of the equity above maintenance.

    missing names the table or the price that is not there.
    """

    rulebook: str
    equity: str | None
    initial: str | None
    maintenance: str | None
    excess: str | None
    buffer: str | None
    missing: str


class MarginChangeView(msgspec.Struct):
    """Margin of the positions as they are, and with the orders filled at the last prices."""

    before: MarginView
    after: MarginView


class SymbolView(msgspec.Struct):
    """A traded symbol: signed units, worth, costs as fractions of it, days on the way out.

    correlation is that of 60 daily returns with the rest of the book.
    """

    symbol: str
    quantity: str
    worth: str | None
    half_spread: str | None
    impact: str | None
    cost: str | None
    days_to_exit: str | None
    correlation: float | None


class WorstView(msgspec.Struct):
    """The greatest loss of the new book over so many days in a row of its history, in money."""

    days: int
    loss: str
    first_day: str
    last_day: str


class BookRiskView(msgspec.Struct):
    """The day's value at risk before and after; marginal is what the orders add to it."""

    before: ValueAtRiskView | None
    after: ValueAtRiskView | None
    marginal: str
    worst: list[WorstView]


class ObjectionView(msgspec.Struct):
    """What another area has against the orders: BLOCK denies what opens, WARN only warns."""

    source: str
    code: str
    action: str
    message: str
    value: str | None
    limit: str | None


class AdviceView(msgspec.Struct):
    """What a language model made of the ratios: a rating at least as careful, and why.

    model is empty where no reply counted, and problem says why.
    """

    rating: str
    explanation: str
    model: str
    problem: str


class AnalysisView(msgspec.Struct, kw_only=True):
    """What orders would do; missing names what figures that are null need.

    The rating is SAFE below a score of 60, CAUTION below 90 and DANGER from there: never below
    CAUTION where something is missing or another area objects, and always DANGER where the gate
    would deny.
    """

    rating: str
    score: str
    as_of: str
    currency: str
    approved: bool
    reasons: list[ReasonView]
    headroom: list[HeadroomView]
    objections: list[ObjectionView]
    parts: list[PartView]
    margin: MarginChangeView
    sectors: dict[str, str]
    symbols: list[SymbolView]
    risk: BookRiskView | None
    missing: list[str]
    # Null where no adviser is set.
    advice: AdviceView | None


def pre_trade_routes(orders: AnalyzeOrders) -> AreaRoutes:
    """Return the routes under /api/v1/pre-trade."""

    @post(
        "/analyze",
        **described(
            "Analyse an order or a group before it is sent; nothing is stored",
            permission=Permission.ORDERS_READ,
            body=(OrderBody, GroupBody),
            answers={200: AnalysisView},
            problems=(404,),
            example=examples.ORDER,
        ),
    )
    async def analyse_orders(request: HttpRequest) -> Answer:
        body = await body_of(request)
        group = names(body, "orders") or names(body, "group")
        asked = decode(body, decoder=_GROUP) if group else decode(body, decoder=_ORDER)
        command = asked.command(asker_of(request))
        reach(request.scope["state"], account_id=command.account_id)
        return answer(analysis_view(await orders.analyze(command)))

    return AreaRoutes(path=PATH, tags=["risk"], route_handlers=[analyse_orders])


def analysis_view(said: Analyzed) -> AnalysisView:
    """Show an analysis."""
    found = said.analysis
    return AnalysisView(
        rating=said.rating.value,
        score=text_of(shown_score(said.score)),
        as_of=moment(said.as_of),
        currency=said.currency,
        approved=said.approved,
        reasons=[reason_view(reason) for reason in said.reasons],
        headroom=[headroom_view(one) for one in said.headroom],
        objections=[_objection_view(one) for one in said.objections],
        parts=[_part_view(part) for part in found.parts],
        margin=MarginChangeView(
            before=_margin_view(found.margin.before), after=_margin_view(found.margin.after)
        ),
        sectors={name: rounded(share) for name, share in sorted(found.sectors.items())},
        symbols=[_symbol_view(one) for one in found.symbols],
        risk=_risk_view(found.risk) if found.risk is not None else None,
        missing=list(found.missing),
        advice=_advice_view(said.advice) if said.advice is not None else None,
    )


def _advice_view(advice: AdviceTaken) -> AdviceView:
    return AdviceView(
        rating=advice.rating.value,
        explanation=advice.explanation,
        model=advice.model,
        problem=advice.problem,
    )


def _objection_view(one: Objection) -> ObjectionView:
    return ObjectionView(
        source=one.source,
        code=one.code,
        action=one.action.value,
        message=one.message,
        value=rounded(one.value),
        limit=rounded(one.limit),
    )


def _part_view(part: Part) -> PartView:
    return PartView(
        name=part.name.value,
        value=rounded(part.value),
        limit=text_of(part.limit),
        score=text_of(shown_score(part.score)) if part.score is not None else None,
        missing=part.missing,
        exempt=part.exempt,
    )


def _margin_view(margin: Assessment | NoTable) -> MarginView:
    if isinstance(margin, NoTable):
        return MarginView(margin.table, None, None, None, None, None, margin.problem)
    return MarginView(
        rulebook=margin.rulebook.version,
        equity=rounded(margin.equity),
        initial=rounded(margin.initial),
        maintenance=rounded(margin.maintenance),
        excess=rounded(margin.excess),
        buffer=rounded(margin.buffer),
        missing="",
    )


def _symbol_view(one: SymbolAnalysis) -> SymbolView:
    return SymbolView(
        symbol=one.symbol,
        quantity=text_of(one.quantity),
        worth=rounded(one.worth),
        half_spread=rounded(one.cost.half_spread),
        impact=rounded(one.cost.impact),
        cost=rounded(one.cost.total),
        days_to_exit=rounded(one.days_to_exit),
        correlation=one.correlation,
    )


def _risk_view(risk: BookRisk) -> BookRiskView:
    return BookRiskView(
        before=tail_view(risk.before) if risk.before is not None else None,
        after=tail_view(risk.after) if risk.after is not None else None,
        marginal=rounded(risk.marginal),
        worst=[_worst_view(stretch) for stretch in risk.worst],
    )


def _worst_view(worst: WorstStretch) -> WorstView:
    return WorstView(
        days=worst.days,
        loss=rounded(worst.loss),
        first_day=worst.first_day.isoformat(),
        last_day=worst.last_day.isoformat(),
    )
