"""Say what a mandatory check is, and how all of them are asked."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from itertools import groupby

from domain.risk.effect import Effect
from domain.risk.measure import Gap
from domain.risk.straight_line import straight_line
from domain.risk.verdict import BUILT_IN, Reason

CREDIT = "SEC Rule 15c3-5(c)(1)(i)"
_ERRONEOUS = "SEC Rule 15c3-5(c)(1)(ii)"
# What a condition may name, besides the effect.
_NAMES = (
    "order, terms, situation = effect.order, effect.terms, effect.situation",
    "symbol, account = situation.symbol, situation.account",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class MandatoryCheck:
    """One thing that stands against an order, whatever a tenant's rules say.

    reason returns why the order must not go out, None where this check has nothing against it;
    like a rule it reads nothing but the effect. codes are those that its reasons may bear, be
    it that of an input that it misses.

    when is the condition under which the check can have anything to say, of the names effect,
    order, terms, situation, symbol and account: the usual order is spared the call. A check
    without one is asked of every order.
    """

    codes: tuple[str, ...]
    reason: Callable[[Effect], Reason | None]
    when: str = ""
    # Whether it is asked of an order that only reduces, too.
    holds_reducing: bool = True
    # Where it denies, the others have nothing to go by.
    alone: bool = False


def all_of(checks: Sequence[MandatoryCheck]) -> Callable[[Effect], tuple[Reason, ...]]:
    """Return the function that asks each of the checks, in their order, for its reason.

    That none has any, as of the usual order, is found out in straight-line code.
    """
    holding = [one for one in enumerate(checks) if one[1].holds_reducing]
    sparing = [one for one in enumerate(checks) if not one[1].holds_reducing]
    lines = [
        *_NAMES,
        f"if {_silent(holding)} and (effect.reducing or {_silent(sparing)}):",
        "    return ()",
        "return each(effect)",
    ]
    known = {f"reason_{n}": check.reason for n, check in enumerate(checks)}
    return straight_line(lines, {**known, "each": partial(_each, checks)})


def _silent(checks: Iterable[tuple[int, MandatoryCheck]]) -> str:
    """Write the condition that none of the numbered checks has anything to say."""
    silent: list[str] = []
    for when, together in groupby(checks, key=lambda one: one[1].when):
        asked = " and ".join(f"reason_{n}(effect) is None" for n, _ in together)
        silent.append(f"(not ({when}) or {asked})" if when else asked)
    return " and ".join(silent) or "True"


def _each(checks: Sequence[MandatoryCheck], effect: Effect) -> tuple[Reason, ...]:
    reasons: list[Reason] = []
    for check in checks:
        if effect.reducing and not check.holds_reducing:
            continue
        reason = check.reason(effect)
        if reason is None:
            continue
        reasons.append(reason)
        if check.alone:
            break
    return tuple(reasons)


def refusal(
    code: str,
    message: str,
    *,
    value: Decimal | None = None,
    limit: Decimal | None = None,
    clause: str = _ERRONEOUS,
    name: str = "",
) -> Reason:
    """Return a mandatory check's reason, named as its code is unless it has a name."""
    return Reason(
        code=code,
        message=message,
        rule_type=BUILT_IN,
        rule_name=name or code.replace("_", " ").capitalize(),
        value=value,
        limit=limit,
        clause=clause,
    )


def missing(gap: Gap, *, name: str) -> Reason:
    """Return the reason of a check that cannot be made without an input."""
    return Reason(
        code=gap.code,
        message=f"cannot decide without {gap.missing}",
        rule_type=BUILT_IN,
        rule_name=name,
        clause=CREDIT,
    )
