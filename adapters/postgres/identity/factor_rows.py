"""Turn rows into second factors, challenges and requests for recovery."""

from adapters.postgres.rows import Row, plain_id, plain_id_or_none
from domain.identity.factors import Challenge, FactorSummary, Recovery, TotpFactor
from domain.identity.guessing import TrySource, WrongTry

# The columns in the order in which they are stored.
TOTP = (
    "id, tenant_id, user_id, label, created_at, confirmed_at, removed_at, last_step,"
    " last_used_at, session_id"
)
CHALLENGE = (
    "id, tenant_id, user_id, digest, created_at, expires_at, lasting, remember, device_label,"
    " tries, used_at"
)
RECOVERY = "id, tenant_id, user_id, asked_at, effective_at, done_at, canceled_at"


def ways_of(row: Row) -> FactorSummary:
    """Return the ways of a row."""
    apps, keys = row["apps"], row["keys"]
    return FactorSummary(
        has_app=apps is not None,
        has_code=row["has_code"],
        has_passkey=keys is not None,
        since=min((one for one in (apps, keys) if one is not None), default=None),
    )


def totp_of(row: Row) -> TotpFactor:
    """Return the app of a row."""
    return TotpFactor(
        id=plain_id(row["id"]),
        tenant_id=plain_id(row["tenant_id"]),
        user_id=plain_id(row["user_id"]),
        label=row["label"],
        created_at=row["created_at"],
        confirmed_at=row["confirmed_at"],
        removed_at=row["removed_at"],
        last_step=row["last_step"],
        last_used_at=row["last_used_at"],
        session_id=plain_id_or_none(row["session_id"]),
    )


def try_of(row: Row) -> WrongTry:
    """Return the wrong proof of a row."""
    device_id = row["device_id"]
    source = TrySource(
        network=row["network"],
        device_id=plain_id_or_none(device_id),
        at_home=row["at_home"],
    )
    return WrongTry(at=row["at"], source=source)


def challenge_of(row: Row) -> Challenge:
    """Return the challenge of a row."""
    return Challenge(
        id=plain_id(row["id"]),
        tenant_id=plain_id(row["tenant_id"]),
        user_id=plain_id(row["user_id"]),
        digest=row["digest"],
        created_at=row["created_at"],
        expires_at=row["expires_at"],
        lasting=row["lasting"],
        remember=row["remember"],
        device_label=row["device_label"],
        tries=row["tries"],
        used_at=row["used_at"],
    )


def recovery_of(row: Row) -> Recovery:
    """Return the request for recovery of a row."""
    return Recovery(
        id=plain_id(row["id"]),
        tenant_id=plain_id(row["tenant_id"]),
        user_id=plain_id(row["user_id"]),
        asked_at=row["asked_at"],
        effective_at=row["effective_at"],
        done_at=row["done_at"],
        canceled_at=row["canceled_at"],
    )
