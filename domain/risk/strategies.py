"""Tell which strategies an order may name: each has one form, however it is spelt."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from unicodedata import normalize

_NAMES_KEPT = 4_096


class StrategyGap(StrEnum):
    """What is wrong with the strategy of an order."""

    NONE = ""
    # No agent, no rule and no setting names it.
    UNKNOWN = "unknown"
    # None is named where one has to be.
    MISSING = "missing"


@lru_cache(_NAMES_KEPT)
def strategy_name(strategy_id: str) -> str:
    """Return what a strategy is compared by: without case, in Unicode's form NFKC, trimmed."""
    return normalize("NFKC", normalize("NFKC", strategy_id).casefold()).strip()


@dataclass(frozen=True, slots=True)
class StrategyPolicy:
    """What the installation asks of the strategy of every order; names in their normal form."""

    known: frozenset[str] = frozenset()
    required: bool = False


ANY_KNOWN = StrategyPolicy()


def strategy_policy(*, known: Iterable[str], required: bool) -> StrategyPolicy:
    """Return the policy that lists these strategies."""
    return StrategyPolicy(frozenset(strategy_name(one) for one in known), required)
