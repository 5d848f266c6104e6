"""Say what a log-in with the right password still has to show."""

from dataclasses import dataclass, field

from domain.identity.factors import FactorKind
from domain.identity.login_features import LoginFeatures


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand:
    """What is asked of a log-in before, and after, it is let in.

    second_factor: asked of whoever has one. unconfirmed: the session opens, but counts as never
    authenticated, so that the first sensitive action asks again. reasons say why, in words that
    the user may read. features is how it compares with those before, and kinds are the factors
    that the user has, where that was read for the answer.
    """

    second_factor: bool = True
    unconfirmed: bool = False
    reasons: tuple[str, ...] = ()
    features: LoginFeatures | None = field(default=None, compare=False)
    kinds: frozenset[FactorKind] | None = field(default=None, compare=False)


ALWAYS = Demand()
