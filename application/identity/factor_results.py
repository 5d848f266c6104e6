"""Hold what comes of changes to a user's second factors."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from application.identity.factor_added import EarlierAccess
from domain.identity.factors import Recovery, TotpFactor
from domain.shared.refusals import Absent


class FactorNotFound(Absent):
    """There is no such factor, it is another user's, or nobody confirmed it in time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Enrolled:
    """A new app that waits for its first code; what is told here is told once."""

    factor: TotpFactor
    seed: str = field(repr=False)
    uri: str = field(repr=False)
    picture: str = field(repr=False)
    confirm_by: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class NewCodes:
    """Backup codes, told here and nowhere else; every earlier one is void."""

    codes: Sequence[str] = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirmed:
    """An app that counts from now on, with new backup codes, told here and nowhere else."""

    codes: Sequence[str] = field(repr=False)
    earlier: EarlierAccess


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnFactors:
    """What a user has to show beside the password."""

    apps: Sequence[TotpFactor]
    codes_left: int
    recovery: Recovery | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TooManyFactors:
    """The user has as many apps as there may be."""

    allowed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NoFactor:
    """The user has no app or passkey that backup codes could stand for."""
