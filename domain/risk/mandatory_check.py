"""Say what a mandatory check is, and how all of them are asked."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from domain.risk.effect import Effect
from domain.risk.measure import Gap
from domain.risk.straight_line import straight_line
from domain.risk.verdict import BUILT_IN, Reason

CREDIT = "SEC Rule 15c3-5(c)(1)(i)"
_ERRONEOUS = "SEC Rule 15c3-5(c)(1)(ii)"


@dataclass(frozen=True, slots=True, kw_only=True)
class MandatoryCheck:
    """One thing that stands against an order, whatever a tenant's rules say.

    reason returns why the order must not go out, None where this check has nothing against it;
    like a rule it reads nothing but the effect. codes are those that its reasons may bear, be
    it that of an input that it misses.

    when and without name a figure, as a path from the effect, that decides alone whether the
    check can have anything to say: only where it is neither None nor empty nor zero, or only
    where it is None. The usual order is spared the call. A check without either is asked of
    every order.
    """

    codes: tuple[str, ...]
    reason: Callable[[Effect], Reason | None]
    when: str = ""
    without: str = ""
    # Whether it is asked of an order that only reduces, too.
    holds_reducing: bool = True
    # Where it denies, the others have nothing to go by.
    alone: bool = False


def all_of(checks: Sequence[MandatoryCheck]) -> Callable[[Effect], tuple[Reason, ...]]:
    """Return the function that asks each of the checks, in their order, for its reason."""
    for_reducing = [check for check in checks if check.holds_reducing]
    passes, passes_reducing = _all_pass(checks), _all_pass(for_reducing)

    def reasons(effect: Effect) -> tuple[Reason, ...]:
        if effect.reducing:
            return () if passes_reducing(effect) else _each(for_reducing, effect)
        return () if passes(effect) else _each(checks, effect)

    return reasons


def _all_pass(checks: Sequence[MandatoryCheck]) -> Callable[[Effect], bool]:
    known = {f"reason_{n}": check.reason for n, check in enumerate(checks)}
    passing = [_passing(check, f"reason_{n}(effect) is None") for n, check in enumerate(checks)]
    return straight_line([f"return {' and '.join(passing) or 'True'}"], known)


def _passing(check: MandatoryCheck, asked: str) -> str:
    if check.when:
        return f"(not effect.{check.when} or {asked})"
    if check.without:
        return f"(effect.{check.without} is not None or {asked})"
    return asked


def _each(checks: Sequence[MandatoryCheck], effect: Effect) -> tuple[Reason, ...]:
    reasons: list[Reason] = []
    for check in checks:
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
) -> Reason:
    """Return a mandatory check's reason, named as its code is."""
    return Reason(
        code=code,
        message=message,
        rule_type=BUILT_IN,
        rule_name=code.replace("_", " ").capitalize(),
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
