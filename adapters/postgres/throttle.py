"""Count log-in tries in Postgres, for all processes together."""

import hashlib

from adapters.postgres.database import Database
from ports.identity import FIRST_WAIT_S, LONGEST_WAIT_S

# After so long without a try an address is forgotten.
_FORGOTTEN_S = 24 * 3600.0
_BEGIN = """
WITH gone AS (
    DELETE FROM login_tries WHERE open_at < now() - make_interval(secs => $4) AND address <> $1
)
INSERT INTO login_tries AS t (address, failures, open_at)
VALUES ($1, 1, now() + make_interval(secs => $2))
ON CONFLICT (address) DO UPDATE SET failures = t.failures + 1,
    open_at = now() + make_interval(secs => least($3, $2 * 2.0 ^ least(t.failures, 16)))
WHERE t.open_at <= now() RETURNING true"""


class PostgresLoginTries:
    """Failures per e-mail address over all processes of one database (port LoginTries)."""

    def __init__(self, *, database: Database) -> None:
        self._database = database

    async def begin(self, email: str) -> float | None:
        """Count a try as failed; return seconds to wait, or None when it may be made."""
        async with self._database.connection() as connection:
            address = _address(email)
            # One row, one statement: of tries side by side, one is made and the others wait.
            begun = await connection.fetchval(
                _BEGIN, address, FIRST_WAIT_S, LONGEST_WAIT_S, _FORGOTTEN_S
            )
            if begun:
                return None
            left_s = await connection.fetchval(
                "SELECT extract(epoch FROM open_at - now())::float8 FROM login_tries"
                " WHERE address = $1",
                address,
            )
        # It may have been forgotten between the two: then a second try finds it open.
        return max(0.001, left_s or 0.0)

    async def succeeded(self, email: str) -> None:
        """Forget the failures of an address."""
        async with self._database.connection() as connection:
            await connection.execute("DELETE FROM login_tries WHERE address = $1", _address(email))

    async def unchecked(self, email: str) -> None:
        """Take back a try whose password was never checked."""
        async with self._database.connection() as connection:
            await connection.execute(
                "UPDATE login_tries SET failures = greatest(0, failures - 1), open_at = now()"
                " WHERE address = $1",
                _address(email),
            )


def _address(email: str) -> bytes:
    """Return what an address is counted by: whoever guesses may send anything of any length."""
    return hashlib.sha256(email.casefold().encode("utf-8", "replace")).digest()
