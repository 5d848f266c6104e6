"""Ask a language model about a rating in ratios alone, and judge what it replies."""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from domain.margin.rulebook import NoTable
from domain.risk.pre_trade import Analysis
from domain.risk.rating import Rating, more_careful
from domain.shared.values import ZERO, plain

EXPLANATION_MAX = 600
REPLY_MAX = 4_000

# What a ratio is rounded to, and where it ends: no amount of money is told by one.
_STEP = Decimal("0.001")
_LARGEST = Decimal(1_000)
# Plain sentences: no markup, address, mention or code, in which more than words could hide.
_PLAIN = re.compile(r"[A-Za-z0-9 .,;:%()'\"+=/-]{1,600}")
_ADDRESS = re.compile(r"//|www\.|\.(com|net|org|io)\b", re.IGNORECASE)
# Words of somebody who instructs, approves or asks for what nobody is to give.
_HOSTILE = re.compile(
    r"\b(approv|authori[sz]|instruct|ignor|overrid|disregard|bypass|guarante|password|passcode"
    r"|credential|api key|token|wire|transfer|click|visit|system prompt)",
    re.IGNORECASE,
)

SYSTEM = (
    "You review the figures of a trading order that a rule-based check has rated. All figures are"
    " ratios: a part's used is its value over its limit. You may keep the rating or choose a more"
    " careful one, from SAFE over CAUTION to DANGER, never a less careful one, and you cannot"
    " let an order through. Answer in JSON with the rating and an explanation in English of at"
    " most 500 characters, in plain sentences that name the figures that matter most."
)
# Of the strict subset that every vendor takes: limits are checked on the reply.
SCHEMA: Mapping[str, object] = {
    "type": "object",
    "properties": {
        "rating": {"type": "string", "enum": [rating.value for rating in Rating]},
        "explanation": {"type": "string"},
    },
    "required": ["rating", "explanation"],
    "additionalProperties": False,
}


@dataclass(frozen=True, slots=True)
class Prompt:
    """What is asked: the same figures make the same text, and so the same hash."""

    figures: str

    @property
    def hash(self) -> str:
        """SHA-256 of all that the model is told, in hexadecimal."""
        return hashlib.sha256(f"{SYSTEM}\n{self.figures}".encode()).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Advice:
    """A rating that is at least as careful as the one asked about, and why."""

    rating: Rating
    explanation: str


@dataclass(frozen=True, slots=True)
class NoAdvice:
    """A reply that counts for nothing, and why."""

    problem: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AdviceBudget:
    """How often a tenant's adviser was asked on a day; its id is the tenant's."""

    id: UUID
    tenant_id: UUID
    day: date
    asked: int
    version: int = 1


def prompt_of(analysis: Analysis, *, rating: Rating, objections: int) -> Prompt:
    """Return the prompt of an analysis: ratios by name, null where one is not known.

    They are rounded to a thousandth and end at 1,000. Nothing is in it that names an account, a
    share, a sector or a person, nor any amount; objections is how many there are.
    """
    figures = {name: _ratio(value) for name, value in _ratios(analysis)}
    asked = {"rating": rating.value, "objections": min(objections, 9), "ratios": figures}
    return Prompt(json.dumps(asked, separators=(",", ":")))


def read_advice(reply: str, *, rating: Rating) -> Advice | NoAdvice:
    """Return what a reply advises on a rating, or why it counts for nothing.

    It counts only as exactly the two fields asked for, in plain sentences. A reply that would be
    less careful argues for danger: it is not told either.
    """
    if len(reply) > REPLY_MAX:
        return NoAdvice("the reply is too long")
    try:
        said = json.loads(reply)
    except (ValueError, RecursionError):
        return NoAdvice("the reply is not JSON")
    if not isinstance(said, dict) or set(said) != {"rating", "explanation"}:
        return NoAdvice("the reply is not what was asked for")
    chosen, explanation = said["rating"], said["explanation"]
    if chosen not in tuple(Rating) or not isinstance(explanation, str):
        return NoAdvice("the reply is not what was asked for")
    if len(explanation) > EXPLANATION_MAX:
        return NoAdvice("the explanation is too long")
    if not _PLAIN.fullmatch(explanation) or _ADDRESS.search(explanation):
        return NoAdvice("the explanation is not in plain sentences")
    if _HOSTILE.search(explanation):
        return NoAdvice("the explanation instructs, approves or asks for secrets")
    advised = Rating(chosen)
    if more_careful(rating, advised) is not advised:
        return NoAdvice("the reply is less careful than the rating")
    return Advice(rating=advised, explanation=explanation)


def _ratios(analysis: Analysis) -> Iterator[tuple[str, Decimal | None]]:
    for part in analysis.parts:
        score = part.score
        yield f"{part.name.value}.used", None if score is None else score / 100
    for name, margin in (("before", analysis.margin.before), ("after", analysis.margin.after)):
        yield f"margin.buffer_{name}", None if isinstance(margin, NoTable) else margin.buffer
    symbols = analysis.symbols
    yield "half_spread_bp", _worst([_basis_points(one.cost.half_spread) for one in symbols])
    yield "impact_bp", _worst([_basis_points(one.cost.impact) for one in symbols])
    yield "days_to_exit", _worst([one.days_to_exit for one in symbols])
    correlations = [one.correlation for one in symbols if one.correlation is not None]
    yield "correlation", Decimal(repr(max(correlations))) if correlations else None
    equity, risk = analysis.equity, analysis.risk
    if risk is None or equity is None or equity <= ZERO:
        return
    yield "value_at_risk.marginal", risk.marginal / equity
    for name, tail in (("before", risk.before), ("after", risk.after)):
        yield f"value_at_risk.{name}", None if tail is None else tail.historical / equity
    for stretch in risk.worst:
        yield f"worst_{stretch.days}_days", stretch.loss / equity


def _worst(figures: Sequence[Decimal | None]) -> Decimal | None:
    return max((one for one in figures if one is not None), default=None)


def _basis_points(fraction: Decimal | None) -> Decimal | None:
    return None if fraction is None else fraction * 10_000


def _ratio(value: Decimal | None) -> str | None:
    if value is None:
        return None
    return plain(max(-_LARGEST, min(_LARGEST, value)).quantize(_STEP))
