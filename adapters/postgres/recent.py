"""Read an account's latest order messages: those that only reduced, and all others."""

from collections.abc import Sequence

from adapters.postgres import rows
from domain.accounts.book import REDUCING, Intake

# As the index has it.
_IS_REDUCING = f"starts_with(fingerprint, '{REDUCING}')"
# What lies ahead of now came while a clock was ahead. It is put first, as if it had come
# before all others, for it must not crowd out what came since.
RECENT = tuple(
    f"""
    (SELECT at, fingerprint, symbol, true AS past FROM intakes
        WHERE account_id = $1 AND {budget} AND at <= now() ORDER BY at DESC LIMIT $2)
    UNION ALL
    (SELECT at, fingerprint, symbol, false AS past FROM intakes
        WHERE account_id = $1 AND {budget} AND at > now() ORDER BY at LIMIT $2)
    ORDER BY past, at
    """  # noqa: S608 - own names; values are parameters
    for budget in (f"NOT {_IS_REDUCING}", _IS_REDUCING)
)


def intakes_of(found: Sequence[rows.Row]) -> tuple[Intake, ...]:
    """Return the messages of rows, in their order."""
    return tuple(
        Intake(at=row["at"], fingerprint=row["fingerprint"], symbol=row["symbol"]) for row in found
    )
