"""Show second factors, challenges and recoveries on the wire, and read what is asked of them."""

from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta

from adapters.http.identity.cookies import Keep
from adapters.http.identity.device_schemas import FingerprintBody
from adapters.http.identity.earlier import EarlierAccessView
from adapters.http.identity.passkey_schemas import AnswerBody
from adapters.http.identity.recovery_schemas import RecoveryView, open_recovery_view
from adapters.http.identity.schemas import Label, Password, Secret
from adapters.http.wire import PRINTABLE, moment, time_of
from application.identity.challenges import ChallengeOpened
from application.identity.factor_results import Enrolled, OwnFactors
from domain.identity.factor_codes import CODE_MAX
from domain.identity.factors import FactorKind, TotpFactor

Code = Annotated[str, Meta(min_length=1, max_length=CODE_MAX, pattern=PRINTABLE)]


class ChallengeBody(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A challenge, and a code or a passkey's answer for it.

    keep, device_token and fingerprint are as the log-in had them.
    """

    keep: Keep = None
    challenge: Secret
    code: Code | None = None
    credential: AnswerBody | None = None
    device_token: Secret | None = None
    fingerprint: FingerprintBody | None = None


class RecoveryBody(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A challenge that cannot be answered, as every factor is lost."""

    challenge: Secret


class StepUpBody(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """The password of who has no second factor, or the code of one, or a passkey's answer."""

    password: Password | None = None
    code: Code | None = None
    credential: AnswerBody | None = None


class EnrolBody(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """How the user calls the app or the device that it is on."""

    label: Label = ""


class ConfirmBody(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """The code that the app shows now.

    With the first factor one's other sessions end, unless keep_other_sessions.
    """

    code: Code
    keep_other_sessions: bool = False


class ChallengeView(msgspec.Struct):
    """What a log-in still has to show: one of the factors, for this challenge."""

    challenge: str
    factors: list[FactorKind]
    expires_at: str
    # An open request to take the factors away; whichever is shown cancels it.
    recovery: RecoveryView | None


class FactorView(msgspec.Struct):
    """A second factor."""

    id: UUID
    kind: FactorKind
    label: str
    created_at: str
    last_used_at: str | None


class FactorsView(msgspec.Struct):
    """A user's factors, how many backup codes are left, and an open recovery."""

    items: list[FactorView]
    backup_codes_left: int
    recovery: RecoveryView | None


class EnrolledView(msgspec.Struct):
    """A new app that waits for its first code; seed, URI and picture (SVG) are told this once."""

    id: UUID
    seed: str
    uri: str
    qr_svg: str
    confirm_by: str


class BackupCodesView(msgspec.Struct):
    """Backup codes, told this once; each is good once, and earlier ones are void."""

    backup_codes: list[str]


class ConfirmedView(BackupCodesView):
    """Backup codes, told this once, and what let one in before the app."""

    earlier_access: EarlierAccessView


def challenge_view(opened: ChallengeOpened) -> ChallengeView:
    """Show a challenge to whoever knew the password."""
    return ChallengeView(
        challenge=opened.token,
        factors=list(opened.kinds),
        expires_at=moment(opened.expires_at),
        recovery=open_recovery_view(opened.recovery),
    )


def factors_view(own: OwnFactors) -> FactorsView:
    """Show a user their factors."""
    return FactorsView(
        items=[_app_view(one) for one in own.apps],
        backup_codes_left=own.codes_left,
        recovery=open_recovery_view(own.recovery),
    )


def enrolled_view(enrolled: Enrolled) -> EnrolledView:
    """Show a new app to its user, once."""
    return EnrolledView(
        id=enrolled.factor.id,
        seed=enrolled.seed,
        uri=enrolled.uri,
        qr_svg=enrolled.picture,
        confirm_by=moment(enrolled.confirm_by),
    )


def _app_view(app: TotpFactor) -> FactorView:
    return FactorView(
        id=app.id,
        kind=FactorKind.TOTP,
        label=app.label,
        created_at=moment(app.created_at),
        last_used_at=time_of(app.last_used_at),
    )
