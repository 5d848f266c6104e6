"""Ask many alarms at once whether any has something to say."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from domain.risk.effect import Effect
from domain.risk.measure import Measure
from domain.risk.situation import AccountFigures
from domain.risk.straight_line import straight_line


def all_silent(
    alarms: Iterable[tuple[Callable[[Effect], Measure], bool]],
) -> Callable[[Effect], bool]:
    """Return a function that tells whether no alarm has anything to say.

    Those that look at nothing but the account's figures, which the second of each pair tells, are
    asked once per account as of one book version and one set of marks, which is one object. The
    code knows how many alarms there are and in which places, not which.
    """
    known: dict[str, Any] = {"passed": _LastQuiet()}
    of_account: list[str] = []
    of_order: list[str] = []
    for n, (alarm, alone) in enumerate(alarms):
        known[f"alarm_{n}"] = alarm
        asked = of_account if alone else of_order
        asked.append(f"alarm_{n}(effect) is None")
    lines: list[str] = []
    if of_account:
        lines += [
            "account = effect.situation.account",
            "if account is not passed.account:",
            f"    if not ({' and '.join(of_account)}):",
            "        return False",
            "    passed.account = account",
        ]
    lines.append(f"return {' and '.join(of_order) or 'True'}")
    return straight_line(lines, known)


@dataclass(slots=True)
class _LastQuiet:
    """The latest account as of which no alarm on the account alone had anything to say."""

    account: AccountFigures | None = None
